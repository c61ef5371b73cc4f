import httpx
import pytest

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.story import AUTHENTICATOR, BREAK_GLASS, EMAIL, LEE, OUTSIDER, PASSWORD

BETA = f"/beta/users/{LEE}/authentication/requirements"


async def test_the_state_is_written_and_read_in_beta(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    assert (await graph.get(BETA)).json()["perUserMfaState"] == "enforced"

    answer = await graph.patch(BETA, json={"perUserMfaState": "disabled"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await graph.get(BETA)).json()["perUserMfaState"] == "disabled"
    assert tenant.state.mfa("lee@contoso.com") == "disabled"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_the_state_is_not_in_v1(tenant: SimulatedTenant, graph: httpx.AsyncClient, method: str) -> None:
    v1 = BETA.replace("beta", "v1.0")

    answer = await graph.request(method, v1, json={"perUserMfaState": "disabled"})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Resource not found for the segment 'requirements'."
    assert tenant.state.mfa(LEE) == "enforced"


async def test_a_method_that_is_not_offered_is_not_allowed(graph: httpx.AsyncClient) -> None:
    assert (await graph.put(BETA, json={"perUserMfaState": "disabled"})).status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        {"perUserMfaState": "off"},
        {"perUserMfaState": None},
        {"perUserMfaState": "unknownFutureValue"},
        {"perUserMfaState": "disabled", "id": "x"},
        {},
        [],
    ],
)
async def test_a_body_that_is_not_a_state_changes_nothing(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, body: object
) -> None:
    assert (await graph.patch(BETA, json=body)).status_code == 400
    assert tenant.state.changes() == ()


async def test_a_body_without_its_content_type_is_refused(graph: httpx.AsyncClient) -> None:
    assert (await graph.patch(BETA, content=b'{"perUserMfaState":"disabled"}')).status_code == 415


async def test_each_effective_change_is_kept_with_its_request(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    for state in ("enforced", "disabled", "disabled"):
        await graph.patch(BETA, json={"perUserMfaState": state}, headers={"client-request-id": state})

    (change,) = tenant.state.changes("lee@contoso.com")
    assert (change.user_id, change.old, change.new, change.at) == (
        LEE,
        "enforced",
        "disabled",
        tenant.state.now(),
    )
    assert change.cause == tenant.state.journal.requests[1]
    assert [one.status for one in tenant.state.journal.requests] == [204, 204, 204]
    assert tenant.state.changes(OUTSIDER) == ()


@pytest.mark.parametrize(
    ("methods", "promotes", "expected"),
    [
        ((PASSWORD, AUTHENTICATOR), True, "enforced"),
        ((PASSWORD, AUTHENTICATOR), False, "enabled"),
        ((PASSWORD, EMAIL), True, "enabled"),
    ],
)
async def test_enabled_becomes_enforced_for_somebody_with_a_second_factor(
    tenant: SimulatedTenant,
    graph: httpx.AsyncClient,
    methods: tuple[dict[str, object], ...],
    expected: str,
    *,
    promotes: bool,
) -> None:
    tenant.state.promotes_enabled = promotes
    for method in methods:
        tenant.state.register_method(BREAK_GLASS, method)

    await graph.patch(
        f"/beta/users/{BREAK_GLASS}/authentication/requirements", json={"perUserMfaState": "enabled"}
    )

    assert tenant.state.mfa(BREAK_GLASS) == expected


async def test_registering_a_second_factor_enforces_by_itself(tenant: SimulatedTenant) -> None:
    tenant.state.set_mfa(BREAK_GLASS, "enabled")
    assert tenant.state.mfa(BREAK_GLASS) == "enabled"

    tenant.state.register_method(BREAK_GLASS, AUTHENTICATOR)

    assert [change.new for change in tenant.state.changes(BREAK_GLASS)] == ["enabled", "enforced"]


@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_the_methods_are_listed_raw(graph: httpx.AsyncClient, version: str) -> None:
    listed = (await graph.get(f"/{version}/users/lee@contoso.com/authentication/methods")).json()["value"]

    assert listed[1] == AUTHENTICATOR
    assert [one["@odata.type"].rpartition(".")[2] for one in listed] == [
        "passwordAuthenticationMethod",
        "microsoftAuthenticatorAuthenticationMethod",
        "phoneAuthenticationMethod",
        "emailAuthenticationMethod",
    ]


async def test_the_methods_take_no_query_options(graph: httpx.AsyncClient) -> None:
    path = f"/v1.0/users/{LEE}/authentication/methods"

    assert (await graph.get(path, params={"$select": "id"})).status_code == 400


async def test_this_service_denies_in_its_own_voice(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.withdraw("Policy.ReadWrite.AuthenticationMethod")

    assert (await graph.get(BETA)).status_code == 200
    answer = await graph.patch(BETA, json={"perUserMfaState": "disabled"})

    assert answer.status_code == 403
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("accessDenied", "Request Authorization failed")
    assert error["innerError"]["message"] == "Request Authorization failed"
    tenant.state.grant("Policy.ReadWrite.AuthenticationMethod")
    assert (await graph.patch(BETA, json={"perUserMfaState": "disabled"})).status_code == 204
