"""`bulk-orders doctor`."""

from __future__ import annotations

import asyncio

import click

from bulk_orders.cli.options import Here, common


@click.command("doctor")
@common(shop=True)
def command(here: Here) -> int:
    """Is everything in place? Exit 1 if something that is needed is not."""
    from bulk_orders.clock import SystemClock
    from bulk_orders.flows.examine import examine
    from bulk_orders.views.text import findings_text

    findings = asyncio.run(examine(here.settings, SystemClock()))
    failed = any(finding.state == "failed" for finding in findings)
    told = [(finding.name, finding.state, finding.detail, finding.fix) for finding in findings]
    if here.console.json:
        keys = ("name", "state", "detail", "fix")
        here.console.document({"ok": not failed, "findings": [dict(zip(keys, each, strict=True)) for each in told]})
    else:
        here.console.result(findings_text(told, here.console.paint))
    return 1 if failed else 0
