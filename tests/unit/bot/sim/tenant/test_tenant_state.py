import asyncio
import logging
import ssl
from dataclasses import replace

import httpx
import pytest

from bot.sim.authority import Authority
from bot.sim.tenant import SimulatedTenant, Someone, serve, story
from bot.sim.tenant.story import EXCHANGE_ADMIN, LEE, OUTSIDER, PHONE, SG_SECURITY

STATE = "/beta/users/lee@contoso.com/authentication/requirements"


async def test_the_tenant_is_exactly_as_before_after_a_suspension(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    before = tenant.state.snapshot()

    await graph.patch(STATE, json={"perUserMfaState": "disabled"})
    assert before.differences(tenant.state.snapshot()) == (
        f"users: {LEE}: mfa was 'enforced', is 'disabled'",
    )
    await graph.patch(STATE, json={"perUserMfaState": "enforced"})
    await graph.post(f"/v1.0/users/{LEE}/revokeSignInSessions")

    assert before.differences(tenant.state.snapshot()) == ()
    assert before == tenant.state.snapshot()
    assert [(change.old, change.new) for change in tenant.state.changes(LEE)] == [
        ("enforced", "disabled"),
        ("disabled", "enforced"),
    ]


def test_every_kind_of_difference_is_told_without_numbers() -> None:
    state = story()
    before = state.snapshot()
    state.register_method(LEE, PHONE)
    state.delete_user(OUTSIDER)
    state.groups[SG_SECURITY] = replace(state.groups[SG_SECURITY], members=frozenset())
    state.assign_role(LEE, "Directory Readers")
    state.role_eligibilities.clear()
    state.withdraw("Policy.Read.All")

    told = before.differences(state.snapshot())

    assert f"users: {LEE}: methods differs" in told
    assert f"users: {OUTSIDER} is gone" in told
    assert f"deleted: {OUTSIDER} appeared" in told
    assert any(line.startswith(f"groups: {SG_SECURITY}: members was") for line in told)
    assert any(line.startswith("role assignment appeared") and LEE in line for line in told)
    assert any(line.startswith("role eligibility is gone") and EXCHANGE_ADMIN in line for line in told)
    assert "permission is gone: Policy.Read.All" in told
    assert len(told) == 7
    assert str(PHONE["phoneNumber"]) not in "".join(told)


def test_a_change_outside_graph_is_told_from_ours() -> None:
    state = story()

    state.set_mfa("lee@contoso.com", "disabled", cause=Someone("an administrator"))

    assert [change.cause for change in state.changes()] == [Someone("an administrator")]


def test_every_story_is_its_own() -> None:
    one, other = story(), story()

    one.set_mfa(LEE, "disabled")
    one.withdraw("User.Read.All")

    assert other.mfa(LEE) == "enforced"
    assert "User.Read.All" in other.granted


def test_an_unknown_person_or_role_is_an_error_of_the_test() -> None:
    state = story()

    with pytest.raises(KeyError):
        state.mfa("nobody@contoso.com")
    with pytest.raises(KeyError):
        state.assign_role(LEE, "Emperor")


def test_constructing_it_warns_that_nothing_is_real(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        SimulatedTenant(story())

    assert "nothing here is real" in caplog.text


async def test_requests_are_kept_as_they_arrived(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    mine = {"client-request-id": "5a3f3c0e-51d2-4b3a-9c43-0d2b6e0f7a11"}

    await graph.get("/v1.0/users/lee%40contoso.com?$select=id", headers=mine)

    (kept,) = tenant.state.journal.requests
    assert (kept.number, kept.method, kept.api, kept.path) == (1, "GET", "v1.0", "/users/lee@contoso.com")
    assert (kept.query, kept.client_request_id, kept.status) == ("$select=id", mine["client-request-id"], 200)
    assert kept.at == tenant.state.now()


async def test_a_client_that_was_not_handed_the_authority_refuses_it(tenant: SimulatedTenant) -> None:
    async with httpx.AsyncClient() as stranger:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await stranger.get(tenant.url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_the_certificate_is_good_for_both_names(
    tenant: SimulatedTenant, trust: ssl.SSLContext, host: str
) -> None:
    async with httpx.AsyncClient(verify=trust) as client:
        answer = await client.get(tenant.url.replace("localhost", host) + "/v1.0/domains")

    assert answer.status_code == 401


async def test_the_certificate_file_is_gone_afterwards() -> None:
    async with SimulatedTenant(story()) as running:
        path = running.ca_file
        assert path.exists()

    assert not path.exists()
    with pytest.raises(RuntimeError):
        _ = Authority().ca_file


async def test_it_can_be_served_by_a_process_of_its_own() -> None:
    ready: asyncio.Future[SimulatedTenant] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(story(), ready=ready.set_result))

    running = await ready

    assert running.url.startswith("https://localhost:")
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
