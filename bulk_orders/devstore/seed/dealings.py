"""Scenarios of money, cancellations and channels.

Its one rule: each function is one state that an order can be in, under the name that says which.
"""

from decimal import Decimal
from typing import Any, Final

from bulk_orders.devstore.changes.cancel import void_authorizations
from bulk_orders.devstore.changes.refunds import refund_create, refund_everything
from bulk_orders.devstore.derive import payment
from bulk_orders.devstore.model.order import Dispute, Metafield, Order
from bulk_orders.devstore.seed.build import Item, pay
from bulk_orders.devstore.seed.maker import Maker
from bulk_orders.devstore.seed.ordinary import Scenario

# -- payments ------------------------------------------------------------------------------------------


def _with(m: Maker, gateway: str, kind: str = "SALE", status: str = "SUCCESS", **fields: Any) -> Order:
    order = m.order(**fields)
    with m.on_day(0):
        pay(m.store, order, gateway, kind, status=status)
    return order


def bank_deposit(m: Maker) -> Order:
    """Pending: a bank deposit has not come yet."""
    return _with(m, "Bank Deposit", status="PENDING", payment_terms="Due on receipt")


def provider_pending(m: Maker) -> Order:
    """Pending at a provider, which forbids cancelling."""
    return _with(m, "paypal", status="PENDING")


def authorized(m: Maker) -> Order:
    """Authorized, not captured."""
    return _with(m, "shopify_payments", "AUTHORIZATION")


def captured(m: Maker) -> Order:
    """Authorized, then captured in full."""
    order = authorized(m)
    with m.on_day(0.5):
        pay(m.store, order, "shopify_payments", "CAPTURE", parent=order.transactions[0])
    return order


def partly_paid(m: Maker) -> Order:
    """A deposit was paid."""
    order = m.order()
    half = payment.total_price(order).share(Decimal(1), Decimal(2))
    with m.on_day(0):
        pay(m.store, order, "manual", amount=half)
    return order


def voided(m: Maker) -> Order:
    """Authorized and voided."""
    order = authorized(m)
    with m.on_day(1):
        void_authorizations(m.store, order)
    return order


def expired(m: Maker) -> Order:
    """Authorized, and the authorization has expired."""
    order = authorized(m)
    order.transactions[0].expired = True
    return order


def second_try(m: Maker) -> Order:
    """The first card was declined."""
    order = _with(m, "shopify_payments", status="FAILURE")
    with m.on_day(0.01):
        pay(m.store, order)
    return order


def no_payment(m: Maker) -> Order:
    """No transaction at all: the financial status is null."""
    return m.order()


def free_order(m: Maker) -> Order:
    """Costs nothing."""
    variant = m.picks.choice(m.catalog.variants)
    item = Item(variant, 1, code_discount=variant.price)
    return m.order([item], shipping=Decimal(0), discount_codes=["FREE"])


def discount_by_hand(m: Maker) -> Order:
    """Staff took something off a line."""
    variant = m.picks.choice(m.catalog.variants)
    return m.paid([Item(variant, 2, Decimal("2.50")), *m.items(1)], discount_title="Loyal customer, 2nd order")


def refunded(m: Maker) -> Order:
    """Paid and refunded in full, not cancelled."""
    order = m.paid()
    with m.on_day(2), m.store.changing(order):
        refund_everything(m.store, order, store_credit=False)
    return order


def partly_refunded(m: Maker) -> Order:
    """Shipped; one unit came back and was refunded."""
    order = m.paid([Item(i.variant, 2) for i in m.items(2)])
    m.delivered(m.ship(order, 1.0), 3.0)
    line, parent = order.line_items[0], order.transactions[0]
    back = payment.line_share(line, 1)
    request = {
        "orderId": order.id,
        "note": 'one unit came back, "as new"',
        "refundLineItems": [{"lineItemId": line.id, "quantity": 1, "restockType": "RETURN"}],
        "transactions": [
            {"kind": "REFUND", "amount": str(back.presentment), "parentId": parent.id, "gateway": parent.gateway}
        ],
    }
    with m.on_day(8):
        _, _, errors = refund_create(m.store, request, f"seed-{order.id}")
    assert not errors, errors
    return order


def shipping_refunded(m: Maker) -> Order:
    """Arrived late: the shipping went back."""
    order = m.paid(shipping=Decimal("12.50"))
    m.delivered(m.ship(order, 3.0), 12.0)
    parent, cost = order.transactions[0], payment.total_shipping(order)
    back = {"kind": "REFUND", "amount": str(cost.presentment), "parentId": parent.id, "gateway": parent.gateway}
    request = {"orderId": order.id, "note": None, "shipping": {"fullRefund": True}, "transactions": [back]}
    with m.on_day(13):
        _, _, errors = refund_create(m.store, request, f"seed-{order.id}")
    assert not errors, errors
    return order


def disputed(m: Maker) -> Order:
    """The bank asks for the money back."""
    order = m.paid()
    order.disputes.append(Dispute(m.store.ids.new("ShopifyPaymentsDispute"), "NEEDS_RESPONSE", "CHARGEBACK"))
    m.store.register(*order.disputes)
    return order


# -- cancellations -------------------------------------------------------------------------------------


def cancelled_unpaid(m: Maker) -> Order:
    """Cancelled before it was paid."""
    order = _with(m, "Bank Deposit", status="PENDING")
    m.cancel(order, 3.0, staffNote="never paid; asked twice")
    return order


