"""Where the shop, the token, the state folder and the defaults come from: flag, then environment, then file.

The file is `bulk_orders.toml` in the working directory; a key that nobody knows is an error, since a misspelt limit
would protect nobody. A token is wrapped from the moment it is read, so that no log, repr or traceback can show it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bulk_orders.core.ages import BadAge, read_ages
from bulk_orders.core.dates import DATE_FORMATS
from bulk_orders.core.guard import LIMIT_KEYS, PROTECT_KEYS, Given, Guard
from bulk_orders.core.keys import Kinds, check_keys
from bulk_orders.core.preferences import CancelDefaults
from bulk_orders.core.requests import RequestForm
from bulk_orders.core.shops import ShopEntry, read_shops
from bulk_orders.errors import Misused

FILE_NAME = "bulk_orders.toml"
DEFAULT_API_VERSION = "2026-10"
SPOKEN_API_VERSIONS: Final = ("2026-07", "2026-10")
"""The versions whose schema our documents were checked against; 2026-07 lacks only orderCancel.jobResult."""

TRANSPORTS: Final = ("auto", "single", "bulk")
"""How changes may go to the shop."""

_SHOPIFY_SHOP = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")
_LOOPBACK_SHOP = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
_KEYS: Mapping[str, Kinds] = {
    "shop": str,
    "api_version": str,
    "token_file": str,
    "settle_seconds": (int, float),
    "job_deadline_seconds": (int, float),
    "share": (int, float),
    "transport": str,
    "cancel": dict,
    "limits": dict,
    "protect": dict,
    "requests": dict,
    "overview": dict,
    "shops": dict,
}
_CANCEL_KEYS: Mapping[str, Kinds] = {
    "reason": str,
    "refund": (bool, str),
    "send_receipt": bool,
    "restock": bool,
}
_REQUEST_KEYS: Mapping[str, Kinds] = {
    "order": str,
    "email": str,
    "time": str,
    "reason": str,
    "reasons": dict,
    "window_hours": (int, float),
    "date_format": str,
    "timezone": str,
}
_REASONS = ("CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF")


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
class ShopAddress:
    """Where a shop answers: `origin` is scheme and host. A loopback shop has no handle before it was asked."""

    origin: str
    handle: str | None

    @property
    def loopback(self) -> bool:
        return self.handle is None

    def __str__(self) -> str:
        return self.origin if self.loopback else self.origin.removeprefix("https://")

    @classmethod
    def parse(cls, text: str) -> ShopAddress:
        """`handle.myshopify.com`, or `http://127.0.0.1:PORT` for a devstore; nothing else is ever spoken to."""
        plain = text.strip().removesuffix("/")
        if _SHOPIFY_SHOP.fullmatch(plain.removeprefix("https://")):
            host = plain.removeprefix("https://")
            return cls(f"https://{host}", host.removesuffix(".myshopify.com"))
        if _LOOPBACK_SHOP.fullmatch(plain):
            return cls(plain, None)
        raise Misused(f"{text!r} is no shop.", fix=_shop_hint(plain))


def _shop_hint(text: str) -> str:
    handle = re.search(r"(?:admin\.shopify\.com/store/)([a-z0-9-]+)", text) or re.fullmatch(
        r"([a-z0-9][a-z0-9-]*)", text
    )
    if handle:
        return f"Did you mean {handle[1]}.myshopify.com?"
    return "Write it as handle.myshopify.com (Shopify admin, Settings, Domains)."


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to get into the shop: a token, or an app's client id and secret for a token of 24 hours."""

    token: Secret | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    source: str = "nowhere"
    """Where they were found, in words; never the thing itself."""

    @property
    def present(self) -> bool:
        return self.token is not None or (self.client_id is not None and self.client_secret is not None)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a command may want to know about its surroundings."""

    shop: ShopAddress | None
    credentials: Credentials
    home: Path
    api_version: str = DEFAULT_API_VERSION
    settle_seconds: float = 15.0
    job_deadline_seconds: float = 180.0
    share: float = 1.0
    """The part of the shop's rate limit that may be used, above 0 and at most 1."""
    transport: str = "auto"
    """How changes go to the shop: one by one (single), in bulk where they may (bulk), or by the time it takes."""
    cancel: CancelDefaults = field(default_factory=CancelDefaults)
    guard: Guard = field(default_factory=Guard)
    """The limits and protection of the file; `given` are the flags that go over them."""
    given: Given = field(default_factory=Given)
    requests: RequestForm | None = None
    ages: Mapping[str, float] = field(default_factory=dict)
    """How long is too long, in hours by finding of the overview, over core.ages.DEFAULT_HOURS."""
    shops: tuple[ShopEntry, ...] = ()
    """Several shops, for --all-shops."""

    def required_shop(self) -> ShopAddress:
        if self.shop is None:
            raise Misused(
                "No shop is set.",
                fix="Set SHOPIFY_SHOP=handle.myshopify.com, or pass --shop. No shop at hand? Try: bulk-orders demo",
            )
        return self.shop

    def required_shops(self) -> tuple[ShopEntry, ...]:
        if not self.shops:
            raise Misused(
                f"{FILE_NAME} has no [shops].",
                fix='Write [shops.NAME] with shop = "handle.myshopify.com" and token_env or token_file, for each.',
            )
        return self.shops

    def spoken_version(self) -> str:
        """The API version, if our documents were checked against it."""
        if self.api_version not in SPOKEN_API_VERSIONS:
            raise Misused(
                f"bulk-orders does not speak API version {self.api_version}.",
                fix=f"Set SHOPIFY_API_VERSION to {' or '.join(SPOKEN_API_VERSIONS)}, or unset it.",
            )
        return self.api_version

    def required_credentials(self) -> Credentials:
        if not self.credentials.present:
            raise Misused(
                "No access token is set.",
                fix="Set SHOPIFY_ACCESS_TOKEN, or SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET, or pass --token-file.",
            )
        return self.credentials


