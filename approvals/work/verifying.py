"""Looking again: after a restore, since a late write may still land, and while a suspension is live."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from approvals.agenda import DELETED_PAUSE, DRIFT_EVERY, VERIFY_AFTER, Do, Kind, Work, pause
from approvals.desk import Essentials
from approvals.errors import Gone, Later, Never, PortError
from approvals.model import (
    ActionKind,
    Audience,
    Lapsed,
    News,
    Notice,
    PersonId,
    Protection,
    Proved,
    Request,
    RequestId,
    Slipped,
    State,
    rivals,
)
from approvals.ports import Query, Transaction, Whereabouts
from approvals.record import Entry
from approvals.service.steps import must_take, take
from approvals.work.claims import finish, give_back, locked, lowering

PATIENCE = timedelta(hours=1)
"""How long signing the subject out is tried before people are told that it failed."""
LOWERING = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})
UNDECIDED = frozenset({State.PENDING})


async def verify(desk: Essentials, work: Work, request: RequestId) -> None:
    """Read once more; open the request again if the value has slipped below the prior one."""
    async with desk.store.transaction() as tx:
        closed = await _put_back(tx, work, request)
    if closed is None:
        return
    lowered = lowering(closed)
    try:
        found = await desk.target.read(lowered.subject, lowered.by)
    except Gone:
        await _look_for(desk, work, lowered.subject)
        return
    async with desk.store.transaction() as tx:
        again = await _put_back(tx, work, request)
        if again is None:
            return
        last = (again.closed_at or tx.now) + VERIFY_AFTER
        if not found.at_least(lowered.prior):
            await _reopen(desk, tx, again, found)
        elif tx.now < last:
            await tx.again(work, last, "")
        else:
            await tx.done(work)


async def _put_back(tx: Transaction, work: Work, request: RequestId) -> Request | None:
    """Return the request, locked; while another suspension of this subject lowers, its own end counts.

    A change that is being applied is waited for.
    """
    closed = await locked(tx, work, request)
    if closed is None:
        return None
    other = await tx.find(_rivals(closed, LOWERING))
    if not other:
        return closed
    if other[0].state is State.APPLYING:  # it may yet come to nothing
        await tx.again(work, tx.now + pause(work.attempts), f"{other[0].label} is being applied")
    else:
        await tx.done(work)
    return None


async def _look_for(desk: Essentials, work: Work, subject: PersonId) -> None:
    """Answer a 404: an account that can come back does so as it went, and is looked at daily."""
    match await desk.target.whereabouts(subject):
        case Whereabouts.PRESENT:
            raise Later("Entra answers 404 for an account that is there")
        case Whereabouts.DELETED:
            await give_back(desk, work, DELETED_PAUSE, "the account is deleted and can still come back")
        case Whereabouts.NOWHERE:
            await finish(desk, work)
        case never:
            assert_never(never)


async def _reopen(desk: Essentials, tx: Transaction, closed: Request, found: Protection) -> None:
    """Open *closed* again. Only one may be live, so an undecided one gives way: it can be asked anew."""
    undecided = [await tx.lock(other.id) for other in await tx.find(_rivals(closed, UNDECIDED))]
    for other in undecided:
        await take(desk, tx, other, Lapsed(f"{closed.label} has to be restored once more"))
    await must_take(desk, tx, closed, Slipped(found))


def _rivals(of: Request, states: frozenset[State]) -> Query:
    return Query(subject=of.subject.id, kinds=rivals(ActionKind.SUSPEND), states=states, limit=1)


async def drift(desk: Essentials, work: Work, request: RequestId) -> None:
    """Look at a live suspension; one that somebody else has restored is over, and says so."""
    async with desk.store.transaction() as tx:
        active = await locked(tx, work, request)
        if active is not None and active.state is not State.ACTIVE:
            await tx.done(work)
            return
    if active is None:
        return
    lowered = lowering(active)
    found = await desk.target.read(lowered.subject, lowered.by)
    async with desk.store.transaction() as tx:
        again = await locked(tx, work, request)
        if again is None:
            return
        if found.at_least(lowered.prior):
            await must_take(desk, tx, again, Proved(found, wrote=False))
        await tx.again(work, tx.now + DRIFT_EVERY, "")


async def revoke_sessions(desk: Essentials, work: Work, request: RequestId) -> None:
    """Sign the subject out everywhere; a failure is reported and never delays the restore."""
    async with desk.store.transaction() as tx:
        closed = await locked(tx, work, request)
        if closed is None:
            return
    correlation = desk.correlation()
    try:
        await desk.target.revoke_sessions(closed.subject.id, correlation)
    except Gone:
        await finish(desk, work)
    except PortError as error:
        await _not_revoked(desk, work, closed, error)
    else:
        async with desk.store.transaction() as tx:
            facts = {"subject": closed.subject.id, "client_request_id": correlation}
            await tx.record(Entry("sessions revoked", request, "relatch", facts))
            await tx.done(work)


async def _not_revoked(desk: Essentials, work: Work, request: Request, error: PortError) -> None:
    """Try again for an hour what may pass by itself; tell people what does not."""
    async with desk.store.transaction() as tx:
        if not await tx.holds(work):
            return
        trying = tx.now - (request.closed_at or tx.now) < PATIENCE
        if trying and not isinstance(error, Never):
            await tx.again(work, tx.now + pause(work.attempts), error.why)
            return
        notice = Notice(News.SESSIONS_NOT_REVOKED, tx.now, detail=error.whole)
        await tx.record(Entry("sessions not revoked", request.id, "relatch", {"why": error.why}))
        await tx.order(
            request.id,
            Do(kind=Kind.LINE, due_at=tx.now, notice=notice),
            Do(kind=Kind.DIRECT, due_at=tx.now, notice=notice, to=Audience.REQUESTER),
        )
        await tx.done(work)
