"""The promises, held by two processes that crash, over services that lie, in any order.

Hypothesis writes the story: who asks, clicks and ends; which call goes next and what becomes
of it (carried out, refused, throttled, unanswered, late, answered from the past); when a
process dies, and for how long nothing happens. After each step and at the end the promises
are looked up. ``RELATCH_EXAMPLES`` sets how many stories are told.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from approvals.agenda import LEASE, Do, Kind
from approvals.errors import Later, Never, RelatchError
from approvals.model import (
    PER_USER,
    EnableMfa,
    IssuePass,
    Lever,
    Means,
    OneShot,
    Operator,
    Person,
    PhoneNumber,
    Protection,
    RequestId,
    SetUp,
)
from approvals.policy import Limit
from approvals.ports import Whereabouts
from approvals.service import Ask, AskChange, Asked, AskForMore, Click, Service
from bot.sql.engine import Database
from tests.world.faults import Call, Delay, Fate, LoseAnswer, Proceed, Refuse, Stale
from tests.world.people import DESK, DUTY, HANNA, LEE, OMAR, POLICY, SHY, caller
from tests.world.promises import LAG, Injected, Promises
from tests.world.requests import DEFAULT, PHONE
from tests.world.turns import Turns
from tests.world.world import Process, World, quick

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

EXAMPLES = int(os.environ.get("RELATCH_EXAMPLES", "50"))
SETTINGS = settings(
    max_examples=EXAMPLES // 2,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

PEOPLE = (HANNA, DESK, OMAR, DUTY)
SUBJECTS = (LEE, SHY)
OPERATOR = Operator("root@host")
NUMBER = PhoneNumber("+31 612345678")
ENFORCE = EnableMfa(Protection.ENFORCED)
BY_GROUP = Means(Lever.EXCLUSION_GROUP, "e5000000-0000-4000-8000-000000000001")
PRIORS = [Protection.ENABLED, Protection.ENFORCED, Protection.NOT_EXCLUDED]
"""What may be there before, each with the lever that moves it."""
PROCEED = Proceed()

failures = st.sampled_from(
    [
        Refuse(Later("503")),
        Refuse(Later("429", 30 * SECOND)),
        Refuse(Never("403")),
        Refuse(Injected("a bug in an adapter")),
    ]
)
lost = st.just(LoseAnswer())
late = st.integers(1, 600).map(lambda seconds: Delay(seconds * SECOND))
stale = st.integers(1, int(LAG.total_seconds())).map(lambda seconds: Stale(seconds * SECOND))
fates = st.one_of(st.just(PROCEED), st.just(PROCEED), failures, lost, late, stale)
SELDOM = [
    *("subject", "whereabouts", "revoke_sessions", "card", "line", "direct", "settle", "page", "head"),
    *("make", "look", "scrub", "guide"),
    *("issue", "show", "list", "remove"),
]
calls = st.sampled_from(["lower", "lower", "put_back", "put_back", "read", "transaction", *SELDOM])
faults = st.lists(
    st.one_of(
        st.tuples(st.just("lower"), st.one_of(late, lost, failures)),
        st.tuples(st.just("put_back"), st.one_of(late, lost, failures)),
        st.tuples(st.just("read"), st.one_of(stale, stale, lost, failures)),
        st.tuples(st.just("transaction"), st.one_of(lost, failures)),
        st.tuples(st.sampled_from(SELDOM), st.one_of(lost, failures)),
    ),
    max_size=5,
)
turns = st.lists(st.tuples(st.integers(0, 9), fates), min_size=1, max_size=12)
spans = st.one_of(
    st.integers(1, 30).map(lambda number: number * SECOND),
    st.integers(1, 20).map(lambda number: number * MINUTE),
    st.just(LEASE + SECOND),
)
people = st.sampled_from(PEOPLE)
subjects = st.sampled_from(SUBJECTS)
lengths = st.sampled_from([5 * SECOND, MINUTE, 20 * MINUTE])
numbers = st.integers(1, 6).map(RequestId)
ends = st.integers(0, 1)


@dataclass(frozen=True, slots=True)
class Matter:
    """Who is up to what, about whom."""

    who: Person
    subject: Person
    request: RequestId
    length: timedelta


Act = Callable[[Service, Matter], Coroutine[Any, Any, object]]
ACTS: list[Act] = [
    lambda service, it: service.submit(_wish(it.who, it.subject, it.length)),
    lambda service, it: service.extend(
        AskForMore(caller=caller(it.who), of=it.request, by=it.length, reason="takes longer")
    ),
    lambda service, it: service.approve(Click(caller(it.who), it.request, 1)),
    lambda service, it: service.approve(Click(caller(it.who), it.request, 1)),
    lambda service, it: service.deny(Click(caller(it.who), it.request, 1), "no"),
    lambda service, it: service.withdraw(caller(it.who), it.request),
    lambda service, it: service.ask_change(_change(it.who, it.subject, PHONE, NUMBER)),
    lambda service, it: service.ask_change(_change(it.who, it.subject, ENFORCE)),
    lambda service, it: service.ask_change(
        _change(it.who, it.subject, SetUp(PHONE, DEFAULT, ENFORCE), NUMBER)
    ),
    lambda service, it: service.ask_change(_change(it.who, it.subject, IssuePass(it.length, once=False))),
    lambda service, it: service.show_number(Click(caller(it.who), it.request, 1)),
    lambda service, it: service.guide(caller(it.who), it.subject.id),
    lambda service, it: service.restore(caller(it.who), it.request),
    lambda service, it: service.restore(caller(it.who), it.request),
    lambda service, it: service.order_restore(OPERATOR, it.request),
    lambda service, it: service.close_as_is(OPERATOR, it.request, "merged"),
]

Change = Callable[[World, Person], object]
CHANGES: list[Change] = [
    lambda world, _: world.staff.change(HANNA, barred="disabled"),
    lambda world, _: world.staff.change(OMAR, barred="disabled"),
    lambda world, _: world.staff.change(OMAR, approver=False),
    lambda world, _: world.staff.change(OMAR, approver=True, barred=""),
    lambda world, subject: world.staff.change(subject, protected=(("protect.roles", "holds a role"),)),
    lambda world, subject: world.staff.change(subject, protected=()),
    lambda world, subject: world.tenant.write(subject.id, world.tenant.untouched),
    lambda world, subject: world.tenant.write(subject.id, world.tenant.untouched),
    lambda world, subject: world.tenant.elsewhere.update({subject.id: Whereabouts.DELETED}),
    lambda world, _: world.tenant.elsewhere.clear(),
    lambda world, _: world.chat.gone.update(post.ref for post in world.chat.of("card")[-1:]),
]


def _wish(who: Person, subject: Person, lasts: timedelta) -> Ask:
    return Ask(caller=caller(who), subject=subject.id, lasts=lasts, reason="phone broken")


def _change(
    who: Person, subject: Person, action: OneShot | IssuePass, number: PhoneNumber | None = None
) -> AskChange:
    return AskChange(caller=caller(who), subject=subject.id, action=action, reason="new phone", number=number)


@dataclass(slots=True)
class Life:
    """One incarnation of a process, what it has under way, and its own way to the database."""

    process: Process
    database: Database
    name: str
    ticking: asyncio.Task[object] | None = None


class Story(RuleBasedStateMachine):
    """Two processes on one database, between people, Entra and a chat."""

    template: Path
    directory: Path

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.names = count(1)
        self.file = self.directory / "story.db"
        for old in self.directory.iterdir():
            old.unlink()
        shutil.copy(self.template, self.file)
        self.loop.run(self._open())

    async def _open(self) -> None:
        self.turns = Turns(self._arrive)
        self.world = World(quick(self.file), self.turns)
        self.promises = Promises(self.world)
        self.policy = POLICY
        self.lives: list[Life] = []
        async with self.world.store.transaction() as tx:
            await tx.order(None, Do(kind=Kind.HEAD, due_at=tx.now + MINUTE))

    def _arrive(self, call: Call) -> None:
        self.promises.arrive(call)

    @initialize(approvals=st.sampled_from([1, 1, 2]), prior=st.sampled_from(PRIORS))
    def begin(self, approvals: int, prior: Protection) -> None:
        timing = replace(POLICY.timing, pending=30 * MINUTE, remind=5 * MINUTE)
        limit = Limit(100, DAY)
        means = PER_USER if prior.lever is Lever.PER_USER else BY_GROUP
        self.policy = replace(
            POLICY,
            means=means,
            enable=POLICY.enable if means is PER_USER else None,
            approvals=approvals,
            shortest=SECOND,
            timing=timing,
            per_person=limit,
        )
        self.world.tenant.means = means
        self.world.tenant.initial = dict.fromkeys((who.id for who in SUBJECTS), prior)
        self.lives = [self._born(), self._born()]

    def _born(self) -> Life:
        name, database = f"p{next(self.names)}", quick(self.file)
        made = self.world.process(name, self.policy, wake=self.turns.moved, database=database)
        return Life(made, database, name)

    # --- what people do ---

    @rule(subject=subjects, lasts=lengths)
    def get_approved(self, subject: Person, lasts: timedelta) -> None:
        """Ask and approve without a hitch: most of what matters comes after."""
        self.loop.run(self._get_approved(subject, lasts))

    async def _get_approved(self, subject: Person, lasts: timedelta) -> None:
        for who in (HANNA, OMAR, DUTY):
            self.world.staff.change(who, barred="")
        self.world.staff.change(subject, protected=())
        self.turns.calm = True
        service = self.lives[0].process.service
        asked = await service.submit(_wish(HANNA, subject, lasts))
        for who in (OMAR, DUTY)[: self.policy.approvals]:
            if isinstance(asked, Asked):
                await service.approve(Click(caller(who), asked.request.id, 1))
        self.turns.calm = False

    @rule(subject=subjects, enforce=st.booleans())
    def get_changed(self, subject: Person, enforce: bool) -> None:  # noqa: FBT001  # drawn
        """Ask for a change and have it approved without a hitch."""
        self.loop.run(self._get_changed(subject, ENFORCE if enforce else PHONE))

    async def _get_changed(self, subject: Person, action: OneShot) -> None:
        for who in (HANNA, OMAR, DUTY):
            self.world.staff.change(who, barred="")
        self.world.staff.change(subject, protected=())
        self.turns.calm = True
        service = self.lives[0].process.service
        asked = await service.ask_change(_change(HANNA, subject, action, NUMBER if action is PHONE else None))
        if isinstance(asked, Asked):
            await service.approve(Click(caller(OMAR), asked.request.id, 1))
        self.turns.calm = False

    @rule(subject=subjects, lasts=lengths, end=ends)
    def get_a_pass(self, subject: Person, lasts: timedelta, end: int) -> None:
        """Get a pass approved without a hitch, and press to see it; how that goes on is up to later turns."""
        self.loop.run(self._get_a_pass(subject, IssuePass(lasts, once=False), end))

    async def _get_a_pass(self, subject: Person, action: IssuePass, end: int) -> None:
        for who in (HANNA, OMAR):
            self.world.staff.change(who, barred="")
        self.world.staff.change(subject, protected=())
        self.turns.calm = True
        asked = await self.lives[0].process.service.ask_change(_change(HANNA, subject, action))
        if isinstance(asked, Asked):
            await self.lives[0].process.service.approve(Click(caller(OMAR), asked.request.id, 1))
        self.turns.calm = False
        if isinstance(asked, Asked):
            process = self.lives[end].process
            pressed = process.service.show_pass(caller(HANNA), asked.request.id, process.screen)
            await self._begin(self._tried(pressed))

    @rule(act=st.sampled_from(ACTS), who=people, subject=subjects, request=numbers, length=lengths, end=ends)
    def somebody_acts(
        self, *, act: Act, who: Person, subject: Person, request: RequestId, length: timedelta, end: int
    ) -> None:
        """Let somebody try something; how it goes on is up to later turns."""
        doing = act(self.lives[end].process.service, Matter(who, subject, request, length))
        self.loop.run(self._begin(self._tried(doing)))

    # --- what the processes do ---

    @rule(story=turns)
    def go_on(self, story: list[tuple[int, Fate]]) -> None:
        """Let calls through, one after the other, each to its fate."""
        self.loop.run(self._go_on(story))

    async def _go_on(self, story: list[tuple[int, Fate]]) -> None:
        for which, fate in story:
            await self._tick()
            if self.turns.waiting:
                await self.turns.let(which, lambda call, fate=fate: _fitting(call, fate))  # type: ignore[misc]  # bound now

    @rule(faults=faults)
    def work(self, faults: list[tuple[str, Fate]]) -> None:
        """Let everything through until nothing is due, but for these faults."""
        self.loop.run(self._work(faults))

    @rule(faults=faults, at=calls, pause=spans)
    def crash_at(self, faults: list[tuple[str, Fate]], at: str, pause: timedelta) -> None:
        """Work until somebody makes a call of this name, and kill them right there after a pause."""
        self.loop.run(self._work(faults, until=at))
        for waiting in self.turns.waiting:
            if waiting.call.name == at:
                [end] = [end for end, life in enumerate(self.lives) if life.name == waiting.call.process]
                self.world.clock.move(pause)
                self.loop.run(self._crash(end))
                return

    @rule(faults=faults, at=calls)
    def stall_at(self, faults: list[tuple[str, Fate]], at: str) -> None:
        """Work until somebody makes a call of this name; it hangs while its lease ends and others work."""
        self.loop.run(self._stall_at(faults, at))

    async def _stall_at(self, faults: list[tuple[str, Fate]], at: str) -> None:
        await self._work([], until=at)
        hanging = [waiting for waiting in self.turns.waiting if waiting.call.name == at]
        if hanging:
            with self.turns.holding(hanging[0]):
                self.world.clock.move(LEASE + SECOND)
                await self._work(faults)
            await self.turns.still()

    async def _work(self, faults: list[tuple[str, Fate]], until: str = "") -> None:
        left = list(faults)

        def decide(call: Call) -> Fate:
            for fault in left:
                if fault[0] == call.name:
                    left.remove(fault)
                    return _fitting(call, fault[1])
            return PROCEED

        for _ in range(400):
            if until in {waiting.call.name for waiting in self.turns.waiting}:
                return
            if not self.turns.waiting:
                await self._tick()
                if await self._only_ticks():
                    return
            await self.turns.let(0, decide)

    @rule(end=ends)
    def crash(self, end: int) -> None:
        """Kill a process: what it had in memory and under way is gone, and another is started."""
        self.loop.run(self._crash(end))

    async def _crash(self, end: int) -> None:
        dead = self.lives[end]
        self._note_stale_card(dead)
        tasks = [waiting.task for waiting in self.turns.waiting if waiting.call.process == dead.name]
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        await dead.database.close()
        self.lives[end] = self._born()

    def _note_stale_card(self, dead: Life) -> None:
        """A card that was sent under a lost lease, just before the end, may be an old one."""
        leased = "select request_id from work where kind = 'card' and leased_by = ?"
        held = {request for (request,) in self.promises.rows(leased, dead.name)}
        for waiting in self.turns.waiting:
            name = waiting.task.get_name() if waiting.task else ""
            if waiting.call.process == dead.name and name.startswith("card:"):
                request = RequestId(int(name.removeprefix("card:")))
                if request not in held:
                    self.promises.stale_cards.add(request)

    # --- what happens around them ---

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.world.clock.move(span)

    @rule(change=st.sampled_from(CHANGES), subject=subjects)
    def something_changes(self, change: Change, subject: Person) -> None:
        change(self.world, subject)

    # --- what must hold ---

    @invariant()
    def promises_hold(self) -> None:
        self.promises.look()
        assert not self.promises.broken

    def teardown(self) -> None:
        """Let faults stop and time pass; then look at how it ended."""
        try:
            if not self.promises.broken:
                self.loop.run(self._in_the_end())
                assert not self.promises.broken
        finally:
            self.loop.run(self._close())
            self.loop.close()

    async def _in_the_end(self) -> None:
        for end in range(len(self.lives)):
            await self._crash(end)
        self.turns.calm = True
        self.world.tenant.elsewhere.clear()
        for _ in range(40):
            for life in self.lives:
                await self.world.live(life.process, timedelta())
            left = [work for work in self.world.agenda() if work[0] != "head"]
            if not left:
                break
            await self.world.live(self.lives[0].process, await self._until_due())
        await self.promises.final()

    async def _until_due(self) -> timedelta:
        async with self.world.store.transaction() as tx:
            due = await tx.next_due(tuple(kind for kind in Kind if kind is not Kind.HEAD))
            return max(due - tx.now, timedelta()) if due else timedelta()

    async def _close(self) -> None:
        for life in self.lives:
            await life.database.close()
        await self.world.database.close()
        self.promises.close()

    # --- pieces ---

    async def _begin(self, doing: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(doing)
        task.add_done_callback(lambda _: self.turns.moved())
        await self.turns.still()

    async def _tried(self, doing: Awaitable[object]) -> None:
        """Somebody who is answered by a fault tries no further."""
        try:
            await doing
        except (RelatchError, Injected):
            return
        except Exception as error:  # noqa: BLE001  # shown as what broke
            self.promises.broken.append(f"a use case raised {error!r}")

    async def _tick(self) -> None:
        """Let both processes look at what is due, unless they are doing so."""
        for life in self.lives:
            if life.ticking is None or life.ticking.done():
                life.ticking = asyncio.create_task(self._tried(life.process.runner.tick()))
                life.ticking.add_done_callback(lambda _: self.turns.moved())
        await self.turns.still()

    async def _only_ticks(self) -> bool:
        """Let the looks through; return whether nothing came of them."""
        for _ in list(self.turns.waiting):
            await self.turns.let(0, lambda _call: PROCEED)
        return not self.turns.waiting


def _fitting(call: Call, fate: Fate) -> Fate:
    """Return *fate* where it can befall this call, else let it proceed."""
    match fate:
        case Refuse(error=Never() | Injected()) if call.port == "store":
            return PROCEED
        case Delay(by) if call.name == "issue":
            return Delay(min(by, 50 * SECOND))  # believed not to be made a minute after it was asked for
        case Delay() if call.name not in {"lower", "put_back", "make", "remove"}:
            return PROCEED
        case Stale() if call.name not in {"read", "list"}:
            return PROCEED
        case _:
            return fate


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("half", [1, 2])
def test_the_promises_hold_whatever_happens(migrated_sqlite: Path, tmp_path: Path, half: int) -> None:
    # Two halves, so that two processors tell them; where they are to be the same each time, by their seeds.
    story = type(f"Half{half}", (Story,), {"template": migrated_sqlite, "directory": tmp_path})
    told = seed(half)(story) if "CI" in os.environ else story
    run_state_machine_as_test(told, settings=SETTINGS)
