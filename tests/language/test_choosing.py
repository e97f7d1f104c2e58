"""`--lang`, else the environment, else English."""

from __future__ import annotations

import pytest

from bulk_orders.language import chosen


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_BE.UTF-8"}, "fr"),
        ([], {"LANG": "C.UTF-8"}, "en"),
        ([], {"LANG": "nl"}, "nl"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LC_ALL": "", "LC_MESSAGES": "nl_NL", "LANG": "fr_FR"}, "nl"),
        ([], {"LC_ALL": "C", "LC_MESSAGES": "nl_NL", "LANG": "fr_FR"}, "en"),
        (["--lang", "fr", "plan", "x"], {"LANG": "nl_NL"}, "fr"),
        (["plan", "x", "--lang=nl"], {"LANG": "fr_FR"}, "nl"),
        (["plan", "x", "--lang", "fr", "--lang", "en"], {}, "en"),
        (["plan", "--", "--lang", "fr"], {}, "en"),
        (["plan", "--lang"], {"LANG": "fr_FR"}, "fr"),
        (["--lang", "klingon"], {"LANG": "fr_FR"}, "en"),
    ],
)
def test_the_flag_goes_before_the_environment(arguments: list[str], environment: dict[str, str], language: str) -> None:
    assert chosen(arguments, environment) == language
