"""Documents and variables that are wrong, in the shapes that the real store answers."""

from __future__ import annotations

from typing import Any

import pytest

from devstore.box import Box

ID = "gid://shopify/Order/1"
STATIC: list[tuple[str, str, dict[str, Any], list[Any]]] = [
    (
        "{ shop { nope } }",
        "Field 'nope' doesn't exist on type 'Shop'",
        {"code": "undefinedField", "typeName": "Shop", "fieldName": "nope"},
        ["query", "shop", "nope"],
    ),
    (
        "query Q { order { id } }",
        "Field 'order' is missing required arguments: id",
        {"code": "missingRequiredArguments", "className": "Field", "name": "order", "arguments": "id"},
        ["query Q", "order"],
    ),
    (
        f'{{ x: order(id: "{ID}", no: 1) {{ id }} }}',
        "Field 'order' doesn't accept argument 'no'",
        {"code": "argumentNotAccepted", "name": "order", "typeName": "Field", "argumentName": "no"},
        ["query", "x", "no"],
    ),
    (
        '{ order(id: "17") { id } }',
        "Invalid global id '17'",
        {"code": "argumentLiteralsIncompatible", "typeName": "CoercionError"},
        ["query", "order", "id"],
    ),
    (
        '{ orders(first: "x") { nodes { id } } }',
        "Argument 'first' on Field 'orders' has an invalid value (\"x\"). Expected type 'Int'.",
        {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": "first"},
        ["query", "orders", "first"],
    ),
    (
        f'mutation M {{ orderCancel(orderId: "{ID}", reason: BORED, restock: true) {{ job {{ id }} }} }}',
        "Argument 'reason' on Field 'orderCancel' has an invalid value (BORED). Expected type 'OrderCancelReason!'.",
        {"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": "reason"},
        ["mutation M", "orderCancel", "reason"],
    ),
    (
        "mutation { orderClose(input: {}) { userErrors { message } } }",
        "Argument 'id' on InputObject 'OrderCloseInput' is required. Expected type ID!",
        {
            "code": "missingRequiredInputObjectAttribute",
            "argumentName": "id",
            "argumentType": "ID!",
            "inputObjectType": "OrderCloseInput",
        },
        ["mutation", "orderClose", "input", "id"],
    ),
    (
        "{ shop }",
        "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
        {"code": "selectionMismatch", "nodeName": "field 'shop'", "typeName": "Shop"},
        ["query", "shop"],
    ),
    (
        "{ shop { name { x y } } }",
        'Selections can\'t be made on scalars (field \'name\' returns String but has selections ["x", "y"])',
        {"code": "selectionMismatch", "nodeName": "field 'name'"},
        ["query", "shop", "name"],
    ),
    (
        "{ shop { currencyCode { x } } }",
        "Selections can't be made on enums (field 'currencyCode' returns CurrencyCode but has selections [\"x\"])",
        {"code": "selectionMismatch", "nodeName": "field 'currencyCode'"},
        ["query", "shop", "currencyCode"],
    ),
    (
        f'mutation {{ orderClose(input: {{id: "{ID}"}}) {{ userErrors {{ code }} }} }}',
        "Field 'code' doesn't exist on type 'UserError'",
        {"code": "undefinedField", "typeName": "UserError", "fieldName": "code"},
        ["mutation", "orderClose", "userErrors", "code"],
    ),
    (
        "{ ...F } fragment F on QueryRoot { shop { ...G } } fragment G on Shop { nope }",
        "Field 'nope' doesn't exist on type 'Shop'",
        {"code": "undefinedField", "typeName": "Shop", "fieldName": "nope"},
        ["fragment G", "nope"],
    ),
]


@pytest.mark.parametrize(("document", "message", "extensions", "path"), STATIC, ids=[c[2]["code"] for c in STATIC])
def test_documents_that_are_wrong(
    box: Box, document: str, message: str, extensions: dict[str, Any], path: list[Any]
) -> None:
    answer = box.ask(document)
    assert list(answer) == ["errors"]
    [error] = answer["errors"]
    assert list(error) == ["message", "locations", "path", "extensions"]
    assert (error["message"], error["extensions"], error["path"]) == (message, extensions, path)
    assert error["locations"][0]["line"] == 1
    assert box.store.requests[-1].outcome == "invalid"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("query($a: ID!) { shop { id } }", "variableNotUsed"),
        ("{ order(id: $id) { id } }", "variableNotDefined"),
        ("query($id: String!) { order(id: $id) { id } }", "variableMismatch"),
        ("{ shop { ...Nope } }", "useAndDefineFragment"),
        ("{ shop { id @nope } }", "undefinedDirective"),
        ("{ shop { ... on Nope { id } } }", "undefinedType"),
        ("{ shop { id: name id } }", "fieldConflict"),
    ],
)
def test_other_rules_have_a_code_too(box: Box, document: str, code: str) -> None:
    codes = [e["extensions"]["code"] for e in box.ask(document)["errors"]]
    assert code in codes


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ shop { id }", "syntax error, unexpected end of file"),
        ("{ shop( }", "syntax error, "),
        ("query A { shop { id } } query B { shop { id } }", "An operation name is required"),
    ],
)
def test_documents_that_cannot_be_read(box: Box, document: str, message: str) -> None:
    answer = box.ask(document)
    assert answer["errors"][0]["message"].startswith(message)
    assert "data" not in answer


