from __future__ import annotations

import pytest

from approvals.errors import Later
from approvals.model import PersonId
from approvals.service import Role
from commands.mailbox_model import Facts, Kind
from commands.model import Failed, HelpShown, LookingUp, MailboxShown, Misused, NotFound, Reply
from commands.ports import ByAddress, ById
from tests.mailboxes import KnownMailboxes, view
from tests.unit.commands.stand_ins import LEE, Chat, Core

GUID = "0b5f8a1e-1111-2222-3333-444455556666"


async def types(chat: Chat, text: str) -> list[Reply]:
    return await chat.types(text, command="/mailbox")


async def test_a_mailbox_is_looked_up_and_shown(chat: Chat, core: Core, mailboxes: KnownMailboxes) -> None:
    assert await types(chat, "show lee@contoso.com") == [LookingUp("lee@contoso.com"), MailboxShown(view())]
    assert mailboxes.asked == [ByAddress("lee@contoso.com")]
    assert core.did("admit") == [("U0HANNA", Role.REQUESTER, "/mailbox show")]


async def test_a_mention_is_the_person_behind_it(chat: Chat, mailboxes: KnownMailboxes) -> None:
    await types(chat, "show <@U0LEE>")
    await types(chat, f"show {GUID}")
    assert mailboxes.asked == [ById(LEE.id), ById(PersonId(GUID))]


async def test_a_mention_of_nobody_asks_no_further(chat: Chat, core: Core, mailboxes: KnownMailboxes) -> None:
    _, found = await types(chat, "show <@U0NOBODY>")
    assert isinstance(found, NotFound)
    assert mailboxes.asked == []
    assert core.refusals == [("/mailbox show", "directory")]


async def test_nothing_is_an_answer_and_no_refusal(chat: Chat, core: Core, mailboxes: KnownMailboxes) -> None:
    mailboxes.shown = view(Facts(kind=Kind.NOTHING))
    assert (await types(chat, "show x@contoso.com"))[-1] == MailboxShown(mailboxes.shown)
    assert core.refusals == []


async def test_a_silent_directory_is_answered_in_words(
    chat: Chat, core: Core, mailboxes: KnownMailboxes
) -> None:
    mailboxes.down = Later("Graph answered 503")
    found = (await types(chat, "show lee@contoso.com"))[-1]
    assert isinstance(found, Failed)
    assert core.refusals == [("/mailbox show", "directory")]


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("lee@contoso.com", "/mailbox show lee@contoso.com"),
        ("shwo lee@contoso.com", "/mailbox show lee@contoso.com"),
    ],
)
async def test_what_is_nearly_right_is_offered(chat: Chat, typed: str, suggestion: str) -> None:
    (found,) = await types(chat, typed)
    assert isinstance(found, Misused)
    assert found.suggestion == suggestion


async def test_help_needs_no_table_in_the_policy(chat: Chat) -> None:
    (found,) = await types(chat, "")
    assert isinstance(found, HelpShown)
    assert found.entries[0][0] == "/mailbox show USER"
