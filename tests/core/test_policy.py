"""The policy file: every key is known, every value makes sense, or it is refused with what was probably meant."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT

from bulk_orders.core.actions import REGISTRY
from bulk_orders.core.columns import BY_HEADER
from bulk_orders.core.conditions import CONDITIONS, DELIVERY, FULFILLMENT, PAYMENT, RETURN
from bulk_orders.core.policy import (
    ACTIONS,
    FOR_GOOD,
    HEARTBEAT_KEYS,
    KEYS,
    METRICS_KEYS,
    NIGHT_LIMITS,
    NOTIFY_KEYS,
    SHEET_KEYS,
    Policy,
    read_policy,
)
from bulk_orders.core.rules import DEEDS, RULE_KEYS
from bulk_orders.errors import Misused
from bulk_orders.storage.policies import load_policy

DOCS = (ROOT / "bulk_orders" / "docs" / "policy.md").read_text(encoding="utf-8")
RULE = '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { payment = "paid" }\n'


def read(text: str) -> Policy:
    return read_policy(tomllib.loads(text), "policy.toml")


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ('action = { archive = "do" }', "nobody knows: action.", "actions"),
        ('[actions]\narchiv = "do"', "nobody knows: actions.archiv.", "actions.archive"),
        ('[actions]\narchive = "yes"', "actions.archive = 'yes'", "do, wait, report"),
        ('[actions]\narchive = "reprot"', "actions.archive", '"report"'),
        ("[actions]\narchive = true", "of the wrong kind", "a text"),
        ("[limits]\nchange = 3", "limits.change", "limits.changes"),
        ("[limits]\nchanges = -1", "less than nothing", "0 or more"),
        ("[limits.actions]\ncancle = 3", "limits.actions.cancle", "cancel"),
        ("[limits]\nallow_fill_down = true", "limits.allow_fill_down", ""),
        ('[limits]\nblackout = "soon"', "names no hours", "22:00-06:00"),
        ('[limits]\nblackout = "22:00-24:30"', "names no hours", "22:00-06:00"),
        ('[limits]\nblackout = "08:00-08:00"', "begins when it ends", "00:00-24:00"),
        ('[limits]\nrefunds = "much"', "no limit on refunds", "500 EUR"),
        ("[protect]\ntag = 'vip'", "protect.tag.", "protect.tags"),
        ('[sheet]\non_conflict = "shet"', "sheet.on_conflict", '"sheet"'),
        ("[sheet]\ncatch_up_days = 1000", "catch_up_days = 1000", "0 to 60"),
        ('[sheet]\noldest = "long"', "no age", "48h"),
        ('timezone = "Paris"', "no time zone", "Europe/Paris"),
        ('[heartbeat]\nurl = "https://example.com/secret"', "nobody knows: heartbeat.url.", "heartbeat.url_"),
        ("[heartbeat]\n", "must say where the URL stands", "url_env"),
        ('[notify]\nurls_env = "A"\nurls_file = "b"', "must say where", "urls_file"),
        ('[notify]\nurls_env = "https://hooks"', "no name of a variable", "NIGHT_URL"),
        ('[notify]\nurls_env = "A"\nwhen = "alway"', "notify.when", '"always"'),
        ('[metrics]\ntextfile = "night.txt"', "metrics.textfile", ".prom"),
        (RULE.replace("payment", "paymnt"), "rule 'r', when has a condition that nobody knows: paymnt", "payment"),
        (RULE.replace('"paid"', '"payed"'), "payment can never be 'payed'", '"paid"'),
        (RULE.replace('"paid"', "3"), "payment = 3 is of the wrong kind", "a list of texts"),
        (RULE.replace('"archive"', '"archve"'), "rules[1].do", '"archive"'),
        (RULE.replace('"archive"', '"refund"'), "rules[1].do", "One of"),
        (RULE.replace('{ payment = "paid" }', "{}"), "would take every order", "when"),
        (RULE.replace('do = "archive"\n', ""), "does not say what to do", "archive"),
        (RULE.replace('name = "r"\n', ""), "rule 1 has no name", "name = "),
        (RULE.replace('"r"', '" "'), "rule 1 has no name", "name = "),
        (
            RULE.replace('payment = "paid"', 'placed_ago = "30d", placed_within = "2d"'),
            "rule 'r' can take no order: nothing is placed_ago 30d and placed_within 2d",
            "Change one of the two",
        ),
        (
            RULE.replace('payment = "paid"', 'total_over = "50 EUR", total_under = "50 EUR"'),
            "nothing is total_over 50 EUR and total_under 50 EUR",
            "Change one of the two",
        ),
        (
            RULE.replace('"archive"', '"cancel"') + f'cancel = {{ staff_note = "{"n" * 241}" }}',
            "rules[1].cancel.staff_note is longer than 240 characters",
            "Shorten",
        ),
        (RULE + RULE, "two rules are called 'r'", "its own name"),
        (RULE + "cancel = { restock = true }", "says how to cancel, but the rule does archive", "cancel"),
        (RULE.replace('"archive"', '"cancel"') + "cancel = { restok = true }", "cancel.restok", "restock"),
        (RULE.replace('"archive"', '"cancel"') + 'cancel = { reason = "bored" }', "reason = 'bored'", "customer"),
        (RULE.replace('"archive"', '"tag"'), "must name the tags", "stuck"),
        (RULE.replace('"archive"', '"tag"') + 'tags = "a,b"', "without a comma", ""),
        (RULE.replace('"archive"', '"hold"'), "hold.reason is missing", "inventory_out_of_stock"),
        (RULE.replace('payment = "paid"', 'placed_ago = "soon"'), "placed_ago = 'soon' is no age", "48h"),
        (RULE.replace('payment = "paid"', 'total_over = "500"'), "no amount", "500 EUR"),
        (RULE.replace('payment = "paid"', 'finding = "stuck"'), "finding can never be 'stuck'", "no_movement"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_was_meant(text: str, what: str, fix: str) -> None:
    with pytest.raises(Misused) as refused:
        read(text)
    assert what in refused.value.what
    assert fix in (refused.value.fix or "")
    assert "policy.toml" in refused.value.what


def test_conditions_that_can_meet_are_no_contradiction() -> None:
    for when in (
        'placed_ago = "2d", placed_within = "30d"',
        'placed_ago = "30d", shipped_within = "2d"',
        'total_over = "50 EUR", total_under = "20 USD"',
    ):
        assert read(RULE.replace('payment = "paid"', when)).rules


def test_a_folder_is_no_policy_file(tmp_path: Path) -> None:
    with pytest.raises(Misused, match="is a folder, not a policy file"):
        load_policy(tmp_path)


def test_the_actions_are_the_registrys() -> None:
    assert set(ACTIONS) == set(REGISTRY)
    assert {name for name, action in REGISTRY.items() if not action.reversible} == FOR_GOOD


def test_what_a_rule_does_is_what_the_registry_can() -> None:
    assert {action for actions in DEEDS.values() for action in actions} <= set(REGISTRY)


def test_statuses_are_those_of_the_official_schema(shared: object) -> None:
    from pathlib import Path

    from graphql import GraphQLEnumType, build_schema

    assert isinstance(shared, Path)
    schema = build_schema((shared / "shopify" / "admin-2026-10.graphql").read_text(encoding="utf-8"), assume_valid=True)
    for name, ours, extra in (
        ("OrderDisplayFinancialStatus", PAYMENT, {"none"}),
        ("OrderDisplayFulfillmentStatus", FULFILLMENT, set[str]()),
        ("FulfillmentDisplayStatus", DELIVERY, {"none"}),
        ("OrderReturnStatus", RETURN, set[str]()),
    ):
        kind = schema.type_map[name]
        assert isinstance(kind, GraphQLEnumType)
        theirs = {value.lower() for value in kind.values} - {"canceled"}  # a cancelled fulfillment is no parcel
        assert set(ours) == theirs | extra, name


# --- the documentation ------------------------------------------------------------------------------------------------


def block(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```toml\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_of_the_documentation_is_a_policy() -> None:
    policy = read(block("example"))
    assert policy.verdict("archive") == "do"
    assert policy.verdict("refund") == "wait"
    assert policy.limits.whole.refunds == {"EUR": Decimal(500)}
    assert policy.limits.actions == {"cancel": 10}
    assert policy.timezone == "Europe/Paris"


def test_every_key_is_documented() -> None:
    keys = (
        *KEYS,
        *NIGHT_LIMITS,
        *SHEET_KEYS,
        *NOTIFY_KEYS,
        *HEARTBEAT_KEYS,
        *METRICS_KEYS,
        *RULE_KEYS,
        *ACTIONS,
        *DEEDS,
    )
    for key in keys:
        assert re.search(rf"\b{key}\b", DOCS), key


def test_every_condition_is_documented_with_what_it_means_and_can_be() -> None:
    table = re.search(r"<!-- conditions -->\n(.*?)<!-- /conditions -->", DOCS, re.DOTALL)
    assert table is not None
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table[1], re.MULTILINE))
    told = {
        key: kind.means
        + (f": {', '.join(f'`{c}`' for c in kind.choices)}" if kind.choices and key != "finding" else "")
        for key, kind in CONDITIONS.items()
    }
    assert rows == told


def test_what_a_condition_calls_a_column_is_one() -> None:
    for header in ("Source", "Payment: Processing Method", "Processed At"):
        assert header in BY_HEADER
        assert any(header in kind.means for kind in CONDITIONS.values())
