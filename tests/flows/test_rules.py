"""Rules: what they take is held against the store's own truth, rule by rule, and so is every rule of the docs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from nights import DAY, Nights, policy
from stories import waiting
from test_policy import block
from virtual import START
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core import judging
from bulk_orders.core.conditions import CONDITIONS
from bulk_orders.devstore.derive import order as flags
from bulk_orders.devstore.derive import payment, shipping
from bulk_orders.devstore.model.order import Order
from bulk_orders.errors import Misused
from bulk_orders.flows.apply_rules import explain_order
from bulk_orders.flows.night_work import NOBODY, Named, Work
from bulk_orders.settings import Settings
from bulk_orders.views.explain_text import explanation_json, explanation_text
from bulk_orders.views.night_text import night_text
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html

Truth = Callable[[Order], bool]
NOW = START.timestamp()


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    world = World(tmp_path, orders=160)
    for number, order in enumerate(world.some(waiting, 4)):
        world.store.people.hold(order.name, other_app=number > 1)
    return Nights(world)


def age(moment: float | None) -> float:
    """In days; not told is younger than anything."""
    return -1.0 if moment is None else (NOW - moment) / DAY


def parcels(order: Order) -> list[Any]:
    return [f for f in order.fulfillments if f.status not in shipping.GONE]


def word(order: Order) -> str | None:
    """The carrier's word for the parcel that is least far, as the board ranks them."""
    from bulk_orders.core.board import _FROM_TROUBLE_TO_DONE

    words = [shipping.display_status(f) for f in parcels(order)]
    return min(words, key=_FROM_TROUBLE_TO_DONE.index, default=None)


def arrived(order: Order) -> float:
    """How many days ago its last parcel arrived."""
    if word(order) not in ("DELIVERED", "PICKED_UP"):
        return -1.0
    at = [e.happened_at for f in parcels(order) for e in f.events if e.status in ("DELIVERED", "PICKED_UP")]
    return age(max(at)) if at else age(max(f.updated_at for f in parcels(order)))


def held(order: Order) -> bool:
    return any(f.fulfillment_holds for f in order.fulfillment_orders)


def is_open(order: Order) -> bool:
    return order.closed_at is None and order.cancelled_at is None


def own(order: Order) -> bool:
    return any(h.app.handle != "fraud-guard" for f in order.fulfillment_orders for h in f.fulfillment_holds)


# --- every condition against the truth --------------------------------------------------------------------------------

TRUTHS: dict[str, tuple[str, Truth]] = {
    "state": ('state = "archived"', lambda o: o.closed_at is not None and o.cancelled_at is None),
    "payment": ('payment = ["paid", "pending"]', lambda o: payment.financial_status(o) in ("PAID", "PENDING")),
    "fulfillment": ('fulfillment = "fulfilled"', lambda o: shipping.fulfillment_status(o) == "FULFILLED"),
    "delivery": ('delivery = "in_transit"', lambda o: word(o) == "IN_TRANSIT"),
    "return": ('return = ["in_progress"]', lambda o: flags.return_status(o) == "IN_PROGRESS"),
    "hold": ('hold = "own"', own),
    "tags": ('tags = ["VIP", "gift"]', lambda o: bool({"vip", "gift"} & {t.lower() for t in o.tags})),
    "all_tags": ('all_tags = ["vip", "gift"]', lambda o: {"vip", "gift"} <= {t.lower() for t in o.tags}),
    "channel": ('channel = "WEB"', lambda o: o.source_name == "web"),
    "gateway": ('gateway = "manual"', lambda o: "manual" in payment.gateway_names(o)),
    "total_over": ('total_over = "200 EUR"', lambda o: payment.total_price(o).shop > 200),
    "total_under": ('total_under = "50.5 EUR"', lambda o: payment.total_price(o).shop < 50.5),
    "placed_ago": ('placed_ago = "14d"', lambda o: age(o.created_at) >= 14),
    "placed_within": ('placed_within = "240h"', lambda o: age(o.created_at) <= 10),
    "processed_ago": ('processed_ago = "20d"', lambda o: age(o.processed_at) >= 20),
    "processed_within": ('processed_within = "20d"', lambda o: age(o.processed_at) <= 20),
    "updated_ago": ('updated_ago = "10d"', lambda o: age(o.updated_at) >= 10),
    "updated_within": ('updated_within = "10d"', lambda o: age(o.updated_at) <= 10),
    "shipped_ago": (
        'shipped_ago = "5d"',
        lambda o: bool(parcels(o)) and age(min(f.created_at for f in parcels(o))) >= 5,
    ),
    "shipped_within": (
        'shipped_within = "5d"',
        lambda o: bool(parcels(o)) and age(min(f.created_at for f in parcels(o))) <= 5,
    ),
    "delivered_ago": ('delivered_ago = "7d"', lambda o: arrived(o) >= 7),
    "delivered_within": ('delivered_within = "7d"', lambda o: 0 <= arrived(o) <= 7),
    "archived_ago": ('archived_ago = "5d"', lambda o: age(o.closed_at) >= 5),
    "archived_within": ('archived_within = "5d"', lambda o: 0 <= age(o.closed_at) <= 5),
    "cancelled_ago": ('cancelled_ago = "5d"', lambda o: age(o.cancelled_at) >= 5),
    "cancelled_within": ('cancelled_within = "5d"', lambda o: 0 <= age(o.cancelled_at) <= 5),
}
"""Conditions whose truth the store's own records tell."""


