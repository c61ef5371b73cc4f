from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.errors import Later, Never, Uncertain
from approvals.model import RequestId, State
from approvals.service import Ask, Asked, AskForMore, Moved, Refused, Role
from commands.model import (
    Failed,
    HelpShown,
    LookingUp,
    Misused,
    NotFound,
    RequestShown,
    RequestsShown,
    StatusShown,
)
from commands.person_model import PersonStatus, Unreadable, Withheld
from commands.registry import COMMANDS, SPECS, Reads, lookup, registry
from commands.table import Feature
from tests.domains import KnownDomains
from tests.mailboxes import KnownMailboxes
from tests.unit.commands.stand_ins import (
    CALLER,
    LEE,
    LEES,
    NOW,
    OUTSIDER,
    Chat,
    Core,
    Directory,
    Stopped,
    request,
)


async def test_disable_looks_the_person_up_and_asks(chat: Chat, core: Core) -> None:
    looking, asked = await chat.types("disable lee@contoso.com for 1h ticket INC-7 because phone broken")
    assert looking == LookingUp("lee@contoso.com")
    assert isinstance(asked, Asked)
    ask = Ask(caller=CALLER, subject=LEE.id, lasts=timedelta(hours=1), reason="phone broken", ticket="INC-7")
    assert core.did("submit") == [(ask,)]
    assert core.did("admit") == [("U0HANNA", Role.REQUESTER, "/mfa disable")]


async def test_extend_and_withdraw_go_to_the_core_with_their_number(chat: Chat, core: Core) -> None:
    core.requests[12] = request(12)
    await chat.types("extend R-12 by 30m because slow")
    await chat.types("withdraw R-12")
    ask = AskForMore(caller=CALLER, of=RequestId(12), by=timedelta(minutes=30), reason="slow")
    assert core.did("extend") == [(ask,)]
    assert core.did("withdraw") == [(CALLER, 12)]


async def test_restore_by_number_asks_the_directory_nothing(
    chat: Chat, core: Core, directory: Directory
) -> None:
    core.requests[12] = request(12)
    assert await chat.types("restore R-12 because done") == [Moved(request(12))]
    assert core.did("restore") == [(CALLER, 12, "done")]
    assert directory.asked == []


async def test_restore_by_person_ends_their_live_suspension(chat: Chat, core: Core) -> None:
    core.requests |= {11: request(11, State.CLOSED), 12: request(12)}
    assert await chat.types("restore <@U0LEE>") == [LookingUp("the person mentioned"), Moved(request(12))]
    assert core.did("restore") == [(CALLER, 12, "")]


async def test_restore_of_a_person_with_nothing_live_says_so_and_is_recorded(chat: Chat, core: Core) -> None:
    core.requests[11] = request(11, State.CLOSED)
    found = (await chat.types("restore lee@contoso.com"))[-1]
    missing = "a live suspension or pass of lee@contoso.com"
    assert found == NotFound(missing, "See `/mfa history lee@contoso.com`.")
    assert core.refusals == [("/mfa restore", "request")]
    assert core.did("restore") == []


async def test_status_shows_the_person_and_what_is_live(chat: Chat, core: Core) -> None:
    core.requests |= {11: request(11, State.CLOSED), 12: request(12)}
    looking, shown = await chat.types("status lee@contoso.com")
    assert looking == LookingUp("lee@contoso.com")
    assert shown == StatusShown(LEES, request(12))


@pytest.mark.parametrize(
    "shown",
    [
        replace(LEES, protected=("holds Exchange Administrator",)),
        replace(LEES, roles=Unreadable("roles could not be read")),
    ],
)
async def test_status_of_protected_people_holds_no_methods(
    chat: Chat, directory: Directory, shown: PersonStatus
) -> None:
    directory.shown = shown
    found = (await chat.types("status lee@contoso.com"))[-1]
    assert isinstance(found, StatusShown)
    assert isinstance(found.status.methods, Withheld)
    assert isinstance(found.status.picture, Withheld)
    assert replace(found.status, methods=shown.methods, picture=shown.picture) == shown


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("list", {1, 2, 3, 4}),
        ("list mine", {1, 2, 3}),
        ("list pending", {1}),
        ("list active", {2, 3, 4}),
    ],
)
async def test_list_shows_what_is_asked_for(chat: Chat, core: Core, typed: str, expected: set[int]) -> None:
    states = {1: State.PENDING, 2: State.ACTIVE, 3: State.RESTORING, 4: State.APPLYING, 5: State.CLOSED}
    core.requests |= {number: request(number, state) for number, state in states.items()}
    core.requests[4] = replace(core.requests[4], requester=LEE)
    (found,) = await chat.types(typed)
    assert isinstance(found, RequestsShown)
    assert {one.id for one in found.requests} == expected
    assert (found.more, found.at) == (0, NOW)


async def test_a_long_list_says_how_many_were_left_out(chat: Chat, core: Core) -> None:
    core.requests |= {number: request(number) for number in range(1, 61)}
    (found,) = await chat.types("list")
    assert isinstance(found, RequestsShown)
    assert (len(found.requests), found.more) == (50, 10)


async def test_show_and_history_show(chat: Chat, core: Core) -> None:
    core.requests |= {11: request(11, State.CLOSED), 12: request(12)}
    assert await chat.types("show r12") == [RequestShown(request(12), NOW)]
    shown = (await chat.types("history lee@contoso.com"))[-1]
    assert isinstance(shown, RequestsShown)
    assert {one.id for one in shown.requests} == {11, 12}


