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
from approvals.model import Lever, PersonId, Protection
from approvals.ports import Target, Whereabouts
from bot.entra.levers import PerUserMfa
from bot.sim.tenant import AFTER, BEFORE, FOREVER, Cut, Fault, Respond, SimulatedTenant, bad_gateway, story
from bot.sim.tenant.faults import Effect, When
from bot.sim.tenant.journal import Received
from bot.sim.tenant.story import LEE
from tests.tenants import graph_of
from tests.world.clock import WorldClock
from tests.world.faults import LoseAnswer, Refuse, Script
from tests.world.ports import WorldTarget
from tests.world.tenant import Tenant

SUBJECT = PersonId(LEE)
BY = Lever.PER_USER


class Rig(Protocol):
    """The world behind a target."""

    target: Target

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


WRITE_PATHS = "/authentication/requirements$|/revokeSignInSessions$"


class TenantRig:
    """``PerUserMfa`` over the simulated tenant."""

    def __init__(self, tenant: SimulatedTenant, target: PerUserMfa) -> None:
        self.target = target
        self._tenant = tenant

    def state(self) -> str:
        return self._tenant.state.mfa(SUBJECT)

    def set(self, state: str) -> None:
        user = self._tenant.state.user(SUBJECT)
        self._tenant.state.add(replace(user, mfa=state))

    def fail(self, how: str, times: int = FOREVER) -> None:
        for method in ("PATCH", "POST"):
            fault = Fault(FAILURES[how], method=method, path=WRITE_PATHS, times=times)
            self._tenant.faults.add(fault)

    def forbid(self) -> None:
        self._tenant.state.withdraw("Policy.ReadWrite.AuthenticationMethod", "User.RevokeSessions.All")

    def delete(self) -> None:
        self._tenant.state.delete_user(SUBJECT)

    def purge(self) -> None:
        self._tenant.state.purge_user(SUBJECT)

    def come_back(self) -> None:
        self._tenant.state.undelete_user(SUBJECT)

    def sent(self) -> int:
        return len([one for one in self._received() if one.method in {"PATCH", "POST"}])

    def correlations(self) -> list[str]:
        return [one.client_request_id for one in self._received() if one.method == "PATCH"]

    def _received(self) -> list[Received]:
        received = self._tenant.state.journal.requests
        return [one for one in received if re.search(WRITE_PATHS, one.path)]

    def signed_out(self) -> int:
        return len(self._tenant.state.journal.revocations)


class StandInRig:
    """The stand-in on which the core is tested; it must promise no more than the real one."""

    def __init__(self) -> None:
        self._script, self._tenant = Script(), Tenant(WorldClock())
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


@pytest.fixture(params=["entra", "stand-in"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "stand-in":
        yield StandInRig()
        return
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        async with SimulatedTenant(story()) as tenant, graph_of(tenant) as graph:
            yield TenantRig(tenant, PerUserMfa(graph))


Write = Callable[[Target, str], Awaitable[None]]


def lower(target: Target, correlation: str) -> Awaitable[None]:
    return target.lower(SUBJECT, BY, correlation)


def put_back(target: Target, correlation: str) -> Awaitable[None]:
    return target.put_back(SUBJECT, BY, Protection.ENFORCED, correlation)


def revoke(target: Target, correlation: str) -> Awaitable[None]:
    return target.revoke_sessions(SUBJECT, correlation)


WRITES = pytest.mark.parametrize("write", [lower, put_back, revoke])


@pytest.mark.parametrize("state", list(Protection))
async def test_a_read_shows_what_is_there(rig: Rig, state: Protection) -> None:
    rig.set(state)
    assert await rig.target.read(SUBJECT, BY) is state


async def test_lowering_lowers(rig: Rig) -> None:
    await rig.target.lower(SUBJECT, BY, str(uuid4()))
    assert rig.state() == Protection.DISABLED
    assert await rig.target.read(SUBJECT, BY) is Protection.DISABLED


@pytest.mark.parametrize("prior", [Protection.ENFORCED, Protection.DISABLED])
async def test_exactly_the_prior_value_is_put_back_however_often(rig: Rig, prior: Protection) -> None:
    rig.set(Protection.DISABLED if prior is Protection.ENFORCED else Protection.ENFORCED)
    for _ in range(2):
        await rig.target.put_back(SUBJECT, BY, prior, str(uuid4()))
        assert rig.state() == prior


async def test_an_enabled_person_who_is_registered_may_be_found_stronger(rig: Rig) -> None:
    rig.set(Protection.DISABLED)
    await rig.target.put_back(SUBJECT, BY, Protection.ENABLED, str(uuid4()))
    assert (await rig.target.read(SUBJECT, BY)).at_least(Protection.ENABLED)


async def test_signing_out_may_be_sent_twice(rig: Rig) -> None:
    for _ in range(2):
        await rig.target.revoke_sessions(SUBJECT, str(uuid4()))
    assert rig.signed_out() == 2


@pytest.mark.parametrize("write", [lower, put_back])
async def test_a_write_bears_the_correlation_that_was_recorded(rig: Rig, write: Write) -> None:
    correlation = str(uuid4())
    await write(rig.target, correlation)
    assert rig.correlations() == [correlation]


@WRITES
@pytest.mark.parametrize("how", FAILURES)
async def test_a_failure_that_settles_nothing_is_later_and_sent_once(
    rig: Rig, write: Write, how: str
) -> None:
    rig.fail(how)
    with pytest.raises(Later):
        await write(rig.target, str(uuid4()))
    assert rig.sent() == 1


@pytest.mark.parametrize("how", FAILURES)
async def test_later_says_nothing_about_what_was_done(rig: Rig, how: str) -> None:
    rig.fail(how, times=1)
    with pytest.raises(Later):
        await rig.target.lower(SUBJECT, BY, str(uuid4()))
    assert rig.state() == (Protection.DISABLED if "after" in how else Protection.ENFORCED)


@WRITES
async def test_never_means_that_nothing_was_done(rig: Rig, write: Write) -> None:
    rig.forbid()
    with pytest.raises(Never) as refused:
        await write(rig.target, str(uuid4()))
    assert refused.value.what_to_do
    assert rig.state() == Protection.ENFORCED
    assert rig.signed_out() == 0


async def test_a_deleted_account_is_gone_and_found_among_the_deleted(rig: Rig) -> None:
    rig.delete()
    with pytest.raises(Gone):
        await rig.target.read(SUBJECT, BY)
    for write in (lower, put_back, revoke):
        with pytest.raises(Gone):
            await write(rig.target, str(uuid4()))
    assert await rig.target.whereabouts(SUBJECT) is Whereabouts.DELETED


async def test_an_account_that_came_back_is_present_with_its_value(rig: Rig) -> None:
    rig.delete()
    rig.come_back()
    assert await rig.target.whereabouts(SUBJECT) is Whereabouts.PRESENT
    assert await rig.target.read(SUBJECT, BY) is Protection.ENFORCED


async def test_an_account_deleted_for_good_is_nowhere(rig: Rig) -> None:
    rig.delete()
    rig.purge()
    assert await rig.target.whereabouts(SUBJECT) is Whereabouts.NOWHERE