def load(
    environ: Mapping[str, str], folder: Path, *, shop: str | None = None, token_file: str | None = None
) -> Settings:
    """Read the settings: the flags given, over `environ`, over `folder`/bulk_orders.toml."""
    file = read_file(folder / FILE_NAME)
    named = shop or environ.get("SHOPIFY_SHOP") or file.get("shop")
    return Settings(
        shop=ShopAddress.parse(named) if named else None,
        credentials=_credentials(environ, token_file, file.get("token_file")),
        home=state_folder(environ),
        api_version=_version(environ.get("SHOPIFY_API_VERSION") or file.get("api_version") or DEFAULT_API_VERSION),
        settle_seconds=_seconds(environ, file, "settle_seconds", 15.0),
        job_deadline_seconds=_seconds(environ, file, "job_deadline_seconds", 180.0),
        share=_share(file.get("share", 1.0)),
        transport=_transport(file.get("transport", TRANSPORTS[0])),
        cancel=_cancel(file.get("cancel", {})),
        guard=Guard.of(file.get("limits", {}), file.get("protect", {})),
        requests=_requests(file.get("requests")),
        ages=_ages(file.get("overview", {})),
        shops=read_shops(file.get("shops", {}), FILE_NAME),
    )


def for_shop(settings: Settings, entry: ShopEntry, environ: Mapping[str, str]) -> Settings:
    """The settings for one of several shops; Misused, for this one alone, where its token cannot be had."""
    if entry.token_env is not None:
        text = environ.get(entry.token_env, "").strip()
        if not text:
            raise Misused(f"{entry.token_env}, the token of {entry.name}, is not set.", fix=f"Set {entry.token_env}.")
        token, source = _clean(text, entry.token_env), entry.token_env
    else:
        token, source = _read_token(Path(entry.token_file or "").expanduser()), f"token_file of shops.{entry.name}"
    credentials = Credentials(token=token, source=source)
    return replace(settings, shop=ShopAddress.parse(entry.shop), credentials=credentials)


def state_folder(environ: Mapping[str, str]) -> Path:
    """BULK_ORDERS_HOME, or the folder that the platform keeps for such state."""
    named = environ.get("BULK_ORDERS_HOME")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return platformdirs.user_state_path("bulk-orders", appauthor=False)


def _version(text: str) -> str:
    if not re.fullmatch(r"20\d\d-(01|04|07|10)|unstable", text):
        raise Misused(
            f"{text!r} is no API version.", fix=f"Set SHOPIFY_API_VERSION={DEFAULT_API_VERSION}, or unset it."
        )
    return text


def _seconds(environ: Mapping[str, str], file: Mapping[str, Any], key: str, default: float) -> float:
    variable = f"BULK_ORDERS_{key.upper()}"
    written = environ.get(variable)
    if written is None:
        return float(file.get(key, default))
    try:
        seconds = float(written)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e6:
        raise Misused(f"{variable}={written!r} is no number of seconds.", fix=f"Unset it, or write {default:g}.")
    return seconds


def _share(part: float) -> float:
    if not 0 < part <= 1:
        raise Misused(f"share = {part:g} is no part of the rate limit.", where=FILE_NAME, fix="Write 0.8, for example.")
    return float(part)


def _transport(name: str) -> str:
    if name not in TRANSPORTS:
        words = " or ".join(TRANSPORTS)
        raise Misused(f"transport = {name!r} is none.", where=FILE_NAME, fix=f"Write {words}.")
    return name


