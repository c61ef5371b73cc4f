"""Claims what is due, performs it side by side within bounds, and never raises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain

from approvals.agenda import LEASE, Kind, Over, Work, pause
from approvals.desk import Desk, Essentials
from approvals.errors import Later, NoDatabase, NoRoom, PortError
from approvals.model import RequestId
from approvals.ports import Transaction
from approvals.work import applying, changing, passes, restoring, telling, timers, verifying


@dataclass(frozen=True, slots=True)
class Lane:
    """Kinds of work that share a bound: at most ``width`` at a time, others unhindered.

    With ``one_goal`` all of it goes to one place: when that place names a time, all of it waits.
    What is ``patient`` is done one a second, whatever its lane, while more restores are due than run.
    """

    kinds: tuple[Kind, ...]
    width: int
    one_goal: bool = False
    patient: bool = False


LANES = (
    Lane((Kind.RESTORE,), 8),
    Lane((Kind.APPLY, Kind.CHANGE), 4),
    Lane((Kind.REMOVE_PASS,), 2),
    Lane((Kind.VERIFY, Kind.DRIFT), 4),
    Lane((Kind.REVOKE_SESSIONS,), 4, patient=True),
    Lane((Kind.OVERDUE, Kind.WARN, Kind.LAPSE, Kind.REMIND, Kind.REFUSALS, Kind.ERASE, Kind.HEAD), 2),
    Lane((Kind.FEDERATION,), 2),
    Lane((Kind.PAGE,), 1, one_goal=True),
    Lane((Kind.CARD,), 2, one_goal=True, patient=True),
    Lane((Kind.DIRECT, Kind.GUIDE), 2, patient=True),
    Lane((Kind.LINE,), 1, one_goal=True, patient=True),
    Lane((Kind.DOMAIN_NEWS,), 1, one_goal=True, patient=True),
)


Perform = Callable[[Work], Awaitable[Over | None]]
"""Does a piece of work: gives it back or removes it, or leaves its removal to the runner."""
Performers = Mapping[Kind, Perform]
"""What is done for each kind; a process claims only kinds that it can do."""

SAFETY_NET = timedelta(seconds=30)
"""Another process may have ordered work that this one was not told of."""
RETRY = timedelta(seconds=1)
PATIENT_EVERY = 1.0
"""Seconds between two pieces of patient work while restores crowd: it goes on, and costs them nothing."""


class Runner:
    """Performs, of the agenda, the kinds it has performers for.

    ``wake`` is called when a place in a lane is free again. Every lane costs a claim a tick.
    """

    def __init__(
        self,
        essentials: Essentials,
        performers: Performers,
        wake: Callable[[], None] = lambda: None,
        *,
        lanes: Iterable[Lane] = LANES,
    ) -> None:
        self._store = essentials.store
        self._observer = essentials.observer
        self._clock = essentials.clock
        self._performers = performers
        self._lanes = tuple(lane for lane in map(self._within, lanes) if lane.kinds)
        self._wake = wake
        self._busy: dict[Lane, set[asyncio.Task[None]]] = {lane: set() for lane in self._lanes}
        self._resting: dict[Lane, float] = {}
        self._first = self
        self._crowded = False
        self._patient_at = float("-inf")
        self._claiming = True
        self._over: list[Work] = []
        self._blocked = False

    def _within(self, lane: Lane) -> Lane:
        return replace(lane, kinds=tuple(kind for kind in lane.kinds if kind in self._performers))

    def give_way(self, first: Runner) -> None:
        """Be patient, from now on, when *first* has more restores to make than it has room for."""
        self._first = first

    @property
    def crowded(self) -> bool:
        """Return whether the last look for restores found as many as there was room for."""
        return self._crowded

    @property
    def busy(self) -> int:
        """Return how many pieces of work are under way."""
        return len(self._tasks)

    @property
    def blocked(self) -> bool:
        """Return whether the database did not take the last thing that was to be written."""
        return self._blocked

    @property
    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for tasks in self._busy.values() for task in tasks]

    async def tick(self) -> timedelta:
        """Remove what is over, claim what is due and start it; return how long it is until more falls due."""
        rest = self._rest()
        rooms = self._rooms()
        if not self._claiming or not rooms:
            return rest
        try:
            claimed, wait = await self._remove_and_claim(rooms)
        except Later:
            self._blocked = True
            return RETRY
        for work in claimed:
            self._start(work)
        return min(max(wait, timedelta()), rest)

    def _rooms(self) -> dict[tuple[Kind, ...], int]:
        """Return of which kinds how much may be claimed now."""
        lanes = [lane for lane in self._lanes if lane not in self._resting]
        if not self._first.crowded:
            return {lane.kinds: self._room(lane) for lane in lanes if self._room(lane)}
        patient = tuple(kind for lane in lanes if lane.patient for kind in lane.kinds)
        lately = self._clock.monotonic() - self._patient_at < PATIENT_EVERY
        under_way = any(self._busy[lane] for lane in self._lanes if lane.patient)
        urgent = {lane.kinds: self._room(lane) for lane in lanes if self._room(lane) and not lane.patient}
        return urgent if lately or under_way or not patient else {**urgent, patient: 1}

    def _room(self, lane: Lane) -> int:
        return max(lane.width - len(self._busy[lane]), 0)

    def _rest(self) -> timedelta:
        """Let lanes go on whose rest is over; return how long it is until the next one's is."""
        now = self._clock.monotonic()
        self._resting = {lane: until for lane, until in self._resting.items() if until > now}
        left = (timedelta(seconds=until - now) for until in self._resting.values())
        return min(left, default=SAFETY_NET)

    async def _remove_and_claim(self, rooms: Mapping[tuple[Kind, ...], int]) -> tuple[list[Work], timedelta]:
        """Return what was claimed, in one transaction with the removal of what is over."""
        kinds = tuple(chain.from_iterable(rooms))
        claimed: list[Work] = []
        async with self._removing() as tx:
            due = await tx.next_due(kinds)
            self._crowded = self._crowded and Kind.RESTORE not in kinds
            if due is not None and due <= tx.now:  # most looks find nothing: one question is enough
                # A claim is dear (see docs/measurements.md), and seldom is there work in many lanes.
                ripe = await tx.ripe(kinds)
                for some, room in rooms.items():
                    found = [] if ripe.isdisjoint(some) else await tx.claim(some, room, LEASE)
                    claimed += found
                    if Kind.RESTORE in some:
                        self._crowded = len(found) == room
                due = await tx.next_due(kinds)
            return claimed, SAFETY_NET if due is None else due - tx.now

    @asynccontextmanager
    async def _removing(self) -> AsyncGenerator[Transaction]:
        """Open a transaction that removes what is over; what could not be removed is kept for the next."""
        over = tuple(self._over)
        async with self._store.transaction() as tx:
            if over:
                await tx.done(*over)
            yield tx
        if over:
            del self._over[: len(over)]
            self._blocked = False

    def _start(self, work: Work) -> None:
        lane = next(one for one in self._lanes if work.kind in one.kinds)
        if lane.patient:
            self._patient_at = self._clock.monotonic()
        self._observer.claimed(work)
        task = asyncio.create_task(self._perform(work, lane), name=f"{work.kind}:{work.request}")
        self._busy[lane].add(task)
        task.add_done_callback(lambda done: self._free(lane, done))

    def _free(self, lane: Lane, task: asyncio.Task[None]) -> None:
        self._busy[lane].discard(task)
        self._wake()

    async def _perform(self, work: Work, lane: Lane) -> None:
        try:
            over = await self._performers[work.kind](work)
        except Exception as error:  # noqa: BLE001  # the one place where any fault becomes "try again"
            self._let_rest(lane, error)
            if not isinstance(error, NoRoom):
                self._observer.failed(work, error)
            given_back = await self._give_back(work, lane, error)
            self._blocked = not given_back or isinstance(error, NoDatabase)
            return
        if over is None:
            self._blocked = False
        else:
            self._over.append(work)

    def _let_rest(self, lane: Lane, error: Exception) -> None:
        """Leave all of *lane* alone for as long as the one place asks that it goes to."""
        if lane.one_goal and isinstance(error, Later) and error.after is not None:
            self._resting[lane] = self._clock.monotonic() + error.after.total_seconds()

    async def _give_back(self, work: Work, lane: Lane, error: Exception) -> bool:
        """Let *work* fall due again; return whether that is written, else its lease has to end first."""
        tried = not isinstance(error, NoRoom)
        asked = error.after if isinstance(error, Later) else None
        why = error.whole if isinstance(error, PortError) else type(error).__name__
        try:
            async with self._store.transaction() as tx:
                later = tx.now + pause(work.attempts if tried else 0, asked)
                # The lane rests: what was its first is its first again.
                due = later if tried or not lane.one_goal else work.due_at
                await tx.again(work, due, why, tried=tried)
        except Later:
            return False
        return True

    async def run_due(self) -> None:
        """Perform everything that is due, and what that makes due, until nothing is."""
        while True:
            full = self.busy
            await self.tick()
            if not (full or self.busy):  # what ended during the look may have left a place free
                return
            await self.idle()

    async def idle(self) -> None:
        """Wait for what is under way now; what it makes due is not waited for."""
        if self.busy:
            await asyncio.wait(self._tasks)

    def stop_claiming(self) -> None:
        """Take on nothing more; what is under way goes on."""
        self._claiming = False

    async def drain(self, patience: float) -> int:
        """Wait up to *patience* seconds for what is under way; return how much was cut off."""
        late = (await asyncio.wait(self._tasks, timeout=patience))[1] if self.busy else set()
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if self._over:
            with suppress(Later):  # then it is done once more, after its lease
                async with self._removing():
                    pass
        return len(late)


