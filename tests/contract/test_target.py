"""What every ``Target`` keeps to, over each implementation: the core's promises rest on it.

An implementation joins by a ``Rig``: its port, and hands to move the world behind it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Protocol
from uuid import uuid4

import pytest
import stamina

from approvals.errors import Gone, Later, Never
from approvals.model import PER_USER, Lever, Means, PersonId, Protection
from approvals.ports import Target, Whereabouts
from bot.entra.levers import Levers
from bot.sim.tenant import (
    AFTER,
    BEFORE,
    FOREVER,
    Cut,
    Fault,
    Group,
    Respond,
    SimulatedTenant,
    bad_gateway,
    story,
)
from bot.sim.tenant.faults import Effect, When
from bot.sim.tenant.journal import Received
from bot.sim.tenant.story import LEE
from tests.tenants import graph_of
from tests.world.clock import WorldClock
from tests.world.faults import LoseAnswer, Refuse, Script
from tests.world.ports import WorldTarget
from tests.world.tenant import Tenant

SUBJECT = PersonId(LEE)
GROUP = "e5000000-0000-4000-8000-000000000001"
BY_GROUP = Means(Lever.EXCLUSION_GROUP, GROUP)


class Rig(Protocol):
    """The world behind a target."""

    target: Target
    by: Means
    prior: Protection

    def state(self) -> str:
        """Return what is true of the subject, past every replica."""
        ...

    def set(self, state: str) -> None:
        """Change it behind the product's back."""
        ...

    def fail(self, how: str, times: int = FOREVER) -> None:
        """Let writes fail; *how* is a key of ``FAILURES``."""
        ...

    def forbid(self) -> None:
        """Take the right to write away."""
        ...

    def delete(self) -> None:
        """Delete the account; it can come back."""
        ...

    def purge(self) -> None:
        """Delete it for good."""
        ...

    def come_back(self) -> None:
        """Bring a deleted account back."""
        ...

    def sent(self) -> int:
        """Return how many writes were sent, whatever became of them."""
        ...

    def correlations(self) -> list[str]:
        """Return what the changes of the value bore that arrived."""
        ...

    def signed_out(self) -> int:
        """Return how often the subject was signed out."""
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


WRITE_PATHS = r"/authentication/requirements$|/revokeSignInSessions$|/groups/.*/members"
CHANGING = {"PATCH", "POST", "DELETE"}


class TenantRig:
    """``Levers`` over the simulated tenant."""

    by = PER_USER
    prior = Protection.ENFORCED
    needed = ("Policy.ReadWrite.AuthenticationMethod", "User.RevokeSessions.All")

    def __init__(self, tenant: SimulatedTenant, target: Levers) -> None:
        self.target = target
        self._tenant = tenant

    def state(self) -> str:
        return self._tenant.state.mfa(SUBJECT)

    def set(self, state: str) -> None:
        user = self._tenant.state.user(SUBJECT)
        self._tenant.state.add(replace(user, mfa=state))

    def fail(self, how: str, times: int = FOREVER) -> None:
        for method in sorted(CHANGING):
            fault = Fault(FAILURES[how], method=method, path=WRITE_PATHS, times=times)
            self._tenant.faults.add(fault)

    def forbid(self) -> None:
        self._tenant.state.withdraw(*self.needed, "User.ReadWrite.All")

    def delete(self) -> None:
        self._tenant.state.delete_user(SUBJECT)

    def purge(self) -> None:
        self._tenant.state.purge_user(SUBJECT)

    def come_back(self) -> None:
        self._tenant.state.undelete_user(SUBJECT)

    def sent(self) -> int:
        return len([one for one in self._received() if one.method in CHANGING])

    def correlations(self) -> list[str]:
        sent = [one for one in self._received() if not one.path.endswith("/revokeSignInSessions")]
        return [one.client_request_id for one in sent if one.method in CHANGING]

    def _received(self) -> list[Received]:
        received = self._tenant.state.journal.requests
        return [one for one in received if re.search(WRITE_PATHS, one.path)]

    def signed_out(self) -> int:
        return len(self._tenant.state.journal.revocations)


class GroupRig(TenantRig):
    """The same, by an exclusion group."""

    by = BY_GROUP
    prior = Protection.NOT_EXCLUDED
    needed = ("GroupMember.ReadWrite.All", "User.RevokeSessions.All")

    def __init__(self, tenant: SimulatedTenant, target: Levers) -> None:
        super().__init__(tenant, target)
        tenant.state.add(Group(id=GROUP, name="mfa-suspended"))

    def state(self) -> str:
        inside = SUBJECT in self._tenant.state.groups[GROUP].members
        return Protection.EXCLUDED if inside else Protection.NOT_EXCLUDED

    def set(self, state: str) -> None:
        inside = state == Protection.EXCLUDED
        members = frozenset({SUBJECT} if inside else ())
        self._tenant.state.add(replace(self._tenant.state.groups[GROUP], members=members))


class StandInRig:
    """The stand-in on which the core is tested; it must promise no more than the real one."""

    def __init__(self, by: Means) -> None:
        self._script, self._tenant = Script(), Tenant(WorldClock(), by)
        self.by, self.prior = by, self._tenant.untouched
        self.target = WorldTarget("process", self._script, [], self._tenant)

    def state(self) -> str:
        return self._tenant.value(SUBJECT)

    def set(self, state: str) -> None:
        self._tenant.initial[SUBJECT] = Protection(state)

    def fail(self, how: str, times: int = FOREVER) -> None:
        fate = LoseAnswer() if "after" in how else Refuse(Later(how))
        for name in ("lower", "put_back", "revoke_sessions"):
            self._script.next(name, *[fate] * min(times, 3))

    def forbid(self) -> None:
        for name in ("lower", "put_back", "revoke_sessions"):
            self._script.always(name, Refuse(Never("forbidden", "grant it")))

    def delete(self) -> None:
        self._tenant.elsewhere[SUBJECT] = Whereabouts.DELETED

    def purge(self) -> None:
        self._tenant.elsewhere[SUBJECT] = Whereabouts.NOWHERE

    def come_back(self) -> None:
        del self._tenant.elsewhere[SUBJECT]

    def sent(self) -> int:
        return len(self._script.calls)

    def correlations(self) -> list[str]:
        return [write.correlation for write in self._tenant.writes]

    def signed_out(self) -> int:
        return len(self._tenant.revoked)


