"""Nothing goes past the catalogues: whole views in a language of brackets, in which no bare sentence may stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from counted import views_of
from pseudo import outside, speaking_in_brackets, text_of
from world import World, open_paid, open_unpaid, shipped

from bulk_orders.core.nights import Night
from bulk_orders.core.plan import Plan
from bulk_orders.language import ENGLISH, use
from bulk_orders.language.recognising import missed
from bulk_orders.views.night_html import night_html
from bulk_orders.views.night_text import night_text
from bulk_orders.views.paint import Paint
from bulk_orders.views.plan_html import plan_html
from bulk_orders.views.plan_text import plan_text

PLAN = Path("orders.plan")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan with changes of many kinds, something left alone, a conflict, and warnings."""
    world = World(tmp_path_factory.mktemp("languages"), orders=200)
    sent = [order.name for order in world.some(shipped, 3)]
    paid = [order.name for order in world.some(open_paid, 5)]
    unpaid = [order.name for order in world.some(open_unpaid, 4)]
    world.export()
    world.edit(
        {
            sent[0]: {"Action": "archive", "Note": "archived", "Tags": "paid, fulfilled"},
            sent[1]: {"Action": "unfulfill"},
            sent[2]: {"Action": "cancel", "Cancel: Refund": "TRUE"},
            paid[0]: {"Action": "cancel", "Cancel: Refund": "TRUE", "Cancel: Staff Note": "no more wanted"},
            paid[1]: {"Note": "mine"},
            paid[2]: {"Action": "cancel", "Cancel: Refund": "store credit"},
            paid[3]: {"Action": "cancel"},
            paid[4]: {"Action": "delete"},
            unpaid[0]: {"Action": "cancel"},
            unpaid[1]: {"Action": "hold", "Hold: Note": "Ask for the floor"},
            unpaid[2]: {"Email": "new@example.com"},
            unpaid[3]: {"Email": "[clear]"},
        }
    )
    world.named(paid[1]).note = "theirs"
    return world.plan()


def _people(plan: Plan) -> list[str]:
    """What people wrote, as far as it looks like a sentence."""
    fields = [value for change in plan.changes for value in (*change.before.values(), *change.after.values())]
    return [*map(str, fields), "no more wanted", "shopify payments"]


def test_the_plan_on_the_screen(plan: Plan) -> None:
    with speaking_in_brackets():
        text = plan_text(plan, PLAN, paint=Paint(), full=True)
    said = " ".join(text.split())
    assert not missed
    assert [each for each in outside(said) if not any(each in written for written in _people(plan))] == []
    assert "-> ⟦archived⟧" in said, "a state of ours"
    assert "Note : ⟦(empty)⟧ -> archived" in said, "a note of somebody's"


def test_the_report_of_a_plan(plan: Plan) -> None:
    with speaking_in_brackets():
        page = plan_html(plan, PLAN)
    assert not missed
    assert [each for each in outside(text_of(page)) if not any(each in written for written in _people(plan))] == []
    assert '<html lang="fr">' in page
    assert "“”" not in page, "a value that was empty says so, as on the screen"


def test_the_day_of_a_night_is_told_as_days_are() -> None:
    night = Night("x.myshopify.com", "2026-11-22", 1, "2026-11-21T23:30:00+00:00", "nights/x")
    use("fr")
    try:
        shown = night_text(night, Paint()) + night_html(night, [])
    finally:
        use(ENGLISH)
    assert "22 nov. 2026" in shown
    assert "2026-11-22" not in shown


@pytest.mark.parametrize("many", [0, 2])
@pytest.mark.parametrize("name", tuple(views_of(0)))
def test_every_view_goes_through_the_catalogues(name: str, many: int) -> None:
    """Pages of all shops, nights and their notifications among them."""
    with speaking_in_brackets():
        view = views_of(many)[name]()
        assert not missed
    assert outside(text_of(view) if view.startswith("<!doctype") else " ".join(view.split())) == []


def test_in_english_nothing_has_brackets(plan: Plan) -> None:
    assert "⟦" not in plan_text(plan, PLAN, paint=Paint()) + plan_html(plan, PLAN)
