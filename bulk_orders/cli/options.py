"""The options that commands share, and what they come to."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from bulk_orders.cli.console import Console
from bulk_orders.core.dates import DATE_FORMATS
from bulk_orders.core.numbers import LOCALES
from bulk_orders.settings import Settings, load

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Here:
    """What every command knows of its surroundings."""

    settings: Settings
    console: Console


def common(*, shop: bool) -> Callable[[F], F]:
    """The common flags; the command gets a `here` in their place. `shop` adds those that name shop and token."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def called(
            *args: Any,
            as_json: bool,
            no_color: bool,
            quiet: bool,
            verbose: int,
            shop_name: str | None = None,
            token_file: str | None = None,
            **kwargs: Any,
        ) -> Any:
            _log(verbose)
            console = Console.of(json=as_json, quiet=quiet, no_color=no_color)
            settings = load(os.environ, Path.cwd(), shop=shop_name, token_file=token_file)
            return function(Here(settings, console), *args, **kwargs)

        options = [
            click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts on stdout."),
            click.option("--no-color", is_flag=True, help="No colours."),
            click.option("--quiet", "-q", is_flag=True, help="Only results and errors."),
            click.option("--verbose", "-v", count=True, help="Say more; -vv names every request."),
        ]
        if shop:
            options += [
                click.option(
                    "--shop",
                    "-s",
                    "shop_name",
                    metavar="SHOP",
                    help="handle.myshopify.com, or a devstore's http://127.0.0.1:PORT. Default: SHOPIFY_SHOP.",
                ),
                click.option(
                    "--token-file",
                    metavar="FILE",
                    help="A file (mode 0600) with the access token. Default: SHOPIFY_ACCESS_TOKEN.",
                ),
            ]
        for option in reversed(options):
            called = option(called)
        return called  # type: ignore[return-value]

    return decorate


class _Talk(logging.StreamHandler):  # type: ignore[type-arg]
    """Our one handler: a command that is called after another in one process takes the other's place."""


def _log(verbose: int) -> None:
    """Talk of the machinery, on stderr: ids and figures, never names, notes, tokens or signed URLs."""
    logger = logging.getLogger("bulk_orders")
    for handler in [each for each in logger.handlers if isinstance(each, _Talk)]:
        logger.removeHandler(handler)
    logger.setLevel({0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG))
    if not verbose:
        return
    talk = _Talk(sys.stderr)
    talk.setFormatter(logging.Formatter("  %(message)s"))
    logger.addHandler(talk)


def path_argument(name: str, metavar: str) -> Callable[[F], F]:
    """A file named on the command line; that it is there is checked where it is read."""
    return click.argument(name, metavar=metavar, type=click.Path(path_type=Path))


def reading_options(function: F) -> F:
    """How a sheet is to be read, where it leaves that open; the command gets one `reading` for them."""

    @functools.wraps(function)
    def called(
        here: Here,
        *args: Any,
        encoding: str | None,
        locale: str | None,
        date_format: str | None,
        tab: str | None,
        **kwargs: Any,
    ) -> Any:
        from bulk_orders.core.reading import Reading

        reading = Reading(encoding, locale, date_format, tab, here.settings.requests)
        return function(here, *args, reading=reading, **kwargs)

    options = [
        click.option("--encoding", metavar="NAME", help="The sheet's encoding, such as cp1252. Default: by rule."),
        click.option("--locale", type=click.Choice(LOCALES), help="What comma and point mean in the sheet's numbers."),
        click.option(
            "--date-format",
            type=click.Choice(DATE_FORMATS),
            help="The order of day, month and year in dates such as 03/04/2026.",
        ),
        click.option("--tab", metavar="NAME", help="The tab of a workbook. Default: Orders."),
    ]
    for option in reversed(options):
        called = option(called)
    return called  # type: ignore[return-value]