@pytest.mark.parametrize("verb", ["status", "disable", "restore", "history"])
async def test_nobody_found_is_said_and_recorded(chat: Chat, core: Core, verb: str) -> None:
    reason = " because x" if verb == "disable" else ""
    found = (await chat.types(f"{verb} nobody@contoso.com{reason}"))[-1]
    assert isinstance(found, NotFound)
    assert found.what == "nobody@contoso.com"
    assert core.refusals == [(f"/mfa {verb}", "directory")]
    assert core.did("submit") == core.did("restore") == []


async def test_an_account_deleted_while_being_looked_at_is_not_found(
    chat: Chat, core: Core, directory: Directory
) -> None:
    directory.shown = None
    found = (await chat.types("status lee@contoso.com"))[-1]
    assert isinstance(found, NotFound)
    assert core.refusals == [("/mfa status", "directory")]


@pytest.mark.parametrize(
    "typed", ["show R-99", "restore R-99", "withdraw R-99", "extend R-99 by 1h because x"]
)
async def test_a_number_of_no_request_is_said_and_recorded(chat: Chat, core: Core, typed: str) -> None:
    (found,) = await chat.types(typed)
    assert isinstance(found, NotFound)
    assert core.refusals == [(f"/mfa {typed.partition(' ')[0]}", "request")]


async def test_a_misused_command_is_answered_and_recorded(chat: Chat, core: Core) -> None:
    (found,) = await chat.types("disable lee@contoso.com for -1h because x")
    assert isinstance(found, Misused)
    assert core.refusals == [("/mfa disable", "grammar")]


@pytest.mark.parametrize("name", [spec.name for spec in SPECS])
async def test_an_outsider_learns_nothing(core: Core, directory: Directory, name: str) -> None:
    core.requests[12] = request(12)
    domains, mailboxes = KnownDomains(), KnownMailboxes()
    chat = Chat(registry(core, directory, Stopped(), Reads(mailboxes=mailboxes, domains=domains)))
    command, verb = name.split()
    for typed in ("lee@contoso.com", "nobody@contoso.com", "R-12", "R-99", "", "<!channel>"):
        for rest in ("", " because x", " by 1h because x"):
            (found,) = await chat.types(f"{verb} {typed}{rest}", OUTSIDER, command)
            assert isinstance(found, Refused)
            assert found.rule == "people"
    assert directory.asked == domains.asked == mailboxes.asked == []
    assert core.queries == []
    assert {call[0] for call in core.calls} == {"admit"}
    assert len(core.refusals) == 18


async def test_help_is_for_anybody_and_asks_nobody(chat: Chat, core: Core) -> None:
    for command in COMMANDS:
        (found,) = await chat.types("help", OUTSIDER, command)
        assert isinstance(found, HelpShown)
        on = {Feature.FEDERATION, None}
        listed = [spec.usage for spec in SPECS if spec.command == command and spec.feature in on]
        assert [usage for usage, _ in found.entries] == [*listed, f"{command} help"]
    assert core.calls == core.refusals == []


@pytest.mark.parametrize("verb", ["status", "disable", "restore", "history"])
async def test_a_silent_directory_changes_nothing_and_is_recorded(
    chat: Chat, core: Core, directory: Directory, verb: str
) -> None:
    directory.down = Later("Graph answers 503")
    found = (await chat.types(f"{verb} lee@contoso.com{' because x' if verb == 'disable' else ''}"))[-1]
    assert found == Failed(
        "Graph answers 503", "Try again in a few minutes.", "Nothing was changed.", "c0ffee"
    )
    assert core.refusals == [(f"/mfa {verb}", "directory")]
    assert core.did("submit") == core.did("restore") == []


async def test_a_refusal_of_the_directory_keeps_its_advice(chat: Chat, directory: Directory) -> None:
    directory.down = Never("two people have that address", "Write the object id.")
    found = (await chat.types("status lee@contoso.com"))[-1]
    assert isinstance(found, Failed)
    assert (found.why, found.what_to_do) == ("two people have that address", "Write the object id.")


async def test_a_silent_database_is_answered_in_words(chat: Chat, core: Core) -> None:
    core.down = Later("the database does not answer")
    for typed in ("list", "disable", "frobnicate"):
        (found,) = await chat.types(typed)
        assert isinstance(found, Failed)
        assert found.changed == "Nothing was changed."


async def test_a_commit_that_was_not_answered_is_told_as_unknown(chat: Chat, core: Core) -> None:
    core.down = Uncertain("the database does not answer")
    (found,) = await chat.types("list")
    assert isinstance(found, Failed)
    assert "not known" in found.changed
    assert "/mfa list" in found.what_to_do


async def test_a_defect_is_left_to_the_caller(chat: Chat, core: Core) -> None:
    core.requests = None  # type: ignore[assignment]  # a defect, planted
    with pytest.raises(TypeError):
        await chat.types("show R-12")


def test_each_row_is_found_by_command_and_verb() -> None:
    assert COMMANDS == ("/mfa", "/domain", "/mailbox")
    assert all(lookup(spec.command, spec.verb) is spec for spec in SPECS)
    assert all(spec.usage.startswith(spec.name) for spec in SPECS)
    assert lookup("/mfa", "teapot") is None
