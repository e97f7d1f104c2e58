"""POST /admin/oauth/access_token: the client credentials grant.

Its one rule: it knows one client, and its refusals have the shape of OAuth (shopify-api.md 7 names
`shop_not_permitted`; the other codes are RFC 6749's [INFER]).
"""

import json
import urllib.parse
from typing import Any

from bulk_orders.devstore.faults import Reply
from bulk_orders.devstore.http.message import Incoming, json_reply
from bulk_orders.devstore.store import DevStore
from bulk_orders.devstore.tokens import CLIENT_ID, CLIENT_SECRET


def grant(store: DevStore, incoming: Incoming) -> Reply:
    """A token, or why not."""
    fields = _fields(incoming)
    if fields.get("grant_type") != "client_credentials":
        return _refuse("unsupported_grant_type", "The grant type is not supported.")
    if fields.get("client_id") != CLIENT_ID or fields.get("client_secret") != CLIENT_SECRET:
        return _refuse("invalid_client", "Client authentication failed.")
    if not store.settings.grants:
        return _refuse("shop_not_permitted", "Client credentials cannot be performed on this shop.")
    token = store.tokens.grant(store.clock())
    scope = ",".join(store.settings.scopes)
    return json_reply(200, {"access_token": token, "scope": scope, "expires_in": store.settings.token_seconds})


def _fields(incoming: Incoming) -> dict[str, Any]:
    if incoming.headers.get("content-type", "").startswith("application/json"):
        try:
            fields = json.loads(incoming.body)
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}
    return dict(urllib.parse.parse_qsl(incoming.body.decode("utf-8", "replace")))


def _refuse(code: str, description: str) -> Reply:
    return json_reply(400, {"error": code, "error_description": description})
