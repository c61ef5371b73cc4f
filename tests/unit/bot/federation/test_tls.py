"""TLS of a federation host, against servers of every kind on loopback."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.federation.board import Found
from bot.federation.guard import Checked
from bot.federation.health import Moment
from bot.federation.network import Limits, Network, Server
from bot.federation.tls import look
from bot.sim.authority import Authority
from commands.federation_model import Grade, Thresholds

NAME = "fs.contoso.com"


@asynccontextmanager
async def listening(context: ssl.SSLContext | None, words: bytes = b"") -> AsyncIterator[int]:
    """Listen on loopback; say *words* to whoever connects."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def looked(port: int, trust: ssl.SSLContext) -> Found[ssl.SSLContext]:
    network = Network(public=trust, limits=Limits(connection=1.0))
    return await look(
        network, Server(NAME, Checked("127.0.0.1"), port), Moment(datetime.now(UTC), Thresholds())
    )


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.ca_file)
    return context


@pytest.mark.parametrize(("days", "grade"), [(16, Grade.GOOD), (14, Grade.WARNING)])
async def test_a_certificate_that_ends_soon_is_a_warning(days: int, grade: Grade) -> None:
    now = datetime.now(UTC)
    with Authority() as authority:
        context = authority.server_context(NAME)
        end = now + timedelta(days=days, hours=1)
        authority.certify(context, NAME, not_before=now - timedelta(days=60), not_after=end)
        async with listening(context) as port:
            found = await looked(port, trusting(authority))
    assert max(one.grade for one in found.findings) is grade
    assert found.value is not None
    assert f"{days} days" in found.findings[-1].what


@pytest.mark.parametrize("words", [b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
async def test_a_port_that_speaks_no_tls_is_wrong(words: bytes) -> None:
    with Authority() as authority:
        async with listening(None, words) as port:
            found = await looked(port, trusting(authority))
    assert found.value is None
    (finding,) = found.findings
    assert finding.grade is Grade.WRONG
    assert "handshake failed" in finding.what
