"""Texts that real customers and merchants write, and that break naive tools.

Its one rule: every kind of trouble that spreadsheets.md lists stands here at least once: separators,
quotes, formulas, markup, control characters, bidi overrides, look-alike spaces, great length.
"""

from typing import Final

PLAIN_NOTES: Final = (
    "Please leave it with the neighbour.",
    "Merci d'emballer comme un cadeau.",
    "Graag voor vrijdag leveren.",
    "Second order of the same customer, ship together if possible.",
    "Ring twice, the bell is tired.",
)

NASTY_NOTES: Final = (
    'Semicolons; commas, "quotes" and a tab\tinside',
    "First line\nSecond line\r\nThird line",
    '=HYPERLINK("https://example.com","click")',
    "+33 6 39 98 12 34 is the number to call",
    "-2+3 is one more than none",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\uff1d1+1 in full width",
    "\uff0b1, \uff0d1, \uff20home in full width",
    "\ttab at the beginning",
    "\ufeffbyte order mark at the beginning",
    "<script>alert('order note')</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "[bold red]not markup[/] and a lonely [/]",
    "\x1b[31mred\x1b[0m and \x1b]8;;https://example.com\x07link\x1b]8;;\x07",
    "\u202egnp.exe\u202c comes out backwards",
    "שלום, please deliver to the second floor",
    "مرحبا، الطابق الثاني من فضلك",
    "no\u00a0break\u00a0spaces\u202fhere, zero\u200bwidth there",
    "'leading apostrophe",
    "''=two apostrophes and a formula",
    "Crème brûlée, façade, naïve, Ångström, straße, İstanbul",
    "家族へのプレゼントです。包装をお願いします。",
    "🎁 gift 👩‍👩‍👧‍👦 family 🇫🇷 flag e\u0301 combined",
    "null",
    "TRUE",
    "1E5",
    "2026-03-04",
    "   spaces around   ",
    "C:\\new\\table\\readme and a trailing backslash\\",
    "long: " + "Lorem ipsum dolor sit amet, consectetur adipiscing elit; " * 86 + "end of note",
    "x" * 5000,
)

PLAIN_TAGS: Final = ("vip", "wholesale", "gift", "priority", "newsletter", "summer-sale", "fragile")

NASTY_TAG_SETS: Final[tuple[tuple[str, ...], ...]] = (
    ("Red", "étiquette à vérifier"),
    ("red", "Été 2026"),
    ("=1+1", "+plus", "-minus", "@at"),
    ("<b>bold</b>", "{{tag}}"),
    ("00123", "1E5", "3-4"),
    ("très  espacé", "tag;with;semicolons"),
    ("日本語", "😀"),
    ('"quoted"', "'apostrophe"),
    ("a" * 40, "[/]", "status:open"),
    ("Ångström", "angstrom", "NULL", "true"),
)

ATTRIBUTES: Final[tuple[tuple[tuple[str, str | None], ...], ...]] = (
    (("gift_message", "Joyeux anniversaire 🎂, à bientôt!"),),
    (("_internal", "7f3a"), ("delivery window", "9:00-12:00")),
    (("=cmd", "=1+1"), ("empty", "")),
    (("multi\nline", "one\ntwo"),),
)

PO_NUMBERS: Final = ("PO-2026-0042", "000042", "4500012345678901", "=42", "PO 7/2026")

TRACKING_NUMBERS: Final = (
    "00340434161094042557",
    "0034043416109404255",
    "1Z999AA10123456784",
    "CP123456789FR",
    "3SDEVC000000001",
    "12E45678",
    "0000000000123",
    "9400 1000 0000 0000 0000 00",
)
TRACKING_COMPANIES: Final = ("DHL Express", "UPS", "La Poste", "PostNL", "bpost", "Chronopost", "dhl express")
