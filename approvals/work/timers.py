"""What happens because a time has come: reminders, warnings, pages, and the record's housekeeping."""

from __future__ import annotations

from datetime import timedelta

from approvals.agenda import Do, Kind, Work, next_page
from approvals.desk import Desk, Essentials
from approvals.errors import PortError
from approvals.model import Audience, Lapsed, News, Notice, Request, RequestId, State, StillOverdue
from approvals.record import Entry
from approvals.service.steps import take
from approvals.work.claims import locked

DAY = timedelta(days=1)
HEAD_START = timedelta(seconds=5)
"""What a restore may take that is tried for the first time when people would be paged: after an outage."""


async def lapse(desk: Essentials, work: Work, request: RequestId) -> None:
    """Close what nobody has decided."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is not None:
            await take(desk, tx, found, Lapsed())
            await tx.done(work)


async def remind(desk: Essentials, work: Work, request: RequestId) -> None:
    """Remind of an undecided request, in ever longer pauses; the duty is mentioned from the second time."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return
        if found.state is not State.PENDING:
            await tx.done(work)
            return
        notice = Notice(News.REMINDER, tx.now, count=work.attempts, until=found.lapses_at)
        loud = work.attempts > 1
        await tx.order(request, Do(kind=Kind.PAGE if loud else Kind.LINE, due_at=tx.now, notice=notice))
        pause = desk.policy.timing.remind * (1 << min(work.attempts, 20))
        await tx.again(work, min(tx.now + pause, found.lapses_at + DAY), "")


async def warn(desk: Desk, work: Work, request: RequestId) -> None:
    """Warn before the end, and say so when the subject has no second factor to sign in with."""
    async with desk.store.transaction() as tx:
        active = await locked(tx, work, request)
        if active is None:
            return
    factors = await _second_factors(desk, active)
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return
        if found.state is State.ACTIVE:
            notice = Notice(News.WARNING, tx.now, count=factors, until=found.ends_at)
            await tx.order(
                request,
                Do(kind=Kind.LINE, due_at=tx.now, notice=notice),
                Do(kind=Kind.DIRECT, due_at=tx.now, notice=notice, to=Audience.REQUESTER),
            )
        await tx.done(work)


async def _second_factors(desk: Desk, request: Request) -> int | None:
    try:
        return (await desk.directory.subject(request.subject.id)).second_factors
    except PortError:
        return None


async def overdue(desk: Essentials, work: Work, request: RequestId) -> None:
    """Page people while a restore is later than the policy allows, in doubling pauses."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return
        if not (found.lowers or found.pass_is_out):
            await tx.done(work)
            return
        restore = await tx.ordered(request, Kind.REMOVE_PASS if found.pass_is_out else Kind.RESTORE)
        if work.attempts == 1 and restore is not None and not restore.last_error:
            await tx.again(work, tx.now + HEAD_START, "")
            return
        attempts = restore.attempts if restore else 0
        why = (restore.last_error if restore else "") or found.note or "not tried yet"
        await take(desk, tx, found, StillOverdue(attempts, why))
        await tx.again(work, tx.now + next_page(desk.policy.timing.overdue, work.attempts - 1), why)


async def count_refusals(desk: Essentials, work: Work) -> None:
    """Write the line that says how many refusals of one person by one rule were held back."""
    actor, _, rule = work.about.rpartition("|")
    async with desk.store.transaction() as tx:
        if not await tx.holds(work):
            return
        held_back = await tx.held_back(actor, rule)
        if held_back:
            await tx.record(Entry("refused again", None, actor, {"rule": rule, "times": held_back}))
        await tx.done(work)


async def post_head(desk: Desk, work: Work) -> None:
    """Publish the record's head: what was seen outside can no longer be edited away."""
    async with desk.store.transaction() as tx:
        head = await tx.head()
    if head is not None:
        await desk.tell.head(head.seq, head.digest)
    async with desk.store.transaction() as tx:
        await tx.again(work, tx.now + DAY, "")
