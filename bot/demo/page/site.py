"""The page on a socket. It listens on loopback and does nothing that another site's page asks for.

What a browser sends along says where a request comes from: a name that is not ours in ``Host`` is DNS
rebinding, an ``Origin`` that is not ours is another page. Acts are JSON by POST with our own origin.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from typing import Any, Final

from aiohttp import web

from bot.demo.page.eyes import Eyes
from bot.demo.page.hands import Hands
from bot.demo.page.ledger import Coming, Ledger
from bot.demo.page.seat import NoSeat, Seat, seat
from bot.demo.world import World
from bot.lifecycle import Serving
from bot.sim.workspace import CannotActError

HOST: Final = "127.0.0.1"
LARGEST: Final = 64 * 1024
LOOK: Final = 0.25
"""Seconds between two looks at what rings no bell: the tenant, the database."""
PULSE: Final = 15.0
"""Seconds after which a quiet stream says that it is still there."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
STATIC: Final = {
    "page.js": "text/javascript",
    "completion.js": "text/javascript",
    "page.css": "text/css",
    "icon.svg": "image/svg+xml",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def page(world: World, running: Serving, port: int) -> AsyncGenerator[str]:
    """Serve the page on *port* (0: any) for as long as the context lasts; its address, with a slash."""
    site = Site(world, running)
    runner = web.AppRunner(site.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        bound = int(runner.addresses[0][1])
        site.hosts = {f"{name}:{bound}" for name in (HOST, "localhost")}
        yield f"http://{HOST}:{bound}/"
    finally:
        site.closing.set()
        await runner.cleanup()


class Site:
    """What answers; ``hosts`` are the names under which it may be asked."""

    def __init__(self, world: World, running: Serving) -> None:
        self.hosts: set[str] = set()
        self.closing = asyncio.Event()
        self._world = world
        self._ledger = Ledger(running, world.tenant.state)
        self._eyes = Eyes(world, self._ledger)
        self._hands = Hands(world, running, self._ledger)
        self._reading = asyncio.Lock()

    def application(self) -> web.Application:
        """Return everything behind the guard."""
        application = web.Application(middlewares=[self._guard], client_max_size=LARGEST)
        application.router.add_get("/", self._page)
        application.router.add_get("/live", self._live)
        application.router.add_get("/static/{name}", _static)
        application.router.add_post("/act/{what}", self._act)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another site's page could have sent; let nothing out without its headers."""
        if request.headers.get("Host", "") not in self.hosts or not self._ours(request):
            return web.Response(status=403, text="This page is for this machine's browser alone.\n")
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            refused.headers.update(HEADERS)
            raise
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _ours(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if request.method == "GET" and origin is None:
            return request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"} or (
                request.path == "/" and request.headers.get("Sec-Fetch-Dest") == "document"
            )
        return origin == f"http://{request.headers['Host']}"

    async def _page(self, request: web.Request) -> web.Response:
        await self._read()
        coming = await self._coming()
        return web.Response(text=self._eyes.page(self._seat(request), coming), content_type="text/html")

    async def _act(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if what not in self._hands.acts:
            raise web.HTTPNotFound
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            await self._hands.act(what, self._seat(request), _object(await request.text()))
        except CannotActError as why:
            return web.json_response({"why": str(why)}, status=409)
        return web.Response(status=204)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Send each region again whenever it has changed, until the reader or the page goes."""
        at = self._seat(request)
        stream = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        sent: dict[str, str] = {}
        seen: object = None
        quiet = 0.0
        with suppress(ConnectionResetError):
            while not self.closing.is_set():
                await self._read()
                if (now := self._state()) != seen:
                    seen, fresh = now, self._eyes.regions(at, await self._coming())
                    news = {name: html for name, html in fresh.items() if sent.get(name) != html}
                    sent = fresh
                    await stream.write(f"data: {json.dumps(news)}\n\n".encode())
                    quiet = 0.0
                elif quiet >= PULSE:
                    await stream.write(b": still here\n\n")
                    quiet = 0.0
                await self._something()
                quiet += LOOK
        return stream

    def _state(self) -> object:
        """Return what differs whenever something is to be shown anew."""
        journal = self._world.tenant.state.journal
        workspace = self._world.workspace
        return (
            *(workspace.revision, len(journal.changes), len(journal.requests)),
            *(self._ledger.seq, self._world.clock.ahead),
        )

    async def _something(self) -> None:
        """Wait for the workspace to change, or a moment for the rest of the world."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await self._world.workspace.change()

    async def _read(self) -> None:
        async with self._reading:
            await self._ledger.read_on()

    async def _coming(self) -> Coming | None:
        return await self._ledger.coming()

    def _seat(self, request: web.Request) -> Seat:
        try:
            return seat(self._world.workspace, request.query)
        except NoSeat as why:
            raise web.HTTPNotFound(text=f"{why}\n") from None


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in STATIC:
        raise web.HTTPNotFound
    text = files("bot.demo.page").joinpath("static", name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=STATIC[name])


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise web.HTTPBadRequest
    return found
