"""The simulated tenant on a socket: the login host and the Graph host on one HTTPS origin on loopback."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from email.utils import format_datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.sim.authority import Authority
from bot.sim.tenant import login
from bot.sim.tenant.faults import Faults
from bot.sim.tenant.front import Front, Severed
from bot.sim.tenant.journal import Received
from bot.sim.tenant.state import Tenant, new_id
from bot.sim.tenant.target import Target, target
from bot.sim.tenant.wire import HTML_TYPE, JSON_TYPE, Answer, Call, parsed

log = logging.getLogger(__name__)

SHUTDOWN_GRACE = 0.2  # seconds: a request that a fault still holds is dropped at the end


class SimulatedTenant:
    """``async with SimulatedTenant(story()) as tenant`` serves until the context is left.

    ``state`` is the store to look at and to change directly, ``faults`` what shall go wrong. It trusts
    everybody who reaches the socket to be who they prove to be with made-up credentials: nothing here is
    real, and it says so in the log.
    """

    def __init__(self, state: Tenant, *, port: int = 0) -> None:
        self.state = state
        self.faults = Faults()
        self._front = Front(state, self.faults)
        self._authority = Authority()
        self._asked_port = port
        self._port = 0
        self._stack = AsyncExitStack()
        log.warning("simulated tenant: nothing here is real, no account is protected by it")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(self._authority)
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._serve)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_GRACE)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            context = self._authority.server_context()
            await web.TCPSite(runner, "127.0.0.1", self._asked_port, ssl_context=context).start()
            self._port = int(runner.addresses[0][1])
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        """The origin of both hosts, ``https://localhost:PORT``, without a slash at its end."""
        return f"https://localhost:{self._port}"

    @property
    def authority(self) -> Authority:
        """Who certifies it, and whatever stands beside it."""
        return self._authority

    @property
    def ca_file(self) -> Path:
        """PEM file of the authority a client has to trust."""
        return self._authority.ca_file

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        payload = await request.read()
        asked = target(request.raw_path)
        received = self._journal(request, asked, payload)
        call = Call(
            tenant=self.state,
            received=received,
            origin=f"https://{request.host}",
            target=asked.raw,
            segments=asked.segments,
            query=asked.options,
            headers={name.lower(): value for name, value in request.headers.items()},
            payload=payload,
            as_of=received.at,
        )
        try:
            answer = await self._front.perform(call)
        except Severed:
            return _cut(request)
        return self._response(answer, received)

    def _journal(self, request: web.Request, asked: Target, payload: bytes) -> Received:
        requests = self.state.journal.requests
        private = asked.api == "login"
        request_id = new_id()
        received = Received(
            number=len(requests) + 1,
            at=self.state.now(),
            method=request.method,
            api=asked.api,
            path=asked.path,
            query=asked.query,
            client_request_id=request.headers.get("client-request-id", request_id),
            request_id=request_id,
            body=login.without_credential(login.form(payload)) if private else parsed(payload),
        )
        requests.append(received)
        return received

    def _response(self, answer: Answer, received: Received) -> web.Response:
        headers = {
            "request-id": received.request_id,
            "client-request-id": received.client_request_id,
            "Date": format_datetime(self.state.now(), usegmt=True),
            "Cache-Control": "no-cache",
            **answer.headers,
        }
        match answer.body:
            case None:
                return web.Response(status=answer.status, headers=headers)
            case str(page):
                return web.Response(
                    status=answer.status, body=page.encode(), headers={"Content-Type": HTML_TYPE, **headers}
                )
            case body:
                kind = {"Content-Type": JSON_TYPE}
                return web.Response(
                    status=answer.status, body=json.dumps(body).encode(), headers={**headers, **kind}
                )


async def serve(state: Tenant, *, ready: Callable[[SimulatedTenant], None], port: int = 0) -> None:
    """Serve until cancelled, for a process that does nothing else; *ready* is told once it listens."""
    async with SimulatedTenant(state, port=port) as tenant:
        ready(tenant)
        await asyncio.Event().wait()


def _cut(request: web.Request) -> web.Response:
    """Drop the connection; the response that aiohttp wants has nowhere to go."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
