"""A real spreadsheet program between export and plan, in three locales: LibreOffice opens, edits and saves the sheet.

It does to cells what Excel and Google Sheets do as well: takes texts for numbers, dates and formulas, writes
booleans in its language, saves in the encoding that is usual there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from world import World, open_unpaid, shipped

from bulk_orders.devstore.model.order import Order as StoreOrder

EDIT = Path(__file__).with_name("edit_cells.py")
XLSX = "Calc MS Excel 2007 XML"
ODS = "calc8"
CSV = "Text - txt - csv (StarCalc)"
UTF8, CP1252, UTF16 = "76", "1", "65535"


@cache
def _python_with_uno() -> str | None:
    for candidate in ("/usr/bin/python3", shutil.which("python3")):
        if candidate and Path(candidate).exists():
            done = subprocess.run([candidate, "-c", "import uno"], capture_output=True, check=False)
            if done.returncode == 0:
                return candidate
    return None


def _run(locale: str, jobs: list[dict[str, Any]]) -> None:
    """Have LibreOffice do these jobs, one after the other."""
    python, soffice = _python_with_uno(), shutil.which("soffice")
    if python is None:
        if os.environ.get("BULK_ORDERS_REQUIRE_ALL") == "1":
            pytest.fail("not installed: python3-uno")
        pytest.skip("not installed: python3-uno")
    assert soffice is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [python, str(EDIT), soffice, port, json.dumps({"locale": locale, "jobs": jobs})]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    for job in jobs:
        for save in job["saves"]:
            assert Path(save["target"]).exists(), done.stdout + done.stderr


def _save(target: Path, save_as: str, edits: dict[str, dict[str, str]], write: str | None = None) -> dict[str, Any]:
    return {"target": str(target), "filter": save_as, "edits": edits, "write": write}


@dataclass(frozen=True)
class Place:
    """How sheets are saved somewhere: LibreOffice's locale, our --locale, and the CSV that is usual there."""

    locale: str
    ours: str
    language: str
    separator: str
    encoding: str

    def read(self) -> str:
        """Everything is taken for what it looks like: numbers, dates, formulas; the most harmful choice."""
        separator = {"en": "44"}.get(self.ours, "59")
        return f"{separator},34,{UTF8},1,,{self.language},false,true,false,false,false,0,true"

    def write(self) -> str:
        return f"{self.separator},34,{self.encoding},1,,0,false,true,false"


PLACES = (
    Place("en-US", "en", "1033", "44", UTF8),
    Place("fr-FR", "fr", "1036", "59", CP1252),
    Place("nl-NL", "nl", "1043", "9", UTF16),
)

NOTES = (
    "3-4", "1/2", "12:30", "3.4.2026", "(5)", "€ 5", "5%", "TRUE", "faux", "1E5", "=1+1", "'=1+1", "+33 6 12 34 56 78",
    "-5", "@home", "\tTAB", "two\nlines", "d’accord “oui”", "1,234", "1.234,50", "1234.50", "00123", " 12\u00a0345 ",
    "12345678901234567890", "a;b,c\td|e", '"quoted"', "日本語 😀", "Łódź", "café", "may 5", "jan-26",
    "<b>[/] {{7*7}}</b>", "ab", "#REF!", "2026-03-04", "10.10.10", "5e-3", "0x1F", "½", "x" * 400,
)  # fmt: skip
PHONES = ("+33612345678", "+31 6 12345678", "0033612345678", "+442071234567")
ZIPS = ("01234", "1234 AB", "75001", "00000", "1E4", "03-04", "SW1A 1AA")
PARCELS = ("12345678901234567890", "00340434161094000000", "6A12345678901", "1E10", "9400 1000 0000", "3S-4-5", "+12")
TAGS = (["00123"], ["true"], ["3-4", "b"], ["=tag"], ["1,5"], ["日本語"], ["+1"], ["5%"], ["vip", "été"])


def _fill(world: World) -> None:
    """Every nasty kind of text, in every column in which people or apps write; half of the orders keep the store's own.

    Those are as nasty: parcels such as `12E45671`, letters that no Western encoding has, markup, control characters.
    """
    notes, phones, zips, parcels = (cycle(each) for each in (NOTES, PHONES, ZIPS, PARCELS))
    tags = cycle(TAGS)
    for number, order in enumerate(world.store.orders.values()):
        own = number % 2 == 1
        order.note = order.note if own and order.note else next(notes)
        order.phone = order.phone if own and order.phone else next(phones)
        order.po_number = order.po_number if own and order.po_number else next(parcels)
        order.tags = order.tags if own and order.tags else list(next(tags))
        if own:
            continue
        for address in (order.shipping_address, order.billing_address):
            if address is not None:
                address.zip, address.phone, address.company = next(zips), next(phones), next(notes)[:100]
        for fulfillment in order.fulfillments:
            fulfillment.tracking_info = [replace(info, number=next(parcels)) for info in fulfillment.tracking_info]


