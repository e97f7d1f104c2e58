"""What a run reports, held against what the store did. Knows nothing of how the program works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bulk_orders.devstore import Effect

EFFECTS = {
    "cancel": "orderCancel",
    "unfulfill": "fulfillmentCancel",
    "archive": "orderClose",
    "unarchive": "orderOpen",
    "update": "orderUpdate",
    "tag_add": "tagsAdd",
    "tag_remove": "tagsRemove",
    "hold": "fulfillmentOrderHold",
    "release": "fulfillmentOrderReleaseHold",
    "track": "fulfillmentTrackingInfoUpdate",
    "fulfill": "fulfillmentCreate",
    "mark_paid": "orderMarkAsPaid",
    "capture": "orderCapture",
    "refund": "refundCreate",
    "delete": "orderDelete",
}
"""The effect that each action has, where it is done through the API."""
_OF_PART = {
    "unfulfill": "fulfillment",
    "track": "fulfillment",
    "hold": "fulfillment_order",
    "release": "fulfillment_order",
    "capture": "authorization",
}
"""Actions that are done to a part of an order, by the argument of a change that names the part."""
_PARTS = {
    "fulfillmentCancel": "fulfillment",
    "fulfillmentTrackingInfoUpdate": "fulfillment",
    "fulfillmentOrderHold": "fulfillmentOrder",
    "fulfillmentOrderReleaseHold": "fulfillmentOrder",
    "orderCapture": "authorization",
    "void": "transaction",
    "email": "template",
}
"""Effects that an order may have several of, by what tells them apart; whatever is not here, it has once."""
_ALSO = {
    "orderMarkAsPaid": ("orderCapture",),
    "orderCancel": ("fulfillmentOrderReleaseHold",),
    "fulfillmentCreate": ("fulfillmentOrderReleaseHold",),
}
"""What looks the same on an order once somebody else has done this."""
ONCE = frozenset({*EFFECTS.values(), "refund", "email", "storeCredit", "void", "restock"})
PERHAPS = frozenset({"unknown", "sending", "accepted"})


@dataclass(frozen=True)
class Verdict:
    """What was wrong, each with its words; and how many effects there were."""

    lost: list[str]
    doubled: list[str]
    misreported: list[str]
    effects: int

    @property
    def fine(self) -> bool:
        return not (self.lost or self.doubled or self.misreported)

    def __str__(self) -> str:
        return "; ".join([*self.lost, *self.doubled, *self.misreported]) or "nothing lost, doubled or misreported"


def judge(
    changes: Iterable[Mapping[str, Any]], states: Mapping[str, str], effects: Iterable[Effect | Mapping[str, Any]]
) -> Verdict:
    """Hold the outcomes (by change id) of the changes of one plan or several against the effects of the store.

    What is applied was done, once; what is unknown may have been; everything else was not. Where a send of ours may
    have gone through and somebody else (or the shop by itself) did the very same, nobody can tell: applied will do.
    """
    happened = _refunds_once(effects)
    ours = Counter(_key(effect) for effect in happened if _detail(effect).get("by") != "people")
    others = Counter(_key(effect) for effect in happened if _detail(effect).get("by") == "people")
    by_itself = [order for kind, order, _ in (ours + others).elements() if kind == "archive"]
    others.update(("orderClose", order, None) for order in by_itself)  # after a cancellation, whoever asked for that
    theirs = {(also, order) for kind, order, _ in others for also in _ALSO.get(kind, ())}
    done = Counter({key: number for key, number in ours.items() if key[0] in ONCE})
    asked: dict[tuple[str, str, str | None], list[tuple[str, str]]] = {}
    lost = []
    for change in changes:
        told = f"{change['action']} of {change['name']}"
        if change["id"] not in states:
            lost.append(f"{told} is in no report")
            continue
        part = _OF_PART.get(change["action"])
        key = EFFECTS[change["action"]], change["order"], change["args"][part] if part else None
        asked.setdefault(key, []).append((told, states[change["id"]]))
    doubled = [
        f"{key[0]} of {key[1]} {number} times" for key, number in done.items() if number > len(asked.get(key, [0]))
    ]
    misreported = [
        wrong
        for key, some in asked.items()
        if (wrong := _misreported(some, done[key], others[key] + (key[:2] in theirs) * len(some)))
    ]
    return Verdict(lost, doubled, misreported, done.total())


def _misreported(some: list[tuple[str, str]], done: int, by_others: int) -> str | None:
    """What several changes of one kind say of themselves, against how often it was done."""
    applied = sum(state == "applied" for _, state in some)
    perhaps = sum(state in PERHAPS for _, state in some)
    if applied - by_others <= done <= applied + perhaps:
        return None
    return f"{', '.join(f'{told} is {state}' for told, state in some)}, and was done {done} times"


def _refunds_once(effects: Iterable[Effect | Mapping[str, Any]]) -> list[Effect | Mapping[str, Any]]:
    """One refund to a gift card and a card is two effects of the same Refund, not a refund done twice."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for effect in effects:
        kind, order, _ = _key(effect)
        refund = _detail(effect).get("refund")
        if kind == "refund" and isinstance(refund, str):
            if (order, refund) in seen:
                continue
            seen.add((order, refund))
        kept.append(effect)
    return kept


def _key(effect: Effect | Mapping[str, Any]) -> tuple[str, str, str | None]:
    """What may happen once: of this kind, to this order, and to which part of it."""
    if isinstance(effect, Effect):
        kind, order, detail = effect.kind, effect.order, effect.detail
    else:
        kind, order, detail = effect["kind"], effect["order"], effect["detail"]
    return kind, order, detail.get(_PARTS.get(kind, ""))


def _detail(effect: Effect | Mapping[str, Any]) -> Mapping[str, Any]:
    return effect.detail if isinstance(effect, Effect) else effect["detail"]
