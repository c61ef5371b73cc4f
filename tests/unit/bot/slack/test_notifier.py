from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web as http
from aiohttp.test_utils import TestServer

from approvals.errors import Gone, Later, Never, NoRoom, PortError
from approvals.model import ChatId, MessageRef, News, Notice, Request, State
from approvals.ports import Tell
from bot.sim.workspace.faults import Answer, CutAfter, CutBefore, Refuse, Status
from bot.sim.workspace.pace import BURST
from bot.sim.workspace.story import APPROVALS, story
from bot.sim.workspace.workspace import SimulatedWorkspace
from bot.slack.notifier import Notifier
from bot.slack.pauses import Pauses
from bot.slack.people import Account, Home, SlackPeople
from bot.slack.render.rules import HouseRules
from bot.slack.web import Web, connected

if TYPE_CHECKING:
    from tests.unit.bot.slack.conftest import HandClock

HANNA = ChatId("U0HANNA")


@pytest.fixture
async def workspace(clock: HandClock) -> AsyncIterator[SimulatedWorkspace]:
    async with story(now=lambda: clock.now().timestamp()) as workspace:
        yield workspace


@pytest.fixture
async def web(workspace: SimulatedWorkspace) -> AsyncIterator[Web]:
    context = ssl.create_default_context()
    async with connected(workspace.bot_token, workspace.api_url, context) as web:
        yield web


@pytest.fixture
def tell(web: Web, rules: HouseRules, clock: HandClock) -> Tell:
    return Notifier(web, rules, clock, Pauses(clock))


@pytest.fixture
def people(web: Web) -> SlackPeople:
    return SlackPeople(web)


def noticed(news: News, clock: HandClock) -> Notice:
    return Notice(news, clock.now(), until=clock.now() + timedelta(hours=1))


# --- telling -------------------------------------------------------------------------------


async def test_the_card_is_posted_once_and_edited_in_place(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request]
) -> None:
    at = await tell.card(asked(), None)
    again = await tell.card(asked(state=State.APPLYING), at)

    [card] = workspace.channel(APPROVALS).posts
    assert at == again == MessageRef(APPROVALS, card.ts)
    assert [("waiting" in one.text, "applied" in one.text) for one in card.versions] == [
        (True, False),
        (False, True),
    ]
    assert card.unfurl is False


async def test_lines_go_into_the_cards_thread_and_ping_nobody_but_people_in_them(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], clock: HandClock
) -> None:
    at = await tell.card(asked(), None)
    await tell.line(asked(), noticed(News.ACTIVE, clock), at)

    card, line = workspace.channel(APPROVALS).posts
    assert line.thread_ts == card.ts
    assert line.mentions == frozenset()


async def test_a_page_is_one_post_in_the_thread_that_the_channel_sees_too(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], clock: HandClock
) -> None:
    at = await tell.card(asked(), None)
    await tell.page(asked(), noticed(News.OVERDUE, clock), at)
    await tell.page(asked(), noticed(News.OVERDUE, clock), None)

    _, threaded, alone = workspace.channel(APPROVALS).posts
    assert (threaded.thread_ts, alone.thread_ts) == (at.ts, None)
    assert threaded.mentions == {"S0DUTY", "U0DUTY"}
    first, second = workspace.called("chat.postMessage")[1:]
    assert str(first.arguments["reply_broadcast"]).lower() in {"true", "1"}
    assert "reply_broadcast" not in second.arguments


async def test_a_direct_message_loses_its_buttons_when_it_is_settled(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], clock: HandClock
) -> None:
    notice = noticed(News.ACTIVE, clock)
    at = await tell.direct(asked(), notice, HANNA)
    [said] = workspace.dm(HANNA).posts
    assert "Restore now" in str(said.blocks)

    await tell.settle(asked(), notice, at)
    assert "Restore now" not in str(said.blocks)
    assert len(said.versions) == 2
    assert "R-31" in said.text


async def test_the_head_of_the_record_is_posted_in_the_channel(
    tell: Tell, workspace: SimulatedWorkspace
) -> None:
    await tell.head(1204, "ab" * 32)

    [said] = workspace.channel(APPROVALS).posts
    assert "ab" * 32 in said.text


# --- what goes wrong -----------------------------------------------------------------------

