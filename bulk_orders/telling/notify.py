"""A notification through apprise, which speaks to mail, chats and phones. What goes wrong is told, not raised."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from bulk_orders.errors import Misused
from bulk_orders.tokens import Secret


def make_notifier(urls: Secret) -> Any:
    """apprise with these URLs (one a line, or parted by blanks); Misused, without them, where it cannot take them."""
    with warnings.catch_warnings():  # what its own libraries are about to give up is nobody's business here
        warnings.simplefilter("ignore")
        return _made(urls)


def _made(urls: Secret) -> Any:
    try:
        import apprise
    except ImportError as error:
        raise Misused(
            "The policy asks for notifications, and apprise is not installed.",
            fix="Take [notify] out of the policy, or install it. In the folder of the source: "
            "pipx install --force '.[demo,notify]'",
        ) from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it would name the URLs
    notifier = apprise.Apprise()
    for number, url in enumerate(urls.reveal().split(), 1):
        if not notifier.add(url):
            raise Misused(
                f"URL {number} of [notify] is none that apprise understands.", fix="Try it with the program apprise."
            )
    return notifier


def notify(notifier: Any, title: str, body: str, *, failed: bool) -> str | None:
    """Send it to all of them; a sentence about what went wrong, if anything did."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sent = notifier.notify(title=title, body=body, notify_type="failure" if failed else "info")
    except Exception as error:  # whatever a service's plugin raises, the night is over and well
        return f"The notification could not be sent ({type(error).__name__})."
    return None if sent else "The notification could not be sent to all that the policy names."
