"""JSON Schemas of what scripts read and people write: plans, the events of a run, and policies.

Built of the same tables that the program checks and prints by, and kept as files in bulk_orders/schemas for editors and
for other languages (`make schemas`; a test holds the files to this). More keys may come in what we print, so documents
are open; a policy is closed, as its reader is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

from bulk_orders.core import conditions, events, guard, policy, rules
from bulk_orders.core.actions import STEPS
from bulk_orders.core.dates import DATE_FORMATS
from bulk_orders.core.keys import Kinds
from bulk_orders.core.numbers import LOCALES
from bulk_orders.core.plan import ROW_STATES
from bulk_orders.core.results import OUTCOMES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WORDS: Schema = {"type": "string", "minLength": 1}
_MAYBE: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_TABLE: Schema = {"type": "object"}
_ROW: Schema = {"type": "integer", "minimum": 1}
_GID: Schema = {"type": "string", "pattern": r"^gid://shopify/Order/[0-9]+$"}
_MAYBE_GID: Schema = {"anyOf": [_GID, {"type": "null"}]}
_MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_ACTION: Schema = {"enum": list(STEPS)}
_MAYBE_ACTION: Schema = {"enum": [*STEPS, None]}
_OUTCOME: Schema = {"enum": [outcome.value for outcome in OUTCOMES]}
_AMOUNT: Schema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
_CURRENCY: Schema = {"type": "string", "pattern": "^[A-Z]{3}$"}


def schemas() -> dict[str, Schema]:
    """Every schema by the name of its file."""
    return {
        "plan.schema.json": plan_schema(),
        "events.schema.json": events_schema(),
        "policy.schema.json": policy_schema(),
    }


def _open(properties: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """An object with these keys, and perhaps more."""
    left_out = frozenset(optional)
    required = [key for key in properties if key not in left_out]
    return {"type": "object", "properties": dict(properties), "required": required}


def _closed(properties: Mapping[str, Schema]) -> Schema:
    """An object with none but these keys, none of them needed."""
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _money(**more: Schema) -> Schema:
    return _open({**more, "amount": _AMOUNT, "currency": _CURRENCY})


def _named(title: str, schema: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, **schema}


# --- plan -------------------------------------------------------------------------------------------------------------


def plan_schema() -> Schema:
    """What `plan --json` and `show --json` print, and a plan file is."""
    blocked = {
        "order": _MAYBE_GID,
        "name": _MAYBE,
        "row": _ROW,
        "action": _MAYBE_ACTION,
        "reason": _WORDS,
        "fix": _TEXT,
    }
    conflict = {"order": _GID, "name": _TEXT, "row": _ROW, "column": _WORDS, "base": _MAYBE, "sheet": _TEXT}
    sheet = {"path": _WORDS, "rows": _COUNT, "base": _MAYBE, "base_made_at": _MAYBE, "sha256": _TEXT}
    back = {
        "change": _TEXT,
        "order": _GID,
        "name": _TEXT,
        "row": _ROW,
        "action": _ACTION,
        "how": _WORDS,
        "plan": _MAYBE,
    }
    cells = {"type": "object", "propertyNames": {"pattern": "^[0-9]+$"}, "additionalProperties": _list(_MAYBE)}
    return _named(
        "A plan of bulk-orders, format 1.x",
        _open(
            {
                "format_version": {"type": "string", "pattern": r"^1\.\d+$"},
                "tool": _TEXT,
                "plan_id": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"},
                "shop": _WORDS,
                "shop_id": _WORDS,
                "endpoint": _WORDS,
                "api_version": {"type": "string", "pattern": r"^\d{4}-\d\d$"},
                "rate_limit": _open({"restore_rate": {"type": "number"}, "bucket": {"type": "number"}}),
                "timezone": _TEXT,
                "currency": _TEXT,
                "made_at": _MOMENT,
                "sheet": _open(sheet),
                "undoes": _MAYBE,
                "undoes_name": _TEXT,
                "guard": _open({"limits": _TABLE, "protect": _TABLE}),
                "asked": {"type": "object", "additionalProperties": _COUNT},
                "counts": _open(dict.fromkeys((*STEPS, "blocked"), _COUNT)),
                "rows": _open(dict.fromkeys(ROW_STATES, _COUNT)),
                "totals": _totals(),
                "changes": _list(_change()),
                "blocked": _list(_open({**blocked, "fix": _TEXT})),
                "conflicts": _list(_open({**conflict, "live": _MAYBE})),
                "back": _list(_open({**back, "plan": _MAYBE})),
                "notices": _list(_open({"what": _WORDS, "rows": _list(_ROW)})),
                "sheet_columns": _list(_TEXT),
                "sheet_rows": cells,
                "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
            },
            optional=("sheet_columns", "sheet_rows"),  # in the file, not in what is printed
        ),
    )


def _change() -> Schema:
    maybe_money = {"anyOf": [_money(), {"type": "null"}]}
    return _open(
        {
            "id": {"type": "string", "pattern": "^c[0-9]+$"},
            "order": _GID,
            "name": _TEXT,
            "row": _ROW,
            "action": _ACTION,
            "reversible": _FLAG,
            "before": _TABLE,
            "after": _TABLE,
            "warnings": _list(_TEXT),
            "defaults": _list(_TEXT),
            "refund": maybe_money,
            "presentment_refund": maybe_money,
            "emails": _COUNT,
            "points": _COUNT,
            "by_hand": _list(_TEXT),
            "consequences": _TABLE,
            "args": _TABLE,
            "fingerprint": _TABLE,
            "undoes": _MAYBE,
        }
    )


def _totals() -> Schema:
    return _open(
        {
            "refunds": _list(_money()),
            "presentment_refunds": _list(_money()),
            "refunds_by_method": _list(_money(method=_TEXT)),
            "fees": _list(_money()),
            "restock": _list(_open({"location": _TEXT, "units": {"type": "integer"}})),
            **dict.fromkeys(("deleted", "emails", "points", "seconds"), _COUNT),
        }
    )


# --- events -----------------------------------------------------------------------------------------------------------

_RUN = (events.Started, events.ChangeDone, events.Accepted, events.Waiting, events.Stopping, events.Summary)
_OF_A_KEY: Mapping[str, Schema] = {
    "at": _MOMENT,
    "order": _GID,
    "row": _ROW,
    "action": _ACTION,
    "outcome": _OUTCOME,
    "outcomes": {
        **_open(dict.fromkeys((outcome.value for outcome in OUTCOMES), _COUNT)),
        "additionalProperties": False,
    },
    "exit_code": {"enum": [0, 1, 3, 7, 130]},
    "error": {
        "anyOf": [
            _open({"code": _WORDS, "what": _WORDS, "where": _MAYBE, "fix": _MAYBE, "sent": _FLAG}),
            {"type": "null"},
        ]
    },
}
_OF_A_TYPE: Mapping[Any, Schema] = {
    str: _TEXT,
    str | None: _MAYBE,
    int: _COUNT,
    float: {"type": "number", "minimum": 0},
    bool: _FLAG,
    tuple[str, ...]: _list(_TEXT),
}


def events_schema() -> Schema:
    """One line of `apply --json`: an event of a run, or the one error for which none could begin."""
    failed = _open({"error": _open({"code": _WORDS, "exit_code": _COUNT, "what": _WORDS, "sent": _FLAG})})
    return _named("One line of bulk-orders apply --json", {"oneOf": [*(_event(kind) for kind in _RUN), failed]})


def _event(kind: type[events.Event]) -> Schema:
    hints = get_type_hints(kind)
    made = {each.name: _OF_A_KEY.get(each.name) or _OF_A_TYPE[hints[each.name]] for each in fields(kind)}
    name = events.type_of(kind)
    optional = [each.name for each in fields(kind) if each.default is not MISSING and kind is not events.Summary]
    return {"title": name, **_open({"type": {"const": name}, **made}, optional)}


# --- policy -----------------------------------------------------------------------------------------------------------


def policy_schema() -> Schema:
    """A policy file (TOML) as the values it has."""
    verdict = {"enum": list(policy.VERDICTS)}
    limit_keys = {key: kinds for key, kinds in guard.LIMIT_KEYS.items() if key != "allow_fill_down"}
    by_action = _closed(dict.fromkeys(policy.ACTIONS, _COUNT))
    limits = _kinds({**limit_keys, **policy.NIGHT_LIMITS}) | {"actions": by_action}
    sheet = _kinds(policy.SHEET_KEYS) | {
        "on_conflict": {"enum": ["leave", "live", "sheet"]},
        "missing": {"enum": ["fail", "pass"]},
        "date_format": {"enum": list(DATE_FORMATS)},
        "locale": {"enum": list(LOCALES)},
        "catch_up_days": {"type": "integer", "minimum": 0, "maximum": 60},
    }
    notify = _kinds(policy.NOTIFY_KEYS) | {"when": {"enum": list(policy.NOTIFY_WHEN)}}
    tables = {
        "timezone": _WORDS,
        "actions": _closed(dict.fromkeys((policy.OTHERS, *policy.ACTIONS), verdict)),
        "limits": _closed(_least(limits)),
        "protect": _closed(_kinds(guard.PROTECT_KEYS)),
        "sheet": _closed(sheet),
        "rules": _list(_rule()),
        "notify": {**_closed(notify), "oneOf": [{"required": ["urls_env"]}, {"required": ["urls_file"]}]},
        "heartbeat": {
            **_closed(_kinds(policy.HEARTBEAT_KEYS)),
            "oneOf": [{"required": ["url_env"]}, {"required": ["url_file"]}],
        },
        "metrics": _closed({"textfile": {"type": "string", "pattern": r"\.prom$"}}),
    }
    return _named("A policy of bulk-orders reconcile", _closed(tables))


def _rule() -> Schema:
    made = _kinds(rules.RULE_KEYS) | {
        "do": {"enum": list(rules.DEEDS)},
        "when": {**_conditions(), "minProperties": 1},
        "unless": _conditions(),
        "cancel": _closed(_kinds(rules.CANCEL_KEYS)),
        "hold": _closed(_kinds(rules.HOLD_KEYS)),
    }
    return {**_closed(made), "required": ["do", "when"]}


def _conditions() -> Schema:
    """Each condition takes a text or a list of them; statuses are words of a list."""
    made: dict[str, Schema] = {}
    for key, kind in conditions.CONDITIONS.items():
        word = {"enum": list(kind.choices)} if kind.choices and kind.how in {"word", "hold"} else _TEXT
        made[key] = {"anyOf": [word, {**_list(word), "minItems": 1}], "description": kind.means}
    return _closed(made)


def _least(values: Mapping[str, Schema]) -> dict[str, Schema]:
    numbers = ("integer", "number")
    return {key: {**each, "minimum": 0} if each.get("type") in numbers else each for key, each in values.items()}


_OF_A_KIND: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    dict: "object",
    list: "array",
}


def _kinds(known: Mapping[str, Kinds]) -> dict[str, Schema]:
    """What a table of keys and kinds allows."""
    return {key: {"type": _of_kinds(kinds)} for key, kinds in known.items()}


def _of_kinds(kinds: Kinds) -> str | list[str]:
    listed = kinds if isinstance(kinds, tuple) else (kinds,)
    names = [_OF_A_KIND[kind] for kind in listed if not (kind is int and float in listed)]
    return names[0] if len(names) == 1 else names
