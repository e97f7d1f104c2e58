"""The mark by which a cancellation is known as ours, carried at the end of its staff note (guarantees.md 5)."""

from __future__ import annotations

import hashlib


def marker(plan_id: str, change_id: str) -> str:
    """`bo-` and eight hex digits, the same for a change however often it is tried."""
    return f"bo-{hashlib.sha256(f'{plan_id}/{change_id}'.encode()).hexdigest()[:8]}"
