"""What every ``Passes`` keeps to, over each implementation: a pass that was made can always be removed.

An implementation joins by a ``Rig``: its port, and hands to move the world behind it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

import pytest
import stamina

from approvals.errors import Gone, Later, Never
from approvals.model import PER_USER, AccessPass, IssuePass, PersonId, StandingPass
from approvals.ports import Passes, Whereabouts
from bot.entra.passes import EntraPasses
from bot.sim.tenant import AFTER, BEFORE, FOREVER, Cut, Fault, Respond, SimulatedTenant, bad_gateway, story
from bot.sim.tenant import Late as Landing
from bot.sim.tenant import Stale as Lagging
from bot.sim.tenant.faults import Effect, When
from bot.sim.tenant.passes import usable_pass
from bot.sim.tenant.story import LEE
from tests.tenants import graph_of
from tests.world.clock import WorldClock
from tests.world.faults import Delay, LoseAnswer, Refuse, Script, Stale
from tests.world.passes import PassBook, WorldPasses
from tests.world.tenant import Tenant

SUBJECT = PersonId(LEE)
ASKED = IssuePass(timedelta(hours=1), once=True)
BY = timedelta(seconds=30)


class Rig(Protocol):
    """The world behind a port."""

    passes: Passes

    def now(self) -> datetime:
        """Return what time it is there."""
        ...

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        ...

    def usable(self) -> str | None:
        """Return the secret with which the subject could sign in now, past every replica."""
        ...

    def given(self) -> set[str]:
        """Return every secret that was ever made."""
        ...

    def fail(self, call: str, how: str) -> None:
        """Let *call*, ``issue`` or ``remove``, fail for good; *how* is a key of ``FAILURES``."""
        ...

    def late(self, call: str) -> None:
        """Let the next *call* be carried out only after ``BY``."""
        ...

    def lag(self) -> None:
        """Let the next read show what was there ``BY`` ago."""
        ...

    def forbid(self) -> None:
        """Take the right to write away."""
        ...

    def delete(self) -> None:
        """Delete the account; it can come back."""
        ...

    def come_back(self) -> None:
        """Bring a deleted account back."""
        ...

    def sent(self) -> list[str]:
        """Return what the writes bore that were sent, whatever became of them."""
        ...


def failures(when: When) -> dict[str, Effect]:
    return {
        "cut": Cut(when),
        "throttled": Respond(429, when, retry_after=1),
        "unavailable": Respond(503, when),
        "gateway": bad_gateway(when),
        "time-out": Respond(504, when),
        "conflict": Respond(409, when),
    }


FAILURES = {f"{how} {when.value}": one for when in (BEFORE, AFTER) for how, one in failures(when).items()}
PATHS = r"/temporaryAccessPassMethods"
METHODS = {"issue": "POST", "remove": "DELETE"}


class TenantRig:
    """``EntraPasses`` over the simulated tenant."""

    def __init__(self, tenant: SimulatedTenant, passes: EntraPasses, clock: WorldClock) -> None:
        self.passes = passes
        self._tenant = tenant
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def move(self, by: timedelta) -> None:
        self._clock.move(by)

    def usable(self) -> str | None:
        return usable_pass(self._tenant.state, SUBJECT)

    def given(self) -> set[str]:
        return set(self._tenant.state.passes.values())

    def fail(self, call: str, how: str) -> None:
        self._tenant.faults.add(Fault(FAILURES[how], method=METHODS[call], path=PATHS, times=FOREVER))

    def late(self, call: str) -> None:
        self._tenant.faults.add(Fault(Landing(BY), method=METHODS[call], path=PATHS, times=1))

    def lag(self) -> None:
        self._tenant.faults.add(Fault(Lagging(BY), method="GET", path=PATHS, times=1))

    def forbid(self) -> None:
        self._tenant.state.withdraw(
            "UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"
        )

    def delete(self) -> None:
        self._tenant.state.delete_user(SUBJECT)

    def come_back(self) -> None:
        self._tenant.state.undelete_user(SUBJECT)

    def sent(self) -> list[str]:
        received = self._tenant.state.journal.requests
        writes = [one for one in received if one.method in METHODS.values() and re.search(PATHS, one.path)]
        return [one.client_request_id for one in writes]


class StandInRig:
    """The stand-in on which the core is tested; it must promise no more than the real one."""

    def __init__(self) -> None:
        self._script, self._clock = Script(), WorldClock()
        self._tenant = Tenant(self._clock, PER_USER)
        self._book = PassBook(self._tenant)
        self.passes = WorldPasses("process", self._script, [], self._book)

    def now(self) -> datetime:
        return self._clock.now()

    def move(self, by: timedelta) -> None:
        self._clock.move(by)

    def usable(self) -> str | None:
        there = self._book.of(SUBJECT)
        return there.secret if there is not None and there.usable(self.now()) else None

    def given(self) -> set[str]:
        return {one.secret for one in self._book.made}

    def fail(self, call: str, how: str) -> None:
        self._script.always(call, LoseAnswer() if "after" in how else Refuse(Later(how)))

    def late(self, call: str) -> None:
        self._script.next(call, Delay(BY))

    def lag(self) -> None:
        self._script.next("list", Stale(BY))

    def forbid(self) -> None:
        for call in METHODS:
            self._script.always(call, Refuse(Never("forbidden", "grant it")))

    def delete(self) -> None:
        self._tenant.elsewhere[SUBJECT] = Whereabouts.DELETED

    def come_back(self) -> None:
        del self._tenant.elsewhere[SUBJECT]

    def sent(self) -> list[str]:
        return [one.correlation for one in self._script.calls if one.name in METHODS]


@pytest.fixture(params=["entra", "stand-in"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "stand-in":
        yield StandInRig()
        return
    clock = WorldClock()
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        async with SimulatedTenant(story(clock.now)) as tenant, graph_of(tenant) as graph:
            yield TenantRig(tenant, EntraPasses(graph), clock)


def issue(rig: Rig, correlation: str = "") -> Awaitable[AccessPass]:
    return rig.passes.issue(SUBJECT, ASKED, correlation or str(uuid4()))


def remove(rig: Rig, one: str, correlation: str = "") -> Awaitable[None]:
    return rig.passes.remove(SUBJECT, one, correlation or str(uuid4()))


async def ids(rig: Rig) -> list[str]:
    return [one.id for one in await rig.passes.list(SUBJECT)]


async def test_a_pass_that_is_made_lets_the_subject_in_and_is_listed_with_its_time(rig: Rig) -> None:
    assert await ids(rig) == []
    made = await issue(rig)
    assert (rig.usable(), made.unusable) == (made.secret, "")
    assert await rig.passes.list(SUBJECT) == (StandingPass(made.id, rig.now()),)


async def test_its_secret_is_in_no_text_of_ours(rig: Rig) -> None:
    made = await issue(rig)
    assert made.secret not in f"{made} {made!r} {await rig.passes.list(SUBJECT)}"


async def test_another_one_replaces_it(rig: Rig) -> None:
    first, second = await issue(rig), await issue(rig)
    assert await ids(rig) == [second.id]
    assert rig.usable() == second.secret
    assert rig.given() == {first.secret, second.secret}


async def test_it_ends_by_itself_and_stays_on_the_list(rig: Rig) -> None:
    made = await issue(rig)
    rig.move(ASKED.lasts)
    assert rig.usable() is None
    assert await ids(rig) == [made.id]


async def test_a_removed_one_lets_nobody_in_and_may_be_removed_twice(rig: Rig) -> None:
    made = await issue(rig)
    for _ in range(2):
        await remove(rig, made.id)
        assert (rig.usable(), await ids(rig)) == (None, [])


async def test_only_the_one_that_is_named_is_removed(rig: Rig) -> None:
    former, made = await issue(rig), await issue(rig)
    await remove(rig, former.id)
    assert (rig.usable(), await ids(rig)) == (made.secret, [made.id])


async def test_a_write_bears_the_correlation_that_was_recorded(rig: Rig) -> None:
    recorded = [str(uuid4()), str(uuid4())]
    made = await issue(rig, recorded[0])
    await remove(rig, made.id, recorded[1])
    assert rig.sent() == recorded


@pytest.mark.parametrize("how", FAILURES)
async def test_a_failure_that_settles_nothing_is_later_and_a_pass_is_asked_for_once(
    rig: Rig, how: str
) -> None:
    rig.fail("issue", how)
    with pytest.raises(Later) as failed:
        await issue(rig)
    assert len(rig.sent()) == 1
    assert len(rig.given()) == ("after" in how)
    assert not [one for one in rig.given() if one in str(failed.value)]


@pytest.mark.parametrize("how", FAILURES)
async def test_one_whose_making_was_not_answered_is_found_and_removed(rig: Rig, how: str) -> None:
    rig.fail("issue", how)
    with pytest.raises(Later):
        await issue(rig)
    assert len(await ids(rig)) == ("after" in how)
    for one in await ids(rig):
        await remove(rig, one)
    assert (rig.usable(), await ids(rig)) == (None, [])


@pytest.mark.parametrize("how", FAILURES)
async def test_after_a_removal_that_failed_a_read_tells_what_is_there(rig: Rig, how: str) -> None:
    made = await issue(rig)
    rig.fail("remove", how)
    with pytest.raises(Later):
        await remove(rig, made.id)
    assert await ids(rig) == ([] if "after" in how else [made.id])
    assert (rig.usable() is None) == ("after" in how)


async def test_one_may_land_after_it_was_given_up(rig: Rig) -> None:
    rig.late("issue")
    with suppress(Later):  # an answer may come before the change
        await issue(rig)
    assert (rig.usable(), await ids(rig)) == (None, [])
    rig.move(BY)
    [there] = await ids(rig)
    assert rig.usable() in rig.given()
    await remove(rig, there)
    assert rig.usable() is None


async def test_a_removal_may_land_late(rig: Rig) -> None:
    made = await issue(rig)
    rig.late("remove")
    with suppress(Later):
        await remove(rig, made.id)
    assert await ids(rig) == [made.id]
    rig.move(BY)
    assert (rig.usable(), await ids(rig)) == (None, [])


async def test_a_read_may_lag(rig: Rig) -> None:
    made = await issue(rig)
    rig.move(BY / 2)
    rig.lag()
    assert await ids(rig) == []
    assert await ids(rig) == [made.id]


async def test_never_means_that_nothing_was_done(rig: Rig) -> None:
    made = await issue(rig)
    rig.forbid()
    for write in (issue(rig), remove(rig, made.id)):
        with pytest.raises(Never) as refused:
            await write
        assert refused.value.what_to_do
    assert (rig.given(), rig.usable()) == ({made.secret}, made.secret)


async def test_a_deleted_account_is_gone_and_brings_its_pass_back(rig: Rig) -> None:
    made = await issue(rig)
    rig.delete()
    with pytest.raises(Gone):
        await rig.passes.list(SUBJECT)
    with pytest.raises(Gone):
        await issue(rig)
    with suppress(Gone):  # what is not there is as good as removed
        await remove(rig, made.id)
    rig.come_back()
    assert (rig.usable(), await ids(rig)) == (made.secret, [made.id])
