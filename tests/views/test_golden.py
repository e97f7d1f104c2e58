"""Every view of the terminal as a file: 88 cells wide, with names in wide letters and from right to left.

After a change that is meant: GOLDEN=write pytest tests/views/test_golden.py, and read the difference.
"""

from __future__ import annotations

import io
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from shown import ACCENTED, RIGHT_TO_LEFT, WIDE, View, all_views

from bulk_orders.cli.console import Console, screen_width
from bulk_orders.cli.encoding import PLAIN, encode_plainly
from bulk_orders.cli.live import Bar, Counter
from bulk_orders.views.paint import Paint
from bulk_orders.views.progress import Tally
from bulk_orders.views.wrapping import END, ISOLATE, NARROWEST, WIDTH, cells, fit, wrap

GOLDEN = ROOT / "tests" / "golden"
NAMES = (
    "plan",
    "plan-nothing",
    "plan-many",
    "plan-over",
    "error-over-limit",
    "apply",
    "apply-unknown",
    "status",
    "status-unknown",
    "show",
    "verify",
    "verify-unknown",
    "undo",
    "overview",
    "runs",
    "purge",
    "purge-done",
    "check-problems",
    "night",
    "night-trial",
    "night-quiet",
    "night-failed",
    "runs-nights",
    "all-shops",
    "explain",
    "explain-nobody",
    "error",
    "doctor",
    "columns",
    "events",
    "bar",
)
NARROW = {40: ("plan", "overview", "night"), 60: ("plan",)}
"""What is kept as it looks on narrow screens too."""
OWN_WIDTHS = ("bar", "events", "night-quiet")
"""A bar is drawn for a given width; what a log has one line of stays one line, which a terminal breaks."""
COLOURS = re.compile(r"\x1b\[\d+m")
TYPED = re.compile(r"bulk-orders \w+ |/report\.html$|\.results\.|^ *\S+$")
"""Lines that are longer than a narrow screen, since what is to be typed or copied is never broken."""


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> dict[str, View]:
    return dict(all_views(tmp_path_factory.mktemp("golden")))


@pytest.fixture(autouse=True)
def _wide() -> Iterator[None]:
    yield
    fit(None)


def shown(view: View, columns: int | None = None, *, colour: bool = False) -> str:
    fit(columns)
    return view(Paint(colour=colour))


def _same(path: Path, text: str) -> None:
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_view_is_as_it_was(name: str, views: dict[str, View]) -> None:
    _same(GOLDEN / f"{name}.txt", f"{shown(views[name])}\n")


@pytest.mark.parametrize(("columns", "name"), [(columns, name) for columns, names in NARROW.items() for name in names])
def test_a_view_is_as_it_was_on_a_narrow_screen(columns: int, name: str, views: dict[str, View]) -> None:
    _same(GOLDEN / f"{name}-{columns}.txt", f"{shown(views[name], columns)}\n")


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("name", NAMES)
def test_every_view_fits_every_screen_and_says_the_same(name: str, columns: int, views: dict[str, View]) -> None:
    if name in OWN_WIDTHS:
        return
    text = shown(views[name], columns)
    for line in text.splitlines():
        assert cells(line) <= min(columns, WIDTH) or TYPED.search(line), line
    assert _letters(text) == _letters(shown(views[name]))


def _letters(text: str) -> str:
    """What is said, without how it is laid out."""
    return re.sub(rf"[\s█{ISOLATE}{END}]", "", text)


def test_no_frame_of_the_bar_is_wider_than_its_screen(views: dict[str, View]) -> None:
    for line in shown(views["bar"]).splitlines():
        columns, _, frame = line.partition(" |")
        assert cells(frame) <= int(columns)


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_wider_than_88_cells_and_none_moves_the_cursor(name: str, views: dict[str, View]) -> None:
    for line in shown(views[name]).splitlines():
        assert cells(line) <= WIDTH or name in OWN_WIDTHS, line
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066\u2067]", line), line


@pytest.mark.parametrize("name", NAMES)
def test_colours_change_no_word_and_no_place(name: str, views: dict[str, View]) -> None:
    for columns in (None, 40):
        plain, coloured = (shown(views[name], columns, colour=colour) for colour in (False, True))
        assert COLOURS.sub("", coloured) == plain


def test_every_golden_file_is_a_view() -> None:
    narrow = {f"{name}-{columns}" for columns, names in NARROW.items() for name in names}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(NAMES) | narrow


# --- letters of all kinds ---------------------------------------------------------------------------------------------


def test_the_columns_of_a_plan_stand_in_line_beside_wide_names(views: dict[str, View]) -> None:
    lines = shown(views["plan"]).splitlines()
    for name in (WIDE, ACCENTED):
        line = next(line for line in lines if line.startswith(f"  {name}"))
        assert cells(line[: line.index("row")]) == max(cells(f"  {name} "), 11)


@pytest.mark.parametrize("columns", [None, 40, 60])
@pytest.mark.parametrize("name", NAMES)
def test_what_runs_from_right_to_left_turns_nothing_around(
    name: str, columns: int | None, views: dict[str, View]
) -> None:
    """On each line by itself, such letters stand inside of isolates, which end there: arrows and rows stay in place."""
    for line in shown(views[name], columns).splitlines():
        if TYPED.search(line):
            continue  # what is copied has no marks
        inside = 0
        for character in line:
            inside += (character == ISOLATE) - (character == END)
            assert inside in (0, 1), line
            assert inside or unicodedata.bidirectional(character) not in {"R", "AL", "AN"}, line
        assert inside == 0, line


