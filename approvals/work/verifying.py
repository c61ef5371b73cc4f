"""Looking again after a restore, because a late write may still land; and signing people out."""

from __future__ import annotations

from datetime import timedelta

from approvals.agenda import VERIFY_AFTER, Do, Kind, Work, pause
from approvals.desk import Desk
from approvals.errors import Gone, Never, PortError
from approvals.model import (
    ActionKind,
    Audience,
    News,
    Notice,
    Outcome,
    Request,
    RequestId,
    Slipped,
    State,
    Suspend,
)
from approvals.ports import Query, Transaction
from approvals.record import Entry
from approvals.service.steps import take
from approvals.work.claims import locked

PATIENCE = timedelta(hours=1)
"""How long signing the subject out is tried before people are told that it failed."""
OTHERS = frozenset({State.PENDING, State.APPLYING, State.ACTIVE, State.RESTORING})


async def verify(desk: Desk, work: Work, request: RequestId) -> None:
    """Read once more; open the request again if the value has slipped below the prior one."""
    closed = await _closed(desk, work, request)
    if closed is None or closed.prior is None or not isinstance(closed.action, Suspend):
        return
    try:
        found = await desk.target.read(closed.subject.id, closed.action.lever)
    except Gone:
        await _finish(desk, work)
        return
    async with desk.store.transaction() as tx:
        again = await locked(tx, work, request)
        if again is None or not await _may_look(tx, work, again):
            return
        last = (closed.closed_at or tx.now) + VERIFY_AFTER
        if not found.at_least(closed.prior):
            await take(desk, tx, again, Slipped(found))
        elif tx.now < last:
            await tx.again(work, last, "")
        else:
            await tx.done(work)


async def _closed(desk: Desk, work: Work, request: RequestId) -> Request | None:
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        return found if found and await _may_look(tx, work, found) else None


async def _may_look(tx: Transaction, work: Work, request: Request) -> bool:
    """Look only at what was put back, and not while another suspension of this subject decides."""
    put_back = request.outcome in {Outcome.RESTORED, Outcome.RESTORED_BY_SOMEONE_ELSE}
    others = Query(subject=request.subject.id, kind=ActionKind.SUSPEND, states=OTHERS, limit=1)
    other = await tx.find(others)
    if not put_back or (other and other[0].lowers):
        await tx.done(work)
        return False
    if other:  # undecided: it may yet come to nothing
        await tx.again(work, tx.now + pause(work.attempts), "another request is undecided")
        return False
    return True


async def _finish(desk: Desk, work: Work) -> None:
    async with desk.store.transaction() as tx:
        await tx.done(work)


async def revoke_sessions(desk: Desk, work: Work, request: RequestId) -> None:
    """Sign the subject out everywhere; a failure is reported and never delays the restore."""
    async with desk.store.transaction() as tx:
        closed = await locked(tx, work, request)
        if closed is None:
            return
    correlation = desk.correlation()
    try:
        await desk.target.revoke_sessions(closed.subject.id, correlation)
    except Gone:
        await _finish(desk, work)
    except PortError as error:
        await _not_revoked(desk, work, closed, error)
    else:
        async with desk.store.transaction() as tx:
            facts = {"subject": closed.subject.id, "client_request_id": correlation}
            await tx.record(Entry("sessions revoked", request, "relatch", facts))
            await tx.done(work)


async def _not_revoked(desk: Desk, work: Work, request: Request, error: PortError) -> None:
    """Try again for an hour what may pass by itself; tell people what does not."""
    async with desk.store.transaction() as tx:
        trying = tx.now - (request.closed_at or tx.now) < PATIENCE
        if trying and not isinstance(error, Never):
            await tx.again(work, tx.now + pause(work.attempts), error.why)
            return
        notice = Notice(News.SESSIONS_NOT_REVOKED, tx.now, detail=error.why)
        await tx.record(Entry("sessions not revoked", request.id, "relatch", {"why": error.why}))
        await tx.order(
            request.id,
            Do(kind=Kind.LINE, due_at=tx.now, notice=notice),
            Do(kind=Kind.DIRECT, due_at=tx.now, notice=notice, to=Audience.REQUESTER),
        )
        await tx.done(work)
