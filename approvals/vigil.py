"""The memory of last resort: what is lowered now, kept in this process.

The rows are the timers. Three things can keep them from ringing: a database that is gone when a
suspension ends, one that can be read and not written (a full disk, a standby), and a wall clock
that is set back. Against all of them, each process remembers the live suspensions with an end on
the monotonic clock. Putting back early is safe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from approvals.agenda import APPLY_LIMIT
from approvals.desk import Essentials
from approvals.errors import Later, PortError
from approvals.model import (
    ActionKind,
    EndReached,
    News,
    Notice,
    Protection,
    Proved,
    Relatch,
    Request,
    RequestId,
    State,
)
from approvals.ports import Query
from approvals.record import Entry
from approvals.service.ending import order_restore
from approvals.service.steps import take
from approvals.work.claims import lowering

LOWERED = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})
LIVE = Query(states=LOWERED, kind=ActionKind.SUSPEND, limit=10_000)
REFRESH = 1.0
"""Seconds between two looks at the database."""
SET_BACK = timedelta(seconds=1)
"""A wall clock that goes back further than this delays what it had set."""
AWAY = "the database does not answer"
BLOCKED = "the database can be read and not written"

Page = Callable[[Request, Notice], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A live suspension; ``deadline`` is its end on the monotonic clock, in seconds."""

    request: Request
    deadline: float


@dataclass(frozen=True, slots=True)
class PutBack:
    """What was put back from memory and not yet written down: what a read showed, and when."""

    request: Request
    found: Protection
    at: datetime


class Vigil:
    """Keeps watch for one process; ``watch`` is called before every tick and raises nothing.

    Before, because what was put back from memory is written down as such only if nobody has
    found it restored by then.
    """

    def __init__(self, essentials: Essentials, blocked: Callable[[], bool] = lambda: False) -> None:
        """Start; *blocked* tells whether the database did not take what was last to be written."""
        self._essentials = essentials
        self._blocked = blocked
        self._kept: dict[RequestId, Kept] = {}
        self._unwritten: dict[RequestId, PutBack] = {}
        self._paged: set[RequestId] = set()
        self._page: Page | None = None
        self._looked = float("-inf")
        self._told = datetime.min.replace(tzinfo=UTC)

    def page_through(self, page: Page) -> None:
        """Page people by *page* from now on, without the database's queue of messages."""
        self._page = page

    @property
    def kept(self) -> tuple[Kept, ...]:
        """Return what is remembered."""
        return tuple(self._kept.values())

    async def watch(self) -> None:
        """Refresh the memory; without a database, put back from it what is overdue."""
        lately = self._essentials.clock.monotonic() - self._looked < REFRESH
        if lately and not self._unwritten:
            return
        try:
            await self._write_down()
            await self._refresh()
        except Later:
            await self._stand_in(AWAY)
        else:
            if self._blocked():
                await self._stand_in(BLOCKED)
        self._looked = self._essentials.clock.monotonic()

    async def _refresh(self) -> None:
        async with self._essentials.store.transaction(writes=False) as tx:
            live, now = await tx.find(LIVE), tx.now
        monotonic = self._essentials.clock.monotonic()
        self._kept = {one.id: self._keep(one, now, monotonic) for one in live}
        self._paged.intersection_update(self._kept)
        set_back, self._told = self._told - now > SET_BACK, now
        for kept in self._kept.values():
            # What is being restored was to be tried again at a time of the clock before.
            restoring = kept.request.state is State.RESTORING
            if set_back if restoring else kept.deadline <= monotonic and _end(kept.request) > now:
                because = "the wall clock was set back"
                await order_restore(self._essentials, Relatch(), kept.request.id, because)

    def _keep(self, request: Request, now: datetime, monotonic: float) -> Kept:
        end = _end(request)
        deadline = monotonic + (end - now).total_seconds()
        before = self._kept.get(request.id)
        if before is not None and _end(before.request) == end:
            # The same end cannot move away: only a clock that was set back makes it look so.
            deadline = min(deadline, before.deadline)
        return Kept(request, deadline)

    async def _stand_in(self, why: str) -> None:
        """Put back what should have ended longer ago than the policy allows."""
        patience = self._essentials.policy.timing.overdue.total_seconds()
        monotonic = self._essentials.clock.monotonic()
        for kept in self._kept.values():
            if kept.request.id not in self._unwritten and monotonic >= kept.deadline + patience:
                await self._put_back(kept.request, why)

    async def _put_back(self, request: Request, why: str) -> None:
        lowered, target = lowering(request), self._essentials.target
        try:
            correlation = self._essentials.correlation()
            await target.put_back(lowered.subject, lowered.by, lowered.prior, correlation)
            found = await target.read(lowered.subject, lowered.by)
        except PortError as error:
            why = f"{why}, and {error.whole}"
        else:
            if found.at_least(lowered.prior):
                at = self._essentials.clock.now()
                self._unwritten[request.id] = PutBack(request, found, at)
                self._essentials.observer.put_back_from_memory(request)
                why = f"{why}; MFA was put back to {found} from memory"
        await self._page_once(request, why)

    async def _page_once(self, request: Request, why: str) -> None:
        if self._page is None or request.id in self._paged:
            return
        overdue = replace(request, state=State.RESTORING)
        try:
            await self._page(overdue, Notice(News.OVERDUE, self._essentials.clock.now(), detail=why, count=1))
        except PortError:
            return
        self._paged.add(request.id)

    async def _write_down(self) -> None:
        """Record what was put back from memory, and close it: a read has proved it."""
        for number, done in list(self._unwritten.items()):
            async with self._essentials.store.transaction() as tx:
                found = await tx.lock(number)
                facts = {"subject": found.subject.id, "found": done.found.value, "at": done.at.isoformat()}
                if found.state is State.ACTIVE:
                    taken = await take(self._essentials, tx, found, EndReached())
                    found = await tx.lock(number) if isinstance(taken, Request) else found
                if found.state is State.RESTORING:
                    because = f"the database did not answer; put back from memory {done.at:%H:%M:%S} UTC"
                    await take(
                        self._essentials, tx, found, Proved(done.found, wrote=True, late_because=because)
                    )
                await tx.record(Entry("put back from memory", number, "relatch", facts))
            del self._unwritten[number]


def _end(request: Request) -> datetime:
    """Return when putting back is due at the latest; what is being applied has no end of its own yet."""
    return request.ends_at or request.approvals[-1].at + APPLY_LIMIT
