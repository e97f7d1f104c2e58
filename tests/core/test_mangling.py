"""What a spreadsheet does to a cell is no edit; what a person does to it always is."""

from __future__ import annotations

import random
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_orders.core.columns import COLUMNS, Column, Kind, Role, column
from bulk_orders.core.comparing import comparable, localised
from bulk_orders.core.damage import quick_verdict, sort_out
from bulk_orders.core.mangling import mangled

NOTE, CLOSED, TAGS = column("Note"), column("Closed At"), column("Tags")


@pytest.mark.parametrize(
    ("base", "sheet"),
    [
        ("00123", "123"),
        ("+33612345678", "33612345678"),
        ("1E5", "100000"),
        ("6123456789012", "6.12346E+12"),
        ("6123456789012", "6,12346E+12"),
        ("61234567890123456", "6.12345678901235E+016"),
        ("61234567890123456", "61234567890123500"),
        ("12345678901234567890", "12345678901234567000"),
        ("12345678901234567890", "1.23456789012346E+19"),
        ("1234.50", "1234.5"),
        ("1234.50", "1234,5"),
        ("1,234", "1234"),
        ("(5)", "-5"),
        ("€ 5", "5"),
        ("5%", "0.05"),
        ("3-4", "03/04/2026"),
        ("3-4", "4-mars"),
        ("1/2", "2-Jan"),
        ("3.4.2026", "03/04/2026"),
        ("10.10.10", "10/10/2010"),
        ("3.04.05", "03/04/2005"),
        ("10.30.00", "10:30:00"),
        ("may 5", "05/05/2026"),
        ("12:30", "12:30:00"),
        ("12:30", "0.520833333"),
        ("true", "VRAI"),
        ("false", "ONWAAR"),
        ("d’accord “oui”", 'd\'accord "oui"'),
        ("'=1+1", "=1+1"),
        ("12E45671", "1.79769313486232E+308"),
        ("12E45671", "1,79769313486232E+308"),
        ("12E-45671", "0"),
        ("\ufeffbyte order mark", "?byte order mark"),
        ("🎁 gift 👩\u200d👩 e\u0301", "?? gift ????? e?"),
        ("a\u202fb", "a?b"),
        ("＝1+1, ＋1", "?1+1, ?1"),
        ("＝1+1", "'?1+1"),
        ("＝été", "'ï¼\x9dÃ©tÃ©".replace("ï¼\x9d", "ï¼\u009d")),
        ("00123", "'00123"),
        ("two\nlines ", "two\r\nlines"),
        ("12\u00a0345", "12345"),
        ("a\u00a0b", "a b"),
        ("cafe\u0301", "café"),
        ("日本 😀 x", "?? ?? x"),
        ("Łódź", "Lódz"),
        ("café", "cafÃ©"),
        ("10", "10.0"),
        ("a tab\tinside", "a tabinside"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_what_a_spreadsheet_makes_of_a_text_is_no_edit(base: str, sheet: str) -> None:
    assert mangled(NOTE, base, sheet)


@pytest.mark.parametrize(
    ("base", "sheet"),
    [
        ("123", "00123"),
        ("33612345678", "+33612345678"),
        ("00123", "124"),
        ("6123456789012", "6.12347E+12"),
        ("61234567890123456", "61234567890123900"),
        ("1234.50", "1234.6"),
        ("3-4", "05/04/2026"),
        ("3.4.2026", "03/04/2025"),
        ("12:30", "12:31"),
        ("true", "FAUX"),
        ("café", "cafe"),
        ("what", "????"),
        ("hello", "hello world"),
        ("75001", "75002"),
        ("1E5", "1E6"),
        ("", "anything"),
        ("note", "[clear]"),
        ("é", "e"),
        ("a,b", "a;b"),
        ("5", "-5"),
    ],
)
def test_what_a_person_writes_is_an_edit(base: str, sheet: str) -> None:
    assert not mangled(NOTE, base, sheet)


@pytest.mark.parametrize(
    ("base", "sheet", "same"),
    [
        ("2026-03-04T05:06:07Z", "04/03/2026 05:06", True),
        ("2026-03-04T05:06:07Z", "3/4/26 5:06 AM", True),
        ("2026-03-04T05:06:07Z", "2026-03-04", True),
        ("2024-04-01T08:19:41Z", "45383.347", True),
        ("2026-03-04T05:06:07Z", "04/03/2026 05:06:07 UTC", True),
        ("2026-03-04T05:06:07Z", "04/03/2026 05:06:07 +0200", False),
        ("2026-03-04T05:06:07Z", "2026-03-05", False),
        ("2026-03-04T05:06:07Z", "04/03/2026 05:07", False),
        ("2024-04-01T08:19:41Z", "45384.347", False),
        ("2026-03-04T05:06:07Z", "[clear]", False),
        ("2026-03-04T05:06:07Z", "soon", False),
    ],
)
def test_dates_are_drawn_in_many_ways(base: str, sheet: str, *, same: bool) -> None:
    assert mangled(CLOSED, base, sheet) is same


# --- what must never be taken for a mangling --------------------------------------------------------------------------

_COMMANDS = [c for c in COLUMNS if c.role in (Role.COMMAND, Role.OPTION) and c.kind is not Kind.TIME]
_IDENTITIES = [c for c in COLUMNS if c.role is Role.IDENTITY and c.kind is not Kind.TIME]
_MONEY = [c for c in COLUMNS if c.kind is Kind.DECIMAL]
_PIECES = ("0", "1", "5", "00", "E+12", ".", ",", "-", "+", "TRUE", "VRAI", "FAUX", "cancel", "archive", "'", "é", "?")


def _random_cells(seed: int, number: int) -> tuple[list[str], list[str]]:
    """Pairs that differ, many of them by little: what a mangling rule would like best."""
    chance = random.Random(seed)
    bases: list[str] = []
    sheets: list[str] = []
    while len(bases) < number:
        base = "".join(chance.choices(_PIECES, k=chance.randint(1, 5)))
        at = chance.randrange(len(base) + 1)
        sheet = base[:at] + chance.choice(("", *_PIECES)) + base[at + chance.randint(0, 2) :]
        if sheet.strip():
            bases.append(base)
            sheets.append(sheet)
    return bases, sheets


@pytest.mark.parametrize("columns", [_IDENTITIES, _COMMANDS, _MONEY], ids=["identity", "command", "money"])
def test_no_edit_of_identity_command_or_money_is_ever_taken_for_a_mangling(columns: list[Column]) -> None:
    """200,000 random pairs each, through the same function as a sheet."""
    bases, sheets = _random_cells(len(columns), 200_000)
    pairs = pl.DataFrame({"base": bases, "sheet": sheets, "known": [True] * len(bases)})
    for number, col in enumerate(columns):
        some = pairs.slice(number * len(bases) // len(columns), len(bases) // len(columns) + 1)
        differing = some.filter(
            comparable(localised(pl.col("sheet")), col.kind) != comparable(pl.col("base"), col.kind)
            if col.kind in (Kind.DECIMAL, Kind.INTEGER)
            else comparable(pl.col("sheet"), col.kind) != comparable(pl.col("base"), col.kind)
        )
        assert differing.height > some.height // 3
        assert sort_out(col, differing).rewritten.height == 0, col.header


@pytest.mark.parametrize("style", ["en", "fr", "plain"])
def test_another_amount_is_never_the_same_amount(style: str) -> None:
    """However a spreadsheet would write the new amount, with thousands and its own decimal mark."""
    chance = random.Random(style)
    was = [Decimal(chance.randrange(10_000_000)).scaleb(-2) for _ in range(70_000)]
    now = [amount + Decimal(chance.choice((-100, -1, 0, 1, 10, 1000))).scaleb(-2) for amount in was]
    written = {
        "en": [f"{each:,.2f}" for each in now],
        "fr": [f"{each:,.2f}".replace(",", "\u202f").replace(".", ",") for each in now],
        "plain": [str(each) for each in now],
    }[style]
    frame = pl.DataFrame({"was": [str(each) for each in was], "now": written})
    same = comparable(localised(pl.col("now")), Kind.DECIMAL) == comparable(pl.col("was"), Kind.DECIMAL)
    assert frame.select(same.alias("same"))["same"].to_list() == [a == b for a, b in zip(was, now, strict=True)]


def test_long_numbers_are_compared_to_the_last_digit() -> None:
    frame = pl.DataFrame({"a": ["12345678901234567"], "b": ["12345678901234568"]})
    assert not frame.select(comparable(pl.col("a"), Kind.DECIMAL) == comparable(pl.col("b"), Kind.DECIMAL)).item()


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=500, deadline=None)
def test_any_two_texts_can_be_judged(base: str, sheet: str) -> None:
    for col in (NOTE, CLOSED, TAGS):
        assert mangled(col, base, sheet) in (True, False)


@given(st.from_regex(r"\A\+?0{0,3}[1-9][0-9]{1,13}\Z"))
@settings(max_examples=500, deadline=None)
def test_the_quick_rule_agrees_with_the_slow_one(base: str) -> None:
    sheet = base.lstrip("+0")
    if sheet == base:
        return
    pairs = pl.DataFrame({"base": [base], "sheet": [sheet], "known": [True]})
    assert sort_out(NOTE, pairs).rewritten.height == 1
    assert mangled(NOTE, base, sheet)


def test_what_is_judged_at_once_is_judged_as_cell_by_cell() -> None:
    """Pairs that differ by little, of every kind of column, through the quick verdict and the slow one."""
    chance = random.Random(8)
    words: tuple[str, ...] = (
        "true",
        "WAHR",
        "Ann",
        "ann",
        "O'Neil",
        "5 Mar",
        "may 5",
        "1E5",
        "00123",
        "+49",
        "a@b.example",
        "é",
        "e",
    )
    pairs: set[tuple[str, str]] = {(one, other) for one in words for other in words if one != other}
    for _ in range(6000):
        day, month, year = chance.randint(1, 13), chance.randint(1, 12), chance.choice((2025, 2026))
        near = tuple(each + chance.choice((0, 0, 0, 1)) for each in (day, month, year))
        clock = f"{chance.randint(0, 3):02}:{chance.randint(0, 3):02}:{chance.choice(('00', '07'))}"
        drawn = chance.choice(
            (
                f"{{0:02}}/{{1:02}}/{{2}} {clock[:5]}",
                f"{{1}}/{{0}}/{{2}} {clock}",
                "{0}.{1}.{2}",
                f"{{2}}-{{1:02}}-{{0:02}}T{clock}Z",
                f"{{2}}-{{1:02}}-{{0:02}} {clock[:5]}",
                f"{{0}}-{{1}}-{{2}} {clock[1:]}",
            )
        )
        pairs.add((f"{year}-{month:02}-{day:02}T{clock}Z", drawn.format(*near)))
        text = "".join(chance.choices(("a", "B", " ", "1", "'", "-", "True", "é", "0"), k=chance.randint(1, 5)))
        pairs.add((text, text.replace(chance.choice("aB1'- 0"), chance.choice(("", "x", "e", "+")))))
    more: tuple[str, ...] = (
        "5 avril 2026",
        "12 Main St",
        "12h30",
        "5mar",
        "mai",
        "1e5",
        "12.5 EUR",
        "10.0.0.1",
        "192.168.100.100",
    )
    more += (
        "María",
        "Maria",
        "Mar?a",
        "MarÃ\xada",
        "e\u0301t\u00e9",
        "\u00e9t\u00e9",
        "+33612345678",
        "3 pm GMT+1",
        "Zoë",
    )
    more += ("192168100100", "1.9E+11", "5/4/2026", "45000", "0.5", "VRAI", "'=1", "Ł", "łódź", "lódz", "T5", "t", "5z")
    pairs |= {(one, other) for one in more for other in (*more, *words) if one != other}
    frame = pl.DataFrame(sorted(pairs), schema=["base", "sheet"], orient="row")
    for col in (NOTE, TAGS, CLOSED, *_COMMANDS[:1], *_MONEY[:1]):
        told = frame.select("base", "sheet", quick_verdict(col).alias("told")).drop_nulls("told")
        assert told["told"].to_list() == [mangled(col, base, says) for base, says, _ in told.iter_rows()], col.header
        assert told.height > frame.height // 20, "many show at once"
    assert frame.select(quick_verdict(CLOSED)).to_series().sum() > 300
