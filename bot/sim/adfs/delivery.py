"""How a document travels: whole and at once, or with something wrong on the way."""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from typing import TypeAlias, assert_never

from aiohttp import web

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Document:
    """What was asked for: a status, the bytes and their type."""

    body: bytes
    content_type: str
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plain:
    """As it is; ``content_type`` replaces the right one."""

    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """Another answer instead of the document."""

    status: int
    body: str = "<html><body><h1>Service Unavailable</h1></body></html>"
    content_type: str = "text/html; charset=us-ascii"


@dataclass(frozen=True, slots=True)
class Redirected:
    """A redirect to another address."""

    to: str
    status: int = HTTPStatus.FOUND


@dataclass(frozen=True, slots=True)
class Padded:
    """The document, and a comment behind it that makes it this many bytes long: well-formed, signed, big."""

    size: int = 5 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class GzipBomb:
    """A small body, ``Content-Encoding: gzip`` whether asked for or not, that unpacks to *size* bytes."""

    size: int = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Dripped:
    """A byte every so many seconds, so that no single read is slow; the rest at once when the gate opens."""

    gate: asyncio.Event
    every: float = 0.02


@dataclass(frozen=True, slots=True)
class Held:
    """Not a byte until the gate opens."""

    gate: asyncio.Event


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection closed in the middle: headers that promise everything, and half of it."""


Whole: TypeAlias = Plain | Answered | Redirected | Padded | GzipBomb
Delivery: TypeAlias = Whole | Dripped | Held | Cut


async def deliver(request: web.Request, document: Document, delivery: Delivery) -> web.StreamResponse:
    """Answer a request with a document in this way."""
    match delivery:
        case Dripped(gate, every):
            return await _drip(await _begun(request, document), document.body, gate, every)
        case Held(gate):
            await gate.wait()
            return _response(document)
        case Cut():
            return await _cut(request, document)
        case _:
            return _response(_altered(document, delivery))


def _altered(document: Document, delivery: Whole) -> Document:
    match delivery:
        case Plain(content_type):
            return replace(document, content_type=content_type or document.content_type)
        case Answered(status, body, content_type):
            return Document(body.encode(), content_type, status)
        case Redirected(to, status):
            return Document(b"", "text/html", status, {"Location": to})
        case Padded(size):
            filler = b"x" * (size - len(document.body) - len("<!---->"))
            return replace(document, body=b"%b<!--%b-->" % (document.body, filler))
        case GzipBomb(size):
            return replace(document, body=_bomb(size), headers={"Content-Encoding": "gzip"})
        case _:
            assert_never(delivery)


def _response(document: Document) -> web.Response:
    headers = {**document.headers, "Content-Type": document.content_type}
    return web.Response(status=document.status, body=document.body, headers=headers)


async def _drip(
    response: web.StreamResponse, body: bytes, gate: asyncio.Event, every: float
) -> web.StreamResponse:
    for sent, byte in enumerate(body):
        if gate.is_set():
            await response.write(body[sent:])
            break
        await response.write(bytes([byte]))
        await _until(gate, every)
    return response


async def _cut(request: web.Request, document: Document) -> web.StreamResponse:
    response = await _begun(request, document)
    await response.write(document.body[: len(document.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _begun(request: web.Request, document: Document) -> web.StreamResponse:
    headers = {**document.headers, "Content-Type": document.content_type}
    response = web.StreamResponse(status=document.status, headers=headers)
    response.content_length = len(document.body)
    await response.prepare(request)
    return response


async def _until(gate: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await gate.wait()
    except TimeoutError:
        return


@cache
def _bomb(size: int) -> bytes:
    return gzip.compress(bytes(size), mtime=0)
