"""How fast a delivery is acknowledged: one at a time beside a plain Bolt app, and fifty at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.sim.tenant.faults import FOREVER, Delay, Fault
from tests.bench.databases import busy
from tests.bench.figures import Finding, spread
from tests.bench.processes import free_port, listening, running, serve
from tests.bench.wire import Line, command, line_to
from tests.bench.world import World, world

PAIRS = 300
WARM = 20
BURST = 50
BURSTS = 3
ASKS = "status lee@contoso.com"
RATIO = 0.1
AT_ONCE = 0.25
GRAPH_TAKES = 5.0
PATIENCE = 120.0
"""Seconds for the answer to a command: it asks Graph five times, one after the other."""


async def alternating(folder: Path) -> list[Finding]:
    """Acknowledge in turns with a plain Bolt app, each command answered in full before the next."""
    async with (
        world(folder, f"sqlite:///{folder / 'alternating.db'}") as around,
        serve(around.environment, folder / "serve.log") as (_, ours),
        _plain(around, folder) as theirs,
        line_to(theirs) as to_theirs,
    ):
        await listening(ours)
        pairs = []
        async with line_to(ours) as to_ours:
            for number in range(1, WARM + PAIRS + 1):
                mine = await to_ours.post(command(around.workspace, ours, ASKS))
                await _answered(around, number)
                pairs.append((mine, await to_theirs.post(command(around.workspace, theirs, ASKS))))
    bot, plain = (spread(times) for times in zip(*pairs[WARM:], strict=True))
    ratio = bot.median / plain.median
    return [
        Finding(
            what="Acknowledgement, one at a time, beside a default Bolt app",
            goal=f"median at most {RATIO} of Bolt's",
            measured=f"{ratio:.3f}: {bot} against {plain}",
            ratio=ratio / RATIO,
        )
    ]


async def bursts(folder: Path, name: str, database: str) -> list[Finding]:
    """Acknowledge fifty commands at once, while Graph is slow and a writer keeps *database* busy."""
    times: list[float] = []
    async with (
        world(folder, database) as around,
        serve(around.environment, folder / f"burst-{name}.log") as (_, url),
    ):
        await listening(url)
        await _one(around, url)
        around.tenant.faults.add(Fault(Delay(GRAPH_TAKES), path=r"^/\$batch$|/requirements$", times=FOREVER))
        with busy(database):
            for _ in range(BURSTS):
                times += await _burst(around, url)
            await _answered(around, 1 + BURST * BURSTS)
        in_full = sum("Lee Jansen" in one.text for one in around.answers()) - 1
    found = spread(times)
    return [
        Finding(
            what=f"Acknowledgement, {BURST} at once, slow Graph, a busy writer, {name}",
            goal=f"every one in {AT_ONCE * 1000:g} ms",
            measured=f"{found}; Graph takes {GRAPH_TAKES:g} s, {in_full} answered in full",
            ratio=found.worst / AT_ONCE,
        )
    ]


@asynccontextmanager
async def _plain(around: World, folder: Path) -> AsyncIterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    async with running(
        "-m",
        "tests.bench.plain_bolt",
        str(port),
        environment=around.environment,
        says=folder / "plain.log",
        look=url,
    ):
        yield url


async def _burst(around: World, url: str) -> list[float]:
    async with AsyncExitStack() as stack:
        lines: list[Line] = [await stack.enter_async_context(line_to(url)) for _ in range(BURST)]
        requests = [command(around.workspace, url, ASKS) for _ in lines]
        posts = (line.post(request) for line, request in zip(lines, requests, strict=True))
        return await asyncio.gather(*posts)


async def _one(around: World, url: str) -> None:
    async with line_to(url) as line:
        await line.post(command(around.workspace, url, ASKS))
    await _answered(around, 1)


async def _answered(around: World, number: int) -> None:
    """Wait until *number* commands were answered; ``TimeoutError`` if one is not."""
    await around.workspace.until(lambda: len(around.answers()) >= number, timeout=PATIENCE)
