"""How the connection of Socket Mode is made: over TLS, through proxies, and with whom it trusts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from approvals.errors import Later
from bot.sim.authority import Authority
from bot.slack.door import Admitted, Answer, Hall
from bot.slack.socket import ADVICE, LOST, REFUSED, Socket
from bot.slack.web import connected
from bot.trust import trusting

TOKEN = "xapp-planted"
TICKET = "planted-ticket"


class Behind:
    """What lies behind: takes everything."""

    async def __call__(self, _: Admitted) -> Answer:
        return Answer(200)

    def turned_away(self, correlation: str) -> None:
        """Hear of it."""


class Slack:
    """A Slack over TLS that opens connections and says hello."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: dict[str, object] = {}
        self.greets = True
        self.asked = asyncio.Event()

    async def open(self, _: web.Request) -> web.Response:
        self.asked.set()
        address = f"{self.url.replace('http', 'ws')}/link?ticket={TICKET}"
        answer = web.json_response(self.answer or {"ok": True, "url": address})
        answer.force_close()  # so that the connection that follows is one of its own
        return answer

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.greets:
            await socket.send_json({"type": "hello"})
            async for _ in socket:
                pass
        return socket


class Proxy:
    """A proxy that notes where it is asked to connect to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).decode().split()
        assert line[0] == "CONNECT"
        self.asked.append(line[1])
        host, _, port = line[1].rpartition(":")
        there, to = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for pair in ((reader, to), (there, writer)):
            task = asyncio.create_task(_pipe(*pair))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
def authority() -> Iterator[Authority]:
    with Authority() as found:
        yield found


@pytest.fixture
async def slack(authority: Authority) -> AsyncIterator[Slack]:
    found = Slack()
    app = web.Application()
    app.router.add_post("/api/apps.connections.open", found.open)
    app.router.add_get("/link", found.link)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server_context()).start()
    found.url = f"https://localhost:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    found = Proxy()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    monkeypatch.setenv("NO_PROXY", "")
    yield found
    server.close()


@asynccontextmanager
async def socket_to(slack: Slack, ca_file: Path | None) -> AsyncIterator[Socket]:
    async with AsyncExitStack() as stack:
        web_api = await stack.enter_async_context(
            connected("xoxb-planted", f"{slack.url}/api/", trusting(ca_file))
        )
        hall = Hall(correlation=lambda: "c-1", behind=Behind())
        found = Socket(web_api, TOKEN, hall, lambda _: None)
        stack.push_async_callback(found.close)
        yield found


async def test_it_goes_through_the_proxy_and_trusts_the_extra_authority(
    slack: Slack, proxy: Proxy, authority: Authority
) -> None:
    async with socket_to(slack, authority.ca_file) as socket, asyncio.timeout(10):
        await socket.open()
        await socket.check()
    assert proxy.asked == [slack.url.removeprefix("https://")] * 2


async def test_hosts_in_no_proxy_are_reached_without_it(
    slack: Slack, proxy: Proxy, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")
    async with socket_to(slack, authority.ca_file) as socket, asyncio.timeout(10):
        await socket.open()
    assert proxy.asked == []


async def refused(slack: Slack, ca_file: Path | None) -> tuple[str, list[dict[str, object]]]:
    """Try to connect; return what is said of the failure, and what was logged."""
    with capture_logs() as logged:
        async with socket_to(slack, ca_file) as socket:
            opening = asyncio.create_task(socket.open())
            async with asyncio.timeout(10):
                while not logged:  # noqa: ASYNC110  # what is waited for rings no bell
                    await asyncio.sleep(0)
            with pytest.raises(Later) as error:
                await socket.check()
            opening.cancel()
    assert TICKET not in str(logged)
    assert TOKEN not in str(logged)
    return error.value.why, [dict(line) for line in logged]


async def test_an_authority_that_is_not_trusted_is_not_connected_to(slack: Slack) -> None:
    why, logged = await refused(slack, None)
    assert why == "no connection from Slack: Slack could not be reached (ClientConnectorCertificateError)"
    assert {line["event"] for line in logged} == {LOST}


@pytest.mark.parametrize(
    "error", ["invalid_auth", "not_allowed_token_type", "missing_scope", "token_revoked"]
)
async def test_a_token_that_is_refused_says_what_to_do(
    slack: Slack, authority: Authority, error: str
) -> None:
    slack.answer = {"ok": False, "error": error}
    why, logged = await refused(slack, authority.ca_file)
    assert why == f"no connection from Slack: Slack answers {error}; {ADVICE}"
    assert {line["event"] for line in logged} == {REFUSED}


@pytest.mark.parametrize(
    "url", ["", "http://localhost/link", "https://localhost/link", "ws://slack.example.com/", "wss://a:b@c/"]
)
async def test_only_an_address_over_tls_is_connected_to(slack: Slack, authority: Authority, url: str) -> None:
    slack.answer = {"ok": True, "url": url}
    why, _ = await refused(slack, authority.ca_file)
    assert why == "no connection from Slack: Slack gave no address to connect to"


async def test_a_connection_that_ends_without_a_hello_does_not_count(
    slack: Slack, authority: Authority
) -> None:
    slack.greets = False
    why, _ = await refused(slack, authority.ca_file)
    assert why == "no connection from Slack: Slack did not say hello"