def test_the_operation_can_be_named(box: Box) -> None:
    body = {"query": "query A { shop { id } } query B { shop { name } }", "operationName": "B"}
    headers = {"X-Shopify-Access-Token": "devstore-token-not-a-secret"}
    answer = box.request("POST", "/admin/api/2026-10/graphql.json", json=body, headers=headers).json()
    assert answer["data"] == {"shop": {"name": "Devstore"}}


VARIABLES: list[tuple[str, dict[str, Any], list[dict[str, Any]]]] = [
    (
        "$v: ID!",
        {"v": "17"},
        [{"path": [], "explanation": "Invalid global id '17'", "message": "Invalid global id '17'"}],
    ),
    ("$v: ID!", {}, [{"path": [], "explanation": "Expected value to not be null"}]),
    (
        "$v: OrderInput!",
        {"v": {"id": ID, "colour": 1}},
        [{"path": ["colour"], "explanation": "Field is not defined on OrderInput"}],
    ),
    (
        "$v: OrderInput!",
        {"v": {"note": 3}},
        [
            {"path": ["id"], "explanation": "Expected value to not be null"},
            {"path": ["note"], "explanation": "Could not coerce value 3 to String"},
        ],
    ),
    ("$v: [String!]!", {"v": ["a", None]}, [{"path": [1], "explanation": "Expected value to not be null"}]),
    ("$v: Int!", {"v": "x"}, [{"path": [], "explanation": 'Could not coerce value "x" to Int'}]),
    ("$v: Boolean!", {"v": 1}, [{"path": [], "explanation": "Could not coerce value 1 to Boolean"}]),
]


@pytest.mark.parametrize(("declared", "variables", "problems"), VARIABLES)
def test_variables_that_are_wrong(
    box: Box, declared: str, variables: dict[str, Any], problems: list[dict[str, Any]]
) -> None:
    uses = {
        "ID": "order(id: $v) { id }",
        "OrderInput": "orderUpdate(input: $v) { userErrors { message } }",
        "String": f'tagsAdd(id: "{ID}", tags: $v) {{ userErrors {{ message }} }}',
        "Int": "orders(first: $v) { nodes { id } }",
        "Boolean": "orders(first: 1, reverse: $v) { nodes { id } }",
    }
    kind = declared.split(": ")[1].strip("[]!")
    operation = "mutation" if kind in {"OrderInput", "String"} else "query"
    answer = box.ask(f"{operation} Q({declared}) {{ {uses[kind]} }}", **variables)
    assert list(answer) == ["errors"]
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert sorted(error["extensions"]["problems"], key=str) == sorted(problems, key=str)
    assert error["message"].startswith(f"Variable $v of type {declared.split(': ')[1]} was provided invalid value")
    assert error["locations"] == [{"line": 1, "column": len(operation) + 4}]


def test_unknown_enum_values_in_variables(box: Box) -> None:
    document = f"""mutation($r: OrderCancelReason!) {{
      orderCancel(orderId: "{ID}", reason: $r, restock: true) {{ job {{ id }} }} }}"""
    [error] = box.ask(document, r="BORED")["errors"]
    expected = 'Expected "BORED" to be one of: CUSTOMER, DECLINED, FRAUD, INVENTORY, OTHER, STAFF'
    assert error["extensions"]["problems"][0]["explanation"] == expected


def test_several_aliases_are_each_on_their_own(box: Box) -> None:
    """No transaction: one alias fails, the others are carried out, in the order of the document."""
    order = box.order()
    document = """mutation($id: ID!) {
      a: tagsAdd(id: $id, tags: ["a"]) { userErrors { message } }
      b: tagsAdd(id: "gid://shopify/LineItem/1", tags: ["b"]) { userErrors { message } }
      c: orderUpdate(input: {id: $id}) { userErrors { message } }
      d: tagsAdd(id: $id, tags: ["d"]) { userErrors { message } } }"""
    answer = box.ask(document, id=order.id)
    assert order.tags == ["a", "d"]
    assert answer["data"]["b"] is None
    assert [e["path"] for e in answer["errors"]] == [["b"]]
    assert [(r.root, r.outcome) for r in box.store.requests] == [
        ("tagsAdd", "accepted"),
        ("tagsAdd", "failed"),
        ("orderUpdate", "refused"),
        ("tagsAdd", "accepted"),
    ]
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 40


def test_jobresult_is_not_there_yet_in_2026_07(box: Box) -> None:
    document = f'mutation {{ orderCancel(orderId: "{ID}", reason: OTHER, restock: true) {{ jobResult {{ id }} }} }}'
    [error] = box.ask(document, version="2026-07")["errors"]
    assert error["message"] == "Field 'jobResult' doesn't exist on type 'OrderCancelPayload'"
    poll = f'{{ node(id: "{ID}") {{ ... on OrderCancelJobResult {{ id }} }} }}'
    assert "OrderCancelJobResult" in box.ask(poll, version="2026-07")["errors"][0]["message"]
    assert "errors" not in box.ask(document, version="2026-10")
