"""Lowering: sent once at the most, and believed only when a read shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.agenda import LEASE, READ_BACK_LIMIT, SEND_LIMIT, Work, pause
from approvals.desk import Desk
from approvals.errors import Gone, Later, Never
from approvals.model import Confirmed, LeftOpen, Rejected, RequestId
from approvals.policy import subject_may_be_suspended
from approvals.record import Entry
from approvals.service.steps import must_take
from approvals.work.claims import Lowering, locked, lowering

SPARE = LEASE - SEND_LIMIT - timedelta(seconds=10)
"""A call is sent no later than this after the lease and the subject were looked at."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One claim of the work of lowering; ``looked`` is the monotonic time at which it began."""

    work: Work
    request: RequestId
    lowering: Lowering
    looked: float

    def too_old(self, desk: Desk) -> bool:
        return desk.clock.monotonic() - self.looked > SPARE.total_seconds()


async def apply(desk: Desk, work: Work, request: RequestId) -> None:
    """Lower the subject's protection for an approved request.

    A started attempt, whoever started it, is never sent again: it is read back.
    """
    looked = desk.clock.monotonic()
    async with desk.store.transaction() as tx:
        approved = await locked(tx, work, request)
    if approved is None:
        return
    attempt = _Attempt(work, request, lowering(approved), looked)
    if work.started_at is not None:
        await _read_back(desk, attempt)
        return
    objection = await _objection(desk, attempt.lowering)
    if objection:
        await _settle(desk, attempt, Rejected(objection))
    else:
        await _send(desk, attempt)


async def _objection(desk: Desk, lowered: Lowering) -> str:
    """Look at the subject once more before the change is sent; say what speaks against it, or nothing."""
    try:
        refusal = subject_may_be_suspended(await desk.directory.subject(lowered.subject))
        if refusal:
            return f"nothing was changed: {refusal.why}"
        now = await desk.target.read(lowered.subject, lowered.by)
    except Gone:
        return "nothing was changed: the account does not exist any more"
    except Never as error:
        return f"nothing was changed: {error.whole}"
    if now is not lowered.prior:
        return f"nothing was changed: MFA went from {lowered.prior} to {now} since the approval"
    return ""


async def _send(desk: Desk, attempt: _Attempt) -> None:
    lowered, correlation = attempt.lowering, desk.correlation()
    async with desk.store.transaction() as tx:
        if await locked(tx, attempt.work, attempt.request) is None:
            return
        if attempt.too_old(desk):
            raise Later("looking at the subject took too long")
        await tx.start(attempt.work)
        facts = {"subject": lowered.subject, "client_request_id": correlation}
        await tx.record(Entry("lowering", attempt.request, "relatch", facts))
    if attempt.too_old(desk):
        return  # the lease may be another's by now; whoever has it reads, and sends nothing
    try:
        await desk.target.lower(lowered.subject, lowered.by, correlation)
    except Never as error:
        await _settle(desk, attempt, Rejected(f"nothing was changed: {error.whole}"))
    except Later as error:
        await _settle(desk, attempt, LeftOpen(error.why))
    else:
        await _read_back(desk, attempt)


async def _read_back(desk: Desk, attempt: _Attempt) -> None:
    """Confirm by a read. Within a minute look again; after that the attempt is open."""
    try:
        found = await desk.target.read(attempt.lowering.subject, attempt.lowering.by)
        if found is attempt.lowering.by.lever.lowered:
            await _settle(desk, attempt, Confirmed())
            return
        why = f"a read still shows {found}"
        after = None
    except Never as error:
        await _settle(desk, attempt, LeftOpen(error.whole))
        return
    except Later as error:
        why, after = error.why, error.after
    await _look_again(desk, attempt, why, after)


async def _look_again(desk: Desk, attempt: _Attempt, why: str, after: timedelta | None) -> None:
    work = attempt.work
    async with desk.store.transaction() as tx:
        over = work.started_at is not None and tx.now - work.started_at > READ_BACK_LIMIT
        if not over:
            await tx.again(work, tx.now + pause(work.attempts, after), why)
    if over:
        await _settle(desk, attempt, LeftOpen(why))


async def _settle(desk: Desk, attempt: _Attempt, event: Confirmed | Rejected | LeftOpen) -> None:
    async with desk.store.transaction() as tx:
        approved = await locked(tx, attempt.work, attempt.request)
        if approved is not None:
            await must_take(desk, tx, approved, event)
            await tx.done(attempt.work)
