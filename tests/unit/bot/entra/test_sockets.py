"""Tokens and Graph over real sockets with TLS, as the composition root puts them together."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from approvals.errors import Later
from bot.entra.address import path
from bot.entra.answers import Unclear
from bot.entra.client import GraphClient, Once
from bot.entra.credentials import Secret
from bot.entra.tokens import App, Tokens, login_http
from bot.entra.wire import Wire, graph_http
from bot.trust import trusting

if TYPE_CHECKING:
    from pathlib import Path

    from yarl import URL

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
LEE = path("/users/{}", "lee_fabrikam.com#EXT#@contoso.com")


class World:
    """A login and a Graph on one TLS port; keeps the path and the connection of each Graph call."""

    def __init__(self) -> None:
        self.script: list[Handler] = []
        self.paths: list[str] = []
        self.connections: list[object] = []

    async def discovery(self, request: web.Request) -> web.Response:
        base = f"https://{request.host}/contoso"
        ends = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}
        return web.json_response({"issuer": base, **ends})

    async def token(self, _: web.Request) -> web.Response:
        body = {"token_type": "Bearer", "expires_in": 3599, "access_token": "token"}
        return web.json_response(body)

    async def graph(self, request: web.Request) -> web.StreamResponse:
        assert request.transport
        self.paths.append(request.raw_path)
        self.connections.append(request.transport.get_extra_info("peername"))
        return await self.script.pop(0)(request)


def says(status: int, text: str = "{}") -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text)

    return handler


async def cuts(request: web.Request) -> web.StreamResponse:
    await request.read()
    assert request.transport
    request.transport.close()
    return web.Response()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(ca: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return file


@pytest.fixture
async def base(world: World, ca: trustme.CA) -> AsyncGenerator[URL, None]:
    app = web.Application()
    app.router.add_get("/contoso/v2.0/.well-known/openid-configuration", world.discovery)
    app.router.add_post("/contoso/token", world.token)
    app.router.add_route("*", "/{version:v1.0|beta}/{rest:.*}", world.graph)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    server = TestServer(app)
    await server.start_server(ssl=context)
    yield server.make_url("/")
    await server.close()


@asynccontextmanager
async def client(base: str, ca_file: Path | None) -> AsyncGenerator[GraphClient, None]:
    trust = trusting(ca_file)
    app = App(tenant="contoso", client_id="app", authority=base, credential=Secret("secret"))
    tokens = Tokens(app, login_http(trust))
    graph = GraphClient(base, Wire(tokens.of(base), graph_http(trust)))
    try:
        yield graph
    finally:
        await graph.aclose()
        await tokens.aclose()


async def test_a_guest_is_read_over_the_wire(world: World, base: URL, ca_file: Path) -> None:
    world.script = [says(200, '{"id": "1"}')]
    async with client(str(base), ca_file) as graph:
        assert await graph.get("v1.0", LEE, {"$select": "id"}) == {"id": "1"}
    assert world.paths == ["/v1.0/users/lee_fabrikam.com%23EXT%23%40contoso.com?$select=id"]


async def test_a_host_that_nobody_vouches_for_is_not_talked_to(world: World, base: URL) -> None:
    async with client(str(base), None) as graph:
        with pytest.raises(Later, match="its certificate is not trusted"):
            await graph.get("v1.0", LEE)
    assert world.paths == []


async def test_connections_are_kept_but_not_after_a_503(world: World, base: URL, ca_file: Path) -> None:
    world.script = [says(200), says(503), says(200), says(503, ""), says(200)]
    async with client(str(base), ca_file) as graph:
        for _ in range(3):
            await graph.get("v1.0", LEE)
    first, second, third, fourth, fifth = world.connections
    assert first == second
    assert third == fourth
    assert len({second, third, fifth}) == 3


async def test_a_write_that_is_cut_is_sent_once_and_left_open(world: World, base: URL, ca_file: Path) -> None:
    world.script = [cuts]
    async with client(str(base), ca_file) as graph:
        with pytest.raises(Unclear, match="the connection broke"):
            await graph.patch("beta", LEE, {"perUserMfaState": "disabled"})
    assert len(world.paths) == 1


async def test_a_write_without_an_answer_ends_in_its_time(world: World, base: URL, ca_file: Path) -> None:
    hold = asyncio.Event()

    async def silent(_: web.Request) -> web.StreamResponse:
        await hold.wait()
        return web.Response()

    world.script = [says(200), silent]
    async with client(str(base), ca_file) as graph:
        await graph.get("v1.0", LEE)
        with pytest.raises(Unclear, match="no answer within"):
            await graph.patch("beta", LEE, {}, Once(seconds=0.1))
        hold.set()
    assert len(world.paths) == 2


async def test_both_clients_go_through_the_proxy(
    base: URL, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        trust = trusting(ca_file)
        login, graph = login_http(trust), graph_http(trust)
        for fetch in (asyncio.to_thread(login.get, str(base)), graph.get(str(base))):
            with pytest.raises(Exception, match="403"):
                await fetch
        login.close()
        await graph.aclose()
    assert asked == [f"CONNECT 127.0.0.1:{base.port} HTTP/1.1".encode()] * 2
