"""On the way to a shop: when to try again, who does not prove to be it, and the token that it gives."""

from __future__ import annotations

import json
import random
import ssl

import httpx

from bulk_orders.errors import AccessDenied, Unreachable
from bulk_orders.tokens import Secret

DEADLINE = 30.0
"""Seconds that one request may take in all, however it drips; Shopify itself gives up after 10."""
READ_TRIES = 8


def refuse_distrusted(error: BaseException, where: str) -> None:
    """Unreachable for a certificate that does not prove the shop: that does not pass, so nobody tries again."""
    why = _distrust(error)
    if why is not None:
        raise Unreachable(
            f"Whoever answers does not prove to be the shop: {why}.",
            where=where,
            fix="Somebody may be between you and Shopify, or this machine's clock or certificates are wrong; behind a "
            "company's own proxy, name its certificate in SSL_CERT_FILE. The token was not sent.",
        ) from error


def _distrust(error: BaseException | None) -> str | None:
    """What is wrong with the certificate, where that is the cause."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return str(error.verify_message or "its certificate is not valid").rstrip(".")
        error = error.__cause__ or error.__context__
    return None


def token_of(response: httpx.Response) -> Secret:
    """The token in the answer to client credentials; AccessDenied with what the shop says where there is none."""
    try:
        answer = json.loads(response.content)
        token = answer.get("access_token")
    except (ValueError, AttributeError):
        answer, token = {}, None
    if response.status_code == httpx.codes.OK and isinstance(token, str) and token:
        return Secret(token)
    said = answer.get("error_description") or answer.get("error") or f"HTTP {response.status_code}"
    raise AccessDenied(
        f"The shop gives no token for these client credentials: {said}.",
        fix="Check SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET, and that app and shop are of one organisation.",
    )


def backoff(attempt: int) -> float:
    """Half a second, doubling to 20, with some chance in it so that many clients do not come back together."""
    return float(min(20.0, 0.5 * 2**attempt) * random.uniform(0.75, 1.25))  # noqa: S311 (no secret)
