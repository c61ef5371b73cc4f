"""Years of closed requests, and work that waits, made in the database itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import inspect

from approvals.agenda import Do, Kind
from approvals.model import Briefing, Lever, Outcome, Protection, Request, RequestId, State, Suspend
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from bot.sql.tables import RequestRow, WorkRow
from tests.suspensions import HOUR, REQUESTER, SUBJECT
from tests.world.rows import Rows

FIRST: Final = 1_000_000
"""Their numbers begin here: those of the product stay below, and none is given out twice."""
EACH: Final = 50
"""Requests about each person, and as many from each requester times twenty."""
COPIED: Final = {
    "id": "id + {had}",
    "subject_id": f"'subject-' || ((id + {{had}} - {FIRST}) / {EACH})",
    "requester_id": f"'requester-' || ((id + {{had}} - {FIRST}) / {20 * EACH})",
}


async def closed_requests(database: Database, store: SqlStore, number: int) -> None:
    """Let there be *number* of them, about ``subject-0`` and so on."""
    async with store.transaction() as tx:
        await tx.add(_restored())
    columns = [column.name for column in inspect(RequestRow).columns]
    with Rows(database.engine.url) as rows:
        had = 1
        while had < number:
            more = min(had, number - had)
            copied = ", ".join(COPIED.get(name, name).format(had=had) for name in columns)
            some = f"id between {FIRST} and {FIRST + more - 1}"
            copy = f"select {copied} from request where {some}"  # noqa: S608  # names of columns, and numbers
            rows(f"insert into request ({', '.join(columns)}) {copy} returning id")
            had += more
        rows(
            "update request set subject_id = 'subject-0', requester_id = 'requester-0' where id = ?"
            " returning id",
            FIRST,
        )


async def waiting_work(database: Database, store: SqlStore, number: int) -> None:
    """Let so many items of work wait for their time, which is tomorrow."""
    async with store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.VERIFY, due_at=tx.now + timedelta(days=1), about="0"))
    columns = [column.name for column in inspect(WorkRow).columns if column.name != "id"]
    with Rows(database.engine.url) as rows:
        had = 1
        while had < number:
            more = min(had, number - had)
            copied = ", ".join(f"key || ':{had}'" if name == "key" else name for name in columns)
            copy = f"select {copied} from work order by id limit {more}"  # noqa: S608  # names of columns
            rows(f"insert into work ({', '.join(columns)}) {copy} returning id")
            had += more


def _restored() -> Request:
    then = datetime(2025, 11, 22, tzinfo=UTC)
    return Request(
        id=RequestId(FIRST),
        action=Suspend(Lever.PER_USER, HOUR),
        subject=SUBJECT,
        requester=REQUESTER,
        reason="phone broken",
        briefing=Briefing(Protection.ENFORCED),
        needed=1,
        state=State.CLOSED,
        outcome=Outcome.RESTORED,
        created_at=then,
        lapses_at=then + 8 * HOUR,
        prior=Protection.ENFORCED,
        confirmed_at=then,
        ends_at=then + HOUR,
        restored_to=Protection.ENFORCED,
        closed_at=then + HOUR + timedelta(seconds=2),
    )
