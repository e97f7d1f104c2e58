"""The board and its findings: one row per order whatever the rows of the sheet, and nothing guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from builders import sheet
from conftest import ROOT

from bulk_orders.core.ages import DEFAULT_HOURS, BadAge, read_age
from bulk_orders.core.board import WAITS, Board, Details, make_board
from bulk_orders.core.findings import BY_KEY, FINDINGS, Found, find, finding_sheet
from bulk_orders.core.overview import Source, make_overview

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SOURCE = Source("box.myshopify.com", "orders.csv", None, AT)
HEADERS = (
    "ID",
    "Name",
    "Created At",
    "Updated At",
    "Cancelled At",
    "Cancel: Reason",
    "Processed At",
    "Closed At",
    "Source",
    "Tags",
    "Payment: Status",
    "Order Fulfillment Status",
    "Return: Status",
    "Payment: Authorization Expires At",
    "Fulfillment: ID",
    "Fulfillment: Status",
    "Fulfillment: Created At",
    "Fulfillment: Shipment Status",
    "Fulfillment: Delivered At",
)
PLAIN = {
    "Created At": "2026-11-22T09:00:00Z",
    "Updated At": "2026-11-22T09:00:00Z",
    "Processed At": "2026-11-22T09:00:00Z",
    "Source": "web",
    "Payment: Status": "paid",
    "Order Fulfillment Status": "unfulfilled",
    "Return: Status": "no_return",
}


def ago(hours: float) -> str:
    return (AT - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def board(*rows: dict[str, str], details: Details | None = None, without: str | None = None) -> Board:
    headers = [header for header in HEADERS if header != without]
    cells = [{"ID": str(at), "Name": f"#{1000 + at}", **PLAIN, **row} for at, row in enumerate(rows, 1)]
    lines = [",".join(cell.get(header, "") for header in headers) for cell in cells]
    return make_board(sheet(",".join(headers), *lines).frame, details)


def found(key: str, *rows: dict[str, str], ages: dict[str, float] | None = None, **rest: Any) -> Found:
    return next(each for each in find(board(*rows, **rest), AT, ages or {}) if each.finding.key == key)


def parcel(says: str, hours: float = 1, status: str = "success", number: int = 1) -> dict[str, str]:
    return {
        "Fulfillment: ID": str(number),
        "Fulfillment: Status": status,
        "Fulfillment: Created At": ago(hours),
        "Fulfillment: Shipment Status": says,
    }


ARRIVED = {
    "Order Fulfillment Status": "fulfilled",
    **parcel("delivered", 900),
    "Fulfillment: Delivered At": ago(14 * 24),
}
CANCELLED = {"Cancelled At": ago(24), "Closed At": ago(24), "Cancel: Reason": "fraud"}
REFUNDED = {"Payment: Status": "refunded", "Order Fulfillment Status": "fulfilled"}
RESERVED = {"Payment: Status": "authorized"}

CASES: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    "paid_unfulfilled": (
        [
            {"Processed At": ago(48)},
            {"Processed At": ago(99), "Order Fulfillment Status": "partially_fulfilled"},
            {"Processed At": ago(99), "Payment: Status": "partially_refunded"},
        ],
        [
            {"Processed At": ago(47.9)},
            {"Processed At": ago(99), "Payment: Status": "pending"},
            {"Processed At": ago(99), "Order Fulfillment Status": "on_hold"},
            {"Processed At": ago(99), "Closed At": ago(2)},
            {"Processed At": ago(99), **CANCELLED},
        ],
    ),
    "on_hold": (
        [{"Order Fulfillment Status": "on_hold", "Updated At": ago(7 * 24)}],
        [
            {"Order Fulfillment Status": "on_hold", "Updated At": ago(7 * 24 - 1)},
            {"Order Fulfillment Status": "on_hold", "Updated At": ago(999), **CANCELLED},
        ],
    ),
    "no_movement": (
        [
            {**parcel("label_purchased", 72)},
            {**parcel("confirmed", 80), "Closed At": ago(2)},
        ],
        [
            {**parcel("label_printed", 71)},
            {**parcel("in_transit", 80)},
            {**parcel("label_printed", 80, status="cancelled")},
        ],
    ),
    "delivered_open": (
        [ARRIVED, {**ARRIVED, "Return: Status": "returned"}],
        [
            {**ARRIVED, "Fulfillment: Delivered At": ago(14 * 24 - 1)},
            {**ARRIVED, "Closed At": ago(1)},
            {**ARRIVED, "Payment: Status": "pending"},
            {**ARRIVED, "Return: Status": "in_progress"},
            {**ARRIVED, "Order Fulfillment Status": "partially_fulfilled"},
            {**ARRIVED, "Fulfillment: Shipment Status": "in_transit"},
        ],
    ),
    "cancelled_unrefunded": (
        [CANCELLED, {**CANCELLED, "Payment: Status": "partially_refunded"}],
        [
            {**CANCELLED, "Cancelled At": ago(23)},
            {**CANCELLED, "Payment: Status": "refunded"},
            {**CANCELLED, "Payment: Status": "voided"},
            {},
        ],
    ),
    "refunded_fulfilled": (
        [{**REFUNDED, **parcel("label_printed")}, {**REFUNDED, **parcel("in_transit")}],
        [
            {**REFUNDED, **parcel("in_transit", status="cancelled")},
            {**REFUNDED, **parcel("delivered"), "Return: Status": "returned"},
            {**REFUNDED, **parcel("delivered"), "Payment: Status": "partially_refunded"},
        ],
    ),
    "authorization_expiring": (
        [
            {**RESERVED, "Payment: Authorization Expires At": ago(-48)},
            {**RESERVED, "Payment: Authorization Expires At": ago(3)},
            {**RESERVED, "Processed At": ago(5 * 24)},
        ],
        [
            {**RESERVED, "Payment: Authorization Expires At": ago(-49)},
            {**RESERVED, "Processed At": ago(5 * 24 - 1)},
            {"Payment: Authorization Expires At": ago(-1)},
            {**RESERVED, **CANCELLED, "Payment: Authorization Expires At": ago(-1)},
        ],
    ),
    "return_waiting": (
        [
            {"Return: Status": "return_requested", "Updated At": ago(7 * 24)},
            {"Return: Status": "in_progress", "Updated At": ago(999)},
            {"Return: Status": "inspection_complete", "Updated At": ago(999)},
            {"Return: Status": "in_progress", "Updated At": ago(1), "Tags": "Return-Waiting"},
        ],
        [
            {"Return: Status": "returned", "Updated At": ago(1), "Tags": "return-waiting"},
            {"Return: Status": "return_requested", "Updated At": ago(7 * 24 - 1)},
            {"Return: Status": "returned", "Updated At": ago(999)},
            {"Updated At": ago(999)},
        ],
    ),
}


@pytest.mark.parametrize("key", CASES)
def test_a_finding_takes_those_and_not_the_near_misses(key: str) -> None:
    fits, misses = CASES[key]
    names = set(found(key, *fits, *misses).orders["name"])
    assert names == {f"#{1001 + at}" for at in range(len(fits))}


def test_every_finding_has_its_cases() -> None:
    assert {*CASES, "scheduled_overdue"} == set(DEFAULT_HOURS) == set(BY_KEY)


def test_holds_and_schedules_that_were_read_beside_the_export() -> None:
    rows = {
        "order": ["1", "2", "3"],
        "held_since": [AT - timedelta(days=8), None, None],
        "own_hold": [True, None, None],
        "fulfill_at": [None, AT, AT + timedelta(seconds=1)],
    }
    details = Details(waits=pl.DataFrame(rows, schema=WAITS))
    touched = {"Order Fulfillment Status": "partially_fulfilled", "Updated At": ago(1)}
    held = found("on_hold", touched, {}, {}, details=details)
    assert held.orders["name"].to_list() == ["#1001"]
    assert finding_sheet(held, None, None).to_dicts() == [
        {
            "ID": "gid://shopify/Order/1",
            "Name": "#1001",
            "Action": "release",
            "Tags": "on-hold",
            "Tags Command": "MERGE",
        }
    ]
    overdue = found("scheduled_overdue", touched, {}, {}, details=details)
    assert overdue.orders["name"].to_list() == ["#1002"], "due now is due; a second later is not"
    assert not found("scheduled_overdue", touched).told, "a sheet alone does not tell"


def test_a_parcel_that_moves_is_not_to_be_unfulfilled() -> None:
    still, moving = {**REFUNDED, **parcel("label_printed", 3)}, {**REFUNDED, **parcel("in_transit", 2)}
    both = [{**still, "ID": "9", "Name": "#9"}, {**moving, "ID": "9", "Name": "#9", "Fulfillment: ID": "2"}]
    asked = finding_sheet(found("refunded_fulfilled", still, moving, *both), None, None)
    assert dict(asked.select("Name", "Action").iter_rows()) == {"#1001": "unfulfill", "#1002": None, "#9": None}


def test_what_a_sheet_has_not_is_not_told_and_never_none() -> None:
    without = found("return_waiting", {"Updated At": ago(999)}, without="Return: Status")
    assert (without.told, without.count) == (False, 0)
    undated = found("paid_unfulfilled", {"Processed At": ago(99)}, without="Created At")
    assert (undated.told, undated.count) == (False, 0)
    assert board({}, without="Return: Status").frame["return"].to_list() == ["NOT_TOLD"]
    assert board({}, without="Fulfillment: Shipment Status").frame["delivery"].to_list() == ["NOT_TOLD"]
    assert board({"Payment: Status": ""}).frame["payment"].to_list() == ["NONE"]


def test_the_parcel_that_is_least_far_speaks_for_the_order() -> None:
    rows = [
        {"ID": "5", "Name": "#5", **parcel(says, number=at)}
        for at, says in enumerate(["delivered", "out_for_delivery", "in_transit"])
    ]
    assert board(*rows).frame["delivery"].to_list() == ["IN_TRANSIT"]
    assert board(*rows, {**rows[0], **parcel("teleported", number=9)}).frame["delivery"].to_list() == ["TELEPORTED"]
    assert board({**parcel("delivered", status="cancelled")}).frame["delivery"].to_list() == ["NONE"]


def test_an_order_counts_once_wherever_its_cells_stand() -> None:
    """A person sorted the sheet, so the order's own cells are on its second row."""
    blank = dict.fromkeys(PLAIN, "")
    rows = [{**blank, "ID": "5", "Name": "#5", **parcel("delivered", number=1)}, {"ID": "5", "Name": "#5"}]
    overview = make_overview(board(*rows), SOURCE, ages={})
    assert overview.total == 1
    assert overview.counts["payment"] == {"PAID": 1}
    assert overview.counts["delivery"] == {"DELIVERED": 1}


