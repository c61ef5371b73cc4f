"""How late a restore starts: from the end of a suspension to the first call that arrives at Entra.

The suspensions stand in the database as an approval leaves them, and each ends alone. Time is the
real clock's, and the product a process of its own that learns of the ends from its rows.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from bot.config import StoreSettings, load_settings
from bot.sim.tenant import story
from bot.sim.tenant.model import User
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.story import AUTHENTICATOR
from bot.sql.engine import Database
from bot.sql.schema import prepared
from bot.sql.store import SqlStore
from tests.bench.figures import Finding, spread
from tests.bench.processes import listening, serve
from tests.bench.world import world

RESTORES = 200
APART = timedelta(milliseconds=300)
"""Enough for one restore, its messages and its line in the record: each is alone."""
AHEAD = timedelta(seconds=15)
"""From the rows to the first end; the product starts meanwhile."""
LATE = 0.25
GRACE = 60.0
"""Seconds after the last end in which all must have arrived."""
HANNA = Person(PersonId(str(UUID(int=1))), "Hanna de Boer", "hanna@contoso.com", ChatId("U0HANNA"))


async def restores(folder: Path, name: str, database: str) -> list[Finding]:
    """Let many suspensions end one after the other on *database*."""
    tenant = story()
    subjects = [_subject(number) for number in range(RESTORES)]
    tenant.add(*subjects)
    async with world(folder, database, tenant) as around:
        ends = await _lowered(around.environment["DATABASE_URL"], subjects)
        async with serve(around.environment, folder / f"restore-{name}.log") as (_, url):
            await listening(url)
            if datetime.now(UTC) > min(ends.values()):
                raise RuntimeError("the first suspension ended before the product was up")
            await _all_back(tenant, ends)
    lateness = [(_first_call(tenant, who) - end).total_seconds() for who, end in ends.items()]
    if min(lateness) < 0:
        raise RuntimeError("a restore began before its time")
    found = spread(lateness)
    return [
        Finding(
            what=f"Start of a single restore after its time, {name}",
            goal=f"p99 at most {LATE * 1000:g} ms",
            measured=str(found),
            ratio=found.p99 / LATE,
        )
    ]


def _subject(number: int) -> User:
    name = f"subject{number}@contoso.com"
    return User(
        id=str(UUID(int=1000 + number)), upn=name, display_name=name, mail=name, methods=(AUTHENTICATOR,)
    )


async def _lowered(url: str, subjects: list[User]) -> dict[str, datetime]:
    """Store a live suspension of each subject; return when each ends."""
    settings = load_settings(StoreSettings, {"DATABASE_URL": url})
    database = Database(settings.database.url.render_as_string(hide_password=False))
    store = SqlStore(database, worker="bench", clock=lambda: datetime.now(UTC))
    try:
        await prepared(database)
        first = datetime.now(UTC) + AHEAD
        ends = {one.id: first + APART * number for number, one in enumerate(subjects)}
        async with store.transaction() as tx:
            for one in subjects:
                request = _suspension(await tx.new_id(), one, ends[one.id])
                await tx.add(request)
                await tx.order(request.id, Do(kind=Kind.RESTORE, due_at=ends[one.id]))
    finally:
        await database.close()
    return ends


def _suspension(number: RequestId, subject: User, end: datetime) -> Request:
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


async def _all_back(tenant: Tenant, ends: dict[str, datetime]) -> None:
    """Wait until everybody is protected again; ``TimeoutError`` if somebody is not."""
    until = (max(ends.values()) - datetime.now(UTC)).total_seconds() + GRACE
    async with asyncio.timeout(until):
        while any(tenant.mfa(who) != "enforced" for who in ends):  # noqa: ASYNC110 - the tenant tells nobody
            await asyncio.sleep(1)


def _first_call(tenant: Tenant, who: str) -> datetime:
    return next(one.at for one in tenant.journal.requests if who in one.path)
