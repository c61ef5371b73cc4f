"""Live suspensions, as an approval leaves them in the database, and when they are over in Entra."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

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
    State,
    Suspend,
)
from approvals.ports import Query
from bot.config import StoreSettings, load_settings
from bot.sim.tenant.model import User
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.story import AUTHENTICATOR
from bot.sql.engine import Database
from bot.sql.schema import prepared
from bot.sql.store import SqlStore

GRACE = 60.0
"""Seconds after the last end in which all must have arrived."""
HANNA = Person(PersonId(str(UUID(int=1))), "Hanna de Boer", "hanna@contoso.com", ChatId("U0HANNA"))


def subjects(number: int) -> list[User]:
    """Return so many people with a second factor."""
    return [_subject(one) for one in range(number)]


@asynccontextmanager
async def storing(url: str) -> AsyncGenerator[tuple[Database, SqlStore]]:
    """Open the migrated database at *url*, as its address stands in the environment."""
    settings = load_settings(StoreSettings, {"DATABASE_URL": url})
    database = Database(settings.database.url.render_as_string(hide_password=False))
    try:
        await prepared(database)
        yield database, SqlStore(database, worker="bench", clock=lambda: datetime.now(UTC))
    finally:
        await database.close()


async def lowered(store: SqlStore, ends: Mapping[str, datetime], who: Sequence[User]) -> None:
    """Store a live suspension of each of *who*, and the order to restore at its end."""
    async with store.transaction() as tx:
        for one in who:
            request = suspension(await tx.new_id(), one, ends[one.id])
            await tx.add(request)
            await tx.order(request.id, Do(kind=Kind.RESTORE, due_at=ends[one.id]))


def suspension(number: RequestId, subject: User, end: datetime) -> Request:
    """Return a live suspension of an hour."""
    lasts = timedelta(hours=1)
    began = end - lasts
    return Request(
        id=number,
        action=Suspend(Lever.PER_USER, lasts),
        subject=Person(PersonId(subject.id), subject.display_name, subject.upn),
        requester=HANNA,
        reason="phone broken",
        briefing=Briefing(Protection.ENFORCED),
        needed=1,
        state=State.ACTIVE,
        created_at=began,
        lapses_at=began + lasts,
        prior=Protection.ENFORCED,
        confirmed_at=began,
        ends_at=end,
    )


async def all_back(tenant: Tenant, ends: Mapping[str, datetime]) -> None:
    """Wait until everybody is protected again; ``TimeoutError`` if somebody is not."""
    async with asyncio.timeout(_patience(ends.values())):
        while any(tenant.mfa(who) != "enforced" for who in ends):  # noqa: ASYNC110 - the tenant tells nobody
            await asyncio.sleep(1)


async def all_closed(store: SqlStore, ends: Mapping[str, datetime]) -> list[Request]:
    """Wait until every restore is proved, and return them; ``TimeoutError`` if one is not."""
    async with asyncio.timeout(_patience(ends.values())):
        while (await store.counts(timedelta())).requests.get(State.CLOSED, 0) < len(ends):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.5)
    async with store.transaction(writes=False) as tx:
        return await tx.find(Query(states=frozenset({State.CLOSED}), limit=len(ends)))


def _patience(ends: Collection[datetime]) -> float:
    return (max(ends) - datetime.now(UTC)).total_seconds() + GRACE


def _subject(number: int) -> User:
    name = f"subject{number}@contoso.com"
    return User(
        id=str(UUID(int=1000 + number)), upn=name, display_name=name, mail=name, methods=(AUTHENTICATOR,)
    )
