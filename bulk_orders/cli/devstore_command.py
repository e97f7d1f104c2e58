"""`bulk-orders devstore`: serve a store in a box on loopback."""

from __future__ import annotations

import click

from bulk_orders.cli.options import Here, common
from bulk_orders.errors import Misused
from bulk_orders.language import plural


@click.command("devstore")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), metavar="N", help="0 takes any free one."
)
@click.option(
    "--orders", default=200, show_default=True, type=click.IntRange(0, 200_000), metavar="N", help="How many orders."
)
@click.option("--seed", default=7, show_default=True, metavar="N", help="The same seed makes the same shop.")
@click.option(
    "--plan",
    type=click.Choice(["standard", "advanced", "plus", "enterprise"]),
    default="standard",
    show_default=True,
    help="Whose rate limit it has.",
)
@click.option("--latency", default=0.0, show_default=True, metavar="SECONDS", help="How long each answer takes.")
@common(shop=False)
def command(here: Here, port: int, orders: int, seed: int, plan: str, latency: float) -> int:
    """Serve a store in a box on this machine, with made-up orders, to try things on.

    Prints the lines that point the other commands at it. Its token is fixed and opens nothing else.
    """
    try:
        from bulk_orders.devstore import TOKEN, serve
    except ImportError as error:
        raise Misused(
            "The devstore is not installed.", fix="In the folder of the source: pipx install --force '.[demo,notify]'"
        ) from error

    def ready(url: str) -> None:
        if here.console.json:
            here.console.document({"SHOPIFY_SHOP": url, "SHOPIFY_ACCESS_TOKEN": TOKEN})
            return
        here.console.result(f"export SHOPIFY_SHOP={url}\nexport SHOPIFY_ACCESS_TOKEN={TOKEN}")
        here.console.say(
            plural(
                "A store with {count} order. Ctrl-C ends it; what was changed in it is then forgotten.",
                "A store with {count} orders. Ctrl-C ends it; what was changed in it is then forgotten.",
                orders,
            )
        )

    try:
        serve(port=port, orders=orders, seed=seed, plan=plan, latency=latency, on_ready=ready)
    except OSError as error:
        raise Misused(f"Port {port} cannot be used: {error.strerror}.", fix="Choose another with --port.") from error
    return 0
