"""Removing an access pass: when it is over, taken back, or was made and never seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from approvals.agenda import LANDED_LIMIT, LONGEST_PAUSE, Do, Kind, Work
from approvals.desk import Essentials
from approvals.errors import Gone, Later, NotYet
from approvals.model import (
    EndReached,
    IssuePass,
    LeftOpen,
    PersonId,
    Removed,
    Request,
    RequestId,
    State,
    SubjectGone,
)
from approvals.record import Entry
from approvals.service.steps import must_take
from approvals.work.claims import locked

CLOCKS_APART = timedelta(minutes=5)
"""What Entra says was made this long before we asked for it may be ours: clocks differ."""
UNSEEN = "nobody is known to have seen it"


@dataclass(frozen=True, slots=True)
class Ending:
    """A pass to be removed: the one Entra calls ``issued`` or, while that is unknown, all made since.

    ``over_at`` is when Entra itself lets nobody in with it any more. What reads show was looked up after
    ``now``; that there is none is believed from ``landed`` on, where the making was not answered.
    """

    request: RequestId
    subject: PersonId
    issued: str
    since: datetime
    over_at: datetime
    landed: datetime
    now: datetime

    @classmethod
    def of(cls, request: Request, now: datetime) -> Ending | None:
        """Return what is to be removed; ``None`` where nothing is out."""
        action, made_at = request.action, request.confirmed_at
        if request.state is State.CLOSED or not isinstance(action, IssuePass) or made_at is None:
            return None
        return cls(
            request=request.id,
            subject=request.subject.id,
            issued=action.issued,
            since=made_at - CLOCKS_APART,
            over_at=made_at + action.lasts + CLOCKS_APART,
            landed=made_at if action.issued else made_at + LANDED_LIMIT,
            now=now,
        )


async def remove(desk: Essentials, work: Work, request: RequestId) -> None:
    """Remove the pass and prove by a read that it is gone; raise what stands in the way."""
    ending = await _begin(desk, work, request)
    if ending is None:
        return
    try:
        # One that is known is removed whatever a read shows: reads lag writes.
        for one in [ending.issued] if ending.issued else await _standing(desk, ending):
            await _remove(desk, work, ending, one)
        if await _standing(desk, ending):
            raise NotYet("a read still shows the pass")
    except Gone:
        await _without_subject(desk, work, ending)
    else:
        await _settle(desk, work, ending)


async def _begin(desk: Essentials, work: Work, request: RequestId) -> Ending | None:
    """Say that it ends, before anything is removed."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, request)
        if found is None:
            return None
        ending = Ending.of(found, tx.now)
        if ending is None:
            await tx.done(work)
            return None
        if found.state is State.APPLYING:
            await must_take(desk, tx, found, LeftOpen(UNSEEN))
            return None  # its removal was ordered anew: for now
        if found.state is State.ACTIVE:
            await must_take(desk, tx, found, EndReached())
        return ending


async def _standing(desk: Essentials, ending: Ending) -> list[str]:
    """Return which passes are there that are ours to remove."""
    there = await desk.passes.list(ending.subject)
    if ending.issued:
        return [one.id for one in there if one.id == ending.issued]
    return [one.id for one in there if one.made_at is None or one.made_at >= ending.since]


async def _remove(desk: Essentials, work: Work, ending: Ending, one: str) -> None:
    correlation = desk.correlation()
    async with desk.store.transaction() as tx:
        if await locked(tx, work, ending.request) is None:
            raise Later("another process has taken this over")
        facts = {"subject": ending.subject, "pass": one, "client_request_id": correlation}
        await tx.record(Entry("removing pass", ending.request, "relatch", facts))
    await desk.passes.remove(ending.subject, one, correlation)


async def _settle(desk: Essentials, work: Work, ending: Ending) -> None:
    """Believe that it is gone; of one whose making was not answered, once that cannot land any more."""
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, ending.request)
        if found is None:
            return
        if ending.now < ending.landed:
            again = max(ending.landed, tx.now)
            await tx.again(work, again, "what was asked for may still be made", tried=False)
            return
        await must_take(desk, tx, found, Removed())
        await tx.done(work)


async def _without_subject(desk: Essentials, work: Work, ending: Ending) -> None:
    """Answer a 404: an account that can come back brings its pass along, as long as that is good.

    Nobody is called meanwhile.
    """
    async with desk.store.transaction() as tx:
        found = await locked(tx, work, ending.request)
        if found is None:
            return
        if tx.now < ending.over_at:
            again = min(tx.now + LONGEST_PAUSE, ending.over_at)
            await tx.again(work, again, "the account is deleted")
            await tx.order(ending.request, Do(kind=Kind.OVERDUE, due_at=again + desk.policy.timing.overdue))
            return
        await must_take(desk, tx, found, SubjectGone())
        await tx.done(work)
