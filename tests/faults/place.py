"""Where processes of ``relatch serve`` come and go: a database, a simulated workspace and a tenant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientConnectionError, ClientSession
from sqlalchemy import update
from sqlmodel import col, select

from approvals.record import Verification, Whole
from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant import story as tenant_story
from bot.sim.tenant.story import LEE
from bot.sim.workspace import Ephemeral, Message, SimulatedWorkspace, transcript
from bot.sim.workspace import story as workspace_story
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from bot.sql.tables import WorkRow
from tests.command_line import PATIENCE, POLICY, Bot, Ran, chat, environment, relatch, serve
from tests.suspensions import Suspensions

CHANNEL: Final = "C0APPROVALS"
HANNA, OMAR, LEES = "U0HANNA", "U0OMAR", "U0LEE"


@dataclass(frozen=True, slots=True)
class Place:
    """What outlives the processes, and what people do in it."""

    tenant: SimulatedTenant
    workspace: SimulatedWorkspace
    database: Database
    env: dict[str, str]
    stack: AsyncExitStack
    http: ClientSession

    # Processes

    async def starts(self) -> Bot:
        """Start a process; it may not take commands yet."""
        return await self.stack.enter_async_context(serve(self.env))

    async def opens(self) -> Bot:
        """Start a process, wait until it takes commands, and point the workspace at it."""
        bot = await self.starts()
        await self.leads_to(bot)
        return bot

    async def leads_to(self, bot: Bot) -> None:
        self.workspace.deliver_to = (await bot.logged("service.open"))["slack"]

    async def relatch(self, *arguments: str) -> Ran:
        return await relatch(*arguments, env=self.env)

    async def readiness(self, bot: Bot) -> tuple[int, set[str]]:
        """Return the status of ``/readyz``, and what is degraded."""
        ops = (await bot.logged("service.started"))["ops"]
        async with self.http.get(f"{ops}/readyz") as answer:
            return answer.status, set((await answer.json())["degraded"])

    async def refuses_connections(self, url: str) -> bool:
        try:
            async with self.http.get(url):
                return False
        except ClientConnectionError:
            return True

    # People

    async def asks(self, lasts: str) -> Message:
        """Let Hanna ask for a suspension; return its card."""
        await self.workspace.person(HANNA).types(
            "/mfa", f"disable lee@contoso.com for {lasts} because broken"
        )
        return await self.shows("waiting for approval")

    async def approves(self, card: Message) -> None:
        await self.workspace.person(OMAR).clicks(card, "Approve")

    async def shows(self, words: str) -> Message:
        """Wait until a card shows *words*."""
        return await self.workspace.until(lambda: self._card(words), timeout=PATIENCE)

    async def answers(self, words: str) -> None:
        """Wait until Hanna alone is told *words*."""
        await self.workspace.until(
            lambda: any(words in self._text(one) for one in self.workspace.seen_by(HANNA)), timeout=PATIENCE
        )

    async def announces(self, words: str) -> None:
        """Wait until *words* stand in the card's thread, and in Hanna's and Lee's direct messages."""

        def told() -> bool:
            card = self._card("R-")
            places = [
                self.workspace.channel(CHANNEL).thread(card.ts) if card else [],
                self.workspace.dm(HANNA).messages,
                self.workspace.dm(LEES).messages,
            ]
            return all(any(words in self._text(one) for one in place) for place in places)

        await self.workspace.until(told, timeout=PATIENCE)

    def _card(self, words: str) -> Message | None:
        shown = [one for one in self.workspace.channel(CHANNEL).messages if words in self._text(one)]
        return shown[-1] if shown else None

    def _text(self, message: Message | Ephemeral) -> str:
        shown: dict[str, Any] = {"text": message.text, "blocks": message.blocks}
        return "\n".join(transcript.content(shown, self.workspace.names))

    # What is true

    def mfa_went(self) -> list[str]:
        return [change.new for change in self.tenant.state.changes(LEE)]

    async def is_off(self) -> bool:
        return self.tenant.state.mfa(LEE) == "disabled"

    async def record(self) -> list[str]:
        """Return the events of the record, which must be whole."""
        verification, events = Verification(), []
        async for line in self._store().lines():
            assert verification.see(line) is None, line
            events.append(line.text.partition('"event":"')[2].partition('"')[0])
        assert isinstance(verification.result(), Whole)
        return events

    async def leased(self) -> list[str]:
        """Return the kinds of work that some process holds."""
        async with self.database.session(writes=False) as session:
            return list(await session.exec(select(WorkRow.kind).where(col(WorkRow.lease).is_not(None))))

    async def a_minute_passes_for_leases(self) -> None:
        """Let the leases of a dead process end."""
        async with self.database.session() as session:
            held = update(WorkRow).where(col(WorkRow.lease).is_not(None))
            await session.exec(held.values(lease_until=datetime.now(UTC)))

    def suspensions(self, clock: Callable[[], datetime]) -> Suspensions:
        """Return what writes requests as a process did that is gone."""
        return Suspensions(self._store(clock), self.tenant)

    def _store(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> SqlStore:
        return SqlStore(self.database, worker="test", clock=clock)


@asynccontextmanager
async def opened(
    folder: Path, database_url: str, database: Database, policy: str = POLICY
) -> AsyncIterator[Place]:
    """Open a place for as long as the context lasts; processes that still run are killed at its end."""
    async with AsyncExitStack() as stack:
        tenant = await stack.enter_async_context(SimulatedTenant(tenant_story()))
        workspace = await stack.enter_async_context(workspace_story(rate_limited=False))
        http = await stack.enter_async_context(ClientSession())
        env = {**environment(folder, database_url, tenant, policy), **chat(workspace)}
        yield Place(tenant, workspace, database, env, stack, http)


async def until(look: Callable[[], Awaitable[bool]], patience: float = PATIENCE) -> None:
    """Look again and again until it is so; only for what cannot wake us, such as another process's port."""
    async with asyncio.timeout(patience):
        while not await look():  # noqa: ASYNC110  # another process sets no event of ours
            await asyncio.sleep(0.05)
