"""What the suite of the store's port is told with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from approvals.agenda import Do, Kind
from approvals.model import (
    Briefing,
    ChatId,
    Lever,
    Person,
    PersonId,
    Protection,
    Request,
    RequestId,
    Suspend,
)
from bot.sql.engine import Database
from bot.sql.store import SqlStore

Clock = Callable[[], datetime]


def person(number: int, name: str) -> Person:
    upn = f"{name.lower()}{number}@contoso.com"
    return Person(PersonId(str(UUID(int=number))), name, upn, ChatId(f"U0{name.upper()}"))


@pytest.fixture
def draft(clock: Clock) -> Callable[..., Request]:
    """Make a request that is not stored yet; the subject is person number *subject*."""

    def make(number: int, subject: int = 1, **changes: object) -> Request:
        made = Request(
            id=RequestId(number),
            action=Suspend(Lever.PER_USER, timedelta(hours=1)),
            subject=person(subject, "Lee"),
            requester=person(1000, "Hanna"),
            reason="phone broken",
            briefing=Briefing(Protection.ENFORCED),
            needed=1,
            created_at=clock(),
            lapses_at=clock() + timedelta(hours=8),
        )
        return replace(made, **changes)

    return make


@pytest.fixture
def stored(store: SqlStore, draft: Callable[..., Request]) -> Callable[..., Awaitable[Request]]:
    """Store a request under the next number."""

    async def make(subject: int = 1, **changes: object) -> Request:
        async with store.transaction() as tx:
            request = draft(await tx.new_id(), subject, **changes)
            await tx.add(request)
        return request

    return make


@pytest.fixture
def due(clock: Clock) -> Callable[..., Do]:
    """Order work that falls due *after* seconds from now."""

    def make(kind: Kind, after: float = 0, **more: object) -> Do:
        return Do(kind=kind, due_at=clock() + timedelta(seconds=after), **more)

    return make


@pytest.fixture
async def replicas(database_url: str, clock: Clock) -> AsyncIterator[Callable[[int], list[SqlStore]]]:
    """Make stores with connections of their own, as in as many processes."""
    opened: list[Database] = []

    def make(number: int) -> list[SqlStore]:
        opened.extend(Database(database_url) for _ in range(number))
        return [SqlStore(one, worker=f"replica-{i}", clock=clock) for i, one in enumerate(opened)]

    yield make
    for one in opened:
        await one.close()
