"""Per-user MFA as a lever; what every ``Target`` keeps to is in ``tests/contract``."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from approvals.errors import Gone, Later, Never
from approvals.model import PER_USER, PersonId, Protection
from approvals.ports import Whereabouts
from bot.entra.answers import Refused
from bot.entra.client import GraphClient
from bot.entra.levers import Levers
from bot.sim.tenant import BEFORE, Fault, Hold, Respond, SimulatedTenant
from bot.sim.tenant.story import LEE
from tests.tenants import trips

from .conftest import Host, graph_error

SUBJECT = PersonId(LEE)
CORRELATION = "5f0c1b1e-6f43-4c0e-9a3b-0d2b7a1f0c11"
SETTING = f"/beta/users/{LEE}/authentication/requirements"


@pytest.fixture
def lever(entra: GraphClient) -> Levers:
    return Levers(entra)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"perUserMfaState": None},
        {"perUserMfaState": "unknownFutureValue"},
        {"perUserMfaState": "Enforced"},
        {"perUserMfaState": True},
        {"perUserMfaState": ["enforced"]},
    ],
)
async def test_a_state_that_cannot_be_named_is_refused(
    graph: GraphClient, host: Host, body: dict[str, object]
) -> None:
    host.script = [httpx.Response(200, json=body)]
    with pytest.raises(Never) as refused:
        await Levers(graph).read(SUBJECT, PER_USER)
    assert refused.value.what_to_do


async def test_the_setting_is_on_the_beta_endpoint_alone(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(200, json={"perUserMfaState": "enforced"}), httpx.Response(204)]
    lever = Levers(graph)
    await lever.read(SUBJECT, PER_USER)
    await lever.lower(SUBJECT, PER_USER, CORRELATION)
    await lever.put_back(SUBJECT, PER_USER, Protection.ENFORCED, CORRELATION)
    await lever.revoke_sessions(SUBJECT, CORRELATION)
    assert host.paths() == [SETTING, SETTING, SETTING, f"/v1.0/users/{LEE}/revokeSignInSessions"]
    assert [request.content for request in host.received[1:3]] == [
        b'{"perUserMfaState":"disabled"}',
        b'{"perUserMfaState":"enforced"}',
    ]


@pytest.mark.parametrize(
    ("method", "permissions", "named"),
    [
        ("read", ("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"), "Policy.Read.All"),
        ("lower", ("Policy.ReadWrite.AuthenticationMethod",), "Policy.ReadWrite.AuthenticationMethod"),
        ("put_back", ("Policy.ReadWrite.AuthenticationMethod",), "Policy.ReadWrite.AuthenticationMethod"),
        ("revoke_sessions", ("User.RevokeSessions.All",), "User.RevokeSessions.All"),
        ("whereabouts", ("User.Read.All",), "User.Read.All"),
    ],
)
async def test_a_missing_permission_is_named(
    lever: Levers, tenant: SimulatedTenant, *, method: str, permissions: tuple[str, ...], named: str
) -> None:
    tenant.state.withdraw(*permissions)
    calls = {
        "read": lambda: lever.read(SUBJECT, PER_USER),
        "lower": lambda: lever.lower(SUBJECT, PER_USER, CORRELATION),
        "put_back": lambda: lever.put_back(SUBJECT, PER_USER, Protection.ENABLED, CORRELATION),
        "revoke_sessions": lambda: lever.revoke_sessions(SUBJECT, CORRELATION),
        "whereabouts": lambda: lever.whereabouts(SUBJECT),
    }
    with pytest.raises(Refused) as refused:
        await calls[method]()
    assert named in refused.value.what_to_do
    assert tenant.state.changes() == ()


async def test_lowering_is_given_up_after_twenty_seconds_in_all(
    lever: Levers, tenant: SimulatedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, ahead = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + ahead)
    gate = asyncio.Event()
    held = tenant.faults.add(Fault(Hold(gate, BEFORE), method="PATCH"))
    lowering = asyncio.create_task(lever.lower(SUBJECT, PER_USER, CORRELATION))
    await held.hit.wait()
    ahead = 15.0
    await _turns()
    assert not lowering.done()
    ahead = 20.1
    with pytest.raises(Later):
        await lowering
    gate.set()
    assert len(_writes(tenant)) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_success_signs_the_subject_out(graph: GraphClient, host: Host, status: int) -> None:
    host.script = [httpx.Response(status)]
    await Levers(graph).revoke_sessions(SUBJECT, CORRELATION)
    assert host.headers("client-request-id") == [CORRELATION]


async def test_a_404_of_the_setting_alone_does_not_make_an_account_gone(
    lever: Levers, tenant: SimulatedTenant
) -> None:
    tenant.faults.add(Fault(Respond(404), path="requirements", times=9))
    with pytest.raises(Gone):
        await lever.read(SUBJECT, PER_USER)
    assert await lever.whereabouts(SUBJECT) is Whereabouts.PRESENT


@pytest.mark.parametrize("code", ["UnknownError", "MailboxNotEnabledForRESTAPI", "ResourceGone"])
async def test_a_404_that_does_not_say_the_account_is_missing_settles_nothing(
    lever: Levers, tenant: SimulatedTenant, code: str
) -> None:
    tenant.faults.add(Fault(Respond(404, code=code), path=f"^/users/{LEE}$", times=9))
    with pytest.raises(Later):
        await lever.whereabouts(SUBJECT)


async def test_an_account_that_comes_back_between_two_looks_is_not_gone(
    lever: Levers, tenant: SimulatedTenant
) -> None:
    # As seen by a client whose two reads straddle the moment of the return.
    tenant.faults.add(Fault(Respond(404), path=f"^/users/{LEE}$"))
    assert await lever.whereabouts(SUBJECT) is Whereabouts.PRESENT
    assert len(trips(tenant)) == 2


async def test_what_is_said_of_a_failure_holds_nothing_of_graphs_words(
    graph: GraphClient, host: Host
) -> None:
    host.script = [graph_error(403, "Authorization_RequestDenied")]
    with pytest.raises(Refused) as refused:
        await Levers(graph).lower(SUBJECT, PER_USER, CORRELATION)
    told = f"{refused.value} {refused.value.why} {refused.value.what_to_do}"
    assert CORRELATION in told
    assert not any(word in told for word in ("Jansen", "612345678"))


async def _turns() -> None:
    """Let timers that are due fire."""
    for _ in range(5):
        await asyncio.sleep(0)


def _writes(tenant: SimulatedTenant) -> list[str]:
    return [one.path for one in tenant.state.journal.requests if one.method == "PATCH"]