def test_the_names_of_all_scripts_are_in_the_views(views: dict[str, View]) -> None:
    text = shown(views["plan"])
    assert all(name in text for name in (WIDE, RIGHT_TO_LEFT, ACCENTED))
    assert f"{ISOLATE}{RIGHT_TO_LEFT}{END}" in text


@pytest.mark.parametrize("columns", range(NARROWEST, 60))
def test_no_letter_is_parted_from_its_accents(columns: int) -> None:
    fit(columns)
    text = "e\u0301" * 30 + "注\u3099" * 30 + " " + "q\u0323\u0302 " * 30
    lines = wrap(text)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(unicodedata.combining(line[0]) == 0 and cells(line) <= columns for line in lines)
    assert max(map(cells, lines)) >= columns - 3, "marks are not counted as cells"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_and_the_bar_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = monkeypatch
    terminal.delenv("NO_COLOR")
    terminal.setenv("TERM", "xterm-256color")
    terminal.setattr("sys.stdout", _Terminal())
    terminal.setattr("sys.stderr", _Terminal())
    both = Console.of()
    assert (both.colour, both.talk_paint.colour, both.live) == (True, True, True)
    assert Console.of(no_color=True).colour is False
    terminal.setenv("NO_COLOR", "1")
    assert (Console.of().colour, Console.of().talk_paint.colour) == (False, False)
    assert Console.of().live, "a bar is no colour"
    terminal.delenv("NO_COLOR")
    terminal.setenv("TERM", "dumb")
    assert (Console.of().colour, Console.of().live) == (False, False)
    terminal.setenv("TERM", "xterm")
    terminal.setattr("sys.stdout", io.StringIO())
    assert (Console.of().colour, Console.of().talk_paint.colour) == (False, True), "each stream for itself"


def test_a_line_is_as_long_as_the_screen_and_never_longer_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert screen_width() is None, "a file or a pipe has no width"
    for columns, longest in ((None, 88), (200, 88), (88, 88), (80, 80), (10, NARROWEST)):
        fit(columns)
        assert max(map(cells, wrap("word " * 99))) in range(longest - 4, longest + 1)


# --- what cannot write every letter -----------------------------------------------------------------------------------

CODE_PAGES = ("ascii", "cp437", "cp850", "cp1252", "latin-1", "shift_jis")


def _through(encoding: str, monkeypatch: pytest.MonkeyPatch, text: str, *, json: bool = False) -> str:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding=encoding, errors="strict"))
    encode_plainly(json=json)
    Console().result(text)
    return written.getvalue().decode(encoding)


@pytest.mark.parametrize("encoding", [*CODE_PAGES, "utf-8"])
def test_a_pipe_that_cannot_write_a_letter_ends_nothing(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"name": f"✗ {WIDE} 😀 → Entrepôt “x” {RIGHT_TO_LEFT}"}
    told = _through(encoding, monkeypatch, json.dumps(names, ensure_ascii=False), json=True)
    assert json.loads(told) == names, "what a program reads is what it was"


@pytest.mark.parametrize("encoding", CODE_PAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_view_is_written_with_signs_that_each_code_page_has(
    encoding: str, name: str, views: dict[str, View], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters that it lacks are numbers; of our own signs none is, and none becomes a question mark."""
    text = shown(views[name])
    told = _through(encoding, monkeypatch, f"{text}\n")
    signs = {c for c in text if ord(c) > 127 and not unicodedata.category(c).startswith(("L", "M", "N"))}
    ours = signs & set(PLAIN)
    assert not [sign for sign in ours if f"\\u{ord(sign):04x}" in told]
    assert told.count("?") == text.count("?")


def test_every_sign_of_our_sentences_has_a_plain_form() -> None:
    """Of the sources and of the catalogues: a new one would come out as its number."""
    found: set[str] = set()
    for path in (ROOT / "bulk_orders" / "language" / "catalogues").rglob("*.po"):
        found |= set(path.read_text(encoding="utf-8"))
    for folder in ("views", "cli"):
        for path in (ROOT / "bulk_orders" / folder).glob("*.py"):
            found |= set(path.read_text(encoding="utf-8"))
    letters = {c for c in found if unicodedata.category(c)[0] in "LMN"}
    braille = {chr(code) for code in range(0x2800, 0x2900)}
    assert {c for c in found if ord(c) > 127} - letters - braille <= set(PLAIN)


def test_french_loses_accents_and_narrow_blanks_on_a_machine_of_ascii_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = _through("ascii", monkeypatch, "Déjà archivée : 1\u202f204,50\u00a0€ « œuvre »")
    assert said == 'Deja archivee : 1 204,50 EUR " oeuvre "\n'


class _OldTerminal(io.TextIOWrapper):
    """A terminal of a code page."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp1252", "utf-8"])
def test_the_live_bar_and_the_counter_are_drawn_on_one_line(
    encoding: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    terminal = _OldTerminal(written, encoding=encoding, errors="strict")
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    encode_plainly()
    tally = Tally(0.0)
    tally.left, tally.done = 1200, 400
    tally.outcomes.update(applied=380, refused=12, drifted=8)
    bar = Bar(Paint())
    bar.start()
    bar.update(tally, 1.0)
    bar.above("  ✗ #1001 cancel: refused")
    bar.stop()
    counter = Counter(Paint())
    counter.start()
    counter.update("Shopify is collecting: 1,204,000 objects of a name that is longer than a phone is wide")
    counter.stop()
    terminal.flush()
    text = written.getvalue().decode(encoding)
    assert "400/1,200" in text
    assert "#1001 cancel: refused" in text
    assert "\\u" not in text
    assert "?" not in text.replace("\x1b[?25", "")
    for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", text)):
        assert cells(line) <= columns, line
