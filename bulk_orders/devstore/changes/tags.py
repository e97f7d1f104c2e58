"""tagsAdd and tagsRemove on orders and customers.

Its one rule, as recorded [LIVE tags-add-multi-resource]: on an order adding ignores case and keeps the
first spelling, removing does not ignore case, a comma splits, and the result is sorted without case.
"""

from collections.abc import Iterable

from bulk_orders.devstore.changes.errors import ORDER_MISSING, UserError, invalid_id
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.model.shop import Customer
from bulk_orders.devstore.state import State

Tagged = Order | Customer


def split_tags(tags: Iterable[str]) -> list[str]:
    """Single tags, without blanks."""
    return [part.strip() for text in tags for part in text.split(",") if part.strip()]


def sorted_tags(tags: Iterable[str]) -> list[str]:
    """Tags as Shopify keeps them: each once, whatever its case, sorted without case."""
    once: dict[str, str] = {}
    for tag in tags:
        once.setdefault(tag.casefold(), tag)
    return sorted(once.values(), key=lambda tag: (tag.casefold(), tag))


def tags_add(store: State, record_id: str, tags: list[str]) -> tuple[Tagged | None, list[UserError]]:
    """Adds tags."""
    record, errors = _find(store, record_id)
    if record is not None:
        _set(store, record, sorted_tags([*record.tags, *split_tags(tags)]), "tagsAdd")
    return record, errors


def tags_remove(store: State, record_id: str, tags: list[str]) -> tuple[Tagged | None, list[UserError]]:
    """Removes tags; a customer's without regard to case [INFER], an order's only in the exact spelling."""
    record, errors = _find(store, record_id)
    if record is None:
        return record, errors
    unwanted = set(split_tags(tags))
    if isinstance(record, Customer):
        folded = {tag.casefold() for tag in unwanted}
        unwanted = {tag for tag in record.tags if tag.casefold() in folded}
    _set(store, record, [tag for tag in record.tags if tag not in unwanted], "tagsRemove")
    return record, errors


def _find(store: State, record_id: str) -> tuple[Tagged | None, list[UserError]]:
    kind, number = split_gid(record_id)
    if kind not in {"Order", "Customer"} or number == "0":
        raise invalid_id()
    record = store.records.get(record_id)
    if not isinstance(record, Order | Customer) or (isinstance(record, Order) and not store.visible(record)):
        message = ORDER_MISSING if kind == "Order" else "Customer does not exist"
        return None, [UserError(("id",), message)]
    return record, []


def _set(store: State, record: Tagged, tags: list[str], kind: str) -> None:
    before = record.tags
    if tags == before:
        return
    if isinstance(record, Customer):
        record.tags = tags
        return
    with store.changing(record):
        record.tags = tags
    changed = sorted(set(tags) ^ set(before))
    store.effect(kind, record, tags=changed)
