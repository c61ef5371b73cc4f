"""Socket Mode as Slack plays it: connections that the app opens, and envelopes that come through them.

An address is good for one connection (Slack docs, "Using Socket Mode"). A connection says hello first; each
envelope goes to one of those that are open, and has to be acknowledged there within three seconds.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import TYPE_CHECKING, Final

from aiohttp import WSMsgType, web

from bot.sim.workspace.delivery import PATIENCE, Ack, NotAcknowledgedError

if TYPE_CHECKING:
    from bot.sim.workspace.model import Json
    from bot.sim.workspace.world import World

PATH: Final = "/link/"
MOST: Final = 10
"""Connections that one app may have open."""


class Link:
    """One open connection. ``leaving`` holds once it was told to go: no more envelopes come through it."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.leaving = False

    async def told(self, frame: Json) -> None:
        """Send *frame* to the app."""
        await self.socket.send_str(json.dumps(frame))


class Links:
    """Every connection of the app. ``envelopes`` and ``tickets`` are those that ever were."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._unused: set[str] = set()
        self.tickets: list[str] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._refusals = 0
        self.envelopes: list[Json] = []
        self.open: list[Link] = []
        self.opened = 0
        self.patience = PATIENCE

    def address(self) -> str:
        """Return the address of one new connection (``apps.connections.open``)."""
        ticket = secrets.token_urlsafe(18)
        self._unused.add(ticket)
        self.tickets.append(ticket)
        base = self._world.url.rstrip("/").replace("http", "ws", 1)
        return f"{base}{PATH}?ticket={ticket}&app_id={self._world.installation.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until either side ends it; 403 for an address that was used before."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._unused:
            return web.Response(status=403)
        self._unused.remove(ticket)
        if self._refusals:
            self._refusals -= 1
            return web.Response(status=502)
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        link = Link(socket, request)
        if len(self.open) >= MOST:
            await link.told({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._hold(link)
        return socket

    async def _hold(self, link: Link) -> None:
        self.open.append(link)
        self.opened += 1
        await link.told(self._hello())
        self._world.changed()
        try:
            async for message in link.socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(json.loads(message.data))
        finally:
            self.open.remove(link)
            self._world.changed()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "connection_info": {"app_id": self._world.installation.app_id},
            "debug_info": {"host": "applink", "build_number": 1, "approximate_connection_time": 18060},
        }

    def _heard(self, ack: Json) -> None:
        waiting = self._acks.get(str(ack.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(ack)

    async def deliver(self, kind: str, payload: Json) -> Ack:
        """Send an envelope of *kind* to the app, and wait for its acknowledgement."""
        envelope = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind == "slash_commands" or payload.get("type") == "view_submission",
        }
        self.envelopes.append(envelope)
        return await self.send(envelope)

    async def send(self, envelope: Json, through: Link | None = None) -> Ack:
        """Send *envelope* through a connection (the newest, unless it is said), perhaps once more."""
        ready = [link for link in self.open if not link.leaving]
        if through is None and not ready:
            raise NotAcknowledgedError("the app has no connection")
        waiting = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = waiting
        started = time.perf_counter()
        await (through or ready[-1]).told(envelope)
        try:
            async with asyncio.timeout(self.patience):
                ack = await waiting
        except TimeoutError as error:
            raise NotAcknowledgedError("the envelope was not acknowledged") from error
        body = json.dumps(ack["payload"]) if "payload" in ack else ""
        return Ack(200, body, {}, time.perf_counter() - started)

    def refuse(self, times: int) -> None:
        """Answer the next *times* connections with 502; their addresses are used up all the same."""
        self._refusals = times

    async def tell(self, reason: str) -> None:
        """Tell every connection to go, for *reason* (``warning``, ``refresh_requested``, …)."""
        for link in self.open[:]:
            link.leaving = True
            await link.told({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink"}})

    async def close(self, *, leaving: bool = False) -> None:
        """Close every connection, or those that were told to go."""
        for link in self.open[:]:
            if link.leaving or not leaving:
                await link.socket.close()

    def cut(self) -> None:
        """Cut every connection, without a word."""
        for link in self.open[:]:
            if link.request.transport is not None:
                link.request.transport.abort()
