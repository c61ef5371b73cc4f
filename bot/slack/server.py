"""The HTTP side of the door: ``POST /slack/events``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.slack.door import JSON, Door

PATH = "/slack/events"
BODY_MOST = 1024 * 1024
"""Octets; the limit holds while reading, whatever Content-Length says."""
PATIENCE = 10.0
"""Seconds in which a delivery must have come in whole."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(door: Door, observe: Callable[[float], None]) -> web.Application:
    """Return the application; *observe* is told the seconds from a delivery's headers to its answer."""
    app = web.Application()
    app.router.add_post(PATH, _handler(door, observe))
    return app


def _handler(door: Door, observe: Callable[[float], None]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        started = time.perf_counter()
        try:
            raw = await _body(request)
        except TimeoutError:
            return web.Response(status=408)
        if raw is None:
            return web.Response(status=413)
        answer = await door.receive(raw, request.headers)
        observe(time.perf_counter() - started)
        if not answer.body:
            return web.Response(status=answer.status)
        return web.Response(status=answer.status, text=answer.body, content_type=JSON)

    return handle


async def _body(request: web.Request) -> bytes | None:
    """Return the body; ``None`` as soon as it is too long."""
    if (request.content_length or 0) > BODY_MOST:
        return None
    raw = bytearray()
    async with asyncio.timeout(PATIENCE):
        async for chunk in request.content.iter_any():
            raw += chunk
            if len(raw) > BODY_MOST:
                return None
    return bytes(raw)
