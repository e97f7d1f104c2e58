"""A plan as the JSON document that scripts read and that the plan file is.

One format for `plan --json`, `show --json` and the file: what a person was shown is what is applied. The digest
covers everything but itself; a file that was edited or cut off does not match it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from bulk_orders.core.actions.money import as_json
from bulk_orders.core.changes import Back, Blocked, Change, Conflict
from bulk_orders.core.digest import FORMAT_VERSION, digest
from bulk_orders.core.guard import Guard
from bulk_orders.core.order import Money
from bulk_orders.core.plan import Plan, SheetFacts, ShopFacts
from bulk_orders.core.problems import Notice


def to_document(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON values, with its digest; amounts are strings."""
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "tool": plan.tool,
        "plan_id": plan.plan_id,
        "shop": plan.shop.domain,
        "shop_id": plan.shop.id,
        "endpoint": plan.shop.origin,
        "api_version": plan.shop.api_version,
        "rate_limit": {"restore_rate": plan.shop.restore_rate, "bucket": plan.shop.bucket},
        "timezone": plan.shop.timezone,
        "currency": plan.shop.currency,
        "made_at": plan.made_at,
        "sheet": {
            "path": plan.sheet.path,
            "rows": plan.sheet.rows,
            "base": plan.sheet.base,
            "base_made_at": plan.sheet.base_made_at,
            "sha256": plan.sheet.sha256,
        },
        "undoes": plan.undoes,
        "undoes_name": plan.undoes_name,
        "guard": plan.guard.document(),
        "asked": dict(plan.asked),
        "counts": plan.counts(),
        "rows": dict(plan.rows),
        "totals": {
            "refunds": [_money(money) for money in plan.refunds()],
            "presentment_refunds": [_money(money) for money in plan.presentment_refunds()],
            "refunds_by_method": [{"method": method, **_money(money)} for method, money in plan.refund_methods()],
            "fees": [_money(money) for money in plan.fees()],
            "restock": [{"location": place, "units": units} for place, units in plan.restocked().items()],
            "deleted": plan.deletions,
            "emails": plan.emails,
            "points": plan.points,
            "seconds": plan.seconds,
        },
        "changes": [_change(change) for change in plan.changes],
        "blocked": [
            {
                "order": b.order,
                "name": b.name,
                "row": b.row,
                "action": b.action,
                "reason": b.reason,
                "fix": b.fix,
            }
            for b in plan.blocked
        ],
        "conflicts": [
            {
                "order": c.order,
                "name": c.name,
                "row": c.row,
                "column": c.column,
                "base": c.base,
                "sheet": c.sheet,
                "live": c.live,
            }
            for c in plan.conflicts
        ],
        "back": [asdict(back) for back in plan.back],
        "notices": [{"what": notice.what, "rows": list(notice.rows)} for notice in plan.notices],
        "sheet_columns": list(plan.sheet_columns),
        "sheet_rows": {str(row): list(cells) for row, cells in plan.sheet_rows.items()},
    }
    document["digest"] = digest(document)
    return document


def _money(money: Money) -> dict[str, str]:
    return as_json(money)


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "order": change.order,
        "name": change.name,
        "row": change.row,
        "action": change.action,
        "reversible": change.reversible,
        "before": dict(change.before),
        "after": dict(change.after),
        "warnings": list(change.warnings),
        "defaults": list(change.defaults),
        "refund": _money(change.refund) if change.refund else None,
        "presentment_refund": _money(change.presentment_refund) if change.presentment_refund else None,
        "emails": change.emails,
        "points": change.points,
        "by_hand": list(change.by_hand),
        "consequences": dict(change.consequences),
        "args": dict(change.args),
        "fingerprint": dict(change.fingerprint),
        "undoes": change.undoes,
    }


def from_document(document: Mapping[str, Any]) -> Plan:
    """The plan of a verified document."""
    sheet, rate = document["sheet"], document["rate_limit"]
    return Plan(
        plan_id=document["plan_id"],
        made_at=document["made_at"],
        shop=ShopFacts(
            domain=document["shop"],
            id=document["shop_id"],
            origin=document["endpoint"],
            api_version=document["api_version"],
            restore_rate=rate["restore_rate"],
            bucket=rate["bucket"],
            timezone=document["timezone"],
            currency=document["currency"],
        ),
        sheet=SheetFacts(sheet["path"], sheet["sha256"], sheet["rows"], sheet["base"], sheet["base_made_at"]),
        changes=tuple(_read_change(change) for change in document["changes"]),
        blocked=tuple(Blocked(**blocked) for blocked in document["blocked"]),
        conflicts=tuple(Conflict(**conflict) for conflict in document["conflicts"]),
        rows=document["rows"],
        notices=tuple(Notice(notice["what"], tuple(notice["rows"])) for notice in document["notices"]),
        sheet_columns=tuple(document["sheet_columns"]),
        sheet_rows={int(row): tuple(cells) for row, cells in document["sheet_rows"].items()},
        tool=document["tool"],
        undoes=document.get("undoes"),
        undoes_name=document.get("undoes_name", ""),
        back=tuple(Back(**back) for back in document.get("back", ())),
        guard=_read_guard(document.get("guard")),
        asked=document.get("asked", {}),
        digest=document["digest"],
    )


def _read_guard(guard: Mapping[str, Any] | None) -> Guard:
    return Guard.of(guard["limits"], guard["protect"]) if guard else Guard()


def _read_change(change: Mapping[str, Any]) -> Change:
    money = {
        key: Money(Decimal(change[key]["amount"]), change[key]["currency"]) if change[key] else None
        for key in ("refund", "presentment_refund")
    }
    listed = {key: tuple(change.get(key, ())) for key in ("warnings", "defaults", "by_hand")}
    return Change(**{**change, **listed, **money})
