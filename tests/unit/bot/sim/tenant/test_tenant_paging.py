from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot.sim.tenant import EmptyPage, Fault, ForeignLink, Group, SimulatedTenant, User
from bot.sim.tenant.story import LEE, PHONE

ADVANCED = {"ConsistencyLevel": "eventual"}


async def pages(
    graph: httpx.AsyncClient, url: str, headers: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    found = []
    while url:
        answer = await graph.get(url, headers=headers)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        url = found[-1].get("@odata.nextLink", "")
    return found


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for page in found for item in page["value"]]


@pytest.fixture
def crowded(tenant: SimulatedTenant) -> SimulatedTenant:
    tenant.state.page_size = 2
    for number in range(5):
        tenant.state.add(
            Group(id=f"c{number}", name=f"group {number}", members=frozenset({LEE}), owners=frozenset({LEE})),
            User(id=f"b{number}", upn=f"b{number}@contoso.com", display_name="B"),
        )
        tenant.state.register_method(LEE, {**PHONE, "id": f"d{number}"})
        tenant.state.assign_role(LEE, "Directory Readers", scope=f"/administrativeUnits/{number}")
        tenant.state.make_eligible(LEE, "Directory Readers", scope=f"/administrativeUnits/{number}")
    tenant.state.add(Group(id="c9", name="all", members=frozenset(f"b{number}" for number in range(5))))
    return tenant


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/v1.0/users", 13),
        (f"/v1.0/users/{LEE}/authentication/methods", 9),
        (f"/v1.0/users/{LEE}/transitiveMemberOf", 5),
        (f"/v1.0/users/{LEE}/ownedObjects", 5),
        (f"/v1.0/users/{LEE}/ownedObjects/microsoft.graph.group?$count=true", 5),
        ("/v1.0/groups/c9/members", 5),
        ("/v1.0/groups/c9/transitiveMembers", 5),
        (f"/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '{LEE}'", 5),
        (
            f"/beta/roleManagement/directory/roleEligibilityScheduleInstances?$filter=principalId eq '{LEE}'",
            5,
        ),
        ("/v1.0/roleManagement/directory/roleDefinitions", 7),
        ("/v1.0/domains", 2),
    ],
)
async def test_every_collection_comes_in_pages(graph: httpx.AsyncClient, path: str, count: int) -> None:
    found = await pages(graph, path, ADVANCED)

    assert len(found) == (count + 1) // 2
    assert len(set(ids(found))) == len(ids(found)) == count


@pytest.mark.usefixtures("crowded")
async def test_the_count_is_on_the_first_page_alone_and_the_options_stay(graph: httpx.AsyncClient) -> None:
    path = f"/v1.0/users/{LEE}/transitiveMemberOf/microsoft.graph.group?$count=true&$select=id"

    first, *later = await pages(graph, path, ADVANCED)

    assert first["@odata.count"] == 5
    assert all("@odata.count" not in page for page in later)
    assert {frozenset(item) for page in later for item in page["value"]} == {frozenset({"@odata.type", "id"})}


@pytest.mark.usefixtures("crowded")
async def test_the_consistency_level_is_not_carried_by_the_link(graph: httpx.AsyncClient) -> None:
    path = f"/v1.0/users/{LEE}/transitiveMemberOf/microsoft.graph.group?$count=true"
    link = (await graph.get(path, headers=ADVANCED)).json()["@odata.nextLink"]

    assert (await graph.get(link)).status_code == 400
    assert (await graph.get(link, headers=ADVANCED)).status_code == 200


@pytest.mark.usefixtures("crowded")
async def test_a_smaller_page_may_be_asked_for_but_not_a_larger_one(graph: httpx.AsyncClient) -> None:
    assert len((await graph.get("/v1.0/users?$top=1")).json()["value"]) == 1
    assert len((await graph.get("/v1.0/users?$top=999")).json()["value"]) == 2


@pytest.mark.parametrize("top", ["0", "-1", "1000", "many", ""])
async def test_an_impossible_page_size_is_refused(graph: httpx.AsyncClient, top: str) -> None:
    assert (await graph.get("/v1.0/users", params={"$top": top})).status_code == 400


@pytest.mark.parametrize("token", ["x", "bm90aGluZw==", "L3VzZXJzfHg=", ""])
async def test_a_made_up_page_token_is_refused(graph: httpx.AsyncClient, token: str) -> None:
    assert (await graph.get("/v1.0/users", params={"$skiptoken": token})).status_code == 400


async def test_a_link_may_lead_to_another_host(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(ForeignLink("evil.example:8443"), path="/transitiveMemberOf"))

    link = (await graph.get(f"/v1.0/users/{LEE}/transitiveMemberOf")).json()["@odata.nextLink"]

    assert urlsplit(link).netloc == "evil.example:8443"


async def test_a_page_may_be_empty_and_go_on(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.faults.add(Fault(EmptyPage(), path="/users$"))

    found = await pages(graph, "/v1.0/users?$filter=userPrincipalName eq 'lee@contoso.com'&$select=id")

    assert [len(page["value"]) for page in found] == [0, 1]
    assert ids(found) == [LEE]