def _credentials(environ: Mapping[str, str], flag: str | None, in_file: str | None) -> Credentials:
    if flag:
        return Credentials(token=_read_token(Path(flag)), source="--token-file")
    token = environ.get("SHOPIFY_ACCESS_TOKEN", "").strip()
    if token:
        return Credentials(token=_clean(token, "SHOPIFY_ACCESS_TOKEN"), source="SHOPIFY_ACCESS_TOKEN")
    client_id = environ.get("SHOPIFY_CLIENT_ID", "").strip()
    client_secret = environ.get("SHOPIFY_CLIENT_SECRET", "").strip()
    if client_id and client_secret:
        return Credentials(
            client_id=client_id,
            client_secret=_clean(client_secret, "SHOPIFY_CLIENT_SECRET"),
            source="SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET",
        )
    if in_file:
        return Credentials(token=_read_token(Path(in_file).expanduser()), source=f"token_file in {FILE_NAME}")
    return Credentials()


def _clean(text: str, where: str) -> Secret:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Misused(f"{where} holds characters that no token has.", fix="Copy it again, without line breaks.")
    return Secret(text)


def _read_token(path: Path) -> Secret:
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
    return _clean(text, str(path))


def too_open(mode: int, owner: int, me: int) -> bool:
    """Whether a file lets others read what it holds, or its group change it.

    A group that may read is right in one case: root owns the file and hands it to a service through it, as systemd does
    with credentials and Kubernetes with secrets.
    """
    handed_over = owner == 0 and me != 0
    return bool(mode & (0o037 if handed_over else 0o077))


def read_file(path: Path) -> dict[str, Any]:
    """The settings file as checked values; an absent file is an empty one."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misused(
            f"{FILE_NAME} cannot be read: {error}.", where=str(path), fix="Correct it, or remove it."
        ) from error
    check_keys(values, _KEYS, "", FILE_NAME)
    check_keys(values.get("cancel", {}), _CANCEL_KEYS, "cancel.", FILE_NAME)
    check_keys(values.get("limits", {}), LIMIT_KEYS, "limits.", FILE_NAME)
    check_keys(values.get("protect", {}), PROTECT_KEYS, "protect.", FILE_NAME)
    check_keys(values.get("requests", {}), _REQUEST_KEYS, "requests.", FILE_NAME)
    return values


def _ages(values: Mapping[str, Any]) -> dict[str, float]:
    try:
        return read_ages(values.items())
    except BadAge as error:
        raise Misused(f"{FILE_NAME}, [overview]: {error.what}", fix=error.fix) from error


def _cancel(values: Mapping[str, Any]) -> CancelDefaults:
    reason = str(values.get("reason", "OTHER")).strip().upper()
    if reason not in _REASONS:
        raise Misused(
            f"{FILE_NAME}: cancel.reason = {reason.lower()!r} is no reason.", fix=f"One of {', '.join(_REASONS)}."
        )
    return CancelDefaults(
        reason=reason,
        refund=_refund(values.get("refund")),
        receipt=values.get("send_receipt", False),
        restock=values.get("restock", True),
    )


def _requests(values: Mapping[str, Any] | None) -> RequestForm | None:
    """`[requests]`: the columns of a form in which customers ask to cancel."""
    if values is None:
        return None
    missing = [key for key in ("order", "email", "time") if not str(values.get(key, "")).strip()]
    if missing:
        raise Misused(
            f"{FILE_NAME}: [requests] lacks {missing[0]}.", fix=f'Name the form\'s column: {missing[0]} = "..."'
        )
    for words, reason in values.get("reasons", {}).items():
        if str(reason).upper() not in _REASONS:
            raise Misused(
                f"{FILE_NAME}: requests.reasons {words!r} = {reason!r} is no reason.",
                fix=f"One of {', '.join(each.lower() for each in _REASONS)}.",
            )
    if values.get("date_format") not in (None, *DATE_FORMATS):
        raise Misused(f"{FILE_NAME}: requests.date_format.", fix=f"One of {', '.join(DATE_FORMATS)}.")
    if values.get("window_hours", 1) <= 0:
        raise Misused(f"{FILE_NAME}: requests.window_hours must be more than 0.", fix="Leave it out for no limit.")
    return RequestForm(**{key: value for key, value in values.items() if key != "timezone"}, timezone=_zone(values))


def _zone(values: Mapping[str, Any]) -> str | None:
    name = values.get("timezone")
    if name is None:
        return None
    try:
        return str(ZoneInfo(name).key)
    except (ValueError, OSError, KeyError):
        raise Misused(
            f"{FILE_NAME}: requests.timezone = {name!r} is no time zone.", fix='Such as "Europe/Paris".'
        ) from None


def _refund(value: bool | str | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "original" if value else "none"
    if value.strip().lower().replace("_", " ") == "store credit":
        return "store_credit"
    raise Misused(f"{FILE_NAME}: cancel.refund = {value!r}.", fix='Write true, false or "store credit".')
