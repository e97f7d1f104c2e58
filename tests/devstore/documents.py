"""The mutations that the tests send."""

from __future__ import annotations

ERRORS = "userErrors { field message }"
CANCEL = """mutation($id: ID!, $reason: OrderCancelReason = OTHER, $restock: Boolean = true, $notify: Boolean,
  $refund: Boolean, $method: OrderCancelRefundMethodInput, $note: String) {
  orderCancel(orderId: $id, reason: $reason, restock: $restock, notifyCustomer: $notify, refund: $refund,
    refundMethod: $method, staffNote: $note) {
    job { id done } jobResult { id done status errors { code field message } }
    orderCancelUserErrors { code field message } userErrors { field message } } }"""
RESULT = """query($id: ID!) { node(id: $id) { ... on OrderCancelJobResult {
  id done status errors { code field message } order { id cancelledAt closed } } } }"""
JOB = "query($id: ID!) { job(id: $id) { id done } }"
CLOSE = (
    f"mutation($id: ID!) {{ orderClose(input: {{id: $id}}) {{ order {{ id closed closedAt updatedAt }} {ERRORS} }} }}"
)
OPEN = f"mutation($id: ID!) {{ orderOpen(input: {{id: $id}}) {{ order {{ id closed closedAt }} {ERRORS} }} }}"
DELETE = "mutation($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { code field message } } }"
UPDATE = f"""mutation($i: OrderInput!) {{ orderUpdate(input: $i) {{
  order {{ id note tags email phone poNumber updatedAt customAttributes {{ key value }}
    shippingAddress {{ firstName lastName address1 city provinceCode province countryCodeV2 country zip }}
    metafields(first: 5) {{ nodes {{ namespace key type value }} }} }} {ERRORS} }} }}"""
TAGS_ADD = f"""mutation($id: ID!, $tags: [String!]!) {{ tagsAdd(id: $id, tags: $tags) {{
  node {{ id ... on Order {{ tags }} ... on Customer {{ tags }} }} {ERRORS} }} }}"""
TAGS_REMOVE = TAGS_ADD.replace("tagsAdd", "tagsRemove")
UNFULFIL = f"""mutation($id: ID!) {{ fulfillmentCancel(id: $id) {{
  fulfillment {{ id status displayStatus }} {ERRORS} }} }}"""
FULFIL = f"""mutation($f: FulfillmentInput!) {{ fulfillmentCreate(fulfillment: $f) {{
  fulfillment {{ id status name trackingInfo {{ company number url }} totalQuantity }} {ERRORS} }} }}"""
TRACK = f"""mutation($id: ID!, $t: FulfillmentTrackingInput!, $n: Boolean) {{
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t, notifyCustomer: $n) {{
    fulfillment {{ id trackingInfo {{ company number url }} }} {ERRORS} }} }}"""
HOLD = """mutation($id: ID!, $h: FulfillmentOrderHoldInput!) { fulfillmentOrderHold(id: $id, fulfillmentHold: $h) {
  fulfillmentHold { id handle reason displayReason heldByRequestingApp }
  fulfillmentOrder { id status lineItems(first: 9) { nodes { id remainingQuantity } } }
  remainingFulfillmentOrder { id status lineItems(first: 9) { nodes { id remainingQuantity } } }
  userErrors { code field message } } }"""
RELEASE = """mutation($id: ID!, $holds: [ID!]) { fulfillmentOrderReleaseHold(id: $id, holdIds: $holds) {
  fulfillmentOrder { id status fulfillmentHolds { id } lineItems(first: 9) { nodes { remainingQuantity } } }
  userErrors { code field message } } }"""
MARK_PAID = f"""mutation($id: ID!) {{ orderMarkAsPaid(input: {{id: $id}}) {{
  order {{ displayFinancialStatus canMarkAsPaid totalOutstandingSet {{ shopMoney {{ amount }} }} }} {ERRORS} }} }}"""
CAPTURE = f"""mutation($i: OrderCaptureInput!) {{ orderCapture(input: $i) {{
  transaction {{ id kind status amountSet {{ shopMoney {{ amount }} presentmentMoney {{ amount }} }} }}
  {ERRORS} }} }}"""
REFUND = f"""mutation($i: RefundInput!, $k: String!) {{ refundCreate(input: $i) @idempotent(key: $k) {{
  refund {{ id totalRefundedSet {{ shopMoney {{ amount }} }} }} order {{ id }} {ERRORS} }} }}"""
BULK = """mutation($q: String!, $g: Boolean = false) { bulkOperationRunQuery(query: $q, groupObjects: $g) {
  bulkOperation { id status type createdAt objectCount url } userErrors { field message code } } }"""
POLL = """query($id: ID!) { bulkOperation(id: $id) { id status type errorCode createdAt completedAt objectCount
  rootObjectCount fileSize url partialDataUrl query } }"""
BULK_CANCEL = f"mutation($id: ID!) {{ bulkOperationCancel(id: $id) {{ bulkOperation {{ id status }} {ERRORS} }} }}"
BULK_MUTATION = """mutation($m: String!, $p: String!, $c: String) { bulkOperationRunMutation(mutation: $m,
  stagedUploadPath: $p, clientIdentifier: $c) { bulkOperation { id status } userErrors { field message code } } }"""
STAGED = f"""mutation($i: [StagedUploadInput!]!) {{ stagedUploadsCreate(input: $i) {{
  stagedTargets {{ url resourceUrl parameters {{ name value }} }} {ERRORS} }} }}"""
