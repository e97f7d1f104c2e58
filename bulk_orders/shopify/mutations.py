"""The mutations that change orders, each with what its answer has to show.

Selections stay small: a field without scope inside a mutation's payload gives errors beside a mutation that did
happen (shopify-api.md 8).
"""

from __future__ import annotations

from typing import Final

from bulk_orders.shopify.documents import Document

_USER_ERRORS = "userErrors { field message }"
_CANCEL_ARGUMENTS = (
    "mutation BulkOrdersCancel($id: ID!, $reason: OrderCancelReason!, $restock: Boolean!, $notify: Boolean, "
    "$rm: OrderCancelRefundMethodInput, $note: String) { orderCancel(orderId: $id, reason: $reason, restock: $restock, "
    "notifyCustomer: $notify, refundMethod: $rm, staffNote: $note) "
)

MUTATIONS: Final = {
    document.root: document
    for document in (
        Document(
            "orderCancel",
            _CANCEL_ARGUMENTS
            + "{ job { id done } jobResult { id done status } orderCancelUserErrors { code field message } } }",
            root="orderCancel",
            errors="orderCancelUserErrors",
        ),
        Document(
            "fulfillmentCancel",
            "mutation BulkOrdersUnfulfill($id: ID!) { fulfillmentCancel(id: $id) "
            f"{{ fulfillment {{ id status }} {_USER_ERRORS} }} }}",
            root="fulfillmentCancel",
        ),
        Document(
            "orderClose",
            "mutation BulkOrdersArchive($id: ID!) { orderClose(input: { id: $id }) "
            f"{{ order {{ id closed }} {_USER_ERRORS} }} }}",
            root="orderClose",
        ),
        Document(
            "orderOpen",
            "mutation BulkOrdersUnarchive($id: ID!) { orderOpen(input: { id: $id }) "
            f"{{ order {{ id closed }} {_USER_ERRORS} }} }}",
            root="orderOpen",
        ),
        Document(
            "orderUpdate",
            "mutation BulkOrdersUpdate($input: OrderInput!) { orderUpdate(input: $input) "
            f"{{ order {{ id note email phone poNumber }} {_USER_ERRORS} }} }}",
            root="orderUpdate",
        ),
        Document(
            "orderDelete",
            "mutation BulkOrdersDelete($id: ID!) { orderDelete(orderId: $id) "
            "{ deletedId userErrors { code field message } } }",
            root="orderDelete",
        ),
        Document(
            "orderMarkAsPaid",
            "mutation BulkOrdersMarkAsPaid($id: ID!) { orderMarkAsPaid(input: { id: $id }) "
            f"{{ order {{ id displayFinancialStatus }} {_USER_ERRORS} }} }}",
            root="orderMarkAsPaid",
        ),
        Document(
            "orderCapture",
            "mutation BulkOrdersCapture($input: OrderCaptureInput!) { orderCapture(input: $input) "
            f"{{ transaction {{ id status }} {_USER_ERRORS} }} }}",
            root="orderCapture",
        ),
        Document(
            "refundCreate",
            "mutation BulkOrdersRefund($input: RefundInput!, $key: String!) "
            f"{{ refundCreate(input: $input) @idempotent(key: $key) {{ refund {{ id note }} {_USER_ERRORS} }} }}",
            root="refundCreate",
        ),
        Document(
            "fulfillmentCreate",
            "mutation BulkOrdersFulfill($fulfillment: FulfillmentInput!) "
            "{ fulfillmentCreate(fulfillment: $fulfillment) "
            f"{{ fulfillment {{ id status }} {_USER_ERRORS} }} }}",
            root="fulfillmentCreate",
        ),
        Document(
            "fulfillmentTrackingInfoUpdate",
            "mutation BulkOrdersTrack($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) "
            "{ fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, "
            "notifyCustomer: $notify) "
            f"{{ fulfillment {{ id trackingInfo {{ company number url }} }} {_USER_ERRORS} }} }}",
            root="fulfillmentTrackingInfoUpdate",
        ),
        Document(
            "fulfillmentOrderHold",
            "mutation BulkOrdersHold($id: ID!, $hold: FulfillmentOrderHoldInput!) "
            "{ fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) { fulfillmentHold { id handle } "
            "fulfillmentOrder { id status } userErrors { code field message } } }",
            root="fulfillmentOrderHold",
        ),
        Document(
            "fulfillmentOrderReleaseHold",
            "mutation BulkOrdersRelease($id: ID!, $holds: [ID!]!) { fulfillmentOrderReleaseHold(id: $id, "
            "holdIds: $holds) { fulfillmentOrder { id status fulfillmentHolds { id } } "
            "userErrors { code field message } } }",
            root="fulfillmentOrderReleaseHold",
        ),
        Document(
            "tagsAdd",
            "mutation BulkOrdersTagsAdd($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) "
            f"{{ node {{ id ... on Order {{ tags }} }} {_USER_ERRORS} }} }}",
            root="tagsAdd",
        ),
        Document(
            "tagsRemove",
            "mutation BulkOrdersTagsRemove($id: ID!, $tags: [String!]!) { tagsRemove(id: $id, tags: $tags) "
            f"{{ node {{ id ... on Order {{ tags }} }} {_USER_ERRORS} }} }}",
            root="tagsRemove",
        ),
    )
}

CANCEL_2026_07: Final = Document(
    "orderCancel",
    _CANCEL_ARGUMENTS + "{ job { id done } orderCancelUserErrors { code field message } } }",
    root="orderCancel",
    errors="orderCancelUserErrors",
)


def _has_cancel_results(api_version: str) -> bool:
    """orderCancel.jobResult is there from 2026-10 on (shopify-api.md, head)."""
    return api_version == "unstable" or api_version >= "2026-10"


def mutation(name: str, api_version: str) -> Document:
    """The document of a mutation, as that API version knows it."""
    if name == "orderCancel" and not _has_cancel_results(api_version):
        return CANCEL_2026_07
    return MUTATIONS[name]
