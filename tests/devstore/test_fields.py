"""Every field of every type gives a value of its type, and the box's own executor agrees with graphql-core's."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    execute_sync,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
)

from bulk_orders.devstore.graph.connections import window
from bulk_orders.devstore.graph.context import Context
from bulk_orders.devstore.graph.engine import prepare, run
from bulk_orders.devstore.graph.plan import is_connection
from bulk_orders.devstore.graph.resolvers import registry
from bulk_orders.devstore.graph.scalars import SERIALIZERS
from bulk_orders.devstore.graph.schema import required, schema
from bulk_orders.devstore.settings import ALL_SCOPES
from devstore.box import Box, full

SCOPES = frozenset({*ALL_SCOPES, "read_apps", "read_users", "read_companies", "read_shopify_payments_disputes"})


def _context(box: Box) -> Context:
    return Context(box.store, registry(), SCOPES, "2026-10", "http://127.0.0.1")


def _selection(of: Any, depth: int, only: tuple[str, ...] = ()) -> str:
    """All fields of a type that need no arguments, down to a depth; `only` names those of the first level."""
    if is_abstract_type(of):
        inner = " ".join(f"... on {t.name} {_selection(t, depth)}" for t in schema().get_possible_types(of))
        return f"{{ __typename {inner} }}"
    fields = []
    for name, field in of.fields.items():
        if (only and name not in only) or name == "edges":
            continue
        named = get_named_type(field.type)
        arguments = _arguments(of.name, name, field)
        key = f"{name}: {name}" if is_leaf_type(named) else f"{of.name}_{name}: {name}"
        if arguments is None:
            continue
        if is_leaf_type(named):
            fields.append(f"{of.name}_{name}: {name}{arguments}")
        elif depth > 0:
            deeper = depth if of.name.endswith("Connection") else depth - 1
            fields.append(f"{key}{arguments} {_selection(named, deeper)}")
    return "{ " + " ".join(fields or ["__typename"]) + " }"


def _arguments(owner: str, name: str, field: Any) -> str | None:
    if is_connection(field):
        return "(first: 3)"
    if any(required(argument) for argument in field.args.values()):
        return '(key: "gift")' if (owner, name) == ("Order", "metafield") else None
    return ""


@functools.cache
def _shop() -> Box:
    box = full(200)
    order = next(o for o in box.store.orders.values() if not o.fulfillments and o.transactions and not o.cancelled_at)
    box.store.people.cancel(order.id)
    for shipped in (o for o in box.store.orders.values() if o.fulfillments):
        shipped.fulfillments[0].origin_address = {"countryCode": "FR", "city": "Lyon"}
    box.data(
        'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { bulkOperation { id } } }'
    )
    box.later(60)
    box.store.advance()
    return box


def _kept() -> list[GraphQLObjectType]:
    named = [t for t in schema().type_map.values() if isinstance(t, GraphQLObjectType)]
    return [
        t
        for t in named
        if not t.name.startswith("__")
        and t.name not in {"Mutation", "QueryRoot", "Job"}
        and not t.name.endswith(("Payload", "Connection", "Edge"))
    ]


@functools.cache
def _answers() -> dict[tuple[str, str], list[Any]]:
    """Every value that was seen, by type and field."""
    box, seen = _shop(), {}  # type: ignore[var-annotated]
    ids = list(box.store.records)
    by_type: dict[str, list[str]] = {}
    for record_id in ids:
        name = registry().type_name(box.store.records[record_id])
        by_type.setdefault(name, []).append(record_id)
    for name, found in by_type.items():
        of = schema().type_map[name]
        if not any(i.name == "Node" for i in getattr(of, "interfaces", ())):
            continue
        document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {_selection(of, 2)} }} }}"
        _gather(box, document, {"ids": found[: 250 if name in {"Order", "Refund"} else 40]}, seen)
    deep = _selection(schema().type_map["Order"], 3, ("risk", "refunds", "discountApplications"))
    document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Order {deep} }} }}"
    _gather(box, document, {"ids": list(box.store.orders)}, seen)
    shop = f"{{ shop {_selection(schema().type_map['Shop'], 2)} }}"
    _gather(box, shop, {}, seen)
    app = schema().type_map["AppInstallation"]
    _gather(box, f"{{ currentAppInstallation {_selection(app, 2)} }}", {}, seen)
    versions = schema().type_map["ApiVersion"]
    _gather(box, f"{{ publicApiVersions {_selection(versions, 1)} }}", {}, seen)
    return seen


def _gather(box: Box, document: str, variables: dict[str, Any], seen: dict[tuple[str, str], list[Any]]) -> None:
    prepared, errors = prepare(document, variables, None, "2026-10")
    assert prepared is not None, errors
    context = _context(box)
    data, _ = run(prepared, context)
    assert context.errors == []
    assert data is not None

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                owner, underscore, name = key.partition("_")
                if underscore:
                    seen.setdefault((owner, name), []).append(inner)
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(data)


@pytest.mark.parametrize("of", _kept(), ids=lambda t: t.name)
def test_every_field_has_a_value_of_its_type(of: GraphQLObjectType) -> None:
    answers = _answers()
    for name, field in of.fields.items():
        if _arguments(of.name, name, field) is None:
            continue
        values = answers.get((of.name, name), [])
        if of.name in SEEN_ELSEWHERE:
            continue
        assert values, f"{of.name}.{name} was never asked for"
        for value in values:
            _fits(value, field.type, f"{of.name}.{name}")


SEEN_ELSEWHERE = {
    "BulkMutationUserError", "BulkOperationUserError", "FulfillmentOrderHoldUserError", "OrderCancelUserError",
    "FulfillmentOrderReleaseHoldUserError", "OrderDeleteUserError", "StagedMediaUploadTarget", "UserError",
    "StagedUploadParameter", "OrderCancelJobResultError",
    "Collection", "FulfillmentOrderMerchantRequest", "MediaImage", "SellingPlanGroup", "StaffMember",
}  # fmt: skip
"""Types of payloads (tested with their mutations), and those of which the box has no records."""


def _fits(value: Any, wanted: GraphQLOutputType, where: str) -> None:
    if isinstance(wanted, GraphQLNonNull):
        assert value is not None, where
        _fits(value, wanted.of_type, where)
    elif value is None:
        return
    elif isinstance(wanted, GraphQLList):
        assert isinstance(value, list), where
        for item in value:
            _fits(item, wanted.of_type, where)
    elif isinstance(wanted, GraphQLEnumType):
        assert value in wanted.values, f"{where}: {value}"
    elif is_leaf_type(wanted):
        _scalar_fits(value, wanted.name, where)
    else:
        assert isinstance(value, dict), where


def _scalar_fits(value: Any, scalar: str, where: str) -> None:
    if scalar in {"String", "ID", "URL", "DateTime", "Money", "Decimal", "UnsignedInt64", "HTML", "FormattedString"}:
        assert isinstance(value, str), f"{where}: {value!r}"
    if scalar in {"Money", "Decimal"}:
        assert Decimal(value) == Decimal(value)
    if scalar == "DateTime":
        assert value.endswith("Z"), where
    if scalar == "UnsignedInt64":
        assert value.isdecimal(), where
    if scalar == "Int":
        assert type(value) is int, f"{where}: {value!r}"
    if scalar == "Float":
        assert type(value) is float, f"{where}: {value!r}"
    if scalar == "Boolean":
        assert type(value) is bool, f"{where}: {value!r}"


# -- the other executor -------------------------------------------------------------------------------


def _reference(box: Box, document: str, variables: dict[str, Any]) -> Any:
    """The same resolvers under graphql-core's executor."""
    context = _context(box)

    def resolve(source: Any, info: Any, **arguments: Any) -> Any:
        owner, field = info.parent_type.name, info.parent_type.fields[info.field_name]
        call = context.registry.call(owner, info.field_name)
        value = call(source, arguments, context) if call else context.registry.getter(owner, info.field_name)(source)
        if is_connection(field) and value is not None:
            return window(value, arguments)
        serialize = SERIALIZERS.get(get_named_type(field.type).name)
        return serialize(value) if serialize and value is not None else value

    result = execute_sync(
        schema(),
        parse(document),
        variable_values=variables,
        field_resolver=resolve,
        type_resolver=lambda value, info, of: context.registry.type_name(value),
    )
    assert not result.errors
    return result.data


