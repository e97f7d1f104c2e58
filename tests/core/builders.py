"""Orders, sheets and edits for tests: small, and complete enough for every predicate."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from bulk_orders.core.diff import Base, Differences, find_edits
from bulk_orders.core.edits import Edit, OrderEdits
from bulk_orders.core.order import (
    Facts,
    Fulfillment,
    FulfillmentOrder,
    Hold,
    Money,
    Order,
    Tracking,
    Transaction,
    WorkLine,
)
from bulk_orders.core.plan import SheetFacts, ShopFacts
from bulk_orders.core.sheet import FULFILLMENT, LINE, ORDER, ROW, RawSheet, Sheet, read_rows

SHOP = ShopFacts(
    domain="box.myshopify.com",
    id="gid://shopify/Shop/1",
    origin="https://box.myshopify.com",
    api_version="2026-10",
    restore_rate=100.0,
    bucket=2000.0,
)
SHEET = SheetFacts(path="/sheets/orders.csv", sha256="0" * 64, rows=3, base=None)


def order(number: int = 1, **changed: Any) -> Order:
    """An open, unpaid, unfulfilled order #1001 (number 1), #1002, ..."""
    plain = Order(
        id=f"gid://shopify/Order/{number}",
        name=f"#{1000 + number}",
        closed=False,
        cancelled_at=None,
        cancel_reason=None,
        financial_status="PENDING",
        fulfillment_status="UNFULFILLED",
        return_status="NO_RETURN",
        note=None,
        tags=(),
        email="ada@example.com",
        phone=None,
        po_number=None,
        net_payment=Money(Decimal(0), "EUR"),
        presentment_payment=Money(Decimal(0), "EUR"),
        capturable=False,
        can_notify=True,
        fulfillments=(),
        staff_note=None,
        transactions=(),
        fulfillment_orders=(),
        facts=facts(),
        refunds=(),
        can_mark_paid=False,
        has_customer=True,
    )
    return replace(plain, **changed)


def paid(amount: str = "84.00") -> dict[str, Any]:
    """The fields of a paid order."""
    money = Money(Decimal(amount), "EUR")
    return {"financial_status": "PAID", "net_payment": money, "presentment_payment": money}


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


def payment(number: int = 1, amount: str = "84.00", **changed: Any) -> Transaction:
    """A payment that came through a provider."""
    plain = Transaction(
        "SALE",
        "SUCCESS",
        manual=False,
        id=f"gid://shopify/OrderTransaction/{number}",
        gateway="shopify_payments",
        amount=money(amount),
        shop_amount=money(amount),
    )
    return replace(plain, **changed)


def facts(**changed: Any) -> Facts:
    """An order of two days ago, from the online shop."""
    return replace(Facts("2026-11-20T10:00:00Z", "web", (), money("84.00"), test=False), **changed)


def fulfillment(number: int = 1, **changed: Any) -> Fulfillment:
    """A shipped parcel."""
    plain = Fulfillment(
        id=f"gid://shopify/Fulfillment/{number}",
        name=f"#1001.{number}",
        status="SUCCESS",
        display_status="FULFILLED",
        total_quantity=2,
        tracking=(Tracking("DHL", "0034", None),),
    )
    return replace(plain, **changed)


def work(number: int = 1, **changed: Any) -> FulfillmentOrder:
    """Two units that are still to be shipped."""
    plain = FulfillmentOrder(
        id=f"gid://shopify/FulfillmentOrder/{number}",
        status="OPEN",
        request_status="UNSUBMITTED",
        location_name="Paris",
        actions=frozenset({"CREATE_FULFILLMENT", "HOLD", "MOVE"}),
        lines=(WorkLine(f"gid://shopify/FulfillmentOrderLineItem/{number}", f"gid://shopify/LineItem/{number}", 2),),
    )
    return replace(plain, **changed)


def held(number: int = 1, *, ours: bool = True, **changed: Any) -> FulfillmentOrder:
    """The same, held by us or by another app."""
    hold = Hold(f"gid://shopify/FulfillmentHold/{number}", "OTHER", None, "bulk-orders" if ours else "x", ours=ours)
    actions = frozenset({"RELEASE_HOLD", "HOLD", "MOVE"})
    return work(number, status="ON_HOLD", holds=(hold,), actions=actions, **changed)


def edits(gid: str = "gid://shopify/Order/1", name: str = "#1001", *, row: int = 2, **cells: str) -> OrderEdits:
    """Edits without a base; a header is written with its blanks as `_` and its `: ` as `__`."""
    return known_edits({}, gid, name, row=row, known=False, **cells)


def known_edits(
    base: dict[str, str],
    gid: str = "gid://shopify/Order/1",
    name: str = "#1001",
    *,
    row: int = 2,
    known: bool = True,
    fulfillment: str | None = None,
    **cells: str,
) -> OrderEdits:
    """Edits of cells whose base is known."""
    found = []
    for key, text in cells.items():
        header = key.replace("__", ": ").replace("_", " ")
        found.append(Edit(row, header, base.get(header), text, fulfillment, known))
    return OrderEdits(gid, name, tuple(found))


def raw(header: str, *rows: str, guarded: bool = False) -> RawSheet:
    """A sheet from comma-separated lines; an empty cell is null."""
    names = tuple(header.split(","))
    cells = [[cell or None for cell in row.split(",")] for row in rows]
    frame = pl.DataFrame(cells, schema={str(at): pl.String for at in range(len(names))}, orient="row")
    numbered = frame.with_row_index(ROW, offset=2).with_columns(pl.col(ROW).cast(pl.Int64))
    return RawSheet("orders.csv", "0" * 64, names, numbered, guarded)


def sheet(header: str, *rows: str) -> Sheet:
    """A sheet whose header is sound."""
    found, problems = read_rows(raw(header, *rows))
    assert not problems, problems
    return found


def base(header: str, *rows: str) -> Base:
    """A base snapshot of these cells."""
    found = sheet(header, *rows)
    keys = [name for name in (ORDER, FULFILLMENT, LINE) if name in found.frame.columns]
    return Base("x-1", found.frame.select(*found.headers, *keys), "box.myshopify.com", "2026-11-01T00:00:00+00:00")


def differences(found: Sheet, of: Base | None = None) -> Differences:
    """The edits of a sheet."""
    return find_edits(found, of)
