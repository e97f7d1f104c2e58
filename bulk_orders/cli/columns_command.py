"""`bulk-orders columns`: the reference of every column."""

from __future__ import annotations

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.errors import Misused


@click.command("columns")
@click.argument("names", nargs=-1, metavar="[COLUMN]...")
@click.option("--editable", is_flag=True, help="Only those that a person writes in.")
@click.option("--markdown", is_flag=True, help="As a page of Markdown.")
@common(shop=False)
def command(here: Here, names: tuple[str, ...], *, editable: bool, markdown: bool) -> int:
    """What every column of a sheet means, whether it can be edited, its values, and an example.

    Name some to see only those; part of a name will do.
    """
    from bulk_orders.core.reference import entries
    from bulk_orders.views.columns import columns_markdown, columns_text

    found = [entry for entry in entries() if not editable or entry.editable]
    if names:
        wanted = [name.strip().casefold() for name in names]
        found = [entry for entry in found if any(name in entry.header.casefold() for name in wanted)]
        if not found:
            raise Misused(f"No column is called {' or '.join(names)}.", fix="bulk-orders columns lists them all.")
    if here.console.json:
        here.console.document({"columns": [entry.as_json() for entry in found]})
    elif markdown:
        here.console.result(columns_markdown(found).rstrip())
    else:
        here.console.result(columns_text(found, here.console.paint))
    return 0