Case = tuple[Answer, type[PortError]]
KINDS: list[Case] = [
    (Refuse("ratelimited"), Later),
    (Refuse("internal_error"), Later),
    (Refuse("fatal_error"), Later),
    (Status(500), Later),
    (Status(503), Later),
    (CutBefore(), Later),
    (CutAfter(), Later),
    (Refuse("message_not_found"), Gone),
    (Refuse("cant_update_message"), Gone),
    (Refuse("edit_window_closed"), Gone),
    (Refuse("channel_not_found"), Never),
    (Refuse("not_in_channel"), Never),
    (Refuse("is_archived"), Never),
    (Refuse("invalid_auth"), Never),
    (Refuse("missing_scope"), Never),
    (Refuse("token_revoked"), Never),
    (Refuse("something_new"), Never),
]


@pytest.mark.parametrize("case", KINDS, ids=repr)
async def test_each_failure_is_of_one_kind(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], case: Case
) -> None:
    fault, kind = case
    workspace.fault("chat.update", fault)
    at = await tell.card(asked(), None)

    with pytest.raises(PortError) as caught:
        await tell.card(asked(), at)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "error", ["channel_not_found", "not_in_channel", "is_archived", "invalid_auth", "missing_scope"]
)
async def test_what_an_operator_must_repair_says_how(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], error: str
) -> None:
    workspace.fault("chat.postMessage", Refuse(error))

    with pytest.raises(Never) as caught:
        await tell.card(asked(), None)
    assert error in caught.value.why
    assert caught.value.what_to_do


async def test_a_limit_on_the_rate_carries_how_long_to_wait(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request]
) -> None:
    workspace.fault("chat.postMessage", Status(429, retry_after=7))

    with pytest.raises(Later) as caught:
        await tell.card(asked(), None)
    assert caught.value.after == timedelta(seconds=7)
    assert len(workspace.called("chat.postMessage")) == 1


async def test_too_many_messages_a_second_are_not_waited_for(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], clock: HandClock
) -> None:
    for _ in range(BURST):
        at = await tell.card(asked(), None)

    with pytest.raises(Later) as caught:
        await tell.card(asked(), None)
    assert caught.value.after == timedelta(seconds=1)
    calls = len(workspace.calls)
    with pytest.raises(NoRoom):
        await tell.line(asked(), noticed(News.ACTIVE, clock), at)
    assert len(workspace.calls) == calls
    await tell.card(asked(), at)
    await tell.direct(asked(), noticed(News.ACTIVE, clock), HANNA)
    clock.pass_(1)
    await tell.line(asked(), noticed(News.ACTIVE, clock), at)


async def test_a_channel_is_left_alone_for_as_long_as_slack_asks(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], clock: HandClock
) -> None:
    workspace.fault("chat.postMessage", Status(429, retry_after=30))
    with pytest.raises(Later) as caught:
        await tell.card(asked(), None)
    assert (type(caught.value), caught.value.after) == (Later, timedelta(seconds=30))

    clock.pass_(29.5)
    with pytest.raises(NoRoom) as refused:
        await tell.page(asked(), noticed(News.OVERDUE, clock), None)
    assert refused.value.after == timedelta(seconds=0.5)
    assert len(workspace.calls) == 1
    clock.pass_(0.5)
    await tell.page(asked(), noticed(News.OVERDUE, clock), None)


async def test_a_failure_names_no_token_and_nothing_that_was_said(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request]
) -> None:
    workspace.fault("chat.postMessage", Status(500))

    with pytest.raises(Later) as caught:
        await tell.card(asked(), None)
    assert workspace.bot_token not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_nobody_at_the_address_is_a_matter_of_time(
    asked: Callable[..., Request], rules: HouseRules, clock: HandClock
) -> None:
    async with TestServer(http.Application(), host="127.0.0.1") as server:
        gone = str(server.make_url("/api/"))
    async with connected("xoxb-1", gone, ssl.create_default_context()) as web:
        with pytest.raises(Later, match="could not be reached"):
            await Notifier(web, rules, clock, Pauses(clock)).card(asked(), None)


ODD_ANSWERS = [
    http.Response(text="fine", content_type="text/plain"),
    http.Response(text="<h1>Proxy</h1>", content_type="text/html"),
    http.Response(text="<h1>Proxy</h1>", content_type="text/html", status=403),
    http.Response(text="{", content_type="application/json"),
    http.Response(text="[1]", content_type="application/json"),
    http.Response(text='"ok"', content_type="application/json"),
    http.Response(text="{}", content_type="application/json"),
    http.Response(body=b"\xff\xfe", content_type="application/json"),
]


