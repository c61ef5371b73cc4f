"""Documents from federation hosts: one GET to one checked address, bounded in time and size.

The transport is made for one request: nothing is kept alive, since two names on one address would share a
connection, and no cookie survives. Compressed answers are refused, because what is small on the wire may
not be so afterwards; ``identity`` is what we ask for.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Final

import httpx

from bot.federation.guard import Checked
from bot.federation.network import Network

MOST_REDIRECTS: Final = 3
_HTTPS: Final = 443
_HIGHEST_PORT: Final = 65_535
_HOST: Final = re.compile(rb"[A-Za-z0-9._-]*[A-Za-z0-9_-]\.?|[0-9A-Fa-f:.]+")
_HEADERS: Final = {"accept-encoding": "identity", "accept": "*/*", "user-agent": "relatch"}


class NotFetched(Exception):
    """No document; the text says why."""


@dataclass(frozen=True, slots=True)
class Document:
    """An answer: its status, media type, body, and where it leads if it is a redirection."""

    url: httpx.URL
    status: int
    media_type: str
    body: bytes
    location: str = ""
    challenges: str = ""
    """``WWW-Authenticate``, as it came."""


@dataclass(frozen=True, slots=True)
class Place:
    """A host that may be asked: the address that was checked for it, and whose certificates count."""

    network: Network
    address: Checked
    trust: ssl.SSLContext


class Pinned(httpx.AsyncBaseTransport):
    """Connects to the address of *place*, and verifies TLS for the name in the URL."""

    def __init__(self, place: Place) -> None:
        self._place = place
        limits = httpx.Limits(max_keepalive_connections=0)
        self._wire = httpx.AsyncHTTPTransport(verify=place.trust, limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*, its Host header unchanged, to the pinned address."""
        host, port = self._place.network.route(self._place.address, request.url.port or _HTTPS)
        there = httpx.Request(
            request.method,
            request.url.copy_with(host=host, port=port),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await self._wire.handle_async_request(there)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._wire.aclose()


def https_url(text: str) -> httpx.URL | None:
    """Return the address in *text*, white space around it left out; ``None`` unless it is plain https.

    A dot at the end of the host is left out too: TLS names have none.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        return None
    host, plain = url.host.rstrip("."), url.scheme == "https" and not url.userinfo
    if not plain or not _HOST.fullmatch(url.raw_host) or (url.port or _HTTPS) > _HIGHEST_PORT:
        return None
    return url.copy_with(host=host)


async def fetch(place: Place, url: httpx.URL) -> Document:
    """Return what *url* answers, redirections followed on the same host only. Raises ``NotFetched``.

    The last answer is a redirection when it leads elsewhere, or when there are too many.
    """
    seconds = place.network.limits.document
    try:
        async with asyncio.timeout(seconds):
            return await _followed(place, url)
    except TimeoutError:
        raise NotFetched(f"no whole answer within {seconds:g} s") from None
    except httpx.HTTPError as error:
        raise NotFetched(_why(error)) from None


async def _followed(place: Place, url: httpx.URL) -> Document:
    for _ in range(MOST_REDIRECTS):
        document = await _got(place, url)
        following = _following(document)
        if following is None:
            return document
        url = following
    return await _got(place, url)


async def _got(place: Place, url: httpx.URL) -> Document:
    # A client for one request: what it was told to remember is forgotten with it.
    transport = Pinned(place)
    limits = place.network.limits
    async with (
        httpx.AsyncClient(
            transport=transport, headers=_HEADERS, trust_env=False, timeout=limits.document
        ) as http,
        http.stream("GET", url) as answer,
    ):
        return await _document(url, answer, limits.largest)


async def _document(url: httpx.URL, answer: httpx.Response, largest: int) -> Document:
    headers = answer.headers
    return Document(
        url=url,
        status=answer.status_code,
        media_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
        body=await bounded(answer, largest),
        location=headers.get("location", "") if answer.is_redirect else "",
        challenges=headers.get("www-authenticate", ""),
    )


async def bounded(answer: httpx.Response, largest: int) -> bytes:
    """Return the body as it is on the wire; ``NotFetched`` if it is too large, or compressed."""
    if answer.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise NotFetched("the answer is compressed, which was not asked for")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > largest:
            raise NotFetched(f"the answer is larger than {largest // 1024} KiB")
    return bytes(body)


def _following(document: Document) -> httpx.URL | None:
    if not document.location:
        return None
    try:
        there = document.url.join(document.location)
    except httpx.InvalidURL:
        return None
    same = (there.scheme, there.host, there.port) == ("https", document.url.host, document.url.port)
    return there if same and not there.userinfo else None


def _why(error: httpx.HTTPError) -> str:
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            return "no connection"
        case httpx.RemoteProtocolError():
            return "the answer is not HTTP, or was cut"
        case _:
            return f"the connection broke ({type(error).__name__})"
