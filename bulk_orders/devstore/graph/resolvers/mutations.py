"""The root fields of mutations: arguments in, payload out.

Its one rule: an id of the wrong type or with number 0 is a top-level error (recorded), an id that could
exist but does not is a userError of the payload.
"""

from types import SimpleNamespace
from typing import Any, Final

from bulk_orders.devstore.changes.cancel import order_cancel
from bulk_orders.devstore.changes.errors import invalid_id
from bulk_orders.devstore.changes.fulfilling import fulfillment_cancel, fulfillment_create
from bulk_orders.devstore.changes.holds import hold, release
from bulk_orders.devstore.changes.lifecycle import order_close, order_delete, order_open
from bulk_orders.devstore.changes.payments import mark_as_paid, order_capture
from bulk_orders.devstore.changes.refunds import refund_create
from bulk_orders.devstore.changes.tags import tags_add, tags_remove
from bulk_orders.devstore.changes.tracking import tracking_update
from bulk_orders.devstore.changes.update import order_update
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.registry import Call

Payload = SimpleNamespace
Arguments = dict[str, Any]


def expect(record_id: str, kind: str, *, named: bool = False) -> None:
    """Refuses an id that cannot be of that type. Fulfillment orders name the id in the error ([LIVE
    fulfillment-order-lifecycle]), the others say only `invalid id` (shopify-api.md 4.4)."""
    found, number = split_gid(record_id)
    if found != kind or number == "0":
        raise invalid_id(f"Invalid id: {record_id}" if named else "invalid id")


def _order_cancel(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["orderId"], "Order")
    result, errors = order_cancel(context.store, arguments)
    job = SimpleNamespace(id=result.job.id, done=False) if result else None  # always false, as recorded
    return Payload(job=job, job_result=result, order_cancel_user_errors=errors, user_errors=errors)


def _order_close(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["input"]["id"], "Order")
    order, errors = order_close(context.store, arguments["input"]["id"])
    return Payload(order=order, user_errors=errors)


def _order_open(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["input"]["id"], "Order")
    order, errors = order_open(context.store, arguments["input"]["id"])
    return Payload(order=order, user_errors=errors)


def _order_delete(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["orderId"], "Order")
    deleted, errors = order_delete(context.store, arguments["orderId"])
    return Payload(deleted_id=deleted, user_errors=errors)


def _order_update(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["input"]["id"], "Order")
    order, errors = order_update(context.store, arguments["input"])
    return Payload(order=order, user_errors=errors)


def _order_mark_as_paid(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["input"]["id"], "Order")
    order, errors = mark_as_paid(context.store, arguments["input"]["id"])
    return Payload(order=order, user_errors=errors)


def _order_capture(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["input"]["id"], "Order")
    transaction, errors = order_capture(context.store, arguments["input"])
    return Payload(transaction=transaction, user_errors=errors)


def _refund_create(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["input"]["orderId"], "Order")
    refund, order, errors = refund_create(context.store, arguments["input"], arguments.get("@idempotent"))
    return Payload(refund=refund, order=order, user_errors=errors)


def _fulfillment_cancel(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["id"], "Fulfillment")
    fulfillment, errors = fulfillment_cancel(context.store, arguments["id"])
    return Payload(fulfillment=fulfillment, user_errors=errors)


def _fulfillment_create(_root: Any, arguments: Arguments, context: Context) -> Payload:
    for entry in arguments["fulfillment"]["lineItemsByFulfillmentOrder"]:
        expect(entry["fulfillmentOrderId"], "FulfillmentOrder", named=True)
    fulfillment, errors = fulfillment_create(context.store, arguments["fulfillment"])
    return Payload(fulfillment=fulfillment, user_errors=errors)


def _tracking(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["fulfillmentId"], "Fulfillment")
    fulfillment, errors = tracking_update(
        context.store, arguments["fulfillmentId"], arguments["trackingInfoInput"], arguments.get("notifyCustomer")
    )
    return Payload(fulfillment=fulfillment, user_errors=errors)


def _hold(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["id"], "FulfillmentOrder", named=True)
    held, errors = hold(context.store, arguments["id"], arguments["fulfillmentHold"])
    placed, fulfillment_order, rest = held or (None, None, None)
    return Payload(
        fulfillment_hold=placed,
        fulfillment_order=fulfillment_order,
        remaining_fulfillment_order=rest,
        user_errors=errors,
    )


def _release(_root: Any, arguments: Arguments, context: Context) -> Payload:
    expect(arguments["id"], "FulfillmentOrder", named=True)
    fulfillment_order, errors = release(context.store, arguments["id"], arguments.get("holdIds"))
    return Payload(fulfillment_order=fulfillment_order, user_errors=errors)


def _tags_add(_root: Any, arguments: Arguments, context: Context) -> Payload:
    node, errors = tags_add(context.store, arguments["id"], arguments["tags"])
    return Payload(node=node, user_errors=errors)


def _tags_remove(_root: Any, arguments: Arguments, context: Context) -> Payload:
    node, errors = tags_remove(context.store, arguments["id"], arguments["tags"])
    return Payload(node=node, user_errors=errors)


CALLS: Final[dict[str, dict[str, Call]]] = {
    "Mutation": {
        "fulfillmentCancel": _fulfillment_cancel,
        "fulfillmentCreate": _fulfillment_create,
        "fulfillmentOrderHold": _hold,
        "fulfillmentOrderReleaseHold": _release,
        "fulfillmentTrackingInfoUpdate": _tracking,
        "orderCancel": _order_cancel,
        "orderCapture": _order_capture,
        "orderClose": _order_close,
        "orderDelete": _order_delete,
        "orderMarkAsPaid": _order_mark_as_paid,
        "orderOpen": _order_open,
        "orderUpdate": _order_update,
        "refundCreate": _refund_create,
        "tagsAdd": _tags_add,
        "tagsRemove": _tags_remove,
    }
}
