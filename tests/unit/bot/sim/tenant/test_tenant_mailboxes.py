"""Mail in the simulated tenant, as a client sees it that knows nothing of its insides."""

import httpx

from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.story import HANNA, LEE

REPORT = "/v1.0/reports/getMailboxUsageDetail(period='D7')"


async def test_the_report_is_somewhere_else_and_refuses_a_token(
    graph: httpx.AsyncClient, tenant: SimulatedTenant
) -> None:
    moved = await graph.get(REPORT)
    assert (moved.status_code, moved.content) == (302, b"")
    place = moved.headers["location"]
    assert (await graph.get(place)).status_code == 400
    del graph.headers["authorization"]
    fetched = await graph.get(place)
    assert fetched.status_code == 200
    assert fetched.content.startswith(b"\xef\xbb\xbfReport Refresh Date,User Principal Name,")
    assert "lee@contoso.com" in fetched.text
    assert (await graph.get(f"{tenant.url}/reportdownload/made-up")).status_code == 400


async def test_names_in_the_report_may_be_concealed(
    graph: httpx.AsyncClient, tenant: SimulatedTenant
) -> None:
    tenant.state.conceals_names = True
    place = (await graph.get(REPORT)).headers["location"]
    del graph.headers["authorization"]
    assert "@" not in (await graph.get(place)).text


async def test_settings_are_refused_as_exchange_refuses_them(
    graph: httpx.AsyncClient, tenant: SimulatedTenant
) -> None:
    assert (await graph.get(f"/v1.0/users/{LEE}/mailboxSettings")).json()["userPurpose"] == "user"
    del tenant.state.mailboxes[HANNA]
    answer = await graph.get(f"/v1.0/users/{HANNA}/mailboxSettings")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


async def test_a_token_for_another_service_opens_nothing_here(
    graph: httpx.AsyncClient, tenant: SimulatedTenant
) -> None:
    graph.headers["authorization"] = f"Bearer {tenant.state.issue_token('https://outlook.example')}"
    assert (await graph.get("/v1.0/users")).status_code == 401
