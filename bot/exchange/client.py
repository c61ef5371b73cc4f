"""Cmdlets of Exchange Online over HTTP: the admin API v2.0 (preview) and the older InvokeCommand.

Source: Microsoft docs, "Exchange Online Admin API" (overview, authentication, endpoints; preview). Both take
the same envelope by POST, and a next page is the same POST again. Only cmdlets that read are ever sent, so
that every call may be repeated. What Exchange writes into errors may hold names: only known words in it are
looked for, and nothing of it is passed on.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import httpx
import structlog

from approvals.errors import Gone, Later, Never, PortError
from bot.entra.address import NEXT_LINK, following
from bot.entra.answers import Json, Now, claims_challenge, describe, parsed, retry_after
from bot.entra.patience import attempts
from bot.entra.tokens import Sign

SECONDS: Final = 30.0
MOST_PAGES: Final = 50
LARGEST_ANSWER: Final = 8 * 1024 * 1024
SYSTEM_MAILBOX: Final = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"
"""Where calls go that are about no mailbox in particular; the same in every organisation."""

_NO_OBJECT: Final = "ManagementObjectNotFoundException"
_NO_CMDLET: Final = "CommandNotFoundException"
_UNCLEAR: Final = frozenset({408, 409, 423, 429})

_log = structlog.get_logger(__name__)


@unique
class Endpoint(StrEnum):
    """Where cmdlets are taken, below ``/adminapi/…/{tenant}``."""

    PREVIEW = "v2.0/{}/Mailbox"
    INVOKE = "beta/{}/InvokeCommand"


class NotEnabled(Never):
    """There is no such endpoint for this tenant, or it does not take this cmdlet."""


class Denied(Never):
    """The app may not: its permission is missing, or its role."""


class NoSuchCmdlet(Never):
    """The app's role does not contain the cmdlet."""


class NoSuchRecipient(Gone):
    """Exchange knows nobody by that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cmdlet:
    """A cmdlet that reads; ``about`` is the UPN by which the call is routed, if it is about one mailbox."""

    name: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    about: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose Exchange Online it is, and at which host it is asked."""

    host: str
    tenant: str


def exchange_http(trust: ssl.SSLContext) -> httpx.AsyncClient:
    """Make the client for the Exchange host; proxies come from the environment."""
    return httpx.AsyncClient(verify=trust, timeout=httpx.Timeout(SECONDS, connect=10.0))


