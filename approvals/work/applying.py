"""Lowering: sent once at the most, and believed only when a read shows it."""

from __future__ import annotations

from datetime import timedelta

from approvals.agenda import LEASE, READ_BACK_LIMIT, SEND_LIMIT, Work, pause
from approvals.desk import Desk
from approvals.errors import Gone, Later, Never, PortError
from approvals.model import LOWERED, Confirmed, LeftOpen, Rejected, Request, RequestId, State
from approvals.policy import subject_may_be_suspended
from approvals.record import Entry
from approvals.service.steps import take
from approvals.work.claims import give_back, locked

SPARE = LEASE - SEND_LIMIT - timedelta(seconds=10)
"""A call is sent only while this much of the lease has not passed since it was looked at."""


async def apply(desk: Desk, work: Work, request: RequestId) -> None:
    """Lower the subject's protection for an approved request.

    A started attempt, whoever started it, is never sent again: it is read back.
    """
    async with desk.store.transaction() as tx:
        approved = await locked(tx, work, request)
        if approved is None:
            return
        if approved.state is not State.APPLYING:
            await tx.done(work)
            return
    if work.started_at is not None:
        await _read_back(desk, work, approved)
        return
    objection = await _objection(desk, approved)
    if objection:
        await _settle(desk, work, approved, Rejected(objection))
    else:
        await _send(desk, work, approved)


async def _objection(desk: Desk, request: Request) -> str:
    """Look at the subject once more before the change is sent; say what speaks against it, or nothing."""
    try:
        refusal = subject_may_be_suspended(await desk.directory.subject(request.subject.id))
        if refusal:
            return f"nothing was changed: {refusal.why}"
        now = await desk.target.read(request.subject.id, desk.policy.lever)
    except Gone:
        return "nothing was changed: the account does not exist any more"
    except Never as error:
        return f"nothing was changed: {error.why}"
    if now is not request.prior:
        return f"nothing was changed: MFA went from {request.prior} to {now} since the approval"
    return ""


async def _send(desk: Desk, work: Work, request: Request) -> None:
    correlation = desk.correlation()
    looked = desk.clock.monotonic()
    async with desk.store.transaction() as tx:
        approved = await locked(tx, work, request.id)
        if approved is None or approved.state is not State.APPLYING:
            return
        await tx.start(work)
        facts = {"subject": request.subject.id, "client_request_id": correlation}
        await tx.record(Entry("lowering", request.id, "relatch", facts))
    if desk.clock.monotonic() - looked > SPARE.total_seconds():
        return  # the lease may be another's by now; whoever has it reads, and sends nothing
    try:
        await desk.target.lower(request.subject.id, desk.policy.lever, correlation)
    except Never as error:
        await _settle(desk, work, request, Rejected(f"nothing was changed: {error.why}"))
    except PortError as error:
        await _settle(desk, work, request, LeftOpen(error.why))
    else:
        await _read_back(desk, work, request)


async def _read_back(desk: Desk, work: Work, request: Request) -> None:
    """Confirm by a read. Within a minute look again; after that the attempt is open."""
    try:
        found = await desk.target.read(request.subject.id, desk.policy.lever)
        if found is LOWERED:
            await _settle(desk, work, request, Confirmed())
            return
        why = f"Entra took the change, but a read still shows {found}"
        after = None
    except Never as error:
        await _settle(desk, work, request, LeftOpen(error.why))
        return
    except Later as error:
        why, after = error.why, error.after
    async with desk.store.transaction() as tx:
        started = work.started_at or tx.now
        over = tx.now - started > READ_BACK_LIMIT
    if over:
        await _settle(desk, work, request, LeftOpen(why))
    else:
        await give_back(desk, work, pause(work.attempts, after), why)


async def _settle(desk: Desk, work: Work, request: Request, event: Confirmed | Rejected | LeftOpen) -> None:
    async with desk.store.transaction() as tx:
        approved = await locked(tx, work, request.id)
        if approved is not None:
            await take(desk, tx, approved, event)
            await tx.done(work)
