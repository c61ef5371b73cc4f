"""Slack's side of a delivery in as little code as can be, so that what is timed is the app's.

The time that counts ends when the acknowledgement arrives, by the kernel's own stamp on the
packet (Linux, socket(7), ``SO_TIMESTAMPNS``). Here the caller shares its cores with the app;
when it gets one to read the packet says nothing about an app that Slack calls from afar.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode, urlsplit

from bot.sim.workspace import SimulatedWorkspace

PATIENCE = 10.0
_SO_TIMESTAMPNS = 35
"""Of Linux on all but a few architectures; the ``socket`` module does not name it."""
_TIMESPEC = struct.Struct("@qq")


class Unanswered(Exception):
    """A delivery was not acknowledged with 200 and an empty body."""


class Line:
    """One connection, kept alive."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def post(self, request: bytes) -> float:
        """Send *request* and return the seconds until it was acknowledged."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            started = time.time_ns()
            await loop.sock_sendall(self._connection, request)
            head, arrived = b"", 0
            while not head.endswith(b"\r\n\r\n"):
                await self._readable()
                more, arrived = self._read()
                head += more
        if not head.startswith(b"HTTP/1.1 200 ") or b"\r\nContent-Length: 0\r\n" not in head:
            raise Unanswered(head.decode(errors="replace"))
        return (arrived - started) / 1e9

    async def _readable(self) -> None:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._connection, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._connection)

    def _read(self) -> tuple[bytes, int]:
        more, stamps, _, _ = self._connection.recvmsg(65536, socket.CMSG_SPACE(_TIMESPEC.size))
        if not more:
            raise Unanswered("the connection was closed")
        for level, kind, data in stamps:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = _TIMESPEC.unpack(data)
                return more, seconds * 1_000_000_000 + nanoseconds
        # The kernel begins to stamp a moment after it is asked to. This time is later, never earlier.
        return more, time.time_ns()


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[Line]:
    """Connect to the host in *url* as long as the context lasts."""
    found = urlsplit(url)
    with socket.socket() as connection:
        connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        await asyncio.get_running_loop().sock_connect(connection, (found.hostname, found.port))
        yield Line(connection)


def command(workspace: SimulatedWorkspace, url: str, text: str) -> bytes:
    """Return Hanna's ``/mfa`` *text* as it crosses the network, signed; no two are the same."""
    raw = urlencode(workspace.person("U0HANNA").commanding("/mfa", text)).encode()
    return _request(url, raw, workspace.sign(raw))


def _request(url: str, raw: bytes, headers: Mapping[str, str]) -> bytes:
    found = urlsplit(url)
    lines = [f"POST {found.path} HTTP/1.1", f"Host: {found.netloc}", f"Content-Length: {len(raw)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw
