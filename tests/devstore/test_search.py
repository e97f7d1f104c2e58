"""Which orders a search finds, what it warns about, and how the index lags behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bulk_orders.devstore.model.order import Dispute
from bulk_orders.devstore.model.shop import Address, Publication
from bulk_orders.devstore.seed.build import Item, new_order, pay, ship
from devstore.box import NOW, Box, bare
from devstore.documents import TAGS_ADD

DAY = 86_400.0


@pytest.fixture(scope="module")
def orders() -> Box:
    """Seven orders: A to G, each with something of its own."""
    box = bare()
    ada = box.customer("Ada", email="ada@example.com")
    online = Publication("gid://shopify/Publication/1", "Online Store")
    address = Address("a", "Zoë", "Núñez", city="Gent", zip="9000")

    def order(letter: str, days: float, **fields: Any) -> Any:
        fields.setdefault("place", box.place)
        items = fields.pop("items", [Item(quantity=1, sku=f"SKU-{letter}", title=f"Thing {letter}")])
        return new_order(box.store, items, NOW - days * DAY, customer=fields.pop("customer", None), **fields)

    a = order("A", 1, tags=["Red", "vip"], email="ada@example.com", customer=ada, channel_handle="online_store")
    pay(box.store, a, "paypal")
    b = order("B", 2, tags=["blue"], po_number="PO-7", test=True, address=address, publication=online)
    pay(box.store, b, "shopify_payments", "AUTHORIZATION")
    c = order("C", 10, source_name="pos", source_identifier="17", discount_codes=["WELCOME10", "SECOND"])
    ship(box.store, c)
    pay(box.store, c, "manual")
    d = order("D", 20, items=[Item(quantity=3, sku="00123", price=Decimal(50)), Item(sku="SKU-D")], risk_level="HIGH")
    ship(box.store, d, units={d.line_items[0].id: 1})
    e = order("E", 30, cancelled_at=NOW - DAY, closed_at=NOW - DAY)
    e.disputes.append(Dispute("x", "NEEDS_RESPONSE", "CHARGEBACK"))
    f = order("F", 40, closed_at=NOW, name="#1006-X", checkout_token="tok", cart_token="cart")
    ship(box.store, f)
    box.store.people.request_return(f.id)
    g = order("G", 100, confirmation_number="CONF1", note="nothing")
    g.fulfillment_orders[0].status = "SCHEDULED"
    return box


def _found(box: Box, query: str) -> str:
    document = """query($q: String) { orders(first: 50, query: $q, sortKey: CREATED_AT, reverse: true) {
      nodes { number } } }"""
    names = box.one(document, q=query)
    return "".join("ABCDEFG"[node["number"] - 1001] for node in names["nodes"])


CASES = [
    ("", "ABCDEFG"),
    ("name:1001", "A"),
    ("name:#1001", "A"),
    ("name:1006", "F"),
    ("name:'#1006-X'", "F"),
    ("name:100*", "ABCDEFG"),
    ("1003", "C"),
    ("Ada", "A"),
    ("nunez", ""),
    ("Núñez", "B"),
    ("thing", "ABCEFG"),
    ("SKU-C", "C"),
    ("tag:red", "A"),
    ("tag:Red", "A"),
    ("tag:re*", "A"),
    ("tag:red,blue", "AB"),
    ('tag:"red,blue"', ""),
    ("tag:*", "AB"),
    ("-tag:*", "CDEFG"),
    ("tag_not:red", "BCDEFG"),
    ("NOT tag:red", "BCDEFG"),
    ("-tag:red tag:blue", "B"),
    ("tag:red OR tag:blue", "AB"),
    ("tag:vip tag:red OR tag:blue", "A"),
    ("(tag:vip tag:red) OR tag:blue", "AB"),
    ("tag:red AND tag:vip", "A"),
    ("status:open", "ABCDG"),
    ("status:closed", "EF"),
    ("status:cancelled", "E"),
    ("status:not_closed", "ABCDG"),
    ("financial_status:paid", "AC"),
    ("financial_status:authorized", "B"),
    ("financial_status:paid,authorized", "ABC"),
    ("fulfillment_status:shipped", "CF"),
    ("fulfillment_status:fulfilled", "CF"),
    ("fulfillment_status:partial", "D"),
    ("fulfillment_status:unfulfilled", "ABE"),
    ("fulfillment_status:unshipped", "ABEG"),
    ("fulfillment_status:scheduled", "G"),
    ("return_status:return_requested", "F"),
    ("return_status:no_return", "ABCDEG"),
    ("test:true", "B"),
    ("test:false", "ACDEFG"),
    ("email:ada@example.com", "A"),
    ("po_number:PO-7", "B"),
    ("sku:00123", "D"),
    ("sku:123", ""),
    ("gateway:paypal", "A"),
    ("source_name:pos", "C"),
    ("source_identifier:17", "C"),
    ("discount_code:WELCOME10", "C"),
    ("risk_level:high", "D"),
    ("channel:online_store", "A"),
    ("sales_channel:'Online Store'", "B"),
    ("chargeback_status:needs_response", "E"),
    ("checkout_token:tok", "F"),
    ("cart_token:cart", "F"),
    ("confirmation_number:CONF1", "G"),
    ("credit_card_last4:4242", "B"),
    ("current_total_price:>100", "D"),
    ("current_total_price:10.0", "ABCEFG"),
    ("subtotal_line_items_quantity:2..9", "D"),
    ("delivery_method:shipping", "ABCDEFG"),
    ("created_at:>='2026-09-15T00:00:00Z'", "AB"),
    ("created_at:<2026-07-01", "G"),
    ("created_at:>2026-09-15 created_at:<2026-09-20", "B"),
    ("created_at: >= '2026-09-15' ", "AB"),
    ("processed_at:<=2026-08-15", "FG"),
    ("tag:red created_at:<'2026-09-20T16:13:20+02:00'", ""),
    ("tag:red created_at:<='2026-09-20T16:13:20+02:00'", "A"),
    ("updated_at:>now", ""),
    ("channel_id:5", ""),
    ("payment_provider_id:5", ""),
    ("fraud_protection_level:not_protected", ""),
]


@pytest.mark.parametrize(("query", "names"), CASES)
def test_searching(orders: Box, query: str, names: str) -> None:
    assert _found(orders, query) == names
    assert orders.one("query($q: String) { ordersCount(query: $q) { count } }", q=query) == {"count": len(names)}


def test_ids_and_places(orders: Box) -> None:
    order = next(iter(orders.store.orders.values()))
    customer = order.customer
    assert customer is not None
    place = order.fulfillment_orders[0].location.legacy_resource_id
    assert _found(orders, f"id:{order.legacy_resource_id}") == "A"
    assert _found(orders, f"customer_id:{customer.legacy_resource_id}") == "A"
    assert _found(orders, f"location_id:{place}") == "ABCDEFG"
    assert _found(orders, f"reference_location_id:{place}") == "ABCDEFG"
    assert _found(orders, f"fulfillment_location_id:{place}") == "CDF"
    assert _found(orders, f"id:>{order.legacy_resource_id}") == "BCDEFG"
    assert _found(orders, f"payment_id:{order.transactions[0].payment_id or 'none'}") == ""


def test_metafields(box: Box) -> None:
    order = box.order()
    box.order()
    box.ask(
        "mutation($i: OrderInput!) { orderUpdate(input: $i) { userErrors { message } } }",
        i={"id": order.id, "metafields": [{"namespace": "custom", "key": "slot", "type": "x", "value": "9-12"}]},
    )
    found = box.one("{ orders(first: 9, query: \"metafields.custom.slot:'9-12'\") { nodes { id } } }")
    assert found == {"nodes": [{"id": order.id}]}


# -- warnings -----------------------------------------------------------------------------------------


def _search(box: Box, query: str, **headers: str) -> dict[str, Any]:
    document = "query($q: String) { orders(first: 50, query: $q) { nodes { id } } }"
    answer: dict[str, Any] = box.post(document, {"q": query}, **headers).json()
    return answer


def test_an_unknown_field_finds_everything(orders: Box) -> None:
    answer = _search(orders, "type:QUERY tag:red")
    assert len(answer["data"]["orders"]["nodes"]) == 1
    assert len(_search(orders, "colour:red")["data"]["orders"]["nodes"]) == 7
    assert answer["extensions"]["search"] == [
        {
            "path": ["orders"],
            "query": "type:QUERY tag:red",
            "parsed": {"and": [{"field": "type", "match_all": "QUERY"}, {"field": "tag", "match_all": "red"}]},
            "warnings": [{"field": "type", "message": "Invalid search field for this query.", "code": "invalid_field"}],
        }
    ]


@pytest.mark.parametrize("query", ["financial_status:EXPIREDD", "status:gone", "created_at:soon", "test:maybe", "id:x"])
def test_an_invalid_value_finds_nothing(orders: Box, query: str) -> None:
    answer = _search(orders, query)
    field, value = query.split(":")
    assert answer["data"]["orders"]["nodes"] == []
    [warning] = answer["extensions"]["search"][0]["warnings"]
    message = f"Input `{value}` is not an accepted value."
    assert warning == {"field": field, "message": message, "code": "invalid_value"}


def test_an_unquoted_time_is_cut_at_its_first_colon(orders: Box) -> None:
    """shopify-api.md 3.1: it also asks for a field `00`."""
    answer = _search(orders, "created_at:>=2026-09-20T10:30:00Z")
    [search] = answer["extensions"]["search"]
    assert [(w["field"], w["code"]) for w in search["warnings"]] == [("30", "invalid_field")]
    assert search["parsed"]["and"][0] == {"field": "created_at", "range": {"gte": "2026-09-20T10"}}


def test_nothing_to_warn_of_and_nothing_said_unless_asked(orders: Box) -> None:
    assert "search" not in _search(orders, "tag:red")["extensions"]
    said = _search(orders, "tag:red", Shopify_Search_Query_Debug="1")["extensions"]["search"]
    assert said == [{"path": ["orders"], "query": "tag:red", "parsed": {"field": "tag", "match_all": "red"}}]


@pytest.mark.parametrize(
    ("query", "parsed"),
    [
        ("-tag:x", {"not": {"field": "tag", "match_all": "x"}}),
        ("tag:x*", {"field": "tag", "prefix": "x"}),
        ("tag:*", {"field": "tag", "exists": True}),
        ('tag:"a b"', {"field": "tag", "match_phrase": "a b"}),
        ("id:>5", {"field": "id", "range": {"gt": "5"}}),
        ("hello", {"field": "default", "match_all": "hello"}),
        (r"tag:a\:b", {"field": "tag", "match_all": "a:b"}),
        ("tag:a OR tag:b", {"or": [{"field": "tag", "match_all": "a"}, {"field": "tag", "match_all": "b"}]}),
    ],
)
def test_how_a_query_is_parsed(orders: Box, query: str, parsed: Any) -> None:
    said = _search(orders, query, Shopify_Search_Query_Debug="1")["extensions"]["search"]
    assert said[0]["parsed"] == parsed


# -- the index ----------------------------------------------------------------------------------------


def test_the_index_lags_behind_but_reads_do_not() -> None:
    box = bare(index_lag_seconds=5)
    order = box.order(tags=["old"])
    assert box.one(TAGS_ADD, id=order.id, tags=["new"])["node"]["tags"] == ["new", "old"]
    count = "query($q: String) { ordersCount(query: $q) { count } }"
    assert box.one(count, q="tag:new") == {"count": 0}
    assert box.order_fields(order, "tags") == {"tags": ["new", "old"]}
    box.later(3)
    box.one(TAGS_ADD, id=order.id, tags=["newer"])
    box.later(3)
    assert box.one(count, q="tag:new") == {"count": 1}
    assert box.one(count, q="tag:newer") == {"count": 0}
    box.later(3)
    assert box.one(count, q="tag:newer") == {"count": 1}


def test_sorting(orders: Box) -> None:
    document = (
        "query($k: OrderSortKeys, $r: Boolean) { orders(first: 9, sortKey: $k, reverse: $r) { nodes { number } } }"
    )

    def sorted_by(key: str, *, reverse: bool = False) -> list[int]:
        return [n["number"] - 1000 for n in orders.one(document, k=key, r=reverse)["nodes"]]

    assert sorted_by("CREATED_AT") == [7, 6, 5, 4, 3, 2, 1]
    assert sorted_by("PROCESSED_AT", reverse=True) == [1, 2, 3, 4, 5, 6, 7]
    assert sorted_by("ID") == sorted_by("ORDER_NUMBER") == [1, 2, 3, 4, 5, 6, 7]
    assert sorted_by("TOTAL_PRICE")[-1] == 4
    assert sorted_by("CUSTOMER_NAME")[-1] == 1
    assert sorted(sorted_by("UPDATED_AT")) == [1, 2, 3, 4, 5, 6, 7]