def test_every_table_adds_up_to_the_orders() -> None:
    rows = [row for fits, misses in CASES.values() for row in (*fits, *misses)]
    overview = make_overview(board(*rows), SOURCE, ages={})
    assert {sum(counts.values()) for counts in overview.counts.values()} == {len(rows)}
    assert overview.combinations()["orders"].sum() == len(rows)
    assert overview.cancellations.by_month["orders"].sum() == overview.cancellations.total
    assert overview.cancellations.by_channel["orders"].sum() == overview.cancellations.total
    assert overview.counts["state"]["CANCELLED"] == overview.cancellations.total


def test_products_of_cancelled_orders_count_an_order_once_each() -> None:
    lines = pl.DataFrame({"order": ["1", "1", "1", "2", "3"], "product": ["Mug", "Mug", "Pen", "Mug", "Mug"]})
    found_board = board(CANCELLED, {**CANCELLED, "Cancel: Reason": "staff"}, {}, details=Details(products=lines))
    by_product = make_overview(found_board, SOURCE, ages={}).cancellations.by_product
    assert by_product is not None
    assert by_product.rows() == [("Mug", "FRAUD", 1), ("Mug", "STAFF", 1), ("Pen", "FRAUD", 1)]


def test_what_changed_between_two_exports() -> None:
    before = board({}, {"Order Fulfillment Status": "on_hold"}, {})
    now = board({"Payment: Status": "refunded", "Closed At": ago(1)}, {"Order Fulfillment Status": "on_hold"})
    late = board({}, {}, {}, {}).frame.filter(pl.col("name") == "#1004")
    now = Board(pl.concat([now.frame, late]), now.known, None)
    changed = make_overview(now, SOURCE, ages={}, before=(before, SOURCE)).changed
    assert changed is not None
    assert changed.new["name"].to_list() == ["#1004"]
    assert changed.gone["name"].to_list() == ["#1003"]
    assert set(changed.orders.select("name", "dimension", "was", "now").iter_rows()) == {
        ("#1001", "payment", "PAID", "REFUNDED"),
        ("#1001", "state", "OPEN", "ARCHIVED"),
    }


