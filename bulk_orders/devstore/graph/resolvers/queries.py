"""The root fields of queries."""

from dataclasses import dataclass
from typing import Any, Final

from bulk_orders.devstore.changes.errors import invalid_id
from bulk_orders.devstore.gids import gid, split_gid
from bulk_orders.devstore.graph.access import managements
from bulk_orders.devstore.graph.connections import Listing
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.registry import Call
from bulk_orders.devstore.graph.resolvers.orders_search import matching, search_orders
from bulk_orders.devstore.graph.resolvers.values import Count
from bulk_orders.devstore.model.order import Fulfillment, FulfillmentOrder, Order
from bulk_orders.devstore.model.shop import Location
from bulk_orders.devstore.settings import SUPPORTED_VERSIONS


@dataclass(frozen=True, slots=True)
class AppInstallation:
    """The app in this shop."""

    id: str


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """A version of the API."""

    handle: str
    display_name: str
    supported: bool


def wrong_type(found: str) -> Any:
    """An id of another type ([LIVE bulk-operations-read-arg-validation nonBulkOperationGid])."""
    return invalid_id(f"Invalid id: {found}")


def by_id(context: Context, record_id: str, kind: str) -> Any:
    """A record of a type; null if there is none, an error if the id is of another type."""
    if split_gid(record_id)[0] != kind:
        raise wrong_type(record_id)
    return seen(context, context.store.records.get(record_id))


def seen(context: Context, record: Any) -> Any:
    """The record if the app may see it: not an order of before the window, nor its parts."""
    order = record if isinstance(record, Order) else getattr(record, "order", None)
    if isinstance(order, Order) and not context.store.visible(order):
        return None
    if isinstance(record, FulfillmentOrder) and record.management not in managements(context.scopes):
        return None
    return record


def _node(_root: Any, arguments: dict[str, Any], context: Context) -> Any:
    return seen(context, context.store.records.get(arguments["id"]))


def _nodes(_root: Any, arguments: dict[str, Any], context: Context) -> list[Any]:
    return [seen(context, context.store.records.get(record_id)) for record_id in arguments["ids"]]


def _order(_root: Any, arguments: dict[str, Any], context: Context) -> Order | None:
    found = by_id(context, arguments["id"], "Order")
    return found if isinstance(found, Order) else None


def _orders(_root: Any, arguments: dict[str, Any], context: Context) -> Listing:
    return search_orders(context, arguments, context.store.orders.values())


def _orders_count(_root: Any, arguments: dict[str, Any], context: Context) -> Count:
    """[LIVE order-catalog-count-read]: AT_LEAST where the limit is passed."""
    _, found = matching(context, arguments.get("query"), context.store.orders.values())
    limit = arguments.get("limit")
    if limit is not None and len(found) > limit:
        return Count(limit, "AT_LEAST")
    return Count(len(found))


def _fulfillment(_root: Any, arguments: dict[str, Any], context: Context) -> Fulfillment | None:
    found = by_id(context, arguments["id"], "Fulfillment")
    return found if isinstance(found, Fulfillment) else None


def _fulfillment_order(_root: Any, arguments: dict[str, Any], context: Context) -> FulfillmentOrder | None:
    found = by_id(context, arguments["id"], "FulfillmentOrder")
    return found if isinstance(found, FulfillmentOrder) else None


def _job(_root: Any, arguments: dict[str, Any], context: Context) -> Any:
    return context.store.jobs.jobs.get(arguments["id"])


def _locations(_root: Any, arguments: dict[str, Any], context: Context) -> Listing:
    found = [place for place in context.store.locations if place.is_active or arguments["includeInactive"]]
    if not arguments["includeLegacy"]:
        found = [place for place in found if place.fulfillment_service is None]
    ordered = sorted(found, key=lambda place: place.name, reverse=bool(arguments.get("reverse")))
    return Listing(ordered, lambda place: (place.legacy_resource_id, place.name), sorted=True)


def _location(_root: Any, arguments: dict[str, Any], context: Context) -> Location | None:
    if arguments.get("id") is None:
        return next((place for place in context.store.locations if place.is_primary), None)
    found = by_id(context, arguments["id"], "Location")
    return found if isinstance(found, Location) else None


def _versions(_root: Any, _arguments: dict[str, Any], _context: Context) -> list[ApiVersion]:
    stable = [ApiVersion(handle, f"{handle} (Latest)", supported=True) for handle in SUPPORTED_VERSIONS]
    return [*stable, ApiVersion("unstable", "Unstable", supported=False)]


CALLS: Final[dict[str, dict[str, Call]]] = {
    "QueryRoot": {
        "collections": lambda _r, _a, _c: [],
        "currentAppInstallation": lambda _r, _a, _c: AppInstallation(gid("AppInstallation", 1)),
        "customer": lambda _r, a, c: by_id(c, a["id"], "Customer"),
        "fulfillment": _fulfillment,
        "fulfillmentOrder": _fulfillment_order,
        "job": _job,
        "location": _location,
        "locations": _locations,
        "node": _node,
        "nodes": _nodes,
        "order": _order,
        "orders": _orders,
        "ordersCount": _orders_count,
        "products": lambda _r, _a, c: c.store.products,
        "publicApiVersions": _versions,
        "shop": lambda _r, _a, c: c.store.shop,
    }
}