@pytest.mark.parametrize("name", ["Order", "Customer", "Product"])
def test_the_executor_agrees_with_graphql_core(name: str) -> None:
    box = _shop()
    ids = [i for i in box.store.records if i.startswith(f"gid://shopify/{name}/")][:40]
    document = (
        f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {_selection(schema().type_map[name], 2)} }} }}"
    )
    prepared, errors = prepare(document, {"ids": ids}, None, "2026-10")
    assert prepared is not None, errors
    data, _ = run(prepared, _context(box))
    assert data == _reference(box, document, {"ids": ids})


@pytest.mark.parametrize("depth", [0, 1])
def test_fragments_aliases_and_directives_agree_too(depth: int) -> None:
    box = _shop()
    document = """
      query Q($ids: [ID!]!, $no: Boolean = false, $yes: Boolean = true) {
        a: nodes(ids: $ids) {
          __typename ...F ... on Node { id } ... on Order @skip(if: $no) { name note @include(if: $no) }
        }
        b: orders(first: 3, reverse: true) {
          edges { cursor node { ...F } } nodes { id } pageInfo { hasNextPage endCursor }
        }
      }
      fragment F on Order { tags x: id customer { ...C @include(if: $yes) } lineItems(first: 2) { nodes { id sku } } }
      fragment C on Customer { displayName defaultEmailAddress { emailAddress } }
    """
    ids = list(box.store.orders)[depth : depth + 5]
    prepared, errors = prepare(document, {"ids": ids}, None, "2026-10")
    assert prepared is not None, errors
    data, _ = run(prepared, _context(box))
    assert data == _reference(box, document, {"ids": ids})
