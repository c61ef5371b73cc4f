"""Putting back: tried without end, and said only when a read proves it."""

from __future__ import annotations

from datetime import timedelta

from approvals.agenda import DELETED_PAUSE, Do, Kind, Work
from approvals.desk import Desk
from approvals.errors import Gone, Later
from approvals.model import (
    EndReached,
    Protection,
    Proved,
    Request,
    RequestId,
    State,
    SubjectGone,
    Suspend,
)
from approvals.ports import Whereabouts
from approvals.record import Entry
from approvals.service.steps import take
from approvals.work.claims import locked


async def restore(desk: Desk, work: Work, request: RequestId) -> None:
    """Write the prior value and prove it by a read; raise what stands in the way."""
    ending = await _begin(desk, work, request)
    if ending is None or ending.prior is None or not isinstance(ending.action, Suspend):
        return
    try:
        proof = await _put_back(desk, work, ending, ending.action)
    except Gone:
        await _look_for(desk, work, ending)
        return
    if proof.found.at_least(ending.prior):
        await _settle(desk, work, ending, proof)
    else:
        raise Later(f"a read still shows {proof.found}")


async def _begin(desk: Desk, work: Work, request: RequestId) -> Request | None:
    """Move an active request to RESTORING; from here on an extension comes too late."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return None
        if not found.lowers:
            await tx.done(work)
            return None
        if found.state is State.RESTORING:
            return found
        taken = await take(desk, tx, found, EndReached())
        # An attempt to lower that was never confirmed orders its restore anew, for now.
        held = isinstance(taken, Request) and found.state is State.ACTIVE
        return await tx.lock(request) if held else None


async def _put_back(desk: Desk, work: Work, request: Request, action: Suspend) -> Proved:
    """Return what a read shows at the end, and whether we put it there.

    After an attempt whose outcome is unknown the prior value is written first, whatever a
    read shows: reads lag writes.
    """
    if request.prior is None:
        raise Later("the prior state is unknown")
    if not request.unconfirmed:
        found = await desk.target.read(request.subject.id, action.lever)
        if found.at_least(request.prior):
            return _proof(desk, request, found, wrote=work.started_at is not None)
    correlation = desk.correlation()
    async with desk.store.transaction() as tx:
        if await locked(tx, work, request.id) is None:
            raise Later("another process has taken this over")
        await tx.start(work)
        facts = {"subject": request.subject.id, "client_request_id": correlation}
        await tx.record(Entry("putting back", request.id, "relatch", facts))
    await desk.target.put_back(request.subject.id, action.lever, request.prior, correlation)
    found = await desk.target.read(request.subject.id, action.lever)
    return _proof(desk, request, found, wrote=True)


def _proof(desk: Desk, request: Request, found: Protection, *, wrote: bool) -> Proved:
    down, due = desk.down, request.ends_at
    was_down = down is not None and due is not None and down.since <= due <= down.until
    because = f"Relatch was down from {down.since:%H:%M} UTC" if down and was_down else ""
    return Proved(found, wrote=wrote, late_because=because)


async def _settle(desk: Desk, work: Work, request: Request, proof: Proved) -> None:
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request.id)
        if found is None:
            return
        taken = await take(desk, tx, found, proof)
        await tx.done(work)
        now = tx.now
    if isinstance(taken, Request):
        desk.observer.restored(taken, max(now - (request.ends_at or now), timedelta()))


async def _look_for(desk: Desk, work: Work, request: Request) -> None:
    """Answer a 404: wait for an account that can come back, close for one that cannot."""
    match await desk.target.whereabouts(request.subject.id):
        case Whereabouts.PRESENT:
            raise Later("Entra answers 404 for an account that is there")
        case Whereabouts.DELETED:
            why = "the account is deleted and can still come back"
            async with desk.store.transaction() as tx:
                if await locked(tx, work, request.id) is not None:
                    overdue = tx.now + DELETED_PAUSE + desk.policy.timing.overdue
                    await tx.again(work, tx.now + DELETED_PAUSE, why)
                    await tx.order(request.id, Do(kind=Kind.OVERDUE, due_at=overdue))
        case Whereabouts.NOWHERE:
            async with desk.store.transaction() as tx:
                found = await locked(tx, work, request.id)
                if found is not None:
                    await take(desk, tx, found, SubjectGone())
                    await tx.done(work)