def taken(nights: Nights, when: str, do: str = "tag", more: str = 'tags = "by rule"') -> set[str]:
    """The orders that one rule's condition takes, from the night's own sheet."""
    rule = f'[[rules]]\nname = "one"\ndo = "{do}"\n{more}\nwhen = {{ {when} }}\n'
    ran = nights(text=rule, trial=True)
    path = ran.folder / "rules.csv"
    assert ran.code == 0, night_text(ran.night, Paint(False))
    return set(pl.read_csv(path, infer_schema=False)["ID"]) if path.exists() else set()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A store in which these tests change nothing: they only look what a rule would take."""
    world = World(tmp_path_factory.mktemp("still"), orders=160)
    for number, order in enumerate(world.some(waiting, 4)):
        world.store.people.hold(order.name, other_app=number > 1)
    for order in list(world.store.orders.values())[:30:3]:
        world.store.people.tag(order.name, "vip", *(["gift"] if order.number % 2 else []))
    world.later(5)  # the index lags
    return Nights(world)


@pytest.mark.parametrize("key", TRUTHS)
def test_a_condition_takes_the_orders_of_which_it_is_true(still: Nights, key: str) -> None:
    when, truth = TRUTHS[key]
    store = still.world.store
    expected = {order.id for order in store.orders.values() if truth(order)}
    assert taken(still, when) == expected
    if key not in ("all_tags", "cancelled_within", "archived_within", "return"):
        assert 0 < len(expected) < len(store.orders)


def test_the_conditions_whose_truth_is_not_held_here_have_a_test_of_their_own() -> None:
    assert set(CONDITIONS) - set(TRUTHS) == {
        "held_ago",
        "held_within",
        "ship_date_passed",
        "authorization_ends_within",
        "finding",
        "label_ago",
        "label_within",
    }


def test_holds_by_age_and_by_whom(still: Nights) -> None:
    orders = still.world.store.orders.values()

    def days(order: Order) -> float:
        return age(min(f.updated_at for f in order.fulfillment_orders if f.status == "ON_HOLD"))

    assert taken(still, 'hold = ["own", "other"], state = "open"') == {o.id for o in orders if is_open(o) and held(o)}
    assert taken(still, 'hold = "none", state = "open"') == {o.id for o in orders if is_open(o) and not held(o)}
    older = {o.id for o in orders if own(o) and days(o) >= 1}
    assert taken(still, 'hold = "own", held_ago = "1d"') == older
    assert taken(still, 'hold = "own", held_within = "1d"') == {o.id for o in orders if own(o)} - older
    assert older
    assert older < {o.id for o in orders if own(o)}


@pytest.mark.parametrize("key", ["no_movement", "delivered_open", "on_hold", "scheduled_overdue", "return_waiting"])
def test_a_finding_in_a_rule_is_the_overviews(still: Nights, tmp_path: Path, key: str) -> None:
    from bulk_orders.core.search import Filters
    from bulk_orders.flows.overview import live_orders, overview_of
    from bulk_orders.storage.bases import new_export_id

    world = still.world

    async def look() -> Any:
        async with world.shop() as shop:
            return await live_orders(
                shop,
                tmp_path,
                filters=Filters(),
                home=world.home,
                clock=world.clock,
                export_id=new_export_id(world.clock.now(), "abcdef", "vm"),
                progress=lambda _: None,
            )

    overview = overview_of(world.run(look()), {}, None)
    found = next(f for f in overview.findings if f.finding.key == key)
    assert taken(still, f'finding = "{key}"') == {f"gid://shopify/Order/{d}" for d in found.orders["order"]}


def test_labels_dates_and_authorizations_go_by_the_boards_own_times() -> None:
    from bulk_orders.core.conditions import read_conditions

    moment = pl.Datetime("us", "UTC")
    times = {
        "label_since": [START - timedelta(days=4), START, None],
        "fulfill_at": [START - timedelta(days=2), START + timedelta(days=1), None],
        "expires": [START + timedelta(hours=10), START + timedelta(days=9), None],
    }
    rows = pl.DataFrame({name: pl.Series(values, dtype=moment) for name, values in times.items()})
    rows = rows.with_columns(payment=pl.lit("PAID"))
    for key, value in (("label_ago", "3d"), ("ship_date_passed", "1d"), ("authorization_ends_within", "1d")):
        (condition,) = read_conditions({key: value}, "here")
        assert rows.select(judging.holds(condition, START, {}).alias("_"))["_"].to_list() == [True, False, False]
    (within,) = read_conditions({"label_within": "3d"}, "here")
    assert rows.select(judging.holds(within, START, {}).alias("_"))["_"].to_list() == [False, True, False]


def test_an_authorization_of_which_the_shop_does_not_say_when_it_ends_cannot_be_told() -> None:
    from bulk_orders.core.conditions import read_conditions

    (condition,) = read_conditions({"authorization_ends_within": "1d"}, "here")
    rows = pl.DataFrame({"expires": pl.Series([None], dtype=pl.Datetime("us", "UTC")), "payment": ["AUTHORIZED"]})
    assert rows.select(judging.holds(condition, START, {}).alias("_"))["_"].to_list() == [None]


def test_what_has_not_happened_keeps_no_order_out(still: Nights) -> None:
    everyone = taken(still, 'state = "open"')
    young = taken(still, 'state = "open"', more='tags = "by rule"\nunless = { delivered_ago = "1d" }')
    assert young < everyone
    orders = still.world.store.orders.values()
    assert young == {o.id for o in orders if is_open(o) and not arrived(o) >= 1}


def test_a_rule_that_asks_for_what_the_app_may_not_read_takes_nothing() -> None:
    (rule,) = policy(
        '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { state = "open" }\nunless = { tags = "keep" }\n'
    ).rules
    assert judging.blind(rule, ["Shipping: City", "Tags"]) == "Tags"
    assert judging.blind(rule, ["Shipping: City"]) is None
    (rule,) = policy(
        '[[rules]]\nname = "r"\ndo = "archive"\nwhen = { state = "open" }\nunless = { finding = "return_waiting" }\n'
    ).rules
    assert judging.blind(rule, ["Tags"]) is None
    assert judging.blind(rule, ["Return: Status"]) == "Return: Status"


def test_what_cannot_be_told_never_fits_and_keeps_an_order_out(still: Nights) -> None:
    assert taken(still, 'total_over = "0 USD"') == set()
    rule = 'tags = "by rule"\nunless = { total_over = "5000 USD" }'
    assert taken(still, 'state = "open"', more=rule) == set()


# --- the rules of the documentation -----------------------------------------------------------------------------------

DOCUMENTED: dict[str, Truth] = {
    "archive what is done": lambda o: (
        is_open(o)
        and payment.financial_status(o) == "PAID"
        and shipping.fulfillment_status(o) == "FULFILLED"
        and arrived(o) >= 30
        and flags.return_status(o) not in ("RETURN_REQUESTED", "IN_PROGRESS")
        and "keep open" not in o.tags
    ),
    "cancel what nobody paid": lambda o: (
        o.cancelled_at is None
        and payment.financial_status(o) in ("PENDING", "EXPIRED")
        and shipping.fulfillment_status(o) == "UNFULFILLED"
        and age(o.created_at) >= 14
    ),
    "release our own holds": own,
    "hold what is large": lambda o: (
        is_open(o)
        and shipping.fulfillment_status(o) == "UNFULFILLED"
        and not held(o)
        and payment.total_price(o).shop > 300
        and age(o.created_at) <= 2
    ),
    "untag what has moved": lambda o: "stuck" in o.tags and word(o) in ("IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"),
}
RULES = tomllib.loads(block("rules"))["rules"]


def _alone(rule: dict[str, Any]) -> str:
    """One rule of the documentation as a policy of its own."""
    text = block("rules")
    start = text.index(f'name = "{rule["name"]}"') - len("[[rules]]\n")
    end = text.find("[[rules]]", start + 1)
    return text[start : end if end > 0 else None]


@pytest.mark.parametrize("rule", [r for r in RULES if r["name"] in DOCUMENTED], ids=lambda rule: str(rule["name"]))
def test_a_rule_of_the_documentation_does_what_it_says(
    nights: Nights, rule: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, truth = nights.world.store, DOCUMENTED[rule["name"]]
    if rule["do"] == "untag":
        for order in list(store.orders.values())[::4]:
            store.people.tag(order.name, "stuck")
    if rule["do"] == "hold":
        for order in nights.world.some(lambda o: waiting(o) and payment.total_price(o).shop > 300, 2):
            order.created_at = NOW - 0.5 * DAY
    nights.next_day(0 if rule["do"] == "hold" else 4)
    monkeypatch.setitem(globals(), "NOW", NOW + nights.world.passed)
    expected = {o.id for o in store.orders.values() if truth(o)}
    assert 0 < len(expected) < len(store.orders)
    deed = {"untag": "tag_remove"}.get(rule["do"], rule["do"])
    ran = nights(text=f'[actions]\n{deed} = "do"\n{_alone(rule)}')
    assert ran.night.parts[0].taken == {rule["name"]: len(expected)}
    changed = {e.order for e in nights.world.effects() if e.kind != "email"}
    assert changed <= expected
    blocked = ran.night.left_alone
    assert len(changed) + blocked >= len(expected)
    assert not any(truth(o) for o in store.orders.values() if o.id in changed)


def test_the_findings_rule_of_the_documentation_tags_each_order_once(nights: Nights) -> None:
    (rule,) = [r for r in RULES if r["name"] not in DOCUMENTED]
    text = f'[actions]\ntag_add = "do"\n{_alone(rule)}'
    first = nights(text=text)
    assert first.outcomes["applied"] == first.night.parts[0].taken[rule["name"]] > 5
    assert nights(text=text).outcomes == {}


# --- which rule takes an order ----------------------------------------------------------------------------------------

TWO = """
[actions]
tag_add = "do"
archive = "do"
[[rules]]
name = "mark"
do = "tag"
tags = "done"
when = { fulfillment = "fulfilled", payment = "paid" }
[[rules]]
name = "archive"
do = "archive"
when = { fulfillment = "fulfilled", payment = "paid" }
"""


def about(nights: Nights, *orders: Order) -> str:
    """TWO, for these orders alone: the others cost time and show nothing."""
    for order in orders:
        nights.world.store.people.tag(order.name, *order.tags, "these")
    nights.world.later(5)  # the index lags
    return TWO.replace('payment = "paid"', 'payment = "paid", tags = "these"')


def test_the_first_rule_takes_an_order_and_leaves_it_when_its_deed_is_done(nights: Nights) -> None:
    order, other = nights.world.some(shipped, 2)
    two = about(nights, order, other)
    nights(text=two)
    assert "done" in order.tags
    assert order.closed_at is None
    nights(text=two)
    assert order.closed_at is not None


@pytest.mark.parametrize("reverse", [False, True])
def test_two_rules_that_want_the_opposite_do_not_take_turns(nights: Nights, *, reverse: bool) -> None:
    order = nights.world.some(shipped, 1)[0]
    nights.world.store.people.tag(order.name, "these")
    nights.world.later(5)  # the index lags
    when = 'tags = ["stuck", "Other"]\nwhen = { fulfillment = "fulfilled", tags = "these" }\n'
    rules = [
        f'[[rules]]\nname = "on"\ndo = "tag"\n{when}',
        f'[[rules]]\nname = "off"\ndo = "untag"\n{when.replace("Other", "OTHER")}',
    ]
    rules = rules[::-1] if reverse else rules
    two = '[actions]\ntag_add = "do"\ntag_remove = "do"\n' + "".join(rules)
    for _ in range(4):
        nights(text=two)
        nights.next_day()
    # where untagging comes first an order without the tags is as that rule wants it, and stays so
    assert nights.world.mutations() == (0 if reverse else 1)
    assert ("stuck" in order.tags) is not reverse
    told = explained(nights, order.name, two)
    assert told.taken_by is None
    text = explanation_text(told, Paint(False))
    wanted = "off, to untag" if reverse else "on, to tag"
    assert f"✗ no earlier rule wants the opposite  (it is: {wanted})" in text


CIRCLES = {
    "archive": ("archive", "", 'state = "open"', "unarchive", "", 'state = "archived"'),
    "hold": ("hold", 'hold = { reason = "other" }', 'hold = "none"', "release", "", 'hold = "own"'),
    "hold, by the status": ("hold", 'hold = { reason = "other" }', 'fulfillment = "unfulfilled"', "release", "",
                            'fulfillment = "on_hold"'),
    "tag": ("tag", 'tags = ["stuck"]', "", "untag", 'tags = ["Stuck"]', 'tags = ["stuck"]'),
    "untag": ("untag", 'tags = ["here"]', 'tags = ["here"]', "tag", 'tags = ["here"]', ""),
}  # fmt: skip
"""Two rules each of which makes the other's condition true: deed, its options and its condition, twice."""


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("circle", CIRCLES)
def test_two_rules_whose_deeds_make_each_others_condition_true_come_to_rest(
    nights: Nights, circle: str, *, reverse: bool
) -> None:
    """Each only fits when the other's deed is done: the first of the file has the last word."""
    order = nights.world.some(waiting, 5)[4]
    nights.world.store.people.tag(order.name, "these", "here")
    nights.world.later(5)  # the index lags
    one, more, when, other, theirs, then = CIRCLES[circle]
    both = [
        f'[[rules]]\nname = "{do}"\ndo = "{do}"\n{options}\n[rules.when]\nall_tags = "these"\n{condition}\n'
        for do, options, condition in ((one, more, when), (other, theirs, then))
    ]
    text = '[actions]\nothers = "do"\n' + "".join(both[::-1] if reverse else both)
    ran = []
    for _ in range(5):
        ran.append(nights(text=text))
        nights.next_day()
    assert nights.world.mutations() <= 1
    first, second = (other, one) if reverse else (one, other)
    told = f"the rule {second!r} fits are left alone: the rule {first!r} before it would take back"
    assert any(told in " ".join(night_text(each.night, Paint(False)).split()) for each in ran)


