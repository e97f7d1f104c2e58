"""The command line: parse, call one flow, hand what comes back to one view, exit.

Commands are found by name and imported when they are called, so that `--help` costs nothing.
"""

from __future__ import annotations

__all__ = ["start"]


def start() -> None:
    """The program: a process from its first moment to its exit code."""
    import sys

    from bulk_orders.cli.encoding import encode_plainly
    from bulk_orders.cli.signals import ending_quietly

    ending_quietly()
    encode_plainly(json="--json" in sys.argv)
    from bulk_orders.cli.main import main

    main()
