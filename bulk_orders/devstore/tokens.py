"""Access tokens: the fixed one, and those of the client credentials grant.

Its one rule: every token and secret of the box is evidently fake, so none can be mistaken for a real
one in a log or a commit.
"""

import itertools
from typing import Final

from bulk_orders.devstore.settings import Settings

TOKEN: Final = "devstore-token-not-a-secret"  # noqa: S105 - fake, and meant to be printed
CLIENT_ID: Final = "devstore-client-id"
CLIENT_SECRET: Final = "devstore-client-secret-not-a-secret"  # noqa: S105 - fake too


class Tokens:
    """Which tokens are good, and until when."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._count = itertools.count(1)
        self._until: dict[str, float] = {TOKEN: float("inf")}

    def grant(self, now: float) -> str:
        """A new token for the client's credentials."""
        token = f"devstore-granted-token-{next(self._count)}"
        self._until[token] = now + self._settings.token_seconds
        return token

    def good(self, token: str | None, now: float) -> bool:
        """Whether a token is accepted now."""
        return token is not None and self._until.get(token, 0.0) > now

    def known(self, text: str) -> bool:
        """Whether a text carries any token or secret of the box."""
        return any(token in text for token in (*self._until, CLIENT_SECRET))

    def revoke(self, token: str = TOKEN) -> None:
        """Takes a token away, as a merchant does who uninstalls the app."""
        self._until[token] = 0.0
