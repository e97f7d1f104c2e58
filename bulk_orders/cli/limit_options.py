"""The flags that set or lift limits, the same for `plan` and `apply`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from bulk_orders.cli.options import Here
from bulk_orders.core.guard import Given, money_limits

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--max-irreversible", type=click.IntRange(0), metavar="N", help="Most changes that cannot be undone."),
    click.option("--max-deletes", type=click.IntRange(0), metavar="N", help="Most orders deleted; 50 unless said."),
    click.option("--max-emails", type=click.IntRange(0), metavar="N", help="Most e-mails to customers."),
    click.option("--max-refunds", multiple=True, metavar="'500 EUR'", help="Most money refunded, per currency."),
    click.option("--max-share", type=click.FloatRange(0, 100), metavar="PERCENT", help="Most of the sheet's rows."),
    click.option(
        "--allow-fill-down", is_flag=True, help="The same value or irreversible command in nearly every order is meant."
    ),
    click.option("--allow-protected", is_flag=True, help="Change orders too that [protect] leaves alone."),
    click.option("--ignore-blackout", is_flag=True, help="Apply also in the hours that [limits] shuts out."),
)


def limits(function: F) -> F:
    """Add the flags; the command's `here` has them in its settings. Stands right above @common's function."""

    @functools.wraps(function)
    def called(
        here: Here,
        *args: Any,
        max_irreversible: int | None,
        max_deletes: int | None,
        max_emails: int | None,
        max_refunds: tuple[str, ...],
        max_share: float | None,
        allow_fill_down: bool,
        allow_protected: bool,
        ignore_blackout: bool,
        **kwargs: Any,
    ) -> Any:
        given = Given(
            irreversible=max_irreversible,
            share=max_share,
            refunds=money_limits(list(max_refunds)),
            emails=max_emails,
            deletes=max_deletes,
            allow_fill_down=allow_fill_down or None,
            ignore_blackout=ignore_blackout,
            allow_protected=allow_protected,
        )
        return function(replace(here, settings=replace(here.settings, given=given)), *args, **kwargs)

    decorated = called
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated  # type: ignore[return-value]
