from urllib.parse import quote

import httpx
import pytest

from bot.sim.tenant import SimulatedTenant, User
from bot.sim.tenant.story import GUEST, HANNA, LEE


def address(key: str) -> str:
    return f"/v1.0/users/{quote(key, safe='')}"


@pytest.mark.parametrize("key", [LEE, LEE.upper(), "lee@contoso.com", "LEE@Contoso.com"])
async def test_a_user_is_found_by_id_and_by_upn_whatever_the_case(graph: httpx.AsyncClient, key: str) -> None:
    assert (await graph.get(address(key))).json()["displayName"] == "Lee Jansen"


@pytest.mark.parametrize(
    "upn",
    ["o'brien@contoso.com", "a/b@contoso.com", "50%25@contoso.com", "ünal@contoso.com", "a+b@contoso.com"],
)
async def test_a_difficult_upn_is_found_when_it_is_encoded(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, upn: str
) -> None:
    tenant.state.add(User(id="b1", upn=upn, display_name="Difficult"))

    assert (await graph.get(address(upn))).json()["id"] == "b1"


async def test_a_guest_is_found_only_with_its_hash_encoded(graph: httpx.AsyncClient) -> None:
    upn = "pat_fabrikam.com#EXT#@contoso.onmicrosoft.com"

    assert (await graph.get(address(upn))).json()["id"] == GUEST
    assert (await graph.get(f"/v1.0/users/{upn}")).status_code == 404


async def test_an_unknown_user_is_answered_in_graphs_shape(graph: httpx.AsyncClient) -> None:
    mine = {"client-request-id": "5a3f3c0e-51d2-4b3a-9c43-0d2b6e0f7a11"}

    answer = await graph.get(address("nobody@contoso.com"), headers=mine)

    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["code"] == "Request_ResourceNotFound"
    assert error["innerError"]["client-request-id"] == mine["client-request-id"]
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    assert error["innerError"]["date"] == "2026-11-23T15:40:00"
    assert answer.headers["client-request-id"] == mine["client-request-id"]
    assert answer.headers["Date"] == "Mon, 23 Nov 2026 15:40:00 GMT"


async def test_without_select_the_account_state_is_not_shown(graph: httpx.AsyncClient) -> None:
    plain = (await graph.get(address(LEE))).json()
    chosen = (await graph.get(address(LEE), params={"$select": "id,accountEnabled,userType"})).json()

    assert "accountEnabled" not in plain
    assert plain["userPrincipalName"] == "lee@contoso.com"
    del chosen["@odata.context"]
    assert chosen == {"id": LEE, "accountEnabled": True, "userType": "Member"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("userPrincipalName eq 'lee@contoso.com'", [LEE]),
        ("mail eq 'HANNA@contoso.com'", [HANNA]),
        ("proxyAddresses/any(x:x eq 'smtp:lee.jansen@contoso.com')", [LEE]),
        ("userPrincipalName eq 'x' or proxyAddresses/any(p:p eq 'smtp:lee@contoso.com')", [LEE]),
        ("userType eq 'Guest' and accountEnabled eq true", [GUEST]),
        ("not(userType eq 'Member')", [GUEST]),
        (f"id in ('{LEE}', '{GUEST}')", [LEE, GUEST]),
        ("startswith(displayName,'Lee') and (mail ne null)", [LEE]),
        ("userPrincipalName eq 'o''brien@contoso.com'", []),
    ],
)
async def test_a_filter_finds_whom_it_names(
    graph: httpx.AsyncClient, expression: str, expected: list[str]
) -> None:
    answer = await graph.get("/v1.0/users", params={"$filter": expression, "$select": "id"})

    assert answer.json()["value"] == [{"id": one} for one in expected]


@pytest.mark.parametrize(
    "expression",
    [
        "userPrincipalName eq 'o'brien@contoso.com'",
        "userPrincipalName eq lee",
        "upn eq 'lee'",
        "mail gt 'a'",
        "mail eq 'a' or",
        "(mail eq 'a'",
        "proxyAddresses/all(x:x eq 'a')",
        "mail eq 'a' ; drop",
        "mail eq 'a' mail",
    ],
)
async def test_a_filter_that_graph_would_refuse_is_refused(graph: httpx.AsyncClient, expression: str) -> None:
    answer = await graph.get("/v1.0/users", params={"$filter": expression})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "Request_UnsupportedQuery"


async def test_the_basic_profile_permission_shows_no_more_than_that(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.withdraw("User.Read.All")
    tenant.state.grant("User.ReadBasic.All")

    assert (await graph.get(address(LEE), params={"$select": "id,displayName"})).status_code == 200
    assert (await graph.get(address(LEE), params={"$select": "accountEnabled"})).status_code == 403


async def test_a_deleted_user_is_among_the_deleted_items_alone(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    items = "/v1.0/directory/deletedItems"
    assert (await graph.get(f"{items}/{LEE}")).status_code == 404

    tenant.state.delete_user(LEE)

    assert (await graph.get(address(LEE))).status_code == 404
    assert (await graph.get(f"{items}/{LEE}")).json()["@odata.type"] == "#microsoft.graph.user"
    assert (await graph.get(f"{items}/microsoft.graph.user/{LEE}")).json()["id"] == LEE
    listed = (await graph.get(f"{items}/microsoft.graph.user")).json()["value"]
    assert [one["id"] for one in listed] == [LEE]


async def test_a_deleted_user_comes_back_as_it_was_or_is_purged(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    before = tenant.state.snapshot()
    tenant.state.delete_user("lee@contoso.com")
    tenant.state.undelete_user(LEE)
    assert before.differences(tenant.state.snapshot()) == ()

    tenant.state.delete_user(LEE)
    tenant.state.purge_user(LEE)

    assert (await graph.get(f"/v1.0/directory/deletedItems/{LEE}")).status_code == 404


async def test_ending_sessions_is_kept_with_its_request(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    answer = await graph.post(f"{address(LEE)}/revokeSignInSessions")

    assert (answer.status_code, answer.json()["value"]) == (200, True)
    (end,) = tenant.state.journal.revocations
    assert (end.user_id, end.cause) == (LEE, tenant.state.journal.requests[-1])
    chosen = await graph.get(address(LEE), params={"$select": "signInSessionsValidFromDateTime"})
    assert chosen.json()["signInSessionsValidFromDateTime"] == "2026-11-23T15:40:00Z"
