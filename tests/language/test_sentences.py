"""What a source can say is read from its syntax tree."""

from __future__ import annotations

from textwrap import dedent

import pytest

from bulk_orders.language.sentences import sentences


def _found(source: str) -> list[str]:
    return [each.text for each in sentences(dedent(source))]


@pytest.mark.parametrize(
    ("source", "templates"),
    [
        ('x = "The order is cancelled already."', ["The order is cancelled already."]),
        ('x = f"There is no order {edits.name} in the shop."', ["There is no order {edits_name} in the shop."]),
        ('x = {1: f"Undone at {when}.", 2: "Sent, and not seen."}[way]', ["Undone at {when}.", "Sent, and not seen."]),
        ("x = f\"It was shipped{f' from {place}' if place else ''} today.\"",
         ["It was shipped from {place} today.", "It was shipped today."]),
        ("x = f\"{n} item{'' if n == 1 else 's'} of {n} were sent\"",
         ["{n} item of {n} were sent", "{n} items of {n} were sent"]),
        ('HOW = {1: "as store credit", 2: "by hand"}\nx = f"{money} {HOW[way]}"',
         ["as store credit", "by hand", "{money} as store credit", "{money} by hand"]),
        ('x = "Export it again. Then plan it."', ["Export it again.", "Then plan it."]),
        ('x = f"{why} Look at the order."', ["Look at the order."]),
        ('x = what.format(a) if a else "The ID {key} stands beside {first}."', ["The ID {key} stands beside {first}."]),
        ('x = "Shopify took {}, not to be seen ({})"', ["Shopify took {part_1}, not to be seen ({part_2})"]),
        ('x = {A: f"Undone by {by}.", B: "Not undone."}[state]', ["Undone by {by}.", "Not undone."]),
        ('x = "The {0} address: {1}."', ["The {part_1} address: {part_2}."]),
        ('x = f"Write {action} in Action."', ["Write {typed_action} in Action."]),
        ('x = f"is none of {typed(*choices)}"', ["is none of {typed_choices}"]),
        ('x = f"Write store credit in {method}, or empty this cell."',
         ["Write store credit in {typed_method}, or empty this cell."]),
        ("x = f\"refunds of {shown} {code} (--max-refunds '{shown} {code}' lifts it).\"",
         ["refunds of {shown} {code} (--max-refunds '{typed_shown} {typed_code}' lifts it)."]),
        ('x = f"Go on: bulk-orders apply {file}, then undo {what}."',
         ["Go on: bulk-orders apply {typed_file}, then undo {what}."]),
        ("x = f\"Did '{one}' say {other}?\"", ["Did '{typed_one}' say {other}?"]),
        ('x = f"token_file of shops.{name}"', ["token_file of shops.{name}"]),
        ('x = f"at {when:%H:%M} for {count:,} orders, {text!r}"', ["at {when:%H:%M} for {count:,} orders, {text!r}"]),
    ],
)  # fmt: skip
def test_a_text_gives_its_templates(source: str, templates: list[str]) -> None:
    assert _found(source) == templates


def test_the_ways_of_one_condition_go_together() -> None:
    source = """
        def told(some, all):
            which = "every one" if some == all else f"{some} of them"
            verb = "asks" if some == all else "ask"
            return f"{which} {verb} for it to be archived"
    """
    assert _found(source) == ["every one asks for it to be archived", "{some} of them ask for it to be archived"]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring is read by nobody who uses the program."""',
        '_log.info("%s: asking again", name)',
        'assert found, "this is for programmers alone"',
        'if text == "this is compared": pass',
        'x = "SELECT state FROM changes ORDER BY number"',
        'x = "query BulkOrdersShop { shop { id } }"',
        'x = "Cancel: Store Credit Expires At"',
        'x = f"{one} {other}"',
        'x = f"{hours}h"',
        'raise AssertionError("this is for programmers alone")',
        'x = dict.fromkeys(("order number", "number of the order"), "Name")',
    ],
)
def test_what_nobody_reads_or_nobody_could_recognise_is_left_out(source: str) -> None:
    assert _found(source) == []
