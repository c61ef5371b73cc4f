"""Requests: rows to values and back, one live request per subject and kind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, TextClause, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from approvals.errors import AlreadyLive, UnknownRequest
from approvals.model import Extend, Outcome, Protection, Request, RequestId, State
from approvals.ports import Query
from bot.sql import codec
from bot.sql.scope import Scope, table_of
from bot.sql.tables import LIVE, NumberRow, RequestRow

REQUESTS = table_of(RequestRow)
COLUMNS = tuple(REQUESTS.c)
_ITS = REQUESTS.c.id == bindparam("its_id")
GET = select(*COLUMNS).where(_ITS)
# FOR NO KEY UPDATE: rows that only point here (messages, extensions) need not wait.
LOCK = GET.with_for_update(key_share=True)
SAVE = update(REQUESTS).where(_ITS, REQUESTS.c.version == bindparam("its_version"))


class Requests(Scope):
    """The part of a transaction that is about requests."""

    async def new_id(self) -> RequestId:
        """Return the next request number; nobody waits for another's transaction to get one."""
        number = await self._session.exec(insert(NumberRow).returning(col(NumberRow.id)))
        return RequestId(number.scalar_one())

    async def get(self, request: RequestId) -> Request:
        """Return it without a lock; raise ``UnknownRequest``."""
        return _found((await self._execute(GET, {"its_id": request})).first(), request)

    async def lock(self, request: RequestId) -> Request:
        """Return it locked until the end of the transaction; raise ``UnknownRequest``."""
        return _found((await self._execute(LOCK, {"its_id": request})).first(), request)

    async def find(self, query: Query) -> list[Request]:
        """Return what matches, newest first."""
        found = select(*COLUMNS).where(*_matching(query)).order_by(REQUESTS.c.id.desc())
        return [request_of(row) for row in await self._execute(found.limit(query.limit))]

    async def count(self, query: Query) -> int:
        """Return how many match, whatever ``query.limit`` is."""
        matching = select(func.count()).select_from(REQUESTS).where(*_matching(query))
        return int((await self._execute(matching)).scalar_one())

    async def add(self, request: Request) -> None:
        """Insert it; raise ``AlreadyLive`` when one with its slot is live for its subject.

        The transaction can go on after ``AlreadyLive``.
        """
        new = self._insert(RequestRow).values(id=request.id, version=request.version, **_columns(request))
        # ON CONFLICT on this one index: whoever else asks at the same moment is waited for.
        new = new.on_conflict_do_nothing(index_elements=("subject_id", "slot"), index_where=LIVE)
        added = await self._session.exec(new.returning(col(RequestRow.id)))
        if added.first() is None:
            raise AlreadyLive(f"{request.subject.id} has a live {request.slot}")

    async def save(self, request: Request) -> None:
        """Write it over the row that is locked, with the next ``version``.

        Raises ``AlreadyLive`` when it would come to life beside another (then the transaction
        is lost), and ``RuntimeError`` when it was saved meanwhile: it was not locked, a bug.
        """
        same = {"its_id": request.id, "its_version": request.version}
        try:
            written = await self._execute(SAVE, {**same, "version": request.version + 1, **_columns(request)})
        except IntegrityError as error:
            raise AlreadyLive(f"{request.subject.id} has a live {request.slot}") from error
        if written.rowcount != 1:
            raise RuntimeError(f"{request.label} was saved on top of a version that is gone")


def request_of(row: Row[Any]) -> Request:
    """Return the request that *row* holds."""
    return Request(
        id=RequestId(row.id),
        action=codec.action_of(row.action),
        subject=codec.person_of(row.subject),
        requester=codec.person_of(row.requester),
        reason=row.reason,
        ticket=row.ticket,
        briefing=codec.briefing_of(row.briefing),
        needed=row.needed,
        terms=row.terms,
        state=State(row.state),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        created_at=row.created_at,
        lapses_at=row.lapses_at,
        approvals=tuple(codec.approval_of(seen) for seen in row.approvals),
        prior=None if row.prior is None else Protection(row.prior),
        unconfirmed=row.unconfirmed,
        confirmed_at=row.confirmed_at,
        ends_at=row.ends_at,
        restored_to=None if row.restored_to is None else Protection(row.restored_to),
        closed_at=row.closed_at,
        closed_by=None if row.closed_by is None else codec.actor_of(row.closed_by),
        note=row.note,
        version=row.version,
    )


def _columns(request: Request) -> dict[str, Any]:
    return {
        "kind": request.kind,
        "slot": request.slot,
        "state": request.state,
        "outcome": request.outcome,
        "subject_id": request.subject.id,
        "requester_id": request.requester.id,
        "extends": request.action.of if isinstance(request.action, Extend) else None,
        "needed": request.needed,
        "terms": request.terms,
        "created_at": request.created_at,
        "lapses_at": request.lapses_at,
        "confirmed_at": request.confirmed_at,
        "ends_at": request.ends_at,
        "closed_at": request.closed_at,
        "prior": request.prior,
        "restored_to": request.restored_to,
        "unconfirmed": request.unconfirmed,
        "action": codec.action_json(request.action),
        "subject": codec.person_json(request.subject),
        "requester": codec.person_json(request.requester),
        "briefing": codec.briefing_json(request.briefing),
        "approvals": [codec.approval_json(approval) for approval in request.approvals],
        "closed_by": None if request.closed_by is None else codec.actor_json(request.closed_by),
        "reason": request.reason,
        "ticket": request.ticket,
        "note": request.note,
    }


def _found(row: Row[Any] | None, request: RequestId) -> Request:
    if row is None:
        raise UnknownRequest(f"R-{request}")
    return request_of(row)


def _matching(query: Query) -> list[ColumnElement[bool] | TextClause]:
    equal = {
        RequestRow.kind: query.kind,
        RequestRow.requester_id: query.requester,
        RequestRow.subject_id: query.subject,
        RequestRow.extends: query.extends,
    }
    matching: list[ColumnElement[bool] | TextClause] = [
        col(column) == wanted for column, wanted in equal.items() if wanted is not None
    ]
    if query.states is not None:
        matching.append(col(RequestRow.state).in_(query.states))
        if State.CLOSED not in query.states:
            matching.append(LIVE)  # says no more, in the words of the indexes
    if query.kinds is not None:
        matching.append(col(RequestRow.kind).in_(query.kinds))
    if query.since is not None:
        matching.append(col(RequestRow.created_at) >= query.since)
    return matching
