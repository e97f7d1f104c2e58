"""Replaying recordings of a real store against the box, field by field.

Its one rule: ids and times are compared by shape and by what they stand for, throttle figures not at all,
everything else exactly.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse, print_ast

from bulk_orders.devstore.changes.addresses import new_address
from bulk_orders.devstore.changes.tags import sorted_tags
from bulk_orders.devstore.gids import split_gid
from bulk_orders.devstore.model.order import Order
from bulk_orders.devstore.seed.build import Item, Till, new_order, pay
from devstore.box import Box

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_GID = re.compile(r"gid://shopify/\w+/[\w-]+")


def load(shared: Path, name: str) -> dict[str, Any]:
    """One recording."""
    found: dict[str, Any] = json.loads((shared / "shopify" / "captures" / f"{name}.json").read_text("utf-8"))
    return found


def body_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The recorded answer of one request, however its recording wraps it."""
    response = entry["response"]
    found: dict[str, Any] = response.get("payload") or response.get("body") or response
    return found


class Replay:
    """One recording on its way; remembers which of our ids stands for which recorded one."""

    def __init__(self, box: Box, version: str = "2026-04") -> None:
        self.box = box
        box.store.settings.serve_version = version
        self.ids: dict[str, str] = {}

    # -- requests -----------------------------------------------------------------------------------

    def step(
        self, entry: dict[str, Any], document: str | None = None, variables: Any = None, cost: int | None = None
    ) -> None:
        """Sends a recorded request and compares the answer; `cost` is ours where it is known to differ."""
        text = document or entry.get("query") or entry.get("document")
        assert text is not None
        sent = self.ours(variables if variables is not None else entry.get("variables") or {})
        self.same(body_of(entry), self.box.ask(text, **sent), cost)

    def same(self, recorded: dict[str, Any], answer: dict[str, Any], cost: int | None = None) -> None:
        """Compares a whole answer with its costs."""
        assert [k for k in recorded if k != "extensions"] == [k for k in answer if k != "extensions"], answer
        for part in ("errors", "data"):
            if part in recorded:
                self.equal(recorded[part], answer[part], part)
        if "extensions" in recorded:
            was, now = recorded["extensions"]["cost"], answer["extensions"]["cost"]
            assert now["requestedQueryCost"] == (cost or was["requestedQueryCost"])
            if was["actualQueryCost"] == was["requestedQueryCost"] and cost is None:
                assert now["actualQueryCost"] == was["actualQueryCost"]
            assert now["actualQueryCost"] <= now["requestedQueryCost"]
            assert set(now["throttleStatus"]) == set(was["throttleStatus"])

    def ours(self, recorded: Any) -> Any:
        """Recorded variables with our ids."""
        if isinstance(recorded, dict):
            return {key: self.ours(value) for key, value in recorded.items()}
        if isinstance(recorded, list):
            return [self.ours(value) for value in recorded]
        return self.ids.get(recorded, recorded) if isinstance(recorded, str) else recorded

    # -- comparing ----------------------------------------------------------------------------------

    def equal(self, recorded: Any, answer: Any, path: str) -> None:
        """Compares one value and all below it."""
        if isinstance(recorded, dict):
            assert isinstance(answer, dict), path
            assert list(recorded) == list(answer), path
            for key, value in recorded.items():
                self.equal(value, answer[key], f"{path}.{key}")
        elif isinstance(recorded, list):
            assert isinstance(answer, list), path
            assert len(recorded) == len(answer), f"{path}: {answer}"
            for index, value in enumerate(recorded):
                self.equal(value, answer[index], f"{path}[{index}]")
        elif isinstance(recorded, str) and isinstance(answer, str):
            self._text(recorded, answer, path)
        else:
            assert type(recorded) is type(answer), f"{path}: {answer!r}"
            assert recorded == answer, path

    def _text(self, recorded: str, answer: str, path: str) -> None:
        if _TIME.fullmatch(recorded):
            assert _TIME.fullmatch(answer), f"{path}: {answer}"
            return
        if _GID.fullmatch(recorded):
            assert split_gid(recorded)[0] == split_gid(answer)[0], f"{path}: {answer}"
            known = self.ids.setdefault(recorded, answer)
            assert known == answer, f"{path}: {recorded} is {known}, not {answer}"
            assert list(self.ids.values()).count(answer) == 1 or "/Job/" in answer, path
            return
        assert _GID.sub(lambda m: self.ids.get(m[0], m[0]), recorded) == answer, path

    # -- orders -------------------------------------------------------------------------------------

    def create(self, entry: dict[str, Any]) -> Order:
        """Builds the order of a recorded orderCreate and compares what it showed of it."""
        recorded = body_of(entry)["data"]["orderCreate"]["order"]
        order = build(self.box, entry["variables"]["order"], recorded.get("name"))
        self.ids[recorded["id"]] = order.id
        document = entry.get("query") or entry["document"]
        answer = self.box.data(_read_of(document), id=order.id)
        self.equal(recorded, answer["order"], "order")
        return order


def _read_of(create: str) -> str:
    """A read of the fields that an orderCreate selected."""
    parsed = parse(create)
    operation = next(d for d in parsed.definitions if isinstance(d, OperationDefinitionNode))
    fragments = [print_ast(d) for d in parsed.definitions if d is not operation]
    payload = _selection(operation.selection_set, "orderCreate")
    fields = print_ast(_selection(payload, "order"))
    return "\n".join([*fragments, f"query($id: ID!) {{ order(id: $id) {fields} }}"])


def _selection(of: SelectionSetNode, name: str) -> SelectionSetNode:
    node = next(n for n in of.selections if isinstance(n, FieldNode) and n.name.value == name)
    assert node.selection_set is not None
    return node.selection_set


def build(box: Box, wanted: dict[str, Any], name: str | None = None, **fields: Any) -> Order:
    """An order as orderCreate makes it."""
    lines = wanted["lineItems"]
    money = lines[0]["priceSet"]["shopMoney"]
    items = [
        Item(
            quantity=line["quantity"],
            title=line["title"],
            price=Decimal(line["priceSet"]["shopMoney"]["amount"]),
            requires_shipping=line["requiresShipping"],
            sku=line.get("sku"),
        )
        for line in lines
    ]
    email, address = wanted.get("email"), wanted.get("shippingAddress")
    customer = box.customer("X", first_name=None, last_name=None, email=email) if email else None
    order = new_order(
        box.store,
        items,
        box.clock.time,
        till=Till(money["currencyCode"], money["currencyCode"]),
        place=box.place,
        address=new_address(box.store, address) if address else None,
        number=int(name.lstrip("#")) if name else None,
        email=email,
        customer=customer,
        note=wanted.get("note"),
        tags=sorted_tags(wanted.get("tags", [])),
        test=wanted.get("test", False),
        **fields,
    )
    for transaction in wanted.get("transactions", []):
        pay(box.store, order, transaction["gateway"], transaction["kind"], status=transaction["status"])
    if wanted.get("financialStatus") == "PENDING":
        pay(box.store, order, "manual", status="PENDING")
    return order
