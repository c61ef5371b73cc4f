"""Putting back: tried without end, and said only when a read proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.agenda import DELETED_PAUSE, READ_BACK_LIMIT, Do, Kind, Work
from approvals.desk import Essentials
from approvals.errors import Gone, Later, NotYet, PortError
from approvals.model import (
    EndReached,
    PersonId,
    Protection,
    Proved,
    Rejected,
    Request,
    RequestId,
    State,
    SubjectGone,
)
from approvals.ports import Transaction, Whereabouts
from approvals.record import Entry
from approvals.service.steps import must_take
from approvals.work.claims import Lowering, locked, lowering


@dataclass(frozen=True, slots=True)
class _Ending:
    """A suspension that is being ended.

    While it is ``doubtful`` whether reads have caught up with the lowering, a read that shows
    the prior value proves nothing: what is wanted is written, whatever a read shows.
    """

    request: Request
    lowering: Lowering
    doubtful: bool


async def restore(desk: Essentials, work: Work, request: RequestId) -> None:
    """Write the prior value and prove it by a read; raise what stands in the way."""
    ending = await _begin(desk, work, request)
    if ending is None:
        return
    try:
        proof = await _put_back(desk, work, ending)
    except Gone:
        await _look_for(desk, work, request, ending.lowering.subject)
        return
    if proof.found.at_least(ending.lowering.prior):
        await _settle(desk, work, ending.request, proof)
    else:
        raise NotYet(f"a read still shows {proof.found}")


async def _begin(desk: Essentials, work: Work, request: RequestId) -> _Ending | None:
    """Move an active request to RESTORING; from here on an extension comes too late."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return None
        if not found.lowers:
            await tx.done(work)
            return None
        if found.state is State.APPLYING:
            await must_take(desk, tx, found, await _too_late_to_apply(tx, request))
            return None  # if there is something to restore, that was ordered anew: for now
        if found.state is State.ACTIVE:
            found = await must_take(desk, tx, found, EndReached())
        young = found.confirmed_at is not None and tx.now - found.confirmed_at <= READ_BACK_LIMIT
        return _Ending(found, lowering(found), doubtful=found.unconfirmed or young)


async def _too_late_to_apply(tx: Transaction, request: RequestId) -> Rejected | EndReached:
    """Say how applying ends when its time is over: what was never sent is certainly not made."""
    sending = await tx.ordered(request, Kind.APPLY)
    if sending is not None and sending.started_at is None:
        return Rejected(f"nothing was changed: {sending.last_error or 'it could not be sent in time'}")
    return EndReached()


async def _put_back(desk: Essentials, work: Work, ending: _Ending) -> Proved:
    """Return what a read shows at the end, and whether we put it there."""
    request, lowered = ending.request, ending.lowering
    found = await _read(desk, ending)
    if found.at_least(lowered.prior) and not ending.doubtful:
        return _proof(desk, request, found, wrote=work.started_at is not None)
    value = found if found.at_least(lowered.prior) else lowered.prior
    correlation = desk.correlation()
    async with desk.store.transaction() as tx:
        if await locked(tx, work, request.id) is None:
            raise Later("another process has taken this over")
        await tx.start(work)
        facts = {"subject": lowered.subject, "value": value.value, "client_request_id": correlation}
        await tx.record(Entry("putting back", request.id, "relatch", facts))
    await desk.target.put_back(lowered.subject, lowered.by, value, correlation)
    found = await desk.target.read(lowered.subject, lowered.by)
    return _proof(desk, request, found, wrote=True)


async def _read(desk: Essentials, ending: _Ending) -> Protection:
    """Read, so that nothing stronger is overwritten; where a read proves nothing it may also fail."""
    try:
        return await desk.target.read(ending.lowering.subject, ending.lowering.by)
    except Gone:
        raise
    except PortError:
        if not ending.doubtful:
            raise
        return ending.lowering.prior


def _proof(desk: Essentials, request: Request, found: Protection, *, wrote: bool) -> Proved:
    down, due = desk.down, request.ends_at
    was_down = down is not None and due is not None and down.since <= due <= down.until
    because = f"Relatch was down from {down.since:%H:%M} UTC" if down and was_down else ""
    return Proved(found, wrote=wrote, late_because=because)


async def _settle(desk: Essentials, work: Work, request: Request, proof: Proved) -> None:
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request.id)
        if found is None:
            return
        closed = await must_take(desk, tx, found, proof)  # the step takes the order to restore back itself
        now = tx.now
    desk.observer.restored(closed, max(now - (closed.ends_at or now), timedelta()))


async def _look_for(desk: Essentials, work: Work, request: RequestId, subject: PersonId) -> None:
    """Answer a 404: wait for an account that can come back, close for one that cannot."""
    where = await desk.target.whereabouts(subject)
    if where is Whereabouts.PRESENT:
        raise Later("Entra answers 404 for an account that is there")
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return
        if where is Whereabouts.DELETED:
            await tx.again(work, tx.now + DELETED_PAUSE, "the account is deleted and can still come back")
            overdue = tx.now + DELETED_PAUSE + desk.policy.timing.overdue
            await tx.order(request, Do(kind=Kind.OVERDUE, due_at=overdue))
        else:
            await must_take(desk, tx, found, SubjectGone())
            await tx.done(work)