def cancelled_refunded(m: Maker) -> Order:
    """Cancelled, the money went back."""
    order = m.paid()
    m.cancel(order, refundMethod={"originalPaymentMethodsRefund": True})
    return order


def cancelled_store_credit(m: Maker) -> Order:
    """Cancelled, the money became store credit."""
    order = m.paid()
    m.cancel(order, refundMethod={"storeCreditRefund": {"expiresAt": None}})
    return order


def cancelled_money_kept(m: Maker) -> Order:
    """Cancelled without a refund: it stays PAID."""
    order = m.paid()
    m.cancel(order, reason="OTHER", restock=False)
    return order


def cancelled_authorized(m: Maker) -> Order:
    """Cancelled before the capture: the authorization was voided."""
    order = authorized(m)
    m.cancel(order, reason="FRAUD", staffNote='=1+1 "quoted"')
    return order


# -- channels ------------------------------------------------------------------------------------------


def test_order(m: Maker) -> Order:
    """A test order of the bogus gateway."""
    return _with(m, "bogus", test=True)


def draft_order(m: Maker) -> Order:
    """A draft that was marked as paid."""
    return _with(
        m, "manual", app=m.catalog.draft_app, publication=None, channel_handle=None, po_number="PO-2026-0042",
        source_name="shopify_draft_order", landing_page=None, referrer=None, payment_terms="Net 30",
    )  # fmt: skip


def point_of_sale(m: Maker) -> Order:
    """Bought in the shop and taken along."""
    order = _with(
        m, "cash", app=m.catalog.pos_app, publication=m.catalog.pos, channel_handle="pos", source_name="pos",
        place=m.catalog.store_place, method="RETAIL", shipping=None, address=None, customer=None, email=None,
        retail_location=m.catalog.store_place, landing_page=None, referrer=None, source_identifier="17-1001",
    )  # fmt: skip
    m.ship(order, 0.0, tracking=None)
    m.archive(order, 0.01)
    return order


def business(m: Maker) -> Order:
    """A company's order, to be paid within 30 days."""
    company = m.picks.choice(m.catalog.companies)
    contact = company.contact
    return m.order(
        customer=contact.customer if contact else None, purchasing_company=company, po_number="0004500017",
        payment_terms="Net 30", tags=["b2b"], tax_exempt=True,
    )  # fmt: skip


def gift_card(m: Maker) -> Order:
    """A gift card and something to ship."""
    return m.paid([Item(m.catalog.gift_card), *m.items(1)])


def paid_by_gift_card(m: Maker) -> Order:
    """Paid with two methods."""
    order = m.order()
    whole = payment.total_price(order)
    part = whole.share(Decimal(1), Decimal(4))
    with m.on_day(0):
        pay(m.store, order, "gift_card", amount=part)
        pay(m.store, order, amount=whole - part)
    return order


def download(m: Maker) -> Order:
    """Nothing to ship."""
    item = Item(None, 1, title="E-book «Recettes»", price=Decimal("8.00"), requires_shipping=False, sku="EBOOK")
    return m.paid([item], shipping=None, method="NONE")


def deleted_product(m: Maker) -> Order:
    """The product is gone from the catalogue."""
    return m.paid([Item(None, 2, title="Discontinued Vase", price=Decimal("31.00"), sku="VASE-OLD")])


def no_customer(m: Maker) -> Order:
    """Nobody's order."""
    return m.paid(customer=None)


def imported(m: Maker) -> Order:
    """Made by another app, with a name of its own kind."""
    number = m.store.next_order_number
    return m.paid(
        app=m.catalog.import_app, publication=None, channel_handle=None, source_name="order-importer",
        name=f"EU-{number}-B", source_identifier="00042-7", registered_source_url="https://example.com/o/00042-7",
        landing_page=None, referrer=None,
    )  # fmt: skip


def risky(m: Maker) -> Order:
    """Shopify advises to cancel it."""
    return m.paid(risk_level="HIGH", recommendation="CANCEL")


def medium_risk(m: Maker) -> Order:
    """Shopify is not sure."""
    return m.paid(risk_level="MEDIUM", recommendation="INVESTIGATE", edited=True)


def pending_risk(m: Maker) -> Order:
    """Shopify is still thinking."""
    return m.paid(risk_level="PENDING", recommendation="NONE")


def with_metafields(m: Maker) -> Order:
    """Somebody stores things at the order."""
    order = m.paid()
    for key, value in (("delivery_slot", "9:00-12:00"), ("gift", "true")):
        number = m.store.ids.number("Metafield")
        field = Metafield(
            f"gid://shopify/Metafield/{number}", number, "custom", key, "single_line_text_field", value,
            m.created, m.created,
        )  # fmt: skip
        order.metafields.append(field)
        m.store.register(field)
    return order


DEALINGS: Final[tuple[Scenario, ...]] = (
    bank_deposit,
    provider_pending,
    authorized,
    captured,
    partly_paid,
    voided,
    expired,
    second_try,
    no_payment,
    free_order,
    discount_by_hand,
    refunded,
    partly_refunded,
    shipping_refunded,
    disputed,
    cancelled_unpaid,
    cancelled_refunded,
    cancelled_store_credit,
    cancelled_money_kept,
    cancelled_authorized,
    test_order,
    draft_order,
    point_of_sale,
    business,
    gift_card,
    paid_by_gift_card,
    download,
    deleted_product,
    no_customer,
    imported,
    risky,
    medium_risk,
    pending_risk,
    with_metafields,
)
