"""A heartbeat: one GET to a monitor that calls somebody when it does not come. What goes wrong is told, not raised."""

from __future__ import annotations

import httpx

from bulk_orders.errors import Misused
from bulk_orders.tokens import Secret

_SECONDS = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_url(url: Secret) -> None:
    """Misused, without the URL, where it is none to be asked: https, or http on this machine."""
    try:
        parsed = httpx.URL(url.reveal())
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if not (parsed.scheme == "https" and parsed.host) and not (parsed.scheme == "http" and parsed.host in _LOOPBACK):
        raise Misused("The heartbeat's URL is no https URL.", fix="Copy it again from the monitor.")


def beat(url: Secret) -> str | None:
    """Ask for it once; a sentence about what went wrong, without the URL, if anything did."""
    try:
        with httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client:
            answer = client.get(url.reveal())
    except httpx.HTTPError as error:
        return f"The heartbeat did not get through ({type(error).__name__})."
    return None if answer.is_success else f"The heartbeat was answered with {answer.status_code}."