@pytest.mark.parametrize("number", range(len(ODD_ANSWERS)))
async def test_an_answer_that_is_not_slacks_is_a_matter_of_time(
    asked: Callable[..., Request], rules: HouseRules, clock: HandClock, number: int
) -> None:
    async def odd(_request: http.Request) -> http.Response:
        return ODD_ANSWERS[number]

    app = http.Application()
    app.router.add_post("/api/chat.postMessage", odd)
    async with (
        TestServer(app, host="127.0.0.1") as server,
        connected("xoxb-1", str(server.make_url("/api/")), ssl.create_default_context()) as web,
    ):
        with pytest.raises(Later):
            await Notifier(web, rules, clock, Pauses(clock)).card(asked(), None)


# --- who is who ----------------------------------------------------------------------------


async def test_home_is_where_the_token_belongs(people: SlackPeople) -> None:
    assert await people.home() == Home("T0CONTOSO", "U0RELATCH", "B0RELATCH")


async def test_an_account_is_read_with_everything_that_could_bar_it(people: SlackPeople) -> None:
    assert await people.account(HANNA) == Account(
        chat=HANNA,
        team="T0CONTOSO",
        name="Hanna de Boer",
        deleted=False,
        guest=False,
        bot=False,
        stranger=False,
        email="hanna@contoso.com",
        email_confirmed=True,
    )


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        ({"deleted": True}, "deleted"),
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_bot": True}, "bot"),
        ({"is_stranger": True}, "stranger"),
    ],
)
async def test_a_flag_that_bars_an_account_is_seen(
    people: SlackPeople, workspace: SimulatedWorkspace, change: dict[str, object], flag: str
) -> None:
    workspace.change_person(HANNA, **change)

    assert getattr(await people.account(HANNA), flag)


async def test_an_address_that_is_not_confirmed_is_not(
    people: SlackPeople, workspace: SimulatedWorkspace
) -> None:
    workspace.change_person(HANNA, is_email_confirmed=False)

    assert not (await people.account(HANNA)).email_confirmed


async def test_somebody_elses_workspace_is_named(people: SlackPeople) -> None:
    assert (await people.account(ChatId("U0SAM"))).team == "T0FABRIKAM"


async def test_nobody_is_gone(people: SlackPeople) -> None:
    for read in (
        people.account(ChatId("U0NOBODY")),
        people.by_email("nobody@contoso.com"),
        people.members("S0NONE"),
    ):
        with pytest.raises(Gone):
            await read


async def test_people_are_found_by_their_address(people: SlackPeople) -> None:
    assert (await people.by_email("hanna@contoso.com")).chat == HANNA


async def test_a_group_is_read_anew_each_time(people: SlackPeople, workspace: SimulatedWorkspace) -> None:
    assert await people.members("S0SECURITY") == {"U0OMAR", "U0NOOR"}
    workspace.change_group("S0SECURITY", users=("U0NOOR",))
    assert await people.members("S0SECURITY") == {"U0NOOR"}
    workspace.change_group("S0SECURITY", disabled=True)
    with pytest.raises(Gone):
        await people.members("S0SECURITY")


async def test_a_plan_without_groups_is_explained(people: SlackPeople, workspace: SimulatedWorkspace) -> None:
    workspace.paid_plan = False

    with pytest.raises(Never) as caught:
        await people.members("S0SECURITY")
    assert "paid Slack plan" in caught.value.what_to_do


async def test_a_dead_channel_is_told_to_each_person_on_duty(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request], rules: HouseRules
) -> None:
    assert rules.escalate == ("S0DUTY", "U0DUTY")  # once as a member, once by name: told once
    await tell.alarm(asked(), "Slack answers is_archived")
    [message] = workspace.dm("U0DUTY").messages
    assert "R-31" in message.text
    assert "is_archived" in message.text


async def test_an_alarm_that_reaches_nobody_says_so(
    tell: Tell, workspace: SimulatedWorkspace, asked: Callable[..., Request]
) -> None:
    workspace.fault(r"conversations\.open", Refuse("user_disabled"), times=None)
    with pytest.raises(Never):
        await tell.alarm(asked(), "Slack answers is_archived")
