"""Every refusal of Shopify's (shopify-api.md 4): where it is foreseen, and where it comes too late to be foreseen.

One line per refusal, with the words that a test of each kind is found by. A refusal that depends on nothing that can
change after planning has no second test, and says why.
"""

from __future__ import annotations

import pytest
from conftest import ROOT

FLOWS, CORE = "tests/flows/test_predictions.py", "tests/core/test_predictions.py"
MONEY, PROTOCOL = "tests/flows/test_money.py", "tests/flows/test_protocol.py"
CHECK = "tests/core/test_check.py"
Place = tuple[str, str]
FIXED = "depends on the sheet alone"

REFUSALS: dict[str, tuple[Place | str, Place | str]] = {
    "orderCancel: already been canceled": ((FLOWS, "cancel: already cancelled"),) * 2,
    "orderCancel: outstanding fulfillments": ((FLOWS, "cancel: outstanding fulfillments"),) * 2,
    "orderCancel: has returns": ((FLOWS, "cancel: a return"),) * 2,
    "orderCancel: a pending payment": ((FLOWS, "cancel: a pending payment"),) * 2,
    "orderCancel: a deactivated location, paid, restock": ((FLOWS, "cancel: a deactivated location"),) * 2,
    "orderCancel: STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED": ((FLOWS, "cancel: store credit for a company"),) * 2,
    "orderCancel: STORE_CREDIT_REFUND_MISSING_CUSTOMER": ((FLOWS, "cancel: store credit without a customer"),) * 2,
    "orderCancel: STORE_CREDIT_REFUND_EXPIRATION_IN_PAST": ((FLOWS, "cancel: store credit that has expired"),) * 2,
    "orderCancel: NO_REFUND_PERMISSION and INTERNAL_ERROR": (
        "no field tells of them beforehand",
        (PROTOCOL, "test_a_job_that_fails_is_refused_with_shopifys_words"),
    ),
    "orderCancel: staff note too long": ((CHECK, "Cancel: Staff Note"), FIXED),
    "orderCancel: refund beside refundMethod": (("tests/core/test_actions.py", 'sent.get("rm") == method'), FIXED),
    "orderCancel: Cancellation is already in progress": (
        "no field tells of it beforehand",
        (PROTOCOL, "Somebody else did it in the meantime."),
    ),
    "orderOpen: a cancelled order": ((FLOWS, "unarchive: cancelled"),) * 2,
    "orderDelete: INVALID": ((FLOWS, "delete: paid online"), (FLOWS, "test_a_refusal_that_nobody_foresaw")),
    "any: the order does not exist": ((FLOWS, "an order that is gone"),) * 2,
    "fulfillmentCancel: Fulfillment not found.": ((FLOWS, "unfulfill: no such fulfillment"),) * 2,
    "fulfillmentCancel: a return": ((FLOWS, "unfulfill: a return"),) * 2,
    "fulfillmentCancel: delivered (Shopify lets it)": ((FLOWS, "unfulfill: delivered"),) * 2,
    "any mutation: without its scope": (
        (FLOWS, "test_a_missing_scope_blocks_what_needs_it"),
        (FLOWS, "test_a_scope_that_is_taken_away_after_our_last_look_stops_the_run_without_harm"),
    ),
    "fulfillmentCreate: unfulfillable status= on_hold": ((FLOWS, "fulfill: on hold"),) * 2,
    "fulfillmentCreate: unfulfillable status= closed": ((FLOWS, "fulfill: its fulfillment order is closed"),) * 2,
    "fulfillmentCreate: Invalid ... quantity requested": ((FLOWS, "fulfill: too many units"),) * 2,
    "fulfillmentCreate: more than 512 lines": (("tests/core/test_fulfilling.py", "at most 512 lines"), FIXED),
    "fulfillmentTrackingInfoUpdate: Fulfillment does not exist.": ((FLOWS, "track: no such fulfillment"),) * 2,
    "fulfillmentTrackingInfoUpdate: url without number": (
        ("tests/core/test_fulfilling.py", "without a tracking number"),
        FIXED,
    ),
    "fulfillmentOrderHold: not in a state to be held": ((FLOWS, "hold: its fulfillment order is closed"),) * 2,
    "fulfillmentOrderHold: at a service": ((FLOWS, "hold: at a service"),) * 2,
    "fulfillmentOrderHold: LIMIT_REACHED": ((FLOWS, "hold: ten holds already"),) * 2,
    "fulfillmentOrderHold: DUPLICATE_FULFILLMENT_HOLD_HANDLE": (
        ("tests/core/test_holds.py", "test_what_we_hold_already_is_not_held_twice"),
        ("tests/flows/test_every_action.py", "test_it_resumes_when_every_first_answer_is_lost"),
    ),
    "fulfillmentOrderReleaseHold: a hold that is gone": (
        ("tests/core/test_holds.py", "test_nothing_held_is_nothing_to_release"),
        ("tests/flows/test_holds.py", "test_a_hold_that_goes_between_our_last_look_and_the_request_is_no_harm"),
    ),
    "orderUpdate: Phone is invalid": ((CORE, "Phone is invalid"), FIXED),
    "orderUpdate: Enter a last name": ((CORE, "Enter a last name"), FIXED),
    "orderUpdate: a note over 5000 characters": ((CHECK, "longer than 5000"), FIXED),
    "refundCreate: greater than net payment": (
        (FLOWS, "refund: nothing was paid"),
        (MONEY, "test_a_refund_over_what_is_left_is_refused_without_harm"),
    ),
    "refundCreate: more items than were purchased": ((FLOWS, "refund: more units than were purchased"),) * 2,
    "refundCreate: store credit that has expired": ((FLOWS, "refund: store credit that has expired"),) * 2,
    "refundCreate: made already (our guard)": ((FLOWS, "refund: more than there is"),) * 2,
    "refundCreate: IDEMPOTENCY_CONCURRENT_REQUEST": (
        "no field tells of it beforehand",
        (MONEY, "test_a_refund_that_shopify_is_still_at"),
    ),
    "orderMarkAsPaid: cannot be marked as paid": ((FLOWS, "mark as paid: cancelled"),) * 2,
    "orderCapture: Unable to find parent transaction": ((FLOWS, "capture: expired"),) * 2,
    "orderCapture: more than the authorized": (
        ("tests/core/test_money.py", "Cannot capture more than the authorized"),
        (MONEY, "test_what_somebody_has_captured_a_part_of_is_not_captured_whole"),
    ),
}


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_has_its_tests(said: str) -> None:
    for place in REFUSALS[said]:
        if isinstance(place, tuple):
            file, words = place
            assert words in (ROOT / file).read_text(encoding="utf-8"), place
