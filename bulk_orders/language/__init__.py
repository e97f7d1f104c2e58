"""The language that people are spoken to in: English, French or Dutch. English is the source, and what is stored.

Two doors, used by views and the command line alone, at the last moment before a text is laid out:

    say, plural     their own sentences, looked up word for word
    told            sentences that come from below (plans, problems, errors, journals): they are kept in English, so
                    each is recognised by its pattern, and its names and figures are put into the translated one

Nothing here is asked while the language is English: then both doors give back what they got. The catalogues are made by
`make languages` (`bulk_orders.language.update`) from what the sources say.
"""

from __future__ import annotations

from bulk_orders.language.choosing import ENGLISH, LANGUAGES, chosen
from bulk_orders.language.figures import clauses, colon, day, decimal, moment, money, number
from bulk_orders.language.recognising import Spoken, told
from bulk_orders.language.saying import forms, label, phrase, phrases, plural, say
from bulk_orders.language.speaking import language, use

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Spoken",
    "chosen",
    "clauses",
    "colon",
    "day",
    "decimal",
    "forms",
    "label",
    "language",
    "moment",
    "money",
    "number",
    "phrase",
    "phrases",
    "plural",
    "say",
    "told",
    "use",
]
