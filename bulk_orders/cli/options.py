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


def _log(verbose: int) -> None:
    """Talk of the machinery, on stderr: ids and figures, never names, notes, tokens or signed URLs."""
    if not verbose:
        return
    logger = logging.getLogger("bulk_orders")
    logger.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    logger.addHandler(handler)


def path_argument(name: str, metavar: str) -> Callable[[F], F]:
    """A file named on the command line; that it is there is checked where it is read."""
    return click.argument(name, metavar=metavar, type=click.Path(path_type=Path))
