from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.errors import Later
from approvals.model import PersonId
from approvals.service import Role
from commands.diagnosis import explain, read
from commands.mailbox_model import Facts, Kind
from commands.model import (
    Diagnosed,
    Failed,
    HelpShown,
    LookingUp,
    MailboxShown,
    Misused,
    NotFound,
    NothingToDo,
    Reply,
)
from commands.parse import Parsed, parse
from commands.person_model import Unreadable
from commands.ports import ByAddress, ById
from tests.mailboxes import KnownMailboxes, view
from tests.pasted import ANSWER, HEADER
from tests.unit.commands.stand_ins import LEE, LEES, Chat, Core, Directory

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


# --- diagnose ------------------------------------------------------------------------------


async def test_a_paste_alone_asks_nobody(
    chat: Chat, core: Core, directory: Directory, mailboxes: KnownMailboxes
) -> None:
    (found,) = await types(chat, f"diagnose {ANSWER}")
    assert found == Diagnosed(explain(read(ANSWER)))
    assert directory.asked == mailboxes.asked == []
    assert core.did("admit") == [("U0HANNA", Role.REQUESTER, "/mailbox diagnose")]


WRITTEN = [
    f"diagnose {HEADER} for lee@contoso.com",
    f"DIAGNOSE {HEADER}\r\nfor <mailto:lee@contoso.com|lee@contoso.com>",
    f"diagnose for lee@contoso.com: {HEADER}",
    f"diagnose\n{HEADER} \u2014for lee@contoso.com",
]


@pytest.mark.parametrize("typed", WRITTEN)
async def test_for_somebody_it_is_compared_with_what_is_so_for_them(
    chat: Chat, mailboxes: KnownMailboxes, typed: str
) -> None:
    looking, found = await types(chat, typed)
    assert looking == LookingUp("lee@contoso.com")
    assert isinstance(found, Diagnosed)
    assert found.about == LEE.upn
    assert [one.what for one in found.diagnosis.checked][:2] == [
        "Per-user MFA is enforced.",
        "It is a user mailbox.",
    ]
    assert mailboxes.asked == [ById(LEE.id)]


@pytest.mark.parametrize("rest", ["for", "for now", "waiting for contoso.com", "for lee@contoso.com."])
async def test_any_other_for_is_part_of_the_text(chat: Chat, rest: str) -> None:
    (found,) = await types(chat, f"diagnose {HEADER} {rest}")
    assert isinstance(found, Diagnosed)
    assert found.about == ""


async def test_nobody_by_that_name_is_told_beside_the_explanation(chat: Chat, core: Core) -> None:
    for typed in ("nobody@contoso.com", "<@U0NOBODY>"):
        _, found = await types(chat, f"diagnose 456 for {typed}")
        assert isinstance(found, Diagnosed)
        assert "Not known: who that is: nobody." in [one.what for one in found.diagnosis.checked]
        assert found.diagnosis.proves
    assert core.refusals == []


async def test_what_cannot_be_read_stops_nothing(
    chat: Chat, directory: Directory, mailboxes: KnownMailboxes
) -> None:
    unreadable = Unreadable("Graph answered 503")
    directory.shown = replace(LEES, protection=unreadable, methods=unreadable, roles=unreadable)
    mailboxes.down = Later("Graph answered 500")
    _, found = await types(chat, "diagnose her phone is broken for lee@contoso.com")
    assert isinstance(found, Diagnosed)
    assert [one.what for one in found.diagnosis.checked] == [
        "Not known: the mailbox: Graph answered 500.",
        "Not known: the MFA state: Graph answered 503.",
    ]
    assert found.diagnosis.suspension == ""


async def test_a_lost_phone_may_lead_to_a_suspension_unless_the_person_is_protected(
    chat: Chat, directory: Directory
) -> None:
    _, found = await types(chat, "diagnose her phone is broken for lee@contoso.com")
    assert isinstance(found, Diagnosed)
    assert found.diagnosis.suspension.startswith("/mfa disable lee@contoso.com for 1h because ")
    assert isinstance(parse("/mfa", found.diagnosis.suspension.removeprefix("/mfa ")), Parsed)
    directory.shown = replace(LEES, protected=("roles",))
    _, found = await types(chat, "diagnose her phone is broken for lee@contoso.com")
    assert isinstance(found, Diagnosed)
    assert found.diagnosis.suspension == ""


async def test_a_file_and_a_text_that_says_nothing_are_answered(chat: Chat) -> None:
    (found,) = await types(chat, "diagnose report.html")
    assert isinstance(found, NothingToDo)
    assert "a file" in found.why
    (found,) = await types(chat, "diagnose it does not work for lee@contoso.com")
    assert isinstance(found, NothingToDo)
    assert "X-AutoDiscovery-Error" in found.why


@pytest.mark.parametrize("typed", ["diagnose", "diagnose ", "diagnose for lee@contoso.com"])
async def test_nothing_pasted_is_misused(chat: Chat, typed: str) -> None:
    (found,) = await types(chat, typed)
    assert isinstance(found, Misused)
    assert (found.usage, found.suggestion) == ("/mailbox diagnose TEXT [for USER]", "")


async def test_a_misspelt_verb_keeps_the_paste(chat: Chat) -> None:
    (found,) = await types(chat, "diagnoze HTTP 456 because, for lee@contoso.com")
    assert isinstance(found, Misused)
    assert found.suggestion == "/mailbox diagnose HTTP 456 because, for lee@contoso.com"


async def test_two_hundred_kilobytes_are_read_and_only_where_they_belong(chat: Chat) -> None:
    (found,) = await types(chat, f"diagnose {'x ' * 100_000}{ANSWER}")
    assert isinstance(found, Diagnosed)
    (found,) = await types(chat, f"show {'x ' * 100_000}")
    assert isinstance(found, Misused)
    assert "longer than 8,000" in found.why


async def test_help_needs_no_table_in_the_policy(chat: Chat) -> None:
    (found,) = await types(chat, "")
    assert isinstance(found, HelpShown)
    assert found.entries[0][0] == "/mailbox show USER"
