"""One by one or in bulk: which of the two brings a number of changes to the shop sooner. Pure arithmetic.

One by one costs points, and is as fast as the rate limit. In bulk costs next to none, and is as fast as Shopify works
through a file, which it states nowhere: the figures below are assumptions, on the patient side. Bulk is chosen only
where it is clearly faster even so, since one by one an order is read right before it is touched and in bulk a while
before (guarantees.md, protocol 7).
"""

from __future__ import annotations

from collections.abc import Mapping

from bulk_orders.shopify.throttle import Bucket

AT_ONCE = 5  # bulk mutations of one app on one shop at the same time, since 2026-01 [USAGE]
FEWEST, MOST = 200, 1_000
"""Lines of an operation: enough to be worth its start, and few enough that an order waits for about a minute at most
between our reading it and Shopify's changing it."""
_POINTS = 10.0
_STARTS = 10.0
"""Seconds for the upload, the submission, the polls and the result of an operation: an assumption."""
_LINES_PER_SECOND = 20.0
"""Lines that one operation works through in a second: an assumption."""
_WORTH_IT = 300
"""Changes below which nobody waits long enough to mind."""
_CLEARLY = 2.0


def seconds_singly(changes: int, bucket: Bucket) -> float:
    """Seconds for so many mutations of ten points each, the bucket as it is now."""
    if not bucket.restore_rate:
        return 0.0
    return max(0.0, changes * _POINTS - (bucket.known.available if bucket.known else 0.0)) / bucket.restore_rate


def lines_each(changes: int) -> int:
    """How many lines an operation should have: as many operations side by side as there may be."""
    return max(FEWEST, min(MOST, -(-changes // AT_ONCE)))


def seconds_in_bulk(changes: Mapping[str, int]) -> float:
    """Seconds for so many changes by mutation, in operations of their own, five side by side."""
    total = sum(changes.values())
    if not total:
        return 0.0
    operations = sum(-(-number // lines_each(total)) for number in changes.values())
    waves = -(-operations // AT_ONCE)
    return waves * _STARTS + total / (_LINES_PER_SECOND * min(operations, AT_ONCE))


def in_bulk(transport: str, changes: Mapping[str, int], bucket: Bucket) -> frozenset[str]:
    """The kinds of changes to send in bulk, of those that may be: `changes` says how many there are of each."""
    if transport != "auto":
        return frozenset(changes) if transport == "bulk" else frozenset()
    many = {name: number for name, number in changes.items() if number >= FEWEST}
    singly = seconds_singly(sum(many.values()), bucket)
    if sum(many.values()) < _WORTH_IT or seconds_in_bulk(many) * _CLEARLY > singly:
        return frozenset()
    return frozenset(many)
