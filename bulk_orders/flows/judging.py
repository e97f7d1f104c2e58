"""What a reply and an order say of a change: confirmed, under way, so already, moved since the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bulk_orders.core.actions import REGISTRY, Action
from bulk_orders.core.changes import Change
from bulk_orders.core.moved import moved
from bulk_orders.core.order import Order
from bulk_orders.core.results import State
from bulk_orders.flows.watch import Look
from bulk_orders.shopify.replies import UserErrors

LOOK = "Look at the order in the admin; apply reads it again without sending."


def confirmed(change: Change, payload: Mapping[str, Any]) -> bool:
    """The reply itself proves it; one of a form that nobody knows proves nothing."""
    try:
        return REGISTRY[change.action].confirmed_by(change, payload)
    except (AttributeError, KeyError, TypeError):
        return False


def under_way(errors: UserErrors) -> bool:
    """Shopify is at the same thing already: an earlier send of ours, or somebody else's."""
    said = any("already in progress" in message or "currently in progress" in message for message in errors.messages)
    return said or "IDEMPOTENCY_CONCURRENT_REQUEST" in (*errors.codes, *" ".join(errors.messages).split())


def id_in(payload: Mapping[str, Any], field: str) -> str | None:
    found = payload.get(field)
    gid = found.get("id") if isinstance(found, Mapping) else None
    return gid if isinstance(gid, str) else None


def is_so(change: Change, look: Look) -> bool:
    """What was read is as the change wants it."""
    action = REGISTRY[change.action]
    return (look.gone and action.gone_is_done) or (look.order is not None and action.satisfied_by(change, look.order))


def drift(action: Action, change: Change, order: Order) -> str | None:
    """Why the change may not be sent to the order as it is now: what has moved since the plan, or stands in its way."""
    since = moved_since(action, change, order)
    if since:
        return since
    obstacle = action.blocked_by(change, order)
    return obstacle.reason if obstacle else None


def moved_since(action: Action, change: Change, order: Order) -> str | None:
    """Which of the values that the change was decided on are others now, in words."""
    told = moved(change.fingerprint, action.depends_on(change, order))
    return f"Changed in the shop since the plan: {'; '.join(told)}." if told else None


def of_moved(change: Change, order: Order, since: str, *, sent: bool) -> tuple[State, str]:
    """The outcome of a change that may not be sent to an order that has moved `since`; `sent`: it was once before."""
    if sent and REGISTRY[change.action].perhaps_written_over(change, order):
        return State.UNKNOWN, f"{since} It was sent before that, and whether it came through does not show. {LOOK}"
    return State.DRIFTED, since