@pytest.fixture(params=["entra", "entra, by group", "stand-in", "stand-in, by group"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    by_group = "group" in request.param
    if "stand-in" in request.param:
        yield StandInRig(BY_GROUP if by_group else PER_USER)
        return
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        async with SimulatedTenant(story()) as tenant, graph_of(tenant) as graph:
            # With this, an address without its /$ref would delete the subject.
            tenant.state.grant("User.ReadWrite.All")
            yield (GroupRig if by_group else TenantRig)(tenant, Levers(graph))
            written = [one for one in tenant.state.journal.requests if one.method in CHANGING]
            assert all(one.path.endswith("/$ref") for one in written if "/members" in one.path)


Write = Callable[[Rig, str], Awaitable[None]]


def lower(rig: Rig, correlation: str) -> Awaitable[None]:
    return rig.target.lower(SUBJECT, rig.by, correlation)


def put_back(rig: Rig, correlation: str) -> Awaitable[None]:
    return rig.target.put_back(SUBJECT, rig.by, rig.prior, correlation)


def revoke(rig: Rig, correlation: str) -> Awaitable[None]:
    return rig.target.revoke_sessions(SUBJECT, correlation)


WRITES = pytest.mark.parametrize("write", [lower, put_back, revoke])


def values(rig: Rig) -> list[Protection]:
    return [value for value in Protection if value.lever is rig.by.lever]


async def test_a_read_shows_what_is_there(rig: Rig) -> None:
    for state in values(rig):
        rig.set(state)
        assert await rig.target.read(SUBJECT, rig.by) is state


async def test_lowering_lowers(rig: Rig) -> None:
    await rig.target.lower(SUBJECT, rig.by, str(uuid4()))
    assert rig.state() == rig.by.lever.lowered
    assert await rig.target.read(SUBJECT, rig.by) is rig.by.lever.lowered


async def test_exactly_the_prior_value_is_put_back_however_often(rig: Rig) -> None:
    rig.set(rig.by.lever.lowered)
    for _ in range(2):
        await rig.target.put_back(SUBJECT, rig.by, rig.prior, str(uuid4()))
        assert rig.state() == rig.prior


async def test_the_weakest_state_that_somebody_can_be_put_back_to_is_put_back(rig: Rig) -> None:
    rig.set(rig.by.lever.lowered)
    weakest = values(rig)[1]
    await rig.target.put_back(SUBJECT, rig.by, weakest, str(uuid4()))
    assert (await rig.target.read(SUBJECT, rig.by)).at_least(weakest)


async def test_signing_out_may_be_sent_twice(rig: Rig) -> None:
    for _ in range(2):
        await rig.target.revoke_sessions(SUBJECT, str(uuid4()))
    assert rig.signed_out() == 2


@pytest.mark.parametrize("write", [lower, put_back])
async def test_a_write_bears_the_correlation_that_was_recorded(rig: Rig, write: Write) -> None:
    correlation = str(uuid4())
    await write(rig, correlation)
    assert rig.correlations() == [correlation]


@WRITES
@pytest.mark.parametrize("how", FAILURES)
async def test_a_failure_that_settles_nothing_is_later_and_sent_once(
    rig: Rig, write: Write, how: str
) -> None:
    rig.fail(how)
    with pytest.raises(Later):
        await write(rig, str(uuid4()))
    assert rig.sent() == 1


@pytest.mark.parametrize("how", FAILURES)
async def test_later_says_nothing_about_what_was_done(rig: Rig, how: str) -> None:
    rig.fail(how, times=1)
    with pytest.raises(Later):
        await rig.target.lower(SUBJECT, rig.by, str(uuid4()))
    assert rig.state() == (rig.by.lever.lowered if "after" in how else rig.prior)


@WRITES
async def test_never_means_that_nothing_was_done(rig: Rig, write: Write) -> None:
    rig.forbid()
    with pytest.raises(Never) as refused:
        await write(rig, str(uuid4()))
    assert refused.value.what_to_do
    assert rig.state() == rig.prior
    assert rig.signed_out() == 0


async def test_a_deleted_account_is_gone_and_found_among_the_deleted(rig: Rig) -> None:
    rig.delete()
    with pytest.raises(Gone):
        await rig.target.read(SUBJECT, rig.by)
    for write in (lower, put_back, revoke):
        with pytest.raises(Gone):
            await write(rig, str(uuid4()))
    assert await rig.target.whereabouts(SUBJECT) is Whereabouts.DELETED


async def test_an_account_that_came_back_is_present_with_its_value(rig: Rig) -> None:
    rig.delete()
    rig.come_back()
    assert await rig.target.whereabouts(SUBJECT) is Whereabouts.PRESENT
    assert await rig.target.read(SUBJECT, rig.by) is rig.prior


async def test_an_account_deleted_for_good_is_nowhere(rig: Rig) -> None:
    rig.delete()
    rig.purge()
    assert await rig.target.whereabouts(SUBJECT) is Whereabouts.NOWHERE
