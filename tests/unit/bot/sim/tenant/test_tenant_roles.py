from dataclasses import replace

import httpx
import pytest

from bot.sim.tenant import Group, SimulatedTenant
from bot.sim.tenant.story import BREAK_GLASS, EXCHANGE_ADMIN, LEE

ROOT = "/v1.0/roleManagement/directory"
EXCHANGE = "29232cdf-9323-42fd-ade2-1d097af3e4de"


def held_by(*principals: str) -> dict[str, str]:
    return {"$filter": " or ".join(f"principalId eq '{one}'" for one in principals)}


async def test_active_roles_are_listed_with_their_scope_and_definition(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.assign_role(LEE, "Helpdesk Administrator", scope="/administrativeUnits/au1")

    answer = await graph.get(
        f"{ROOT}/roleAssignments", params={**held_by(LEE), "$expand": "roleDefinition($select=displayName)"}
    )

    (found,) = answer.json()["value"]
    assert (found["principalId"], found["directoryScopeId"]) == (LEE, "/administrativeUnits/au1")
    assert found["roleDefinition"]["displayName"] == "Helpdesk Administrator"


async def test_without_expand_the_definition_is_left_out(graph: httpx.AsyncClient) -> None:
    answer = await graph.get(f"{ROOT}/roleAssignments", params=held_by(BREAK_GLASS))

    (found,) = answer.json()["value"]
    assert "roleDefinition" not in found
    role = await graph.get(f"{ROOT}/roleDefinitions/{found['roleDefinitionId']}")
    assert role.json()["displayName"] == "Global Administrator"


async def test_an_unknown_expansion_is_refused(graph: httpx.AsyncClient) -> None:
    params = {**held_by(BREAK_GLASS), "$expand": "role"}

    assert (await graph.get(f"{ROOT}/roleAssignments", params=params)).status_code == 400


async def test_a_groups_roles_stand_under_the_group_and_transitively_under_its_members_in_beta(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.add(Group(id="c1", name="admins", members=frozenset({LEE}), role_assignable=True))
    tenant.state.assign_role("c1", "User Administrator", scope="/administrativeUnits/au1")

    assert (await graph.get(f"{ROOT}/roleAssignments", params=held_by(LEE))).json()["value"] == []
    both = await graph.get(f"{ROOT}/roleAssignments", params=held_by(LEE, "c1"))
    assert [one["principalId"] for one in both.json()["value"]] == ["c1"]
    transitive = await graph.get(
        f"{ROOT.replace('v1.0', 'beta')}/transitiveRoleAssignments",
        params={**held_by(LEE), "$count": "true"},
        headers={"ConsistencyLevel": "eventual"},
    )
    assert [one["directoryScopeId"] for one in transitive.json()["value"]] == ["/administrativeUnits/au1"]
    assert (await graph.get(f"{ROOT}/transitiveRoleAssignments")).status_code == 400


async def test_eligible_roles_are_listed_until_they_end(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    async def listed() -> list[str]:
        path = f"{ROOT}/roleEligibilityScheduleInstances"
        answer = await graph.get(path, params=held_by(EXCHANGE_ADMIN))
        return [one["roleDefinitionId"] for one in answer.json()["value"]]

    assert await listed() == [EXCHANGE]
    (permanent,) = tenant.state.role_eligibilities
    tenant.state.role_eligibilities[:] = [replace(permanent, ends_at=tenant.state.now())]
    assert await listed() == []


async def test_without_the_licence_eligibility_says_so(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.entra_id_p2 = False

    answer = await graph.get(f"{ROOT}/roleEligibilityScheduleInstances", params=held_by(LEE))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "AadPremiumLicenseRequired")


async def test_definitions_are_found_by_name(graph: httpx.AsyncClient) -> None:
    wanted = {"$filter": "displayName eq 'Exchange Administrator'"}

    found = (await graph.get(f"{ROOT}/roleDefinitions", params=wanted)).json()["value"]

    assert [one["templateId"] for one in found] == [EXCHANGE]
    assert (await graph.get(f"{ROOT}/roleDefinitions/nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["organization", "domains", "domains/contoso.com"])
async def test_the_organisation_and_its_domains_are_shown(graph: httpx.AsyncClient, path: str) -> None:
    assert "contoso.com" in (await graph.get(f"/v1.0/{path}")).text


async def test_a_domain_tells_how_its_people_sign_in(graph: httpx.AsyncClient) -> None:
    assert (await graph.get("/v1.0/domains/Contoso.com")).json()["authenticationType"] == "Federated"
    assert (await graph.get("/v1.0/domains/fabrikam.com")).status_code == 404