class ExchangeClient:
    """Calls Exchange Online of *organisation* as the app.

    Raises ``Later``, or one of ``Never``: ``NotEnabled``, ``Denied``, ``NoSuchCmdlet``, ``NoSuchRecipient``.
    """

    def __init__(self, organisation: Organisation, sign: Sign, http: httpx.AsyncClient, now: Now) -> None:
        self._base = httpx.URL(organisation.host.rstrip("/"))
        self._tenant = organisation.tenant
        self._sign = sign
        self._http = http
        self._now = now

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def signed_in(self) -> None:
        """Find out whether there is a token for Exchange; raises what asking for one raises."""
        await self._sign.token()

    async def run(self, where: Endpoint, cmdlet: Cmdlet) -> list[Json]:
        """Return everything that *cmdlet* returns, all pages of it."""
        url = httpx.URL(f"{self._base}/adminapi/{where.format(quote(self._tenant, safe=''))}")
        rows, seen = list[Json](), set[httpx.URL]()
        while url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            page = await self._repeated(url, where, cmdlet)
            rows += _rows(page)
            link = page.get(NEXT_LINK) if isinstance(page, dict) else None
            if link is None:
                return rows
            url = following(self._base, link)
        raise Never("Exchange's list does not end", "report it; nothing was changed")

    async def _repeated(self, url: httpx.URL, where: Endpoint, cmdlet: Cmdlet) -> object:
        async for attempt in attempts():
            with attempt:
                return await self._sent(url, where, cmdlet)
        raise AssertionError("attempts end with an answer or an error")

    async def _sent(self, url: httpx.URL, where: Endpoint, cmdlet: Cmdlet) -> object:
        request_id = str(uuid.uuid4())
        try:
            async with asyncio.timeout(SECONDS):
                token = await self._sign.token()
                response = await self._exchanged(url, cmdlet, token, request_id)
                if response.status_code == HTTPStatus.UNAUTHORIZED:
                    token = await self._sign.renew(token, claims_challenge(response.headers))
                    response = await self._exchanged(url, cmdlet, token, request_id)
        except TimeoutError:
            raise Later(f"Exchange did not answer within {SECONDS:g} s ({request_id})") from None
        except httpx.RequestError as error:
            raise Later(f"Exchange: {describe(error)} ({request_id})") from None
        return self._judged(response, where, request_id)

    async def _exchanged(self, url: httpx.URL, cmdlet: Cmdlet, token: str, request_id: str) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {token}",
            "accept": "application/json; odata.metadata=minimal",
            "client-request-id": request_id,
            "x-anchormailbox": self._anchor(cmdlet),
            "x-cmdletname": cmdlet.name,
        }
        body = {"CmdletInput": {"CmdletName": cmdlet.name, "Parameters": dict(cmdlet.parameters)}}
        request = self._http.build_request("POST", url, headers=headers, json=body)
        response = await self._http.send(request, stream=True)
        try:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise Later(f"Exchange's answer is too large ({request_id})")
        finally:
            await response.aclose()
        plain = {key: value for key, value in response.headers.items() if key != "content-encoding"}
        return httpx.Response(response.status_code, headers=plain, content=bytes(content))

    def _anchor(self, cmdlet: Cmdlet) -> str:
        """Return by whose mailbox the call is routed: a header holds ASCII only."""
        about = cmdlet.about
        if about and about.isascii() and about.isprintable():
            return f"UPN:{about}"
        return f"APP:{SYSTEM_MAILBOX}@{self._tenant}"

    def _judged(self, response: httpx.Response, where: Endpoint, request_id: str) -> object:
        try:
            return _judge(response, where, request_id, self._now)
        except NoSuchRecipient:
            raise
        except PortError as error:
            # No address and no cmdlet's parameters: they name people.
            _log.warning("exchange.failed", why=error.why, request_id=response.headers.get("request-id"))
            raise


def _judge(response: httpx.Response, where: Endpoint, request_id: str, now: Now) -> object:
    status, body = response.status_code, parsed(response.content)
    told = f"Exchange answered {status} ({request_id})"
    if HTTPStatus(200) <= status < HTTPStatus(300):
        if body is None:
            raise Later(f"{told}, and no JSON")
        return body
    said = json.dumps(body) if isinstance(body, dict) else ""
    match status:
        case _ if 400 <= status < 500 and _NO_OBJECT in said:  # noqa: PLR2004 - the bounds of 4xx
            raise NoSuchRecipient(told, "check how it is written")
        case _ if 400 <= status < 500 and _NO_CMDLET in said:  # noqa: PLR2004 - the bounds of 4xx
            raise NoSuchCmdlet(told)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise Denied(told)
        case HTTPStatus.BAD_REQUEST | HTTPStatus.NOT_FOUND | HTTPStatus.METHOD_NOT_ALLOWED:
            raise NotEnabled(told)
        case _ if 400 <= status < 500 and status not in _UNCLEAR:  # noqa: PLR2004 - the bounds of 4xx
            raise Never(told, f"report it with this id ({where.name.lower()})")
        case _:
            raise Later(told, retry_after(response.headers, now()))


def _rows(page: object) -> list[Json]:
    """Return the rows of an answer: a list under ``value``, a bare list, one object, or nothing."""
    match page:
        case {"value": list(rows)} | list(rows):
            return [row for row in rows if isinstance(row, dict)]
        case dict() if any(not str(key).startswith("@") for key in page):
            return [page]
        case _:
            return []
