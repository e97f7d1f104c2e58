"""`bulk-orders demo`."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.errors import Misused


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("bulk-orders-demo"),
    show_default=True,
    metavar="FOLDER",
    help="Where the sheet, the plan and the reports are put.",
)
@common(shop=False)
def command(here: Here, folder: Path) -> int:
    """The whole story in under a minute, on a store in a box: export, edit, plan, apply, kill -9, resume, verify."""
    from bulk_orders.demo.story import run_demo

    for library in ("graphql", "starlette", "uvicorn"):
        if importlib.util.find_spec(library) is None:
            raise Misused(
                "The devstore is not installed.",
                fix="In the folder of the source: pipx install --force '.[demo,notify]'",
            )
    return run_demo(here.console, folder)
