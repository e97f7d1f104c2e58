"""`python -m bulk_orders` is `bulk-orders`."""

from __future__ import annotations

from bulk_orders.cli import start

start()
