"""The fields of a change as people read them: our own words in their language, what somebody wrote as it is.

The fields of a sheet's columns hold what people wrote, tags and notes among them; a note that says "archived" must stay
that. Everything else a change says about itself is ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from bulk_orders.core.changes import Change
from bulk_orders.core.columns import BY_HEADER
from bulk_orders.language import say, told
from bulk_orders.views.words import VERBS

_OF_PEOPLE = frozenset({"Note", "Staff note", "Tags", "Through"})
_GATEWAYS = frozenset({"To", "Through"})


def label(change: Change, key: str) -> str:
    """What a field is called: a column by its header, a fulfillment by its name."""
    return key if key in BY_HEADER or key.startswith("#") or change.action == "unfulfill" else told(key)


def value(change: Change, key: str, value: object) -> str:
    """What stands in it."""
    if value in (None, ""):
        return say("(empty)")
    shown = str(value) if _of_people(change, key) else told(str(value))
    return gateway(shown) if key in _GATEWAYS else shown


def gateway(name: str) -> str:
    """A gateway of Shopify's as people say it: `shopify payments`."""
    return name.replace("_", " ")


def _of_people(change: Change, key: str) -> bool:
    return key in _OF_PEOPLE or key in BY_HEADER or (change.action == "refund" and key == "Reason")


def added(change: Change) -> Iterator[str]:
    """What an action brings beside the changed fields: `restock yes (default)`."""
    for key, after in change.after.items():
        if key not in change.before:
            chosen = {"name": label(change, key).lower(), "value": value(change, key, after)}
            yield (
                say("{name} {value} (default)", **chosen)
                if key in change.defaults
                else "{name} {value}".format(**chosen)
            )


def asked(action: str | None) -> str:
    """An action where it stands as a word: `tag add`."""
    return told((action or "").replace("_", " "))


def title(action: str) -> str:
    """An action as a heading: `Add tags`."""
    return VERBS[action].title
