from typing import Any

import httpx
import pytest

from bot.sim.tenant import Group, SimulatedTenant
from bot.sim.tenant.story import BREAK_GLASS, EXCHANGE_ADMIN, LEE, NOOR, OMAR, SG_SECURITY

ADVANCED = {"ConsistencyLevel": "eventual"}
CASTS = ("transitiveMemberOf/microsoft.graph.group", "ownedObjects/microsoft.graph.group")


def names(answer: httpx.Response) -> list[Any]:
    return [one["displayName"] for one in answer.json()["value"]]


@pytest.fixture
def nested(tenant: SimulatedTenant) -> SimulatedTenant:
    tenant.state.add(
        Group(id="c1", name="inner", members=frozenset({LEE, "c3"})),
        Group(id="c2", name="outer", members=frozenset({"c1"}), role_assignable=True),
        Group(id="c3", name="circle", members=frozenset({"c2"})),
        Group(id="c4", name="owned", owners=frozenset({LEE}), role_assignable=True),
    )
    tenant.state.assign_role("c2", "User Administrator")
    tenant.state.assign_role(LEE, "Helpdesk Administrator", scope="/administrativeUnits/au1")
    return tenant


@pytest.mark.usefixtures("nested")
async def test_memberships_reach_through_groups_to_roles(graph: httpx.AsyncClient) -> None:
    answer = await graph.get(f"/v1.0/users/{LEE}/transitiveMemberOf")

    assert sorted(names(answer)) == ["User Administrator", "circle", "inner", "outer"]


@pytest.mark.usefixtures("nested")
async def test_a_cast_shows_roles_alone_and_misses_administrative_units(graph: httpx.AsyncClient) -> None:
    path = f"/v1.0/users/{LEE}/transitiveMemberOf/microsoft.graph.directoryRole"

    answer = await graph.get(path, params={"$count": "true"}, headers=ADVANCED)

    assert names(answer) == ["User Administrator"]
    assert answer.json()["@odata.count"] == 1
    assert answer.json()["value"][0]["roleTemplateId"] == "fe930be7-5e62-47db-91af-98c3a49a38b1"


async def test_eligible_roles_are_not_memberships(graph: httpx.AsyncClient) -> None:
    assert names(await graph.get(f"/v1.0/users/{EXCHANGE_ADMIN}/transitiveMemberOf")) == []
    assert names(await graph.get(f"/v1.0/users/{BREAK_GLASS}/transitiveMemberOf")) == ["Global Administrator"]


@pytest.mark.usefixtures("nested")
@pytest.mark.parametrize(("cast", "expected"), [(CASTS[0], "outer"), (CASTS[1], "owned")])
async def test_role_assignable_groups_are_found(graph: httpx.AsyncClient, cast: str, expected: str) -> None:
    wanted = {"$count": "true", "$filter": "isAssignableToRole eq true"}

    assert names(await graph.get(f"/v1.0/users/{LEE}/{cast}", params=wanted, headers=ADVANCED)) == [expected]


@pytest.mark.parametrize("cast", CASTS)
@pytest.mark.parametrize(
    ("params", "headers"), [({"$count": "true"}, {}), ({}, ADVANCED), ({"$count": "false"}, ADVANCED)]
)
async def test_a_cast_without_both_signs_of_an_advanced_query_is_refused(
    graph: httpx.AsyncClient, cast: str, params: dict[str, str], headers: dict[str, str]
) -> None:
    answer = await graph.get(f"/v1.0/users/{LEE}/{cast}", params=params, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")


async def test_a_cast_to_something_else_is_refused(graph: httpx.AsyncClient) -> None:
    path = f"/v1.0/users/{LEE}/transitiveMemberOf/microsoft.graph.device"

    assert (await graph.get(path, params={"$count": "true"}, headers=ADVANCED)).status_code == 400


async def test_what_may_not_be_read_comes_back_with_its_type_and_id_alone(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.withdraw("RoleManagement.Read.Directory")

    (role,) = (await graph.get(f"/v1.0/users/{BREAK_GLASS}/transitiveMemberOf")).json()["value"]

    assert role.pop("@odata.type") == "#microsoft.graph.directoryRole"
    assert role.pop("id")
    assert role == {"displayName": None, "roleTemplateId": None}


@pytest.mark.usefixtures("nested")
@pytest.mark.parametrize(
    ("action", "name"), [("checkMemberGroups", "groupIds"), ("checkMemberObjects", "ids")]
)
async def test_membership_of_listed_groups_is_told(graph: httpx.AsyncClient, action: str, name: str) -> None:
    answer = await graph.post(f"/v1.0/users/{LEE}/{action}", json={name: ["c2", SG_SECURITY, "nowhere"]})

    assert answer.json()["value"] == ["c2"]


@pytest.mark.parametrize("ids", [[], ["x"] * 21, "x"])
async def test_too_many_or_no_groups_cannot_be_checked(graph: httpx.AsyncClient, ids: object) -> None:
    answer = await graph.post(f"/v1.0/users/{LEE}/checkMemberGroups", json={"groupIds": ids})

    assert answer.status_code == 400


@pytest.mark.usefixtures("nested")
async def test_a_group_has_direct_and_transitive_members(graph: httpx.AsyncClient) -> None:
    assert (await graph.get("/v1.0/groups/c2")).json()["isAssignableToRole"] is True
    assert names(await graph.get("/v1.0/groups/c2/members")) == ["inner"]
    assert sorted(names(await graph.get("/v1.0/groups/c2/transitiveMembers"))) == [
        "Lee Jansen",
        "circle",
        "inner",
    ]
    people = await graph.get(
        "/v1.0/groups/c2/transitiveMembers/microsoft.graph.user", params={"$count": "true"}, headers=ADVANCED
    )
    assert names(people) == ["Lee Jansen"]
    assert (await graph.get("/v1.0/groups/nowhere/members")).status_code == 404


async def test_the_security_group_of_the_story_holds_both_approvers(graph: httpx.AsyncClient) -> None:
    members = (await graph.get(f"/v1.0/groups/{SG_SECURITY}/transitiveMembers?$select=id")).json()["value"]

    assert {one["id"] for one in members} == {OMAR, NOOR}
