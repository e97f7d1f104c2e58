"""The judge itself: what it must see, and what it must not take for a fault."""

from __future__ import annotations

from bulk_orders.devstore import Effect
from faults.judge import judge

CANCEL = {"id": "c1", "action": "cancel", "order": "o1", "name": "#1", "args": {}}


def _cancelled(first: int, refund: str, *gateways: str) -> list[Effect]:
    said = [Effect(first, 0.0, "orderCancel", "o1", {"by": "api"})]
    paid = [
        Effect(first + 1, 0.0, "refund", "o1", {"by": "api", "refund": refund, "gateway": each}) for each in gateways
    ]
    return said + paid


def test_one_refund_to_two_payments_is_one_refund() -> None:
    assert judge([CANCEL], {"c1": "applied"}, _cancelled(1, "r1", "gift_card", "card")).fine


def test_a_second_refund_is_seen() -> None:
    effects = [*_cancelled(1, "r1", "card"), *_cancelled(3, "r2", "card")[1:]]
    assert judge([CANCEL], {"c1": "applied"}, effects).doubled == ["refund of o1 2 times"]


def test_what_is_missing_or_said_wrongly_is_seen() -> None:
    assert judge([CANCEL], {}, []).lost
    assert judge([CANCEL], {"c1": "applied"}, []).misreported
    assert judge([CANCEL], {"c1": "refused"}, _cancelled(1, "r1", "card")).misreported
    assert judge([CANCEL], {"c1": "unknown"}, []).fine
