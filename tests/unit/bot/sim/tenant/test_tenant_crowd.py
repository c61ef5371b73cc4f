"""A large tenant: people made by rule, written out page by page."""

from __future__ import annotations

from itertools import islice

import httpx

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.crowd import crowd

LIST = "/v1.0/users?$top=3&$select=id,userPrincipalName,perUserMfaState"


def test_the_same_people_come_every_time() -> None:
    first, again = list(crowd(200)), list(crowd(200))
    assert first == again
    assert len({user.id for user in first}) == len({user.upn for user in first}) == 200
    assert {user.mfa for user in first} == {"enforced", "enabled", "disabled"}
    assert [user.kind for user in first].count("Guest") == 8
    assert [user.enabled for user in first].count(False) == 5


def test_it_is_made_as_it_is_looked_at() -> None:
    assert [user.upn for user in islice(crowd(10**12), 2)] == ["person1@contoso.com", "person2@contoso.com"]


async def test_only_the_page_that_is_asked_for_is_written(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.users.clear()
    tenant.state.add(*crowd(7))
    found, url = [], LIST
    while url:
        page = (await graph.get(url)).json()
        assert len(page["value"]) <= 3
        found += [(one["userPrincipalName"], one["perUserMfaState"]) for one in page["value"]]
        url = page.get("@odata.nextLink", "")
    assert found == [(user.upn, user.mfa) for user in tenant.state.users.values()]


async def test_the_state_in_lists_is_microsofts_to_withdraw(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.lists_mfa = "left out"
    page = (await graph.get(LIST)).json()
    assert all(one.keys() == {"id", "userPrincipalName"} for one in page["value"])
    tenant.state.lists_mfa = "refused"
    assert (await graph.get(LIST)).status_code == 400
    assert (await graph.get("/v1.0/users?$select=id")).status_code == 200


async def test_the_report_may_not_know_everybody(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    everybody = set(tenant.state.users)
    missing = min(everybody)
    tenant.state.unreported.add(missing)
    page = (await graph.get("/v1.0/reports/authenticationMethods/userRegistrationDetails?$select=id")).json()
    assert {one["id"] for one in page["value"]} == everybody - {missing}
