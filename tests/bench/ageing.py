"""What is asked often, in a database with many closed requests, beside one with few."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from sqlalchemy import text

from approvals.agenda import LEASE, Do, Kind
from approvals.model import PersonId
from approvals.ports import Query, Transaction
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from commands.desk import LIVE
from commands.overview import LONGEST
from tests.bench.figures import Finding
from tests.bench.suspended import storing
from tests.closed import closed_requests

FEW, MANY = 1_000, 100_000
ROUNDS = 300
WARM = 20
SLOWER = 1.5
SOMEBODY = PersonId("subject-7")
CLAIMS = (Kind.RESTORE,)

Ask = Callable[[SqlStore], Awaitable[float]]


async def ages(_folder: Path, name: str, database: Callable[[str], str]) -> list[Finding]:
    """Ask both in turns."""
    async with AsyncExitStack() as stack:
        young, old = [
            await stack.enter_async_context(storing(database(f"ageing{number}"))) for number in (FEW, MANY)
        ]
        for (opened, store), number in ((young, FEW), (old, MANY)):
            await closed_requests(opened, store, number)
            await _analysed(opened)
        return [await _compared(f"{what}, {name}", ask, young[1], old[1]) for what, ask in ASKED.items()]


async def _compared(what: str, ask: Ask, young: SqlStore, old: SqlStore) -> Finding:
    pairs = [(await ask(young), await ask(old)) for _ in range(WARM + ROUNDS)][WARM:]
    few, many = (median(times) * 1000 for times in zip(*pairs, strict=True))
    return Finding(
        what=f"{what}, {MANY} closed requests beside {FEW}",
        goal=f"median at most {SLOWER:g} times as long",
        measured=f"{many / few:.2f}: {many:.2f} ms against {few:.2f} ms ({ROUNDS} times in turns)",
        ratio=many / few / SLOWER,
    )


async def _claim(store: SqlStore) -> float:
    """Order something and claim it; the claim is timed, as a transaction."""
    async with store.transaction() as tx:
        await tx.order(None, Do(kind=CLAIMS[0], due_at=tx.now))
    began = time.perf_counter()
    async with store.transaction() as tx:
        [work] = await tx.claim(CLAIMS, 8, LEASE)
    took = time.perf_counter() - began
    async with store.transaction() as tx:
        await tx.done(work)
    return took


def _finding(query: Query) -> Ask:
    async def ask(store: SqlStore) -> float:
        began = time.perf_counter()
        async with store.transaction(writes=False) as tx:
            await _shown(tx, query)
        return time.perf_counter() - began

    return ask


async def _shown(tx: Transaction, query: Query) -> None:
    await tx.find(query)
    await tx.count(query)


async def _analysed(database: Database) -> None:
    """Let PostgreSQL look at what there is, as it does by itself after a while."""
    if database.sqlite:
        return
    async with database.session() as session:
        await (await session.connection()).execute(text("analyze"))


ASKED: dict[str, Ask] = {
    "A claim": _claim,
    "`/mfa list`": _finding(Query(states=LIVE, limit=LONGEST)),
    "`/mfa history`": _finding(Query(subject=SOMEBODY, limit=LONGEST)),
}
