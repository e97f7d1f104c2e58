"""Where the shop, the token, the state folder and the defaults come from: flag, then environment, then file.

The file is `bulk_orders.toml` in the working directory; a key that nobody knows is an error, since a misspelt limit
would protect nobody. A token is wrapped from the moment it is read, so that no log, repr or traceback can show it.
"""

from __future__ import annotations

import difflib
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
from bulk_orders.core.typed import typed
from bulk_orders.errors import Misused
from bulk_orders.tokens import FLAG, Credentials, Secret, clean, credentials_of, read_token

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
    """Several shops: for --all-shops, for --shop by their names, and for plans that were made for one of them."""
    tokens: Mapping[str, Secret] = field(default_factory=dict)
    """The tokens of those that are in the environment, by variable."""
    meant: ShopAddress | None = None
    """The shop that `credentials` were set for, where a flag or the environment named both."""

    def required_shop(self) -> ShopAddress:
        if self.shop is None:
            raise Misused(
                "No shop is set.",
                fix="Set SHOPIFY_SHOP=handle.myshopify.com, or pass --shop. No shop at hand? Try: bulk-orders demo",
            )
        return self.shop

    def at(self, address: ShopAddress) -> Settings:
        """The settings at a shop: with the shop's own token where [shops] says where it is.

        It goes before SHOPIFY_ACCESS_TOKEN unless that was set together with this very shop: no shop is ever sent the
        token of another one. A --token-file is for whatever shop the command is about.
        """
        entry = next((each for each in self.shops if ShopAddress.parse(each.shop) == address), None)
        if entry is None or self.meant == address or self.credentials.source == FLAG:
            return replace(self, shop=address)
        return for_shop(self, entry)

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
        if self.credentials.absent:
            raise Misused(
                f"{self.credentials.absent}, {self.credentials.source}, is not set.",
                fix=f"Set {self.credentials.absent} in the environment.",
            )
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
    shops = read_shops(file.get("shops", {}), FILE_NAME)
    named = shop or environ.get("SHOPIFY_SHOP") or file.get("shop")
    address = _address(named, shops)
    settings = Settings(
        shop=address,
        credentials=credentials_of(environ, token_file, file.get("token_file")),
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
        shops=shops,
        tokens=_tokens(environ, shops),
        meant=_address(environ.get("SHOPIFY_SHOP"), shops) if credentials_of(environ, None, None).present else None,
    )
    return settings.at(address) if address else settings


def _address(named: str | None, shops: tuple[ShopEntry, ...]) -> ShopAddress | None:
    """A shop by its address, or by its name in [shops]."""
    entry = next((each for each in shops if each.name == named), None)
    near = difflib.get_close_matches(named or "", [each.name for each in shops], n=1)
    if entry is None and near and named and "." not in named:
        raise Misused(f"{FILE_NAME} has no shop {named!r}.", fix=f"Did you mean {near[0]}?")
    return ShopAddress.parse(entry.shop if entry else named) if named else None


def _tokens(environ: Mapping[str, str], shops: tuple[ShopEntry, ...]) -> dict[str, Secret]:
    names = [entry.token_env for entry in shops if entry.token_env]
    return {name: clean(text, name) for name in names if (text := environ.get(name, "").strip())}


def for_shop(settings: Settings, entry: ShopEntry) -> Settings:
    """The settings for one of several shops; Misused, for this one alone, where its token file cannot be had."""
    if entry.token_env is None:
        token = read_token(Path(entry.token_file or "").expanduser())
        credentials = Credentials(token=token, source=f"token_file of shops.{entry.name}")
    elif entry.token_env in settings.tokens:
        credentials = Credentials(token=settings.tokens[entry.token_env], source=entry.token_env)
    else:
        credentials = Credentials(source=f"the token of {entry.name}", absent=entry.token_env)
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
        raise Misused(f"transport = {name!r} is none.", where=FILE_NAME, fix=f"Write {typed(*TRANSPORTS)}.")
    return name


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