def putting_back(essentials: Essentials) -> Performers:
    """Return what can be done without a chat: putting back, verifying, and keeping count."""
    about = {
        Kind.RESTORE: restoring.restore,
        Kind.REMOVE_PASS: passes.remove,
        Kind.VERIFY: verifying.verify,
        Kind.DRIFT: verifying.drift,
        Kind.REVOKE_SESSIONS: verifying.revoke_sessions,
        Kind.OVERDUE: timers.overdue,
        Kind.LAPSE: timers.lapse,
        Kind.REMIND: timers.remind,
        Kind.ERASE: changing.erase,
    }
    bound = {kind: _about_a_request(partial(perform, essentials)) for kind, perform in about.items()}
    return {**bound, Kind.REFUSALS: partial(timers.count_refusals, essentials)}


def performing(desk: Desk) -> Performers:
    """Return what needs people and a chat: lowering, warning, and telling."""
    about = {
        Kind.APPLY: applying.apply,
        Kind.CHANGE: changing.change,
        Kind.WARN: timers.warn,
        Kind.CARD: telling.card,
        Kind.LINE: telling.line,
        Kind.PAGE: telling.page,
        Kind.DIRECT: telling.direct,
    }
    bound = {kind: _about_a_request(partial(perform, desk)) for kind, perform in about.items()}
    return {**bound, Kind.HEAD: partial(timers.post_head, desk), Kind.GUIDE: partial(telling.guide, desk)}


def _about_a_request(perform: Callable[[Work, RequestId], Awaitable[Over | None]]) -> Perform:
    async def bound(work: Work) -> Over | None:
        if work.request is None:
            raise ValueError(f"{work.kind} is about no request")
        return await perform(work, work.request)

    return bound
