"""Tracking numbers: what an input means, and fulfillmentTrackingInfoUpdate.

Its one rule: the input overwrites all parcels of a fulfillment; a known company makes Shopify build the
URL, an unknown or differently spelt one does not (shopify-api.md 4.6).
"""

from typing import Any, Final

from bulk_orders.devstore.changes.errors import UserError
from bulk_orders.devstore.model.order import Fulfillment, TrackingInfo
from bulk_orders.devstore.state import State

KNOWN_COMPANIES: Final = {
    "UPS": "https://www.ups.com/WebTracking?loc=en_US&requester=ST&trackNums={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "DHL Express": "https://www.dhl.com/en/express/tracking.html?AWB={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "Canada Post": "https://www.canadapost-postescanada.ca/track-reperage/en#/resultList?searchFor={}",
    "La Poste": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "PostNL": "https://jouw.postnl.nl/track-and-trace/{}",
    "bpost": "https://track.bpost.cloud/btr/web/#/search?itemCode={}",
    "DPD": "https://tracking.dpd.de/parcelstatus?query={}",
}


def tracking_rows(fields: dict[str, Any]) -> list[TrackingInfo]:
    """The parcels that an input describes."""
    company = fields.get("company")
    numbers = fields.get("numbers") or ([fields["number"]] if fields.get("number") else [])
    urls = fields.get("urls") or ([fields["url"]] if fields.get("url") else [])
    if not numbers and not urls:
        return [TrackingInfo(company, None, None)] if company else []
    count = max(len(numbers), len(urls))
    rows = zip(_padded(numbers, count), _padded(urls, count), strict=True)
    return [TrackingInfo(company, number, url or _built(company, number)) for number, url in rows]


def _padded(values: list[str], count: int) -> list[str | None]:
    return [*values, *[None] * (count - len(values))]


def _built(company: str | None, number: str | None) -> str | None:
    pattern = KNOWN_COMPANIES.get(company or "")
    return pattern.format(number) if pattern and number else None


def tracking_update(
    store: State, fulfillment_id: str, fields: dict[str, Any], notify: bool | None
) -> tuple[Fulfillment | None, list[UserError]]:
    """Overwrites the tracking of a fulfillment, also of a cancelled one; notifying mails every time."""
    fulfillment = store.records.get(fulfillment_id)
    if not isinstance(fulfillment, Fulfillment) or not store.visible(fulfillment.order):
        return None, [UserError(("fulfillmentId",), "Fulfillment does not exist.")]
    for one, many in (("number", "numbers"), ("url", "urls")):
        if fields.get(one) and fields.get(many):  # forbidden by [SCHEMA]; the words are ours [INFER]
            message = f"Only one of {one} and {many} can be provided."
            return fulfillment, [UserError(("trackingInfoInput", many), message)]
    rows, order = tracking_rows(fields), fulfillment.order
    if rows != fulfillment.tracking_info:
        with store.changing(order):
            fulfillment.tracking_info = rows
            fulfillment.updated_at = float(int(store.now()))
        numbers = [row.number for row in rows]
        store.effect("fulfillmentTrackingInfoUpdate", order, fulfillment=fulfillment.id, numbers=numbers)
    if notify is not None:  # "of this update and future updates" ([SCHEMA]): the carrier's reports mail too
        fulfillment.notify_customer = notify
    if notify:
        store.email(order, "shipping_update")
    return fulfillment, []
