"""A rule: which orders, and what is to happen to them; for shops that no sheet speaks for.

A rule asks for what a row of a sheet could ask for, and becomes one: its orders are planned, limited, applied and
undone like those of any sheet. Light to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulk_orders.core.conditions import Condition, contradiction, read_conditions
from bulk_orders.core.keys import Kinds, check_keys, one_of, texts
from bulk_orders.core.preferences import STAFF_NOTE_MAX
from bulk_orders.errors import Misused

RULE_KEYS: Mapping[str, Kinds] = {
    "name": str,
    "do": str,
    "when": dict,
    "unless": dict,
    "tags": (str, list),
    "cancel": dict,
    "hold": dict,
}
CANCEL_KEYS: Mapping[str, Kinds] = {
    "reason": str,
    "refund": (bool, str),
    "restock": bool,
    "send_receipt": bool,
    "staff_note": str,
}
HOLD_KEYS: Mapping[str, Kinds] = {"reason": str, "note": str}

DEEDS: Mapping[str, tuple[str, ...]] = {
    "archive": ("archive",),
    "unarchive": ("unarchive",),
    "cancel": ("cancel",),
    "hold": ("hold",),
    "release": ("release",),
    "unfulfill": ("unfulfill",),
    "tag": ("tag_add",),
    "untag": ("tag_remove",),
}
"""What a rule can do, and the plan's actions that it comes to. What pays out money or deletes needs a sheet."""

_REASONS = ("customer", "declined", "fraud", "inventory", "other", "staff")
_HOLD_REASONS = (
    "awaiting_payment",
    "awaiting_return_items",
    "high_risk_of_fraud",
    "incorrect_address",
    "inventory_out_of_stock",
    "online_store_post_purchase_cross_sell",
    "other",
    "unknown_delivery_date",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`cells` are what a sheet's row would say, by header. All of `when` must hold and none of `unless`."""

    name: str
    do: str
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...]
    cells: Mapping[str, str]
    tags: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """The plan's word for what it does."""
        return DEEDS[self.do][0]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (*self.when, *self.unless)


def read_rules(values: Any, file: str) -> tuple[Rule, ...]:
    """The rules of a policy file, in its order; Misused for the first that makes no sense."""
    if not isinstance(values, list) or not all(isinstance(each, Mapping) for each in values):
        raise Misused(f"{file}: rules is of the wrong kind.", fix="Begin each rule with a line [[rules]].")
    rules = tuple(_read(each, number, file) for number, each in enumerate(values, 1))
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise Misused(f"{file}: two rules are called {name!r}.", fix="Give each its own name.")
    return rules


def _read(values: Mapping[str, Any], number: int, file: str) -> Rule:
    check_keys(values, RULE_KEYS, f"rules[{number}].", file)
    name = values.get("name", "").strip()
    if not name:
        raise Misused(
            f"{file}: rule {number} has no name, by which every report calls it.", fix='Such as name = "archive".'
        )
    where = f"{file}, rule {name!r}"
    if "do" not in values:
        raise Misused(f"{where} does not say what to do.", fix=f"Write do = one of: {', '.join(DEEDS)}.")
    do = one_of(values["do"], DEEDS, f"rules[{number}].do", file)
    when = read_conditions(values.get("when", {}), f"{where}, when")
    if not when:
        raise Misused(f"{where} has no conditions: it would take every order.", fix="Write when = { ... }.")
    never = contradiction(when)
    if never is not None:
        raise Misused(f"{where} can take no order: {never}.", fix="Change one of the two, or make two rules of it.")
    unless = read_conditions(values.get("unless", {}), f"{where}, unless")
    tags = texts(values.get("tags"))
    for key, only in (("cancel", ("cancel",)), ("hold", ("hold",)), ("tags", ("tag", "untag"))):
        if key in values and do not in only:
            raise Misused(f"{where}: {key} says how to {only[0]}, but the rule does {do}.", fix=f"Leave out {key}.")
    return Rule(name, do, when, unless, _cells(do, values, tags, number, file), tags)


def _cells(do: str, values: Mapping[str, Any], tags: tuple[str, ...], number: int, file: str) -> dict[str, str]:
    if do in ("tag", "untag"):
        if not tags or any("," in tag or not tag.strip() for tag in tags):
            raise Misused(
                f"{file}: rules[{number}].tags must name the tags, each without a comma.",
                fix='Such as tags = ["stuck"].',
            )
        return {"Tags": ", ".join(tags), "Tags Command": "MERGE" if do == "tag" else "DELETE"}
    return {"Action": do, **_cancel(values.get("cancel", {}), number, file), **_hold(do, values, number, file)}


def _cancel(values: Any, number: int, file: str) -> dict[str, str]:
    key = f"rules[{number}].cancel."
    check_keys(values, CANCEL_KEYS, key, file)
    cells = {}
    if "reason" in values:
        cells["Cancel: Reason"] = one_of(values["reason"], _REASONS, f"{key}reason", file)
    if "refund" in values:
        word = {True: "true", False: "false"}.get(values["refund"], values["refund"])
        word = one_of(str(word).replace("_", " "), ("true", "false", "store credit"), f"{key}refund", file)
        cells["Cancel: Refund"] = word if word == "store credit" else word.upper()
    for name, header in (("restock", "Cancel: Restock"), ("send_receipt", "Cancel: Send Receipt")):
        if name in values:
            cells[header] = "TRUE" if values[name] else "FALSE"
    if "staff_note" in values:
        if len(values["staff_note"]) > STAFF_NOTE_MAX:
            raise Misused(f"{file}: {key}staff_note is longer than {STAFF_NOTE_MAX} characters.", fix="Shorten it.")
        cells["Cancel: Staff Note"] = values["staff_note"]
    return cells


def _hold(do: str, values: Mapping[str, Any], number: int, file: str) -> dict[str, str]:
    if do != "hold":
        return {}
    key, said = f"rules[{number}].hold.", values.get("hold", {})
    check_keys(said, HOLD_KEYS, key, file)
    if "reason" not in said:
        raise Misused(f"{file}: {key}reason is missing.", fix=f"One of: {', '.join(_HOLD_REASONS)}.")
    reason = one_of(said["reason"].replace(" ", "_"), _HOLD_REASONS, f"{key}reason", file).upper()
    return {"Hold: Reason": reason, **({"Hold: Note": said["note"]} if said.get("note") else {})}
