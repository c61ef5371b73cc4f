"""What a pasted error leads to, through the signed door, on both databases; nothing of it may stay."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.sim.exchange import SimulatedExchange
from bot.sim.tenant.story import LEE
from tests.pasted import ANSWER, ESCAPED, REPORT
from tests.scenario.house import CHANNEL, HANNA, OMAR, House
from tests.scenario.mailboxes.test_show import asks
from tests.scenario.secrecy import in_channel, in_database

PLANTED = "From: jane.doe@fabrikam.example +31 6 1234 5678 at 203.0.113.77, password Hunter2-planted "
PERSONAL = ("jane.doe", "fabrikam.example", "203.0.113.77", "Hunter2-planted", "b9Rjt8lxR2vyOYmKJLf")


async def where_it_stays(house: House) -> set[str]:
    """Return where anything personal of the paste is found."""
    texts = {
        "the log": house.logs.text,
        "what was handed to the logger": "\n".join(house.logs.handed),
        "the record": json.dumps(await house.lines()),
        "the database": in_database(house.configuration.settings.database.url),
        "the channel": in_channel(house.workspace, CHANNEL),
    }
    return {where for where, text in texts.items() if any(one in text for one in PERSONAL)}


async def test_a_pasted_answer_is_explained_and_nothing_of_it_stays(house: House) -> None:
    said = await asks(house, f"diagnose {PLANTED}{ANSWER} for lee@contoso.com")
    assert said.startswith("Found AppPasswordRequired, HTTP 456, a managed account")
    assert "Exchange Online refuses basic authentication whatever the MFA state" in said
    assert "Looked at for lee@contoso.com" in said
    assert "Per-user MFA is enforced. It is not what keeps the client out" in said
    assert "The mailbox lives in Exchange Online." in said
    assert "/mfa disable" not in said
    assert not [one for one in PERSONAL if one in said]
    assert await where_it_stays(house) == set()


async def test_a_misspelt_verb_keeps_nothing_either(house: House) -> None:
    said = await asks(house, f"diagnoze {PLANTED}{ANSWER}")
    assert "Did you mean" in said
    said = await house.presses(HANNA, house.workspace.seen_by(HANNA)[-1], "Use that")
    assert said.startswith("Found AppPasswordRequired")
    assert await where_it_stays(house) == set()


async def test_it_is_read_as_the_chat_and_a_browser_escape_it(house: House) -> None:
    for text in (ANSWER, ESCAPED, REPORT):
        said = await house.types(HANNA, f"diagnose {text}", command="/mailbox", escaped=text is not ANSWER)
        assert said.startswith("Found AppPasswordRequired")


async def test_two_hundred_kilobytes_are_taken(house: House) -> None:
    assert "Found AppPasswordRequired" in await asks(house, f"diagnose {'x ' * 100_000}{ANSWER}")


async def test_a_protocol_that_is_off_is_found_in_exchange(house: House, exchange: SimulatedExchange) -> None:
    assert exchange.preview
    house.tenant.state.add(replace(house.tenant.state.mailboxes[LEE], imap=False, mapi=False))
    said = await asks(house, "diagnose 1011 NO LOGIN failed. for <@U0LEE>")
    assert "MAPI is off for the mailbox." in said
    assert "IMAP is off for the mailbox. That alone explains a refusal." in said
    assert "POP is on for the mailbox. It still takes a token" in said


async def test_a_mailbox_on_premises_changes_the_advice(house: House, exchange: SimulatedExchange) -> None:
    assert exchange.preview
    house.tenant.state.add(replace(house.tenant.state.mailboxes[LEE], kind="MailUser"))
    said = await asks(house, f"diagnose {ANSWER} for lee@contoso.com")
    assert "The mailbox lives on premises. The answer is Exchange Online's" in said


async def test_a_lost_factor_may_end_in_a_suspension_and_only_for_whom_it_would_help(house: House) -> None:
    lee = house.tenant.state.user(LEE)
    said = await asks(house, "diagnose the phone is broken for lee@contoso.com")
    assert "another registered factor" in said
    assert "/mfa disable" not in said
    house.tenant.state.add(replace(lee, methods=lee.methods[:2]))
    said = await asks(house, "diagnose the phone is broken for lee@contoso.com")
    command = said.partition("Only if neither can be had: ")[2].splitlines()[0].strip("`")
    assert command.startswith("/mfa disable lee@contoso.com for 1h because")
    assert " sent to #mfa-approvals" in await house.types(HANNA, command.removeprefix("/mfa "))
    said = await asks(house, "diagnose the phone is broken for eva@contoso.com")
    assert "/mfa disable" not in said


async def test_a_file_a_text_without_meaning_and_an_empty_one_are_answered(house: House) -> None:
    assert "That is a file" in await asks(house, "diagnose RCA.html")
    assert "Nothing in it is known" in await asks(house, "diagnose it does not work")
    assert "Paste what Outlook" in await asks(house, "diagnose")


async def test_only_requesters_are_answered(house: House) -> None:
    said = await asks(house, f"diagnose {PLANTED}{ANSWER} for lee@contoso.com", OMAR)
    assert said.startswith("Not done, nothing changed.")
    assert await where_it_stays(house) == set()
