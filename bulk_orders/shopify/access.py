"""The access token of one client: the one that was given, or one that the shop grants, made anew when it is refused."""

from __future__ import annotations

import asyncio

import httpx

from bulk_orders.clock import Clock
from bulk_orders.errors import AccessDenied, Unreachable
from bulk_orders.settings import ShopAddress
from bulk_orders.shopify.connecting import DEADLINE, READ_TRIES, backoff, refuse_distrusted, token_of
from bulk_orders.tokens import Credentials, Secret


class Access:
    """What lets one client into one shop."""

    def __init__(self, address: ShopAddress, credentials: Credentials, http: httpx.AsyncClient, clock: Clock) -> None:
        self._address = address
        self._credentials = credentials
        self._http = http
        self._clock = clock
        self._token = credentials.token
        self._refusals = 0
        self._gate = asyncio.Lock()

    async def current(self) -> Secret:
        """The token to ask with."""
        if self._token is None:
            async with self._gate:
                if self._token is None:
                    self._token = await self._grant()
        return self._token

    async def renewed(self, refused: Secret) -> bool:
        """Whether there is another token than the refused one: made by client credentials, once in a row.

        When the new one is refused as well, the app has lost its access, whoever asks.
        """
        if self._credentials.token is not None:
            return False
        async with self._gate:
            if self._token is not refused:
                return True
            if self._refusals:
                return False
            self._refusals += 1
            self._token = await self._grant()
        return True

    async def _grant(self) -> Secret:
        secret = self._credentials.client_secret
        if self._credentials.client_id is None or secret is None:
            raise AccessDenied("There is no access token.", fix="Set SHOPIFY_ACCESS_TOKEN.")
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials.client_id,
            "client_secret": secret.reveal(),
        }
        for attempt in range(READ_TRIES):
            try:
                async with asyncio.timeout(DEADLINE):
                    response = await self._http.post("/admin/oauth/access_token", data=form)
            except (httpx.RequestError, TimeoutError) as error:
                refuse_distrusted(error, str(self._address))
                await self._clock.sleep(backoff(attempt))
                continue
            if response.status_code >= 500 or response.status_code == 429:
                await self._clock.sleep(backoff(attempt))
                continue
            return token_of(response)
        raise Unreachable("The shop gives no access token: no usable answer.", where=str(self._address))

    def taken(self) -> None:
        """The shop has taken the token."""
        self._refusals = 0

    def denied(self) -> AccessDenied:
        """The shop takes no token of these credentials."""
        return AccessDenied(
            "The shop does not take the access token (401).",
            where=f"{self._address}, token from {self._credentials.source}",
            fix="Check that the token is this shop's, and that the app is still installed.",
        )
