"""Cmdlets over sockets: the envelope, the routing, the pages, and every way to be refused."""

from __future__ import annotations

import pytest

from approvals.errors import Later, Never, PortError
from bot.exchange.client import (
    Cmdlet,
    Denied,
    Endpoint,
    ExchangeClient,
    NoSuchCmdlet,
    NoSuchRecipient,
    NotEnabled,
)
from bot.sim.exchange import Broken, SimulatedExchange
from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.story import LEE, TENANT_ID

LEES = Cmdlet(name="Get-Mailbox", parameters={"Identity": LEE}, about="lee@contoso.com")
ALL = Cmdlet(name="Get-Recipient")


async def test_the_preview_is_asked_by_its_own_path_and_routed_by_the_mailbox(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    (row,) = await client.run(Endpoint.PREVIEW, LEES)
    assert row["RecipientTypeDetails"] == "UserMailbox"
    assert "ProhibitSendQuota" not in row
    (asked,) = exchange.asked
    assert (asked.path, asked.cmdlet) == (f"/adminapi/v2.0/{TENANT_ID}/Mailbox", "Get-Mailbox")
    assert (asked.parameters, asked.anchor) == ({"Identity": LEE}, "UPN:lee@contoso.com")


async def test_what_is_about_nobody_is_routed_by_the_system_mailbox(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    await client.run(Endpoint.INVOKE, ALL)
    await client.run(Endpoint.INVOKE, Cmdlet(name="Get-Recipient", about="jürgen@contoso.com"))
    anchors = {one.anchor for one in exchange.asked}
    assert anchors == {f"APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT_ID}"}


async def test_every_page_is_read(client: ExchangeClient, exchange: SimulatedExchange) -> None:
    exchange.page_size = 2
    rows = await client.run(Endpoint.INVOKE, ALL)
    assert len(rows) == 7
    assert len(exchange.asked) == 4
    assert len({one.parameters.get("Identity") for one in exchange.asked}) == 1


SHAPES: list[tuple[object, int]] = [
    ({"value": [{"Name": "a"}, {"Name": "b"}]}, 2),
    ([{"Name": "a"}], 1),
    ({"Name": "a", "@odata.context": "x"}, 1),
    ({"@odata.context": "x"}, 0),
    ({"value": []}, 0),
    ({"value": ["a", None, {"Name": "c"}]}, 1),
    ([], 0),
    ("", 0),
]


@pytest.mark.parametrize(("body", "rows"), SHAPES)
async def test_a_list_an_object_and_nothing_are_read(
    client: ExchangeClient, exchange: SimulatedExchange, body: object, rows: int
) -> None:
    exchange.broken.append(Broken(200, body))
    assert len(await client.run(Endpoint.INVOKE, LEES)) == rows


ENDLESS = [
    ("https://evil.example/adminapi", "leads to another host"),
    (7, "leads to another host"),
    (None, "does not end"),
]


@pytest.mark.parametrize(("link", "why"), ENDLESS)
async def test_a_link_that_leads_astray_is_not_followed(
    client: ExchangeClient, exchange: SimulatedExchange, link: object, why: str
) -> None:
    own = f"{exchange.url}/adminapi/beta/{TENANT_ID}/InvokeCommand"
    body = {"value": [{"Name": "a"}], "@odata.nextLink": link or own}
    exchange.broken.append(Broken(200, body, times=60))
    with pytest.raises(Never, match=why):
        await client.run(Endpoint.INVOKE, ALL)


async def test_nobody_by_that_name_is_told_from_no_such_endpoint(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    nobody = Cmdlet(name="Get-Mailbox", parameters={"Identity": "nobody@contoso.com"})
    for where in Endpoint:
        with pytest.raises(NoSuchRecipient):
            await client.run(where, nobody)
    exchange.preview = False
    with pytest.raises(NotEnabled):
        await client.run(Endpoint.PREVIEW, nobody)


@pytest.mark.parametrize("where", Endpoint)
async def test_a_missing_permission_and_a_missing_role_are_refusals(
    client: ExchangeClient, exchange: SimulatedExchange, tenant: SimulatedTenant, where: Endpoint
) -> None:
    exchange.roles.clear()
    with pytest.raises(Denied):
        await client.run(where, LEES)
    exchange.roles.add("Recipient Management")
    tenant.state.withdraw("Exchange.ManageAsAppV2", "Exchange.ManageAsApp")
    with pytest.raises(Denied):
        await client.run(where, LEES)


async def test_a_cmdlet_outside_the_role_is_named_so(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    exchange.cmdlets.discard("Get-Mailbox")
    with pytest.raises(NoSuchCmdlet):
        await client.run(Endpoint.INVOKE, LEES)


async def test_a_token_that_is_not_taken_any_more_is_renewed_once(
    client: ExchangeClient, tenant: SimulatedTenant, exchange: SimulatedExchange
) -> None:
    await client.run(Endpoint.INVOKE, LEES)
    tenant.state.challenge_tokens()
    assert await client.run(Endpoint.INVOKE, LEES)
    assert [one.status for one in exchange.asked] == [200, 401, 200]


async def test_a_token_for_graph_opens_nothing_here(
    client: ExchangeClient, exchange: SimulatedExchange, tenant: SimulatedTenant
) -> None:
    """The simulated host would refuse one; that calls succeed shows that the other scope was asked for."""
    await client.run(Endpoint.INVOKE, LEES)
    assert {token.audience for token in tenant.state.tokens.values()} == {exchange.url}


BROKEN = [
    (Broken(429, headers={"Retry-After": "0"}, times=2), None),
    (Broken(503, "<html>busy</html>", times=2), None),
    (Broken(500, {"error": {"code": "x"}}, times=3), Later),
    (Broken(200, "<html>hello</html>", times=3), Later),
    (Broken(302, headers={"Location": "https://evil.example"}, times=3), Later),
    (Broken(409, {}, times=3), Later),
    (Broken(418, {}, times=1), Never),
    (Broken(400, {"error": {"message": "odd"}}, times=1), NotEnabled),
]


@pytest.mark.parametrize(("broken", "raised"), BROKEN)
async def test_what_passes_is_waited_for_and_what_does_not_is_told(
    client: ExchangeClient, exchange: SimulatedExchange, broken: Broken, raised: type[PortError] | None
) -> None:
    exchange.broken.append(broken)
    if raised is None:
        assert await client.run(Endpoint.INVOKE, LEES)
    else:
        with pytest.raises(raised):
            await client.run(Endpoint.INVOKE, LEES)
    assert broken.times == 0


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    exchange.broken.append(Broken(200, "x" * (9 << 20), times=3))
    with pytest.raises(Later, match="too large"):
        await client.run(Endpoint.INVOKE, LEES)


async def test_nothing_that_exchange_writes_into_errors_is_passed_on(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    secret = "lee@contoso.com on DB7PR01"
    exchange.broken.append(Broken(403, {"error": {"code": secret, "message": secret}}))
    with pytest.raises(Denied) as refused:
        await client.run(Endpoint.INVOKE, LEES)
    assert "lee" not in refused.value.whole
    assert "DB7" not in refused.value.whole


async def test_while_nobody_listens_it_is_for_later(
    client: ExchangeClient, exchange: SimulatedExchange
) -> None:
    await client.signed_in()
    await exchange.__aexit__(None, None, None)
    with pytest.raises(Later, match="no connection"):
        await client.run(Endpoint.INVOKE, LEES)