def test_what_takes_a_deed_back_is_its_opposite_and_of_tags_the_same_one() -> None:
    def rule(do: str, tags: str = "") -> Any:
        more = f'tags = ["{tags}"]\n' if tags else 'hold = { reason = "other" }\n' if do == "hold" else ""
        text = f'[[rules]]\nname = "r"\ndo = "{do}"\n{more}when = {{ state = "open" }}\n'
        return policy(text).rules[0]

    for one, other in (("archive", "unarchive"), ("hold", "release")):
        assert judging.takes_back(rule(one), rule(other))
        assert judging.takes_back(rule(other), rule(one))
    assert judging.takes_back(rule("untag", "A"), rule("tag", "a"))
    assert not judging.takes_back(rule("untag", "b"), rule("tag", "a"))
    assert not judging.takes_back(rule("tag", "a"), rule("tag", "a"))
    assert not judging.takes_back(rule("cancel"), rule("archive"))


def test_orders_that_a_sheet_with_problems_names_are_left_to_it(nights: Nights) -> None:
    one, other = nights.world.some(shipped, 2)
    two = about(nights, one, other)
    path = nights.world.folder / "orders.csv"
    path.write_text(f"Name,Action\n{one.name},hold the order\n")
    ran = nights("orders.csv", two)
    assert ran.code == 4
    assert "done" not in one.tags
    assert "done" in other.tags


