"""What the Exchange sources add to what people learn, through the signed door, on both databases."""

from __future__ import annotations

from dataclasses import replace

from bot.sim.exchange import Broken, SimulatedExchange
from bot.sim.tenant.story import LEE
from tests.scenario.house import House
from tests.scenario.mailboxes.test_show import asks


async def test_size_quota_and_protocols_are_live(house: House, exchange: SimulatedExchange) -> None:
    lees = house.tenant.state.mailboxes[LEE]
    house.tenant.state.add(replace(lees, pop=False, used=3 << 30, forwarding_smtp="smtp:away@fabrikam.com"))
    said = await asks(house, "show lee@contoso.com")
    assert "3 GB of 100 GB" in said
    assert "Protocols MAPI on · POP off" in said
    assert "SMTP AUTH as the organisation has it" in said
    assert "Forwarding to away@fabrikam.com (set on the mailbox, no copy stays)" in said
    assert "Told by Microsoft Graph, the Exchange admin API, Exchange InvokeCommand" in said
    assert "could not" not in said
    assert {one.cmdlet for one in exchange.asked} == {
        "Get-Recipient",
        "Get-Mailbox",
        "Get-MailboxStatistics",
        "Get-CASMailbox",
    }


async def test_a_mail_user_is_proved_to_be_on_premises(house: House, exchange: SimulatedExchange) -> None:
    assert exchange.preview
    house.tenant.state.add(replace(house.tenant.state.mailboxes[LEE], kind="MailUser"))
    said = await asks(house, "show lee@contoso.com")
    assert "mail user, whose mailbox is elsewhere" in said
    assert "Mailbox lives on premises (Exchange Online calls it a mail user" in said


async def test_what_each_source_may_not_is_said_with_its_repair(
    house: House, exchange: SimulatedExchange
) -> None:
    exchange.preview = False
    exchange.roles.clear()
    said = await asks(house, "show lee@contoso.com")
    assert "not in the preview" in said
    assert "Global Reader" in said
    assert "user mailbox" in said


async def test_an_exchange_that_is_away_costs_only_its_part(
    house: House, exchange: SimulatedExchange
) -> None:
    exchange.broken.append(Broken(503, times=99))
    said = await asks(house, "show lee@contoso.com")
    assert said.startswith("Lee Jansen · lee@contoso.com · user mailbox")
    assert "Exchange answered 503" in said
