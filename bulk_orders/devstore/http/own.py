"""The box's own paths under /devstore: its logs, and other people's hands, for other processes.

Its one rule: they are no part of Shopify's surface, need no token and are never counted as requests.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from bulk_orders.devstore.faults import Reply
from bulk_orders.devstore.http.message import Incoming, json_reply, not_allowed, not_found
from bulk_orders.devstore.people import People, Refused
from bulk_orders.devstore.store import DevStore

PATH: Final = "/devstore/"

DEEDS: Final[dict[str, Callable[..., None]]] = {
    "archive": People.archive,
    "cancel": People.cancel,
    "close_return": People.close_return,
    "delete": People.delete,
    "edit": People.edit_order,
    "event": People.carrier_event,
    "fulfill": People.fulfill,
    "hold": People.hold,
    "mark_paid": People.mark_paid,
    "refund": People.refund,
    "release": People.release,
    "request_return": People.request_return,
    "tag": People.tag,
    "unarchive": People.unarchive,
    "unfulfill": People.unfulfill,
    "untag": People.untag,
}


def answer(store: DevStore, incoming: Incoming) -> Reply:
    """The answer to any path under /devstore."""
    name = incoming.path.removeprefix(PATH)
    if name == "people":
        return _people(store, incoming) if incoming.method == "POST" else not_allowed("POST")
    logs: dict[str, Callable[[], Any]] = {
        "effects": lambda: [e.as_dict() for e in store.effects.after(_after(incoming))],
        "requests": lambda: [r.as_dict() for r in store.requests if r.seq > _after(incoming)],
        "leaks": lambda: [{"at": leak.at, "path": leak.path, "header": leak.header} for leak in store.leaks],
    }
    if name not in logs:
        return not_found()
    if incoming.method != "GET":
        return not_allowed("GET")
    store.advance()
    return json_reply(200, {name: logs[name]()})


def _after(incoming: Incoming) -> int:
    text = incoming.query.get("after", "0")
    return int(text) if text.isdecimal() else 0


def _people(store: DevStore, incoming: Incoming) -> Reply:
    """`{"order": gid or name, "do": "edit", ...}`; the rest are the deed's own arguments."""
    try:
        fields = json.loads(incoming.body)
        order, deed = fields.pop("order"), DEEDS[fields.pop("do")]
    except (ValueError, KeyError, AttributeError, TypeError):
        return json_reply(400, {"error": f"needs order and do, one of {', '.join(DEEDS)}"})
    before = len(store.effects)
    tags = fields.pop("tags", []) if deed in {People.tag, People.untag} else []
    try:
        deed(store.people, order, *tags, **fields)
    except Refused as error:
        return json_reply(409, {"error": str(error)})
    except (TypeError, AttributeError) as error:
        return json_reply(400, {"error": str(error)})
    return json_reply(200, {"effects": [e.as_dict() for e in store.effects.after(before)]})
