"""Processes of their own: what is measured shares no interpreter with what measures."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

PATIENCE = 60.0
LOOK_EVERY = 0.002
STOP_WITHIN = 40.0


class Broken(Exception):
    """A process did not do what it has to; says which, and what it said."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that answers over HTTP; ``seconds`` passed from its start to its first answer."""

    pid: int
    seconds: float


def resident(pid: int) -> float:
    """Return how much memory a process holds, in megabytes of 1024² octets (``VmRSS``)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def processor(pid: int) -> float:
    """Return for how many seconds a process has kept a processor busy."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return *settings* and nothing of ours that changes how Python runs, or what the product reads."""
    return {"PATH": os.environ.get("PATH", os.defpath), **settings}


@asynccontextmanager
async def running(
    *arguments: str, environment: Mapping[str, str], says: Path, look: str
) -> AsyncIterator[Child]:
    """Run Python with *arguments* until the context is left; yields once a GET of *look* is answered.

    Standard error goes to the file *says*. Raises ``Broken`` unless it ends well when told to.
    """
    with says.open("wb") as written:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=environment_of(environment), stderr=written
        )
        try:
            await listening(look)
            yield Child(process.pid, time.perf_counter() - began)
        finally:
            if process.returncode is None:
                process.terminate()
            code = await asyncio.wait_for(process.wait(), STOP_WITHIN)
    if code != 0:
        raise Broken(f"{' '.join(arguments)} ended with {code}: {_end_of(says)}")


@asynccontextmanager
async def serve(environment: Mapping[str, str], says: Path) -> AsyncIterator[tuple[Child, str]]:
    """Run ``relatch serve``; yields it from its first sign of life, with the address for deliveries."""
    taken, ops = free_port(), free_port()
    settings = {**environment, "RELATCH_PORT": str(taken), "RELATCH_OPS_PORT": str(ops)}
    alive = f"http://127.0.0.1:{ops}/healthz"
    async with running("-m", "bot", "serve", environment=settings, says=says, look=alive) as child:
        yield child, f"http://127.0.0.1:{taken}/slack/events"


async def listening(url: str) -> None:
    """Wait until somebody answers HTTP at *url*, whatever the answer; raises ``TimeoutError``."""
    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(url):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(LOOK_EVERY)


def _end_of(says: Path) -> str:
    return says.read_text(encoding="utf-8", errors="replace")[-2000:]