def test_a_status_that_one_of_the_two_lacks_is_no_change() -> None:
    changed = make_overview(board({}), SOURCE, ages={}, before=(board({}, without="Return: Status"), SOURCE)).changed
    assert changed is not None
    assert changed.orders.is_empty()


def test_dates_that_a_spreadsheet_rewrote_are_told() -> None:
    overview = make_overview(board({"Created At": "22.11.26 09:00"}, {}), SOURCE, ages={})
    assert overview.notices == (
        "1 order has no Created At that can be read, so no age: a spreadsheet has rewritten the date.",
    )


def test_ages_are_set_by_finding() -> None:
    row = {"Processed At": ago(3)}
    assert found("paid_unfulfilled", row).count == 0
    assert found("paid_unfulfilled", row, ages={"paid_unfulfilled": read_age("paid_unfulfilled", "3h")}).count == 1
    assert read_age("on_hold", "1.5 d") == 36


@pytest.mark.parametrize(("key", "text"), [("on_holt", "3d"), ("on_hold", "3"), ("on_hold", 3), ("on_hold", "-3d")])
def test_a_bad_age_says_how_to_write_it(key: str, text: object) -> None:
    with pytest.raises(BadAge) as caught:
        read_age(key, text)
    assert caught.value.fix in {"Did you mean on_hold?", 'Write hours or days: "48h" or "7d".'}


def test_an_empty_shop_has_an_overview() -> None:
    empty = board({}).frame.clear()
    overview = make_overview(Board(empty, frozenset(), None), SOURCE, ages={})
    assert overview.total == 0
    assert [each.count for each in overview.findings] == [0] * len(FINDINGS)


def test_the_documentation_lists_every_finding_with_its_age_and_action() -> None:
    text = (ROOT / "bulk_orders" / "docs" / "overview.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    told = {row[0].strip("`"): (read_age(row[0].strip("`"), row[2]), row[3]) for row in rows}
    assert told == {finding.key: (finding.hours, finding.action) for finding in FINDINGS}
