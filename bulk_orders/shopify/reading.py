"""How long a reading of many orders would take, one way and the other: pure arithmetic on what was measured.

Requests (`nodes`) cost points and come back at once; a bulk operation costs next to no points and takes its time. Which
is faster depends on what an order costs, on the shop's rate limit and on how far away it is, so the first request
tells.
"""

from __future__ import annotations

from bulk_orders.shopify.throttle import Bucket

_SIDE_BY_SIDE = 4
_BULK_AT_ONCE = 5
_BULK_STARTS = 10.0
"""Seconds from the submission of a bulk operation to the first rows of its result: no figure of Shopify's, an estimate
on the patient side, polls and download included."""
_BULK_ORDERS_PER_SECOND = 300.0
"""Orders that one bulk operation reads in a second: an estimate like the other."""


def seconds_by_nodes(pages: int, cost: float, latency: float, bucket: Bucket) -> float:
    """Seconds for `pages` requests of `cost` points each that take `latency` seconds: held by points or by the way."""
    if not bucket.restore_rate:
        return pages * latency
    points = max(0.0, pages * cost - (bucket.known.available if bucket.known else 0.0))
    return max(points / bucket.restore_rate, -(-pages // _SIDE_BY_SIDE) * latency)


def seconds_by_bulk(orders: int, operations: int) -> float:
    """Seconds for bulk operations over `orders` orders, five of them side by side."""
    return -(-operations // _BULK_AT_ONCE) * _BULK_STARTS + orders / (
        _BULK_ORDERS_PER_SECOND * min(operations, _BULK_AT_ONCE) if operations else 1.0
    )
