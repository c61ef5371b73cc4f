"""What people learn about mailboxes, through the signed door, on both databases."""

from __future__ import annotations

from dataclasses import replace

from bot.sim.tenant import Fault, Mailbox, User
from bot.sim.tenant.faults import FOREVER, Respond
from bot.sim.tenant.story import LEE
from tests.scenario.house import HANNA, OMAR, House


async def asks(house: House, text: str, who: str = HANNA) -> str:
    return await house.types(who, text, command="/mailbox")


async def test_a_mailbox_is_shown_however_its_owner_is_written(house: House) -> None:
    for written in ("lee@contoso.com", "<mailto:lee@contoso.com|lee@contoso.com>", "<@U0LEE>", LEE):
        said = await asks(house, f"show {written}")
        assert said.startswith("Lee Jansen · lee@contoso.com · user mailbox"), written
    assert "Mailbox lives in Exchange Online" in said
    assert "Licence Exchange Online (Plan 2) in Office 365 E3" in said
    assert "2.2 GB of 100 GB" in said
    assert "Get-EXOMailbox -Identity" in said


async def test_shared_guest_contact_and_nothing_are_told_apart(house: House) -> None:
    shared = User(
        id="a1000000-0000-4000-8000-000000000009",
        upn="reception@contoso.com",
        display_name="Reception",
        enabled=False,
    )
    house.tenant.state.add(shared, Mailbox(owner=shared.id, kind="SharedMailbox"))
    assert "shared mailbox" in await asks(house, "show reception@contoso.com")
    assert "guest, whose mailbox is in another organisation" in await asks(house, "show pat@fabrikam.com")
    assert "mail contact" in await asks(house, "show orders@tailspin.example")
    assert "nothing in this tenant" in await asks(house, "show nobody@contoso.com")


async def test_a_permission_that_is_missing_is_named_to_whoever_asks(house: House) -> None:
    house.tenant.state.withdraw("MailboxSettings.Read", "Reports.Read.All")
    said = await asks(house, "show lee@contoso.com")
    assert "MailboxSettings.Read" in said
    assert "Reports.Read.All" in said
    assert "Licence Exchange Online (Plan 2)" in said


async def test_a_mailbox_that_moved_on_premises_is_placed(house: House) -> None:
    house.tenant.state.mailboxes.clear()
    house.tenant.state.add(replace(house.tenant.state.user(LEE), licences=()))
    said = await asks(house, "show lee@contoso.com")
    assert "Mailbox lives on premises (likely" in said


async def test_only_requesters_are_answered(house: House) -> None:
    before = len(house.tenant.state.journal.requests)
    said = await asks(house, "show lee@contoso.com", OMAR)
    assert said.startswith("Not done, nothing changed.")
    asked = house.tenant.state.journal.requests[before:]
    assert not [one for one in asked if "mailboxSettings" in one.path]
    assert [rule for _, rule in await house.refusals()] == ["people.requesters"]


async def test_while_exchange_is_away_nothing_is_guessed(house: House) -> None:
    house.tenant.faults.add(Fault(Respond(503), path="mailboxSettings", times=FOREVER))
    said = await asks(house, "show lee@contoso.com")
    assert "account; whether it has a mailbox could not be read" in said
    assert "Mailbox lives not known" in said
    assert "the mailbox (Microsoft Graph): Graph answered 503" in said
