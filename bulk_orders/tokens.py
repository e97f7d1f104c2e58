"""Tokens: where they are found, and how they are kept from sight.

A token is wrapped from the moment it is read, so that no log, repr or traceback can show it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bulk_orders.errors import Misused

FLAG = "--token-file"


class Secret:
    """A text that shows itself to nobody who does not ask by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to get into the shop: a token, or an app's client id and secret for a token of 24 hours."""

    token: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    source: str = "nowhere"
    """Where they were found, in words; never the thing itself."""
    absent: str | None = None
    """What is not set and should be, where a file says which variable has the token."""

    @property
    def present(self) -> bool:
        return self.token is not None or (self.client_id is not None and self.client_secret is not None)


def credentials_of(environ: Mapping[str, str], flag: str | None, in_file: str | None) -> Credentials:
    """What is set: a file that a flag names, the environment, or a file that the settings name; else none."""
    if flag:
        return Credentials(token=read_token(Path(flag)), source=FLAG)
    token = environ.get("SHOPIFY_ACCESS_TOKEN", "").strip()
    if token:
        return Credentials(token=clean(token, "SHOPIFY_ACCESS_TOKEN"), source="SHOPIFY_ACCESS_TOKEN")
    client_id = environ.get("SHOPIFY_CLIENT_ID", "").strip()
    client_secret = environ.get("SHOPIFY_CLIENT_SECRET", "").strip()
    if client_id and client_secret:
        return Credentials(
            client_id=client_id,
            client_secret=clean(client_secret, "SHOPIFY_CLIENT_SECRET"),
            source="SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET",
        )
    if in_file:
        return Credentials(token=read_token(Path(in_file).expanduser()), source="token_file in bulk_orders.toml")
    return Credentials()


def clean(text: str, where: str) -> Secret:
    """A token, wrapped; Misused where it holds what no token has."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Misused(f"{where} holds characters that no token has.", fix="Copy it again, without line breaks.")
    return Secret(text)


def read_token(path: Path) -> Secret:
    """The token of a file that nobody else may read."""
    try:
        status = path.stat()
        if too_open(status.st_mode, status.st_uid, os.geteuid()):
            raise Misused(f"{path} can be read by others.", fix=f"Run: chmod 600 {path}")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misused(
            f"The token file {path} cannot be read.", fix="Check the path, and that it holds a token."
        ) from error
    if not text:
        raise Misused(f"The token file {path} is empty.", fix="Write the token into it.")
    return clean(text, str(path))


def too_open(mode: int, owner: int, me: int) -> bool:
    """Whether a file lets others read what it holds, or its group change it.

    A group that may read is right in one case: root owns the file and hands it to a service through it, as systemd does
    with credentials and Kubernetes with secrets.
    """
    handed_over = owner == 0 and me != 0
    return bool(mode & (0o037 if handed_over else 0o077))
