"""The command line: parse, call one flow, hand what comes back to one view, exit.

Commands are found by name and imported when they are called, so that `--help` costs nothing.
"""

from __future__ import annotations

from bulk_orders.cli.main import main

__all__ = ["main"]