def test_an_order_that_the_sheet_names_is_the_sheets(nights: Nights) -> None:
    one, other = nights.world.some(shipped, 2)
    two = about(nights, one, other)
    nights.world.recipe({"Name": one.name, "Tags": "by sheet"}, name="orders.csv")
    ran = nights("orders.csv", two)
    assert "by sheet" in one.tags
    assert "done" not in one.tags
    assert "done" in other.tags
    assert "named by this night's sheet" in night_text(ran.night, Paint(False))


def test_a_rule_whose_action_the_policy_does_not_name_waits(nights: Nights) -> None:
    ran = nights(text=TWO.replace('archive = "do"\n', "").replace('tag_add = "do"\n', ""))
    assert nights.world.mutations() == 0
    assert ran.night.waiting > 5


def test_a_search_that_shopify_does_not_understand_takes_nothing(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_STATUS", {"OPEN": "open colour:red"})
    ran = nights(text='[actions]\narchive = "do"\n[[rules]]\nname = "r"\ndo = "archive"\nwhen = { state = "open" }\n')
    assert ran.code == 2
    assert nights.world.mutations() == 0


def test_the_search_asks_only_for_what_it_answers_exactly() -> None:
    rules = policy(block("rules")).rules
    search = judging.search_for(rules[:2], START)
    assert search == (
        "(status:open AND financial_status:paid) OR "
        "((financial_status:pending OR financial_status:expired) AND created_at:<='2026-11-08T10:00:00Z')"
    )
    assert judging.search_for(rules, START) is None  # a finding can be anywhere


def test_an_index_that_lags_takes_no_order_that_has_changed(nights: Nights) -> None:
    order, other = nights.world.some(open_unpaid, 2)
    about(nights, order, other)
    nights.world.store.settings.index_lag_seconds = 3600.0
    nights.world.store.people.cancel(order.name)
    nights.world.later(5)
    when = 'when = { state = "open", tags = "these" }'
    rule = f'[actions]\ntag_add = "do"\n[[rules]]\nname = "r"\ndo = "tag"\ntags = "open"\n{when}\n'
    nights(text=rule)
    assert "open" not in order.tags
    assert "open" in other.tags


def test_without_read_all_orders_the_night_says_what_it_cannot_see(nights: Nights) -> None:
    scopes = nights.world.store.settings.scopes
    nights.world.store.settings.scopes = tuple(s for s in scopes if s != "read_all_orders")
    text = '[[rules]]\nname = "old"\ndo = "archive"\nwhen = { placed_ago = "90d" }\n'
    told = night_text(nights(text=text).night, Paint(False))
    assert "lacks the scope read_all_orders" in " ".join(told.split())
    assert "can take none at all: old" in " ".join(told.split())


# --- why --------------------------------------------------------------------------------------------------------------


def explained(nights: Nights, order: str, text: str, theirs: Named = NOBODY) -> Any:
    world = nights.world
    settings: Settings = world.settings
    work = Work(settings, policy(text), world.clock, nights._new_id, plan_html, "bulk-orders 0", transport=world.wire())
    return world.run(explain_order(order, work, theirs))


def test_why_a_rule_takes_an_order_and_another_does_not(nights: Nights) -> None:
    order = nights.world.some(lambda o: open_paid(o) and not held(o), 1)[0]
    told = explanation_text(explained(nights, order.name, block("rules")), Paint(False))
    assert told.splitlines()[0].startswith(f"{order.name}: ")
    assert "✗ fulfillment fulfilled  (it is: unfulfilled)" in told
    assert "✓ payment paid  (it is: paid)" in told
    done = nights.world.some(shipped, 1)[0]
    answer = explained(nights, done.id, TWO)
    assert answer.taken_by.name == "mark"
    told = explanation_text(answer, Paint(False))
    assert "rule mark takes it, to tag; which runs by itself" in told
    assert "fits too, but the first rule that fits takes the order" in told
    assert explanation_json(answer)["rules"][1]["fits"] is True
    waiting = nights.world.some(lambda o: open_paid(o) and not held(o), 1)[0]
    about = '[[rules]]\nname = "r"\ndo = "tag"\ntags = "x"\nwhen = { finding = "no_movement", total_over = "1 EUR" }\n'
    told = explanation_text(explained(nights, waiting.name, about), Paint(False))
    assert re.search(r"✗ finding no_movement  \(it is: (none|[a-z_, ]+)\)", told)
    assert re.search(r"✓ total_over 1 EUR  \(it is: \d+\.\d\d EUR\)", told)
    assert nights.world.mutations() == 0
    assert nights.kept() == []


def test_why_of_an_order_that_the_sheet_names_or_nobody_has(nights: Nights) -> None:
    order = nights.world.some(shipped, 1)[0]
    named = explained(nights, order.name, TWO, Named(frozenset(), frozenset({order.name.removeprefix("#")})))
    assert "the night's sheet names it" in explanation_text(named, Paint(False))
    with pytest.raises(Misused, match="There is no order #9"):
        explained(nights, "#9", TWO)
