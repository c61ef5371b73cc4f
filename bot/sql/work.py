"""Work items: ordered once a key, claimed under a lease, given back or removed.

Two kinds of work behave differently when they are ordered anew while somebody holds them.
A timer or an effect is taken out of its holder's hands (``holds`` is false from then on). A
message stays with its holder, who may have sent it already; what was ordered meanwhile is
sent next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from uuid import uuid4

import sqlalchemy
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Integer,
    Row,
    Select,
    Update,
    bindparam,
    case,
    delete,
    func,
    literal,
    null,
    or_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from approvals.agenda import MESSAGES, Do, Drop, Kind, Order, Work
from approvals.model import Audience, RequestId
from bot.sql import codec
from bot.sql.scope import Scope, Upsert, insert_of, table_of
from bot.sql.tables import WorkRow

WORK = table_of(WorkRow)
COLUMNS = tuple(WORK.c)
_ITS = (WORK.c.lease == bindparam("its_lease")) & (WORK.c.id == bindparam("its_id"))
HOLDS = sqlalchemy.select(WORK.c.id).where(_ITS, WORK.c.due_at <= bindparam("now")).with_for_update()
START = sqlalchemy.update(WORK).where(_ITS)
RANK = {kind: rank for rank, kind in enumerate(Kind)}
"""The order in which kinds of work are claimed."""
_FREE = {"lease": None, "lease_until": None, "leased_by": None, "leased_revision": None}
_PRIORITY = case({kind.value: rank for kind, rank in RANK.items()}, value=col(WorkRow.kind))


class Agenda(Scope):
    """The part of a transaction that is about work."""

    async def order(self, request: RequestId | None, *orders: Order) -> None:
        """Order work and take work back, in the order given."""
        for kind, some in groupby(orders, key=type):
            if kind is Do:
                ordered = [_row(request, order) for order in some if isinstance(order, Do)]
                await self._execute(_ordering(self._dialect), ordered)
                continue
            for order in some:
                if isinstance(order, Drop):
                    of_one = request is not None
                    await self._execute(_drop(order.kinds, of_one=of_one), {"its_request": request})

    async def claim(self, kinds: tuple[Kind, ...], limit: int, lease: timedelta) -> list[Work]:
        """Lease up to *limit* items of *kinds* that are due, restores most overdue first.

        Kinds come in the order of ``Kind``, within a kind what is due longest comes first.
        """
        its = {"its_lease": uuid4().hex, "its_end": self.now + lease, "its_worker": self._worker}
        claimed = await self._execute(_claiming(kinds), {**its, "now": self.now, "most": limit})
        return sorted(map(work_of, claimed), key=_urgency)

    async def holds(self, work: Work) -> bool:
        """Return whether *work* is still leased by this claim, still there and still due.

        It stays so until the end of the transaction.
        """
        return (await self._execute(HOLDS, {**_its(work), "now": self.now})).first() is not None

    async def start(self, work: Work) -> None:
        """Note that a call is about to be sent for *work*; ``RuntimeError`` unless it is held."""
        started = await self._execute(START, {**_its(work), "started_at": self.now})
        if started.rowcount != 1:
            raise RuntimeError(f"work {work.id} was started by a claim that does not hold it")

    async def done(self, *works: Work) -> None:
        """Remove *works*, apart from what was ordered anew or leased by another meanwhile."""
        for lease, ids in _by_lease(works).items():
            held = _under(lease, *ids)
            removed = await self._execute(delete(WORK).where(held, _unchanged()))
            if removed.rowcount < len(ids):
                anew = update(WORK).where(held).values(_FREE)
                await self._execute(anew.values(attempts=0, last_error="", started_at=None))

    async def again(self, work: Work, due_at: datetime, error: str, *, tried: bool = True) -> None:
        """Give *work* back, to fall due at *due_at*; a newer order's time wins.

        What was not even *tried* counts as no attempt.
        """
        when = case((_unchanged(), literal(due_at, UTCDateTime())), else_=col(WorkRow.due_at))
        attempts = work.attempts if tried else work.attempts - 1
        await self._session.exec(_give_back(work).values(due_at=when, last_error=error, attempts=attempts))

    async def ordered(self, request: RequestId | None, kind: Kind) -> Work | None:
        """Return the work of *kind* that is ordered (for *request*, or for none), whoever holds it.

        The first to fall due, where there are several. What nobody holds has the lease "",
        which ended when it was ordered to fall due.
        """
        its = select(WorkRow).where(col(WorkRow.request_id) == request, col(WorkRow.kind) == kind)
        row = (await self._session.exec(its.order_by(col(WorkRow.due_at), col(WorkRow.id)).limit(1))).first()
        return None if row is None else work_of(row)

    async def waits(self, work: Work) -> bool:
        """Return whether older work of the same kind for the same request is still to be done."""
        same = col(WorkRow.request_id) == work.request, col(WorkRow.kind) == work.kind
        older = select(col(WorkRow.id)).where(*same, col(WorkRow.id) < work.id).limit(1)
        return (await self._session.exec(older)).first() is not None

    async def ripe(self, kinds: tuple[Kind, ...]) -> frozenset[Kind]:
        """Return of which of *kinds* something can be claimed now."""
        return frozenset(Kind(kind) for (kind,) in await self._execute(_ripe(kinds), {"now": self.now}))

    async def next_due(self, kinds: tuple[Kind, ...]) -> datetime | None:
        """Return when the next unleased item falls due, or the next lease ends."""
        due: datetime | None = (await self._execute(_next_due(kinds))).scalar_one()
        return due


def _row(request: RequestId | None, do: Do) -> dict[str, Any]:
    """Return the row of an order that nobody holds and nobody has tried."""
    return {
        "key": do.key(request),
        "kind": do.kind,
        "request_id": request,
        "due_at": do.due_at,
        "notice": codec.notice_json(do.notice),
        "audience": do.to,
        "about": do.about,
        "revision": 0,
        "attempts": 0,
        "last_error": "",
        "taken_over": False,
    }


@cache
def _ordering(dialect: str) -> Upsert:
    """Return the statement that orders work, and moves what is ordered already."""
    new = insert_of(dialect, WORK)
    # Not IN, which SQLAlchemy expands at each execution and so refuses for many rows.
    message = or_(*(WORK.c.kind == kind.value for kind in MESSAGES))
    freed = {name: case((message, WORK.c[name]), else_=null()) for name in _FREE}
    changed = {"revision": WORK.c.revision + 1, "due_at": new.excluded.due_at, "notice": new.excluded.notice}
    return new.on_conflict_do_update(index_elements=["key"], set_={**changed, **freed})


def _its(work: Work) -> dict[str, Any]:
    return {"its_id": work.id, "its_lease": work.lease}


def work_of(row: WorkRow | Row[Any]) -> Work:
    """Return the work item that *row* holds."""
    if row.id is None:
        raise RuntimeError("a work item that was never stored")
    return Work(
        id=row.id,
        kind=Kind(row.kind),
        request=None if row.request_id is None else RequestId(row.request_id),
        due_at=row.due_at,
        lease=row.lease or "",
        lease_until=row.lease_until or row.due_at,
        started_at=row.started_at,
        attempts=row.attempts,
        notice=codec.notice_of(row.notice),
        to=None if row.audience is None else Audience(row.audience),
        about=row.about,
        last_error=row.last_error,
        taken_over=row.taken_over,
    )


def _urgency(work: Work) -> tuple[int, datetime, int]:
    return RANK[work.kind], work.due_at, work.id


def _of(kinds: tuple[Kind, ...]) -> ColumnElement[bool]:
    return col(WorkRow.kind).in_(kinds) if len(kinds) != 1 else col(WorkRow.kind) == kinds[0]


_NOW: BindParameter[datetime] = bindparam("now", type_=UTCDateTime())
_FREE_NOW = or_(WORK.c.lease.is_(null()), WORK.c.lease_until <= _NOW)


@cache
def _claiming(kinds: tuple[Kind, ...]) -> ReturningUpdate[Any]:
    # Of one kind the index has them in order already.
    rank = (_PRIORITY,) if len(kinds) > 1 else ()
    due = (
        sqlalchemy.select(WORK.c.id)
        .where(_of(kinds), WORK.c.due_at <= _NOW, _FREE_NOW)
        .order_by(*rank, WORK.c.due_at, WORK.c.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
        # Not a plain subquery, which PostgreSQL may run again for each row: then it
        # leases more than the limit.
        .cte("due")
    )
    return (
        update(WORK)
        .where(WORK.c.id.in_(sqlalchemy.select(due.c.id)))
        .values(
            lease=bindparam("its_lease"),
            lease_until=bindparam("its_end"),
            leased_by=bindparam("its_worker"),
            leased_revision=WORK.c.revision,
            attempts=WORK.c.attempts + 1,
            # A lease that stands, and could be claimed all the same, has ended.
            taken_over=WORK.c.lease.is_not(null()),
        )
        .returning(*COLUMNS)
    )


@cache
def _ripe(kinds: tuple[Kind, ...]) -> Select[Any]:
    return sqlalchemy.select(WORK.c.kind).where(_of(kinds), WORK.c.due_at <= _NOW, _FREE_NOW).distinct()


@cache
def _next_due(kinds: tuple[Kind, ...]) -> Select[Any]:
    when = case((WORK.c.lease_until > WORK.c.due_at, WORK.c.lease_until), else_=WORK.c.due_at)
    return sqlalchemy.select(func.min(when)).where(_of(kinds))


def _held(work: Work) -> ColumnElement[bool]:
    return _under(work.lease, work.id)


def _under(lease: str, *ids: int) -> ColumnElement[bool]:
    # As literals: a statement takes only so many parameters.
    listed: BindParameter[Any] = bindparam("ids", ids, expanding=True, literal_execute=True, unique=True)
    return (col(WorkRow.lease) == lease) & col(WorkRow.id).in_(listed)


def _by_lease(works: Iterable[Work]) -> dict[str, list[int]]:
    ids: dict[str, list[int]] = {}
    for work in works:
        ids.setdefault(work.lease, []).append(work.id)
    return ids


def _unchanged() -> ColumnElement[bool]:
    return col(WorkRow.revision) == col(WorkRow.leased_revision)


def _give_back(work: Work) -> Update:
    return update(WorkRow).where(_held(work)).values(_FREE)


@cache
def _drop(kinds: tuple[Kind, ...], *, of_one: bool) -> Delete:
    its = WORK.c.request_id == bindparam("its_request") if of_one else WORK.c.request_id.is_(null())
    return delete(WORK).where(its, _of(kinds))
