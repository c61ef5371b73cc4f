"""The simulated Exchange, as a client sees it that knows nothing of its insides."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from bot.sim.exchange import SimulatedExchange
from bot.sim.tenant import SimulatedTenant, story
from bot.sim.tenant.story import TENANT_ID

PREVIEW = f"/adminapi/v2.0/{TENANT_ID}/Mailbox"
INVOKE = f"/adminapi/beta/{TENANT_ID}/InvokeCommand"
LEES = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Identity": "lee@contoso.com"}}}


@pytest.fixture
async def tenant() -> AsyncIterator[SimulatedTenant]:
    async with SimulatedTenant(story()) as running:
        yield running


@pytest.fixture
async def exchange(tenant: SimulatedTenant) -> AsyncIterator[SimulatedExchange]:
    async with SimulatedExchange(tenant) as running:
        yield running


@pytest.fixture
async def client(tenant: SimulatedTenant, exchange: SimulatedExchange) -> AsyncIterator[httpx.AsyncClient]:
    headers = {
        "Authorization": f"Bearer {tenant.state.issue_token(exchange.url)}",
        "X-AnchorMailbox": "UPN:lee@contoso.com",
    }
    trust = ssl.create_default_context(cafile=str(tenant.ca_file))
    async with httpx.AsyncClient(base_url=exchange.url, headers=headers, verify=trust) as opened:
        yield opened


async def status(client: httpx.AsyncClient, path: str, body: Mapping[str, object] = LEES) -> int:
    return (await client.post(path, json=body)).status_code


async def test_both_ways_answer_the_envelope_of_the_docs(client: httpx.AsyncClient) -> None:
    for path, quota in ((PREVIEW, False), (INVOKE, True)):
        answer = (await client.post(path, json=LEES)).json()
        assert "GenericHashTable" in answer["@odata.context"]
        (row,) = answer["value"]
        assert row["EmailAddresses"] == ["SMTP:lee@contoso.com", "smtp:lee.jansen@contoso.com"]
        assert ("ProhibitSendQuota" in row) is quota


async def test_only_post_with_an_anchor_at_the_tenant_s_own_path_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.get(INVOKE)).status_code == 405
    assert await status(client, INVOKE.replace(TENANT_ID, "fabrikam.com")) == 404
    assert await status(client, INVOKE.replace(TENANT_ID, "contoso.com")) == 200
    assert await status(client, f"/adminapi/v2.0/{TENANT_ID}/CASMailbox") == 404
    del client.headers["X-AnchorMailbox"]
    assert await status(client, INVOKE) == 400


async def test_the_preview_takes_one_cmdlet_and_few_parameters(client: httpx.AsyncClient) -> None:
    other = {"CmdletInput": {"CmdletName": "Get-CASMailbox", "Parameters": {}}}
    more = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"SoftDeletedMailbox": True}}}
    for body in (other, more, {"CmdletName": "Get-Mailbox"}):
        assert await status(client, PREVIEW, body) == 400


async def test_a_token_is_for_this_host_alone_and_runs_out(
    client: httpx.AsyncClient, tenant: SimulatedTenant
) -> None:
    client.headers["Authorization"] = f"Bearer {tenant.state.issue_token()}"
    assert await status(client, INVOKE) == 401
    del client.headers["Authorization"]
    assert await status(client, INVOKE) == 401
