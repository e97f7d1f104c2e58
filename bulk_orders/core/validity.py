"""How long a plan is good for: after a day the shop may look quite different."""

from __future__ import annotations

from datetime import datetime, timedelta

VALID_FOR = timedelta(hours=24)


def valid_until(made_at: str) -> str:
    """The moment from which a plan that was never begun is refused; both are ISO 8601."""
    return (datetime.fromisoformat(made_at) + VALID_FOR).isoformat()
