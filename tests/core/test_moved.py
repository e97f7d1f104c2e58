"""What has moved since a plan, in words that people know."""

from __future__ import annotations

from typing import Any

import pytest

from bulk_orders.core.moved import moved

GID = "gid://shopify/{}/{}"


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ({"shipped": []}, {"shipped": [GID.format("Fulfillment", 1)]}, "shipped was none, is 1 fulfillment"),
        (
            {"refunds": [GID.format("Refund", 1)]},
            {"refunds": [GID.format("Refund", 2)]},
            "refunds is not the same any more (1 refund)",
        ),
        ({"holds": [GID.format("FulfillmentHold", 1)]}, {"holds": []}, "holds was 1 hold, is none"),
        ({"return": "NO_RETURN"}, {"return": "RETURN_REQUESTED"}, "return was no return, is return requested"),
        ({"status": ["OPEN"]}, {"status": ["ON_HOLD", "OPEN"]}, "status was open, is on hold, open"),
        ({"cancelled": False}, {"cancelled": True}, "cancelled was no, is yes"),
        ({"paid": "60.90 EUR"}, {"paid": "0.00 EUR"}, "paid was 60.90 EUR, is 0.00 EUR"),
        ({"paid through": []}, {"paid through": ["shopify_payments"]}, "paid through was none, is shopify payments"),
        ({"owed": "None"}, {"owed": "5.00 EUR"}, "owed was empty, is 5.00 EUR"),
        ({"to ship": {"a": 2, "b": 1}}, {"to ship": {"a": 0, "b": 1}}, "to ship was 3 units, is 1 unit"),
        ({"poNumber": ""}, {"poNumber": "PO 7"}, "Purchase Order Number was empty, is 'PO 7'"),
        (
            {"tracking": {"Fulfillment: Tracking Number": "1", "Fulfillment: Tracking URL": ""}},
            {"tracking": {"Fulfillment: Tracking Number": "2", "Fulfillment: Tracking URL": ""}},
            "Fulfillment: Tracking Number was '1', is '2'",
        ),
        ({"note": "x" * 70}, {"note": ""}, f"Note was '{'x' * 57}...', is empty"),
    ],
)
def test_a_value_is_told_in_words(was: dict[str, Any], now: dict[str, Any], told: str) -> None:
    assert moved(was, now) == [told]


def test_only_what_moved_is_told() -> None:
    assert moved({"cancelled": False, "archived": False}, {"cancelled": False, "archived": True}) == [
        "archived was no, is yes"
    ]
