"""Work items: ordered once a key, claimed under a lease, given back or removed.

Two kinds of work behave differently when they are ordered anew while somebody holds them.
A timer or an effect is taken out of its holder's hands (``holds`` is false from then on). A
message stays with its holder, who may have sent it already; what was ordered meanwhile is
sent next.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    Row,
    Update,
    bindparam,
    case,
    delete,
    func,
    inspect,
    literal,
    null,
    or_,
    update,
)
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from approvals.agenda import MESSAGES, Do, Drop, Kind, Order, Work
from approvals.model import Audience, RequestId
from bot.sql import codec
from bot.sql.scope import Scope
from bot.sql.tables import WorkRow

COLUMNS = tuple(inspect(WorkRow).columns)
RANK = {kind: rank for rank, kind in enumerate(Kind)}
"""The order in which kinds of work are claimed."""
_FREE = {"lease": None, "lease_until": None, "leased_by": None, "leased_revision": None}
_PRIORITY = case({kind.value: rank for kind, rank in RANK.items()}, value=col(WorkRow.kind))


class Agenda(Scope):
    """The part of a transaction that is about work."""

    async def order(self, request: RequestId | None, *orders: Order) -> None:
        """Order work and take work back, in the order given."""
        for order in orders:
            match order:
                case Do():
                    await self._do(request, order)
                case Drop():
                    await self._session.exec(_drop(request, order))

    async def claim(self, kinds: tuple[Kind, ...], limit: int, lease: timedelta) -> list[Work]:
        """Lease up to *limit* items of *kinds* that are due, restores most overdue first.

        Kinds come in the order of ``Kind``, within a kind what is due longest comes first.
        """
        # Of one kind the index has them in order already.
        rank = (_PRIORITY,) if len(kinds) > 1 else ()
        due = (
            select(col(WorkRow.id))
            .where(_of(kinds), col(WorkRow.due_at) <= self.now, _free_at(self.now))
            .order_by(*rank, col(WorkRow.due_at), col(WorkRow.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
            # Not a plain subquery, which PostgreSQL may run again for each row: then it
            # leases more than the limit.
            .cte("due")
        )
        claim = (
            update(WorkRow)
            .where(col(WorkRow.id).in_(select(due.c.id)))
            .values(
                lease=uuid4().hex,
                lease_until=self.now + lease,
                leased_by=self._worker,
                leased_revision=col(WorkRow.revision),
                attempts=col(WorkRow.attempts) + 1,
                # A lease that stands, and could be claimed all the same, has ended.
                taken_over=col(WorkRow.lease).is_not(null()),
            )
            # Columns, not an entity: of ten thousand rows the session would keep track of each.
            .returning(*COLUMNS)
        )
        claimed = [work_of(row) for row in await self._session.exec(claim)]
        return sorted(claimed, key=_urgency)

    async def holds(self, work: Work) -> bool:
        """Return whether *work* is still leased by this claim, still there and still due.

        It stays so until the end of the transaction.
        """
        held = select(col(WorkRow.id)).where(_held(work), col(WorkRow.due_at) <= self.now).with_for_update()
        return (await self._session.exec(held)).first() is not None

    async def start(self, work: Work) -> None:
        """Note that a call is about to be sent for *work*; ``RuntimeError`` unless it is held."""
        started = await self._session.exec(update(WorkRow).where(_held(work)).values(started_at=self.now))
        if started.rowcount != 1:
            raise RuntimeError(f"work {work.id} was started by a claim that does not hold it")

    async def done(self, *works: Work) -> None:
        """Remove *works*, apart from what was ordered anew or leased by another meanwhile."""
        for lease, ids in _by_lease(works).items():
            held = _under(lease, *ids)
            removed = await self._session.exec(delete(WorkRow).where(held, _unchanged()))
            if removed.rowcount < len(ids):
                anew = update(WorkRow).where(held).values(_FREE)
                await self._session.exec(anew.values(attempts=0, last_error="", started_at=None))

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
        ripe = select(WorkRow.kind).where(_of(kinds), col(WorkRow.due_at) <= self.now, _free_at(self.now))
        return frozenset(map(Kind, await self._session.exec(ripe.distinct())))

    async def next_due(self, kinds: tuple[Kind, ...]) -> datetime | None:
        """Return when the next unleased item falls due, or the next lease ends."""
        leased = col(WorkRow.lease_until) > col(WorkRow.due_at)
        when = case((leased, col(WorkRow.lease_until)), else_=col(WorkRow.due_at))
        due: datetime | None = (await self._session.exec(select(func.min(when)).where(_of(kinds)))).one()
        return due

    async def _do(self, request: RequestId | None, do: Do) -> None:
        ordered = {"due_at": do.due_at, "notice": codec.notice_json(do.notice)}
        named = {"key": do.key(request), "kind": do.kind, "request_id": request}
        fresh = {"audience": do.to, "about": do.about, "revision": 0, "attempts": 0, "last_error": ""}
        new = self._insert(WorkRow).values(**named, **fresh, **ordered)
        freed = {} if do.kind in MESSAGES else _FREE
        changed = {"revision": col(WorkRow.revision) + 1, **ordered, **freed}
        await self._session.exec(new.on_conflict_do_update(index_elements=["key"], set_=changed))


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


def _free_at(now: datetime) -> ColumnElement[bool]:
    return or_(col(WorkRow.lease).is_(null()), col(WorkRow.lease_until) <= now)


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


def _drop(request: RequestId | None, drop: Drop) -> Delete:
    # SQLAlchemy writes IS NULL for None.
    return delete(WorkRow).where(col(WorkRow.request_id) == request, _of(drop.kinds))
