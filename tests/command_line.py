"""``relatch`` as an operator meets it: an environment, what is typed, and what comes back."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.story import CLIENT_ID, CLIENT_SECRET, TENANT_ID
from bot.sim.workspace import SimulatedWorkspace

POLICY: Final = """\
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
escalate_to = ["S0DUTY"]
match_by = "email"

[suspend]
shortest = "1s"
"""
PATIENCE: Final = 100.0
"""Seconds after which a process that is observed counts as stuck."""


def environment(
    folder: Path, database_url: str, tenant: SimulatedTenant, policy: str = POLICY
) -> dict[str, str]:
    """Return what the command line needs: tenant, database and policy."""
    file = folder / "relatch.toml"
    file.write_text(policy, encoding="utf-8")
    return {
        "AZURE_TENANT_ID": TENANT_ID,
        "AZURE_CLIENT_ID": CLIENT_ID,
        "AZURE_CLIENT_SECRET": CLIENT_SECRET,
        "AZURE_AUTHORITY_HOST": tenant.url,
        "RELATCH_GRAPH_URL": tenant.url,
        "SSL_CERT_FILE": str(tenant.ca_file),
        "DATABASE_URL": database_url,
        "RELATCH_POLICY": str(file),
    }


def chat(workspace: SimulatedWorkspace) -> dict[str, str]:
    """Return what ``serve`` needs besides; every port is one that the system picks."""
    return {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
        "RELATCH_PORT": "0",
        "RELATCH_OPS_PORT": "0",
        "RELATCH_LOG_FORMAT": "json",
    }


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


async def relatch(*arguments: str, env: Mapping[str, str], stdout: int = asyncio.subprocess.PIPE) -> Ran:
    """Run ``relatch`` as a process of its own to its end; *stdout* is where it writes."""
    async with started(*arguments, env=env, stdout=stdout) as process:
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Ran(process.returncode, (out or b"").decode(), err.decode())


@asynccontextmanager
async def started(
    *arguments: str, env: Mapping[str, str], stdout: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start ``relatch`` as a process of its own; at the end of the context it is killed, if it still runs."""
    # Nothing of the environment of the tests but where programs are.
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        env={**bare, **env},
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


class Bot:
    """``relatch serve`` as a process of its own, and what it logs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())
        self.lines: list[dict[str, Any]] = []
        self.noise: list[str] = []

    @property
    def pid(self) -> int:
        return self._process.pid

    async def logged(self, event: str, **facts: object) -> dict[str, Any]:
        """Wait for a line about *event* with *facts*, and return it."""

        def found() -> dict[str, Any] | None:
            return next(
                (line for line in self.lines if line["event"] == event and facts.items() <= line.items()),
                None,
            )

        try:
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: found() or self._reading.done())
        except TimeoutError:
            raise AssertionError(f"{event} was not logged, but {self.lines} {self.noise}") from None
        line = found()
        assert line is not None, f"it ended without logging {event}: {self.lines} {self.noise}"
        return line

    async def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        self._process.terminate()
        return await self.ended()

    async def kill(self) -> None:
        """Kill it where it is."""
        self._process.kill()
        await self.ended()

    async def ended(self) -> int:
        """Wait for its end; return its exit code."""
        async with asyncio.timeout(2 * PATIENCE):
            await self._reading
            return await self._process.wait()

    async def close(self) -> None:
        """Kill it, if it still runs, and read to the end of what it logged."""
        if self._process.returncode is None:
            self._process.kill()
        await self.ended()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for raw in self._process.stderr:
            line = raw.decode().rstrip("\n")
            async with self._changed:
                if line.startswith("{"):
                    self.lines.append(json.loads(line))
                else:
                    self.noise.append(line)
                self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def serve(env: Mapping[str, str]) -> AsyncIterator[Bot]:
    """Run ``relatch serve``; at the end it is killed, if it still runs."""
    async with started("serve", env=env, stdout=asyncio.subprocess.DEVNULL) as process:
        bot = Bot(process)
        try:
            yield bot
        finally:
            await bot.close()
