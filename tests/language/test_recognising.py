"""Sentences from below are known again by their patterns, and what stands in them comes back whole."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest
from pseudo import speaking_in_brackets

from bulk_orders.language import ENGLISH, told, use
from bulk_orders.language.extraction import told as sentences
from bulk_orders.language.recognising import missed
from bulk_orders.language.templates import Template, fill, is_number
from bulk_orders.language.words import CLAUSES, SKELETONS


class Little(NullTranslations):
    """A catalogue of the sentences of a test."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__()
        self._catalog = said

    def gettext(self, message: str) -> str:
        return self._catalog.get(message, message)


LITTLE = Little(
    {
        "The order is cancelled already.": "La commande est déjà annulée.",
        "Empty the cell.": "Videz la cellule.",
        "{net_payment} was paid, and the sheet does not say whether to give it back.": "{net_payment} payé, et alors ?",
        "it is tagged {tagged}": "elle porte la balise {tagged}",
        "It is left alone: {why}.": "Elle est laissée : {why}.",
        "{count} items": "{count} articles",
        "{name} has {rows:,} rows.": "{name} compte {rows:,} lignes.",
        "Name {text!r} was rounded.": "Le nom {text!r} a été arrondi.",
        "paid": "payée",
        "fulfilled": "traitée",
        "and": "et",
        "or": "ou",
        "Write {typed_listed}.": "Écrivez {typed_listed}.",
        "Write {typed_action} in Action, or empty this cell.": "Écrivez {typed_action} dans Action, sinon rien.",
        "{total} was refunded already.": "{total} déjà remboursé.",
        "{count} hours": "{count} heures",
        "cancel": "annuler",
        "store credit": "crédit en magasin",
        "each of the {orders:,} orders asks for {action}": "chacune des {orders:,} commandes demande {action}",
        "{told}, which looks like a mistake": "{told}, ce qui ressemble à une erreur",
        "If it was a mistake, mend it.": "Si c'était une erreur, corrigez.",
        "{what} ({why}).": "{what} ({why}).",
        "{header} {cell!r} {what}.": "{header} {cell!r} {what}.",
        "by {app} ({why})": "par {app} ({why})",
        "open": "ouverte",
        "{amount}, paid": "{amount}, payés",
        "is no date": "n'est pas une date",
        "Protected: {why}.": "Protégée : {why}.",
        "{reason} by then: another cell does that.": "{reason} d'ici là : une autre cellule le fait.",
        "{what} was {before}, is {after}": "{what} : {before} auparavant, {after} maintenant",
        "Changed since: {told}.": "Modifié depuis : {told}.",
        "{first}; {second}": "{first} ; {second}",
        "status": "état",
        "It was left out{how}.": "Omise{how}.",
    }
)


@pytest.fixture
def _french() -> Iterator[None]:
    use("fr", lambda _code, _domain: LITTLE)
    missed.clear()
    yield
    use(ENGLISH)


@pytest.mark.usefixtures("_french")
@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("The order is cancelled already.", "La commande est déjà annulée."),
        ("The order is cancelled already. Empty the cell.", "La commande est déjà annulée. Videz la cellule."),
        ("1,204.50 EUR was paid, and the sheet does not say whether to give it back.",
         "1\u202f204,50\u00a0EUR payé, et alors ?"),
        ("It is left alone: it is tagged paid.", "Elle est laissée : elle porte la balise paid."),
        ("orders. 2.csv has 1,204 rows.", "orders. 2.csv compte 1\u202f204 lignes."),
        ("Name 'paid and fulfilled' was rounded.", "Le nom 'paid and fulfilled' a été arrondi."),
        ("fulfilled, paid", "traitée, payée"),
        ("open, paid", "ouverte, payée"),
        ("fulfilled, 2 items, paid", "traitée, 2 articles, payée"),
        ("Closed At 'it\\'s paid' is no date.", "Closed At 'it\\'s paid' n'est pas une date."),
        ("policy.toml: it is tagged paid", "policy.toml: elle porte la balise paid"),
        ("Write UPDATE, DELETE or IGNORE.", "Écrivez UPDATE, DELETE ou IGNORE."),
        ("Write store credit or paid.", "Écrivez store credit ou paid."),
        ("Write 1,204.50 EUR.", "Écrivez 1,204.50 EUR."),
        ("Write 2026-08-21.", "Écrivez 2026-08-21."),
        ("Write cancel in Action, or empty this cell.", "Écrivez cancel dans Action, sinon rien."),
        ("60.90 EUR was refunded already.", "60,90\u00a0EUR déjà remboursé."),
        ("3 hours", "3 heures"),
        ("Each of the 160 orders asks for cancel. If it was a mistake, mend it.",
         "Chacune des 160 commandes demande annuler. Si c'était une erreur, corrigez."),
        ("each of the 160 orders asks for cancel, which looks like a mistake (empty the cell).",
         "chacune des 160 commandes demande annuler, ce qui ressemble à une erreur (videz la cellule)."),
        ("Closed At 'is no date' is no date.", "Closed At 'is no date' n'est pas une date."),
        ("by Fraud Guard (paid)", "par Fraud Guard (payée)"),
        ("Protected: it is tagged paid by then: another cell does that.",
         "Protégée : elle porte la balise paid d'ici là : une autre cellule le fait."),
        ("Changed since: status was paid, is fulfilled; status was fulfilled, is paid.",
         "Modifié depuis : état : payée auparavant, traitée maintenant ; état : traitée auparavant, payée maintenant."),
        ("It was left out.", "Omise."),
        ("write_orders or read_orders", "write_orders ou read_orders"),
        ("2026-08-21 14:02", "21 août 2026 14:02"),
        ("20.00 EUR", "20,00\u00a0EUR"),
        ("2026-08-21 14:02 UTC", "21 août 2026 14:02 UTC"),
    ],
)  # fmt: skip
def test_a_sentence_is_told_with_what_it_says(english: str, french: str) -> None:
    assert told(english) == french
    assert not missed


@pytest.mark.usefixtures("_french")
@pytest.mark.parametrize("text", ["Rock and Roll", "Nobody wrote this.", "The order is cancelled already. Or is it?"])
def test_what_is_not_ours_stays_as_it_is_and_is_counted(text: str) -> None:
    assert told(text) == text
    assert missed == {text: 1}


def test_english_is_not_looked_at() -> None:
    use(ENGLISH)
    missed.clear()
    assert told("Nobody wrote this.") == "Nobody wrote this."
    assert not missed


def _value(hole: tuple[str, str, str], at: int) -> str:
    """What nothing else says, of the kind that a hole holds."""
    if is_number(hole):
        return str(at + 3)
    word = "z" + "qx"[at % 2] * (at + 1)
    return repr(word) if hole[1] == "!r" else word


def test_every_sentence_from_below_is_known_again_with_what_stands_in_it() -> None:
    """Each with a value in each hole that nothing else says; what is too vague for it is in no catalogue."""
    wrong = []
    with speaking_in_brackets():
        for text in map(str, set(sentences()) - {*SKELETONS, CLAUSES}):
            template = Template(text)
            values = {hole[0]: _value(hole, at) for at, hole in enumerate(template.holes)}
            found = told(fill(text, values))
            if found != fill(f"⟦{text}⟧", values):
                wrong.append((text, found))
    assert wrong == []