def test_the_store_s_own_texts_are_among_those_that_are_opened_and_saved(tmp_path: Path) -> None:
    world = World(tmp_path, orders=400)
    own = {text for order in world.store.orders.values() for text in _texts(order)}
    _fill(world)
    left = {text for order in world.store.orders.values() for text in _texts(order)}
    assert set(NOTES) <= left
    assert len(own & left) > len(own) // 3
    assert any(re.fullmatch(r"[0-9]+E[0-9]+", text) for text in own & left), "parcels that look like powers"


def _texts(order: StoreOrder) -> Iterator[str]:
    yield from filter(None, (order.note, order.phone, order.po_number, *order.tags))
    for fulfillment in order.fulfillments:
        yield from (info.number for info in fulfillment.tracking_info if info.number)


@pytest.mark.needs("soffice")
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.locale)
def test_opened_and_saved_nothing_changes_and_one_edit_is_the_only_change(tmp_path: Path, place: Place) -> None:
    world = World(tmp_path, orders=5000)
    _fill(world)
    world.export("orders.xlsx")
    world.export("orders.csv", locale=place.ours)
    (edited,) = world.some(open_unpaid, 1)
    note = {edited.name: {"Note": "Écrit au tableur"}}
    jobs = [
        {
            "source": str(tmp_path / "orders.csv"),
            "read": place.read(),
            "saves": [
                _save(tmp_path / "same.csv", CSV, {}, place.write()),
                _save(tmp_path / "edited.csv", CSV, note, place.write()),
            ],
        },
        {
            "source": str(tmp_path / "orders.xlsx"),
            "saves": [_save(tmp_path / "same.xlsx", XLSX, {}), _save(tmp_path / "edited.xlsx", XLSX, note)],
        },
    ]
    _run(place.locale, jobs)
    for name in ("same.csv", "same.xlsx", "edited.csv", "edited.xlsx"):
        plan = world.plan(name)
        assert (plan.blocked, plan.conflicts) == ((), ()), name
        wanted = [(edited.name, {"Note": "Écrit au tableur"})] if name.startswith("edited") else []
        assert [(c.name, c.after) for c in plan.changes] == wanted, name


@pytest.mark.needs("soffice")
@pytest.mark.timeout(900)
def test_edits_made_in_libreoffice_are_the_only_changes(tmp_path: Path) -> None:
    world = World(tmp_path, orders=400)
    world.export("orders.xlsx")
    archived, noted, cancelled = world.some(shipped, 1)[0], *world.some(open_unpaid, 2)
    edits = {
        archived.name: {"Action": "archive"},
        noted.name: {"Note": "from LibreOffice é 🎁"},
        cancelled.name: {"Action": "cancel", "Cancel: Reason": "customer"},
    }
    formula = {noted.name: {"Note": '=CONCATENATE("a";"b")'}}
    saves = [
        _save(tmp_path / f"{name}{ending}", save_as, typed)
        for name, typed in (("edited", edits), ("formula", formula))
        for ending, save_as in ((".xlsx", XLSX), (".ods", ODS))
    ]
    jobs = [{"source": str(tmp_path / "orders.xlsx"), "saves": saves}]
    _run("en-US", jobs)
    for name in ("edited.ods", "edited.xlsx"):
        plan = world.plan(name)
        assert {c.name: c.action for c in plan.changes} == {
            archived.name: "archive",
            noted.name: "update",
            cancelled.name: "cancel",
        }
    _formulas_are_refused(world, noted.name)
    assert world.apply("edited.xlsx").outcomes == {"applied": 3}
    touched = {e.order for e in world.effects("orderClose", "orderUpdate", "orderCancel")}
    assert touched == {archived.id, noted.id, cancelled.id}
    assert world.named(noted.name).note == "from LibreOffice é 🎁"


def _formulas_are_refused(world: World, name: str) -> None:
    from bulk_orders.core.problems import cell_address
    from bulk_orders.errors import SheetInvalid

    exported = world.sheet("orders.xlsx")
    row = exported["Name"].to_list().index(name) + 2
    cell = cell_address(exported.columns.index("Note"), row)
    for book in ("formula.xlsx", "formula.ods"):
        with pytest.raises(SheetInvalid) as caught:
            world.plan(book)
        assert [(p.cell, "formula" in p.what) for p in caught.value.problems] == [(cell, True)], book
