"""What can be done to an order, in the order in which the steps of one order run.

Each action is one file; REGISTRY is their one list. The order of the steps: fields first, what ships before what
is paid, archive after whatever would open the order again (shopify-api.md 5, required order).
"""

from __future__ import annotations

from bulk_orders.core.actions.archive import Archive, Unarchive
from bulk_orders.core.actions.base import Action
from bulk_orders.core.actions.cancel import Cancel
from bulk_orders.core.actions.capture import Capture
from bulk_orders.core.actions.delete import Delete
from bulk_orders.core.actions.fulfill import Fulfill
from bulk_orders.core.actions.hold import PlaceHold, Release
from bulk_orders.core.actions.mark_paid import MarkPaid
from bulk_orders.core.actions.refund import GiveBack
from bulk_orders.core.actions.tag import TagAdd, TagRemove
from bulk_orders.core.actions.track import Track
from bulk_orders.core.actions.unfulfill import Unfulfill
from bulk_orders.core.actions.update import Update

STEPS = (
    "release",
    "unarchive",
    "update",
    "tag_remove",
    "tag_add",
    "unfulfill",
    "hold",
    "track",
    "mark_paid",
    "capture",
    "fulfill",
    "cancel",
    "refund",
    "archive",
    "delete",
)
"""Every action that a plan may name, in the order of the steps of one order."""

_BUILT: dict[str, Action] = {
    action.name: action
    for action in (
        Release(),
        Unarchive(),
        Update(),
        TagRemove(),
        TagAdd(),
        Unfulfill(),
        PlaceHold(),
        Track(),
        Fulfill(),
        MarkPaid(),
        Capture(),
        Cancel(),
        GiveBack(),
        Archive(),
        Delete(),
    )
}

REGISTRY: dict[str, Action] = {name: _BUILT[name] for name in STEPS if name in _BUILT}

__all__ = ["REGISTRY", "STEPS", "Action"]
