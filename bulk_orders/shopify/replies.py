"""What a reply means: executed, refused, not executed, or not to be known.

The one place that reads Shopify's errors. HTTP 200 is no success: THROTTLED and INTERNAL_SERVER_ERROR come in it, user
errors stand in the data, and errors beside non-null data mean that it did happen (shopify-api.md 3 and 9).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from bulk_orders.errors import AccessDenied, Refused, ShopifyError
from bulk_orders.shopify.documents import Document
from bulk_orders.shopify.throttle import ThrottleStatus

LONGEST_RETRY_AFTER = 120.0
"""Seconds; a shop that asks for more is left alone, and the run is resumed by a person or the next night."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was executed, at least in part."""

    data: Mapping[str, Any]
    errors: tuple[Mapping[str, Any], ...]
    extensions: Mapping[str, Any]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Costs:
    """`extensions.cost`: what was reserved, what it came to, and what is left."""

    requested: float | None
    actual: float | None
    status: ThrottleStatus | None


class Ambiguous(Exception):
    """The request left, and whether it was executed cannot be told from what came back."""

    def __init__(self, why: str, request_id: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.request_id = request_id


class NotExecuted(Exception):
    """Nothing was executed; the same request may be sent again, after `wait` seconds (None: when points are there)."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.wait = wait


class NotConnected(NotExecuted):
    """The request never left: no connection, no name, no TLS."""


class TokenRejected(NotExecuted):
    """401: the token is not (or no longer) taken."""


class TooCostly(Refused):
    """MAX_COST_EXCEEDED: ask for less in one request. Nothing was executed."""


class UnknownFields(Refused):
    """The API does not know (or no longer knows) fields that were asked for: `fields` as left_out takes them."""

    def __init__(self, what: str, fields: frozenset[str]) -> None:
        super().__init__(what)
        self.fields = fields


class InvalidId(Refused):
    """One of the ids asked for is none that Shopify could ever have given out."""


@dataclass(frozen=True, slots=True)
class UserErrors:
    """What Shopify refuses about one mutation, in its own words."""

    messages: tuple[str, ...]
    codes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "; ".join(self.messages)


@dataclass(slots=True)
class _Body:
    errors: list[Mapping[str, Any]] = field(default_factory=list)
    data: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


def parse(response: httpx.Response) -> Any:
    """The JSON of an answer, or None where it is none."""
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def costs(parsed: Any) -> Costs:
    """The rate-limit figures of a parsed answer; all None where it has none that can be read."""
    try:
        cost = parsed["extensions"]["cost"]
        throttle = cost["throttleStatus"]
        figures = [_number(throttle[name]) for name in ("maximumAvailable", "currentlyAvailable", "restoreRate")]
        return Costs(_number(cost.get("requestedQueryCost")), _number(cost.get("actualQueryCost")), _status(*figures))
    except (AttributeError, KeyError, TypeError):
        return Costs(None, None, None)


def _status(maximum: float | None, available: float | None, restore_rate: float | None) -> ThrottleStatus | None:
    """The figures of a bucket, if a bucket can have them: nobody waits for points that never come back."""
    if maximum is None or available is None or restore_rate is None or maximum <= 0 or restore_rate <= 0:
        return None
    return ThrottleStatus(maximum, min(available, maximum), restore_rate)


def _number(value: Any) -> float | None:
    sound = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if sound else None


def read_reply(response: httpx.Response, parsed: Any) -> Reply:
    """The reply of a request that was executed; raises for every other kind."""
    request_id = response.headers.get("x-request-id")
    _raise_for_status(response, request_id)
    body = _body(parsed, request_id)
    codes = [_code(error) for error in body.errors]
    if body.data is None:
        if "THROTTLED" in codes:
            raise NotExecuted("throttled")
        if "MAX_COST_EXCEEDED" in codes:
            raise TooCostly(str(body.errors[0].get("message", "")))
        _raise_without_data(body, codes, request_id)
    return Reply(body.data or {}, tuple(body.errors), body.extensions, request_id)


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code", "")) if isinstance(extensions, Mapping) else ""


def _body(parsed: Any, request_id: str | None) -> _Body:
    if not isinstance(parsed, dict):
        raise Ambiguous("the answer is no JSON object", request_id)
    errors = parsed.get("errors") or []
    listed = errors if isinstance(errors, list) else [{"message": str(errors)}]
    data = parsed.get("data")
    extensions = parsed.get("extensions")
    return _Body(
        errors=[error if isinstance(error, dict) else {"message": str(error)} for error in listed],
        data=data if isinstance(data, dict) else None,
        extensions=extensions if isinstance(extensions, dict) else {},
    )


def _raise_without_data(body: _Body, codes: list[str], request_id: str | None) -> None:
    said = "; ".join(str(error.get("message", "")) for error in body.errors)
    if not body.errors or "INTERNAL_SERVER_ERROR" in codes:
        raise Ambiguous(said or "the answer is empty", request_id)
    if "ACCESS_DENIED" in codes:
        raise AccessDenied(f"Shopify denies access: {said}", fix=_SCOPES)
    if "SHOP_INACTIVE" in codes:
        raise AccessDenied(f"The shop is not active: {said}", fix="Ask its owner.")
    unknown = frozenset(filter(None, map(_unknown_field, body.errors)))
    if unknown:
        raise UnknownFields(f"Shopify does not know {', '.join(sorted(unknown))}.", unknown)
    where = f"request {request_id}" if request_id else None
    kind = InvalidId if "RESOURCE_NOT_FOUND" in codes else Refused
    raise kind(f"Shopify did not take the request: {said}", where=where)


_TYPES = {"Order", "Fulfillment", "LineItem"}
_UNKNOWN_FIELD = re.compile(
    r"(?:Field '(?P<f>\w+)' doesn't exist on|Cannot query field '(?P<g>\w+)' on) type '(?P<t>\w+)'"
)


def _unknown_field(error: Mapping[str, Any]) -> str | None:
    """The field that a validation error is about, in Shopify's wording or in GraphQL's own."""
    found = _UNKNOWN_FIELD.match(str(error.get("message", "")))
    if found is None:
        return None
    name = found["f"] or found["g"]
    return f"{found['t']}.{name}" if found["t"] in _TYPES else f"*.{name}"


def denied_fields(reply: Reply) -> frozenset[str]:
    """The fields of an export that the token may not read, from the paths of the errors."""
    denied = [error.get("path") or () for error in reply.errors if _code(error) == "ACCESS_DENIED"]
    return frozenset(filter(None, (_dotted([part for part in path if isinstance(part, str)]) for path in denied)))


def _dotted(path: list[str]) -> str | None:
    """`orders edges node fulfillments location` -> `Fulfillment.location`."""
    names = [name for name in path if name not in {"edges", "node", "nodes"}][1:]
    if not names:
        return None
    for list_name, type_name in (("fulfillments", "Fulfillment"), ("lineItems", "LineItem")):
        if names[0] == list_name and len(names) > 1:
            return ".".join([type_name, *names[1:]])
    return ".".join(["Order", *names])


def raise_for_errors(reply: Reply) -> None:
    """Errors beside data, in an answer to a question: what is missing from it must not be taken for absent."""
    codes = [_code(error) for error in reply.errors]
    said = "; ".join(str(error.get("message", "")) for error in reply.errors)
    if "ACCESS_DENIED" in codes:
        raise AccessDenied(f"Shopify denies access: {said}", fix=_SCOPES)
    if any(code != "RESOURCE_NOT_FOUND" for code in codes):
        raise Ambiguous(said, reply.request_id)


_SCOPES = "Give the app the missing scope and install it again; bulk-orders doctor says which."
_STOPPING = {
    402: ("The shop is frozen for want of payment (402).", "Its owner has to settle the bill first."),
    403: ("Shopify forbids the request (403).", _SCOPES),
    404: ("There is no such shop or API version (404).", "Check the shop and SHOPIFY_API_VERSION."),
    423: ("The shop is locked (423).", "Wait, then run the same command again; contact Shopify if it stays locked."),
    430: ("Shopify turned the request away for security (430).", "Wait, then run the same command again."),
}


def _raise_for_status(response: httpx.Response, request_id: str | None) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    if status >= 500 or status == 408:
        raise Ambiguous(f"Shopify answered {status}", request_id)
    if status == 401:
        raise TokenRejected("the token was not taken (401)")
    if status == 429:
        raise NotExecuted("too many requests (429)", retry_after(response))
    if status in _STOPPING:
        what, fix = _STOPPING[status]
        raise AccessDenied(what, fix=fix, where=f"request {request_id}" if request_id else None)
    if 300 <= status < 400:
        raise AccessDenied(
            f"The shop answered with a redirect ({status}), which is never followed.",
            fix="Check the shop's name: it has to be its handle.myshopify.com.",
        )
    if 200 <= status < 300:
        raise Ambiguous(f"Shopify answered {status}", request_id)
    raise ShopifyError(
        f"Shopify did not take the request ({status}).",
        fix="Run the same command again later; if it stays so, bulk-orders doctor tells more.",
        where=f"request {request_id}" if request_id else None,
    )


def retry_after(response: httpx.Response) -> float:
    """Seconds to wait by Retry-After (a number, or a date against the reply's own Date); 1 where it is of no use.

    Raises AccessDenied where it asks for longer than a run should wait.
    """
    seconds = _asked_wait(response)
    if seconds is None or math.isnan(seconds):
        return 1.0
    if math.isinf(seconds):
        raise AccessDenied("Shopify asks to wait without end (429).", fix="Run the same command again later.")
    if seconds > LONGEST_RETRY_AFTER:
        raise AccessDenied(
            f"Shopify asks to wait {seconds:.0f} s (429).", fix="Run the same command again after that time."
        )
    return max(seconds, 0.05)


def _asked_wait(response: httpx.Response) -> float | None:
    written = response.headers.get("retry-after", "").strip()
    try:
        return float(written)
    except ValueError:
        pass
    try:
        now = parsedate_to_datetime(response.headers["date"])
        return (parsedate_to_datetime(written) - now).total_seconds()
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def payload_of(reply: Reply, document: Document) -> Mapping[str, Any] | UserErrors:
    """What a mutation answered: its payload if it was executed, else why not.

    Raises Ambiguous where neither can be told, AccessDenied where the whole kind of mutation is denied.
    """
    payload = reply.data.get(document.root)
    if isinstance(payload, Mapping):
        errors = payload.get(document.errors) or payload.get("userErrors") or ()
        return _user_errors(errors) if errors else payload
    codes = {_code(error) for error in reply.errors if _is_about(document.root, error)}
    said = "; ".join(str(error.get("message", "")) for error in reply.errors)
    if "ACCESS_DENIED" in codes:
        raise AccessDenied(f"Shopify denies {document.root}: {said}", fix=_SCOPES)
    if codes and codes <= _NOT_BEGUN:
        return UserErrors((said,), tuple(sorted(codes)))
    # an error inside the payload nulls all of it although the mutation happened (shopify-api.md 8)
    raise Ambiguous(said or "the answer says nothing of the change", reply.request_id)


_NOT_BEGUN = frozenset({"RESOURCE_NOT_FOUND", "INVALID_VARIABLE", "BAD_REQUEST"})
"""Errors of a root field that say that it was never begun."""


def _is_about(root: str, error: Mapping[str, Any]) -> bool:
    """The error is the mutation's own, not that of a field inside its payload."""
    path = error.get("path")
    return not path or path == [root]


def _user_errors(errors: Any) -> UserErrors:
    listed = [
        e if isinstance(e, Mapping) else {"message": e} for e in (errors if isinstance(errors, list) else [errors])
    ]
    return UserErrors(
        tuple(str(error.get("message", "")) for error in listed),
        tuple(str(error["code"]) for error in listed if error.get("code")),
    )


def search_warnings(reply: Reply) -> list[str]:
    """What Shopify ignored in a search: an unknown field is dropped in silence and everything is found (6)."""
    warnings = [w for search in reply.extensions.get("search") or () for w in search.get("warnings") or ()]
    return [str(warning.get("message") or f"{warning.get('field')}: {warning.get('code')}") for warning in warnings]
