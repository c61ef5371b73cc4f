"""Setting what stays: written until a read shows it, for ten minutes at most, then said to have failed.

Every write here may be sent twice. What was never sent, or refused for good at the first attempt, is
certainly not made; of anything else the last read tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from approvals.agenda import APPLY_LIMIT, LEASE, OVER, SEND_LIMIT, Over, Work
from approvals.desk import Desk, Essentials
from approvals.errors import Gone, Later, Never, NotYet, PortError
from approvals.machine.pieces import change_facts
from approvals.model import (
    Change,
    Extend,
    IssuePass,
    Made,
    PersonId,
    PhoneNumber,
    Rejected,
    RequestId,
    State,
    Suspend,
    still_to_make,
)
from approvals.policy import subject_may_be_suspended
from approvals.ports import Seen
from approvals.record import Entry, Fact
from approvals.service.steps import must_take
from approvals.work.claims import locked

SPARE = LEASE - SEND_LIMIT - timedelta(seconds=10)
"""A call is sent no later than this after the claim and the subject were looked at."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One claim of the next change; ``late`` when an approval is not carried out any more."""

    work: Work
    request: RequestId
    subject: PersonId
    change: Change
    number: PhoneNumber | None
    late: bool
    looked: float

    def too_old(self, desk: Desk) -> bool:
        return desk.clock.monotonic() - self.looked > SPARE.total_seconds()


async def change(desk: Desk, work: Work, request: RequestId) -> None:
    """Make the next change of an approved request, and believe it when a read shows it."""
    attempt = await _claimed(desk, work, request)
    if attempt is None:
        return
    try:
        seen = await _look(desk, attempt)
        if seen.holds:
            await _settle(desk, attempt, Made(seen.words))
        elif attempt.late:
            await _settle(desk, attempt, Rejected(f"not done in time: a read shows {seen.words}"))
        else:
            await _make(desk, attempt)
    except Gone:
        await _settle(desk, attempt, Rejected("the account does not exist any more"))
    except PortError as error:
        if not attempt.late:
            raise
        await _settle(
            desk, attempt, Rejected(f"not done in time, and what is there is not known: {error.whole}")
        )


async def _claimed(desk: Desk, work: Work, request: RequestId) -> _Attempt | None:
    looked = desk.clock.monotonic()
    async with desk.store.transaction() as tx:
        approved = await locked(tx, work, request)
        if approved is None:
            return None
        if approved.state is not State.APPLYING or isinstance(approved.action, Suspend | Extend | IssuePass):
            await tx.done(work)
            return None
        return _Attempt(
            work=work,
            request=request,
            subject=approved.subject.id,
            change=still_to_make(approved.action)[0],
            number=await tx.number(request),
            late=tx.now - approved.approvals[-1].at > APPLY_LIMIT,
            looked=looked,
        )


async def _look(desk: Desk, attempt: _Attempt) -> Seen:
    return await desk.registrar.look(attempt.subject, attempt.change, attempt.number)


async def _make(desk: Desk, attempt: _Attempt) -> None:
    """Look at the subject once more, write the change, and read it back."""
    refusal = subject_may_be_suspended(await desk.directory.subject(attempt.subject))
    if refusal:
        await _settle(desk, attempt, Rejected(refusal.why))
        return
    correlation = await _start(desk, attempt)
    if correlation is None:
        return
    try:
        await desk.registrar.make(attempt.subject, attempt.change, attempt.number, correlation)
    except Never as error:
        # Of a first attempt that was refused nothing can be there; of a later one an earlier may be.
        if isinstance(error, Gone) or attempt.work.started_at is not None:
            raise
        await _settle(desk, attempt, Rejected(error.whole))
        return
    seen = await _look(desk, attempt)
    if not seen.holds:
        raise NotYet(f"a read still shows {seen.words}")
    await _settle(desk, attempt, Made(seen.words))


async def _start(desk: Desk, attempt: _Attempt) -> str | None:
    """Record the attempt before it is sent; ``None`` when the claim has passed to another."""
    correlation = desk.correlation()
    async with desk.store.transaction() as tx:
        if await locked(tx, attempt.work, attempt.request) is None:
            return None
        if attempt.too_old(desk):
            raise Later("looking at the subject took too long")
        await tx.start(attempt.work)
        facts: dict[str, Fact] = {"subject": attempt.subject, "client_request_id": correlation}
        facts |= change_facts(attempt.change)
        await tx.record(Entry("changing", attempt.request, "relatch", facts))
    if attempt.too_old(desk):
        raise Later("writing it down took too long")
    return correlation


async def _settle(desk: Desk, attempt: _Attempt, event: Made | Rejected) -> None:
    async with desk.store.transaction() as tx:
        approved = await locked(tx, attempt.work, attempt.request)
        if approved is not None:
            await must_take(desk, tx, approved, event)
            await tx.done(attempt.work)


async def erase(desk: Essentials, _work: Work, _request: RequestId) -> Over:
    """Make what was erased unreadable in the database's own files too."""
    await desk.store.scrub()
    return OVER
