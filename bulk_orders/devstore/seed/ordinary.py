"""The orders that make a shop look like a shop: paid, shipped, delivered, archived; and fresh ones.

Its one rule: three in five orders are of these kinds, so that a demo reads naturally.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.seed import texts
from bulk_orders.devstore.seed.build import Item
from bulk_orders.devstore.seed.maker import Maker

SHARE: Final = 0.6
Scenario = Callable[[Maker], Order]


def _items(m: Maker) -> list[Item]:
    items = m.items()
    if m.picks.random() >= 0.12:
        return items
    return [Item(i.variant, i.quantity, code_discount=_tenth(i)) for i in items]  # with a discount code


def _tenth(item: Item) -> Decimal:
    price = item.variant.price if item.variant else item.price
    return (price * item.quantity / 10).quantize(Decimal("0.01"))


def _dress(m: Maker, order: Order) -> Order:
    """Sometimes a tag, a note, a detail; nothing strange."""
    if any(line.code_discount_set for line in order.line_items):
        order.discount_codes, order.discount_percentage = ["WELCOME10"], 10.0
    if m.picks.random() < 0.2:
        order.tags = sorted(m.picks.sample(texts.PLAIN_TAGS, m.picks.choice((1, 1, 2))))
    if m.picks.random() < 0.08:
        order.note = m.picks.choice(texts.PLAIN_NOTES)
    return order


def fresh(m: Maker) -> Order:
    """Paid, nothing shipped yet."""
    return _dress(m, m.paid(_items(m)))


def shipped(m: Maker) -> Order:
    """Paid and on its way."""
    order = m.paid(_items(m))
    shipment = m.ship(order, 1.0)
    if m.picks.random() < 0.6:
        m.delivered(shipment, 30.0 if m.age < 5 else 4.0)
        shipment.events = shipment.events[:1]
    return _dress(m, order)


def delivered(m: Maker) -> Order:
    """Paid, shipped and delivered; most of them archived."""
    order = m.paid(_items(m))
    m.delivered(m.ship(order, 1.0))
    if m.picks.random() < 0.6:
        m.archive(order)
    return _dress(m, order)


def ordinary(m: Maker) -> Order:
    """What an order of this age usually is."""
    chances: tuple[tuple[Scenario, float], ...]
    if m.age < 1:
        chances = ((fresh, 0.85), (shipped, 0.15))
    elif m.age < 6:
        chances = ((fresh, 0.35), (shipped, 0.45), (delivered, 0.2))
    else:
        chances = ((fresh, 0.12), (shipped, 0.13), (delivered, 0.75))
    scenarios, weights = zip(*chances, strict=True)
    chosen: Scenario = m.picks.choices(scenarios, weights)[0]
    return chosen(m)
