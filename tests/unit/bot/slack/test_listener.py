from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from approvals.errors import Later
from approvals.model import Caller, ChatId, Request, RequestId
from approvals.ports import Screen
from approvals.service import Moved, Refusal
from bot.inflight import InFlight
from bot.sim.workspace.faults import CutBefore, Refuse, Status
from bot.sim.workspace.story import APPROVALS, story
from bot.sim.workspace.workspace import SimulatedWorkspace
from bot.slack.answers import UNDELIVERED, Desk
from bot.slack.door import Admitted, Door, Hall
from bot.slack.listener import BROKEN, Bolt, Listener
from bot.slack.notifier import Notifier
from bot.slack.pauses import Pauses
from bot.slack.payloads import UnreadableDelivery, read
from bot.slack.people import Home, SlackPeople
from bot.slack.refusals import MISFILLED, REPEATED, SLACK, UNREADABLE, UNRECORDED, Refusals
from bot.slack.render.rules import HouseRules
from bot.slack.server import PATH, application
from bot.slack.web import Web, connected
from commands.model import (
    Button,
    FormName,
    FormOpened,
    Invocation,
    LookingUp,
    Misused,
    NotFound,
    Press,
    Reply,
    Submission,
)

if TYPE_CHECKING:
    from tests.unit.bot.slack.conftest import HandClock


@dataclass
class Answers:
    """A conversation that answers what it is told to, and keeps what it was asked."""

    replies: list[Reply | Exception] = field(default_factory=list)
    asked: list[Invocation | Press | Submission] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def run(self, call: Invocation) -> AsyncIterator[Reply]:
        self.asked.append(call)
        if self.gate:
            await self.gate.wait()
        for reply in self.replies:
            if isinstance(reply, Exception):
                raise reply
            yield reply

    async def press(self, press: Press, _screen: Screen) -> Reply:
        return await anext(self.run(press))

    async def submit(self, submission: Submission) -> Reply:
        return await anext(self.run(submission))


@dataclass
class Seen:
    """The deliveries seen so far, in memory; ``broken`` is a database that does not answer."""

    keys: set[str] = field(default_factory=set)
    broken: bool = False

    async def first(self, key: str) -> bool:
        if self.broken:
            raise Later("the database does not answer")
        new = key not in self.keys
        self.keys.add(key)
        return new


@dataclass
class Ledger:
    """Keeps what was refused; ``broken`` is a database that does not answer."""

    refused: list[tuple[Caller, str, Refusal]] = field(default_factory=list)
    broken: bool = False

    async def refuse(self, caller: Caller, to: str, refusal: Refusal) -> None:
        if self.broken:
            raise Later("the database does not answer")
        self.refused.append((caller, to, refusal))


@dataclass
class Product:
    """The Slack side of the product, running."""

    workspace: SimulatedWorkspace
    web: Web
    answers: Answers
    seen: Seen
    inflight: InFlight
    tell: Notifier
    ledger: Ledger

    async def settled(self) -> None:
        """Wait until everything that was handed on is done."""
        await self.inflight.idle()

    def texts(self, who: str = "U0HANNA") -> list[str]:
        """Return what only *who* sees."""
        return [one.text for one in self.workspace.seen_by(who)]


@asynccontextmanager
async def running(clock: HandClock, rules: HouseRules) -> AsyncIterator[Product]:
    async with (
        story(now=lambda: clock.now().timestamp(), rate_limited=False) as workspace,
        connected(workspace.bot_token, workspace.api_url, ssl.create_default_context()) as web,
    ):
        answers, seen, inflight, ledger = Answers(), Seen(), InFlight(), Ledger()
        listener = Listener(
            conversation=answers,
            deliveries=seen,
            desk=Desk(web, rules, clock),
            inflight=inflight,
            refusals=Refusals(ledger, inflight),
        )
        bolt = Bolt(listener, await SlackPeople(web).home())
        numbers = iter(range(1, 1_000_000))
        door = Door(
            workspace.signing_secret, clock, Hall(correlation=lambda: f"c-{next(numbers)}", behind=bolt)
        )
        async with TestServer(application(door, lambda _: None), host="127.0.0.1") as server:
            workspace.deliver_to = str(server.make_url(PATH))
            yield Product(
                workspace, web, answers, seen, inflight, Notifier(web, rules, clock, Pauses(clock)), ledger
            )
            await inflight.drain(timedelta(seconds=5))


@pytest.fixture
async def product(clock: HandClock, rules: HouseRules) -> AsyncIterator[Product]:
    async with running(clock, rules) as product:
        yield product


# --- commands ------------------------------------------------------------------------------


async def test_a_command_is_acknowledged_before_it_is_answered(product: Product) -> None:
    product.answers.gate = asyncio.Event()
    product.answers.replies = [NotFound("lee@contoso.com", "")]
    ack = await product.workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")

    assert (ack.status, ack.body) == (200, "")
    assert product.texts() == []
    product.answers.gate.set()
    await product.settled()
    assert product.texts() == ["Not found: lee@contoso.com."]


async def test_a_command_arrives_as_it_was_typed(product: Product) -> None:
    await product.workspace.person("U0HANNA").types("/mfa", "status  “payload@contoso.com” & <x>")
    await product.settled()

    caller = Caller(ChatId("U0HANNA"), "T0CONTOSO")
    assert product.answers.asked == [Invocation("/mfa", "status  “payload@contoso.com” & <x>", caller, "c-1")]


async def test_later_replies_take_the_place_of_the_first(product: Product) -> None:
    product.answers.replies = [LookingUp("lee@contoso.com"), NotFound("lee@contoso.com", "")]
    await product.workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")
    await product.settled()

    [said] = product.workspace.seen_by("U0HANNA")
    assert [version.text for version in said.versions] == [
        "Looking up lee@contoso.com…",
        "Not found: lee@contoso.com.",
    ]
    assert product.workspace.channel("D0HANNA").posts == []


async def test_of_many_replies_five_are_posted_and_the_last_is_among_them(product: Product) -> None:
    product.answers.replies = [LookingUp(str(n)) for n in range(9)]
    await product.workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")
    await product.settled()

    [said] = product.workspace.seen_by("U0HANNA")
    assert [version.text for version in said.versions] == [f"Looking up {n}…" for n in (0, 1, 2, 3, 8)]


async def test_the_same_delivery_again_is_acknowledged_and_runs_nothing(product: Product) -> None:
    product.answers.replies = [NotFound("lee@contoso.com", "")]
    form = product.workspace.person("U0HANNA").commanding("/mfa", "status lee@contoso.com")
    first = await product.workspace.command(form)
    again = await product.workspace.command(form)
    await product.settled()

    assert (first.status, again.status) == (200, 200)
    assert len(product.answers.asked) == 1
    assert len(product.texts()) == 1
    assert product.ledger.refused == [(Caller(ChatId("U0HANNA"), "T0CONTOSO"), "deliver", REPEATED)]


async def test_what_is_signed_and_cannot_be_read_leaves_a_line_in_the_record(product: Product) -> None:
    assert (await product.workspace.deliver(b"\xff")).status == 400
    await product.settled()

    assert product.ledger.refused == [(SLACK, "deliver", UNREADABLE)]


async def test_a_refusal_that_cannot_be_recorded_is_logged(product: Product) -> None:
    product.ledger.broken = True
    with capture_logs() as logs:
        assert (await product.workspace.deliver(b"nothing")).status == 400
        await product.settled()

    assert UNRECORDED in [line["event"] for line in logs]


async def test_nothing_runs_while_it_is_not_known_whether_a_delivery_is_new(product: Product) -> None:
    product.seen.broken = True
    ack = await product.workspace.person("U0HANNA").types("/mfa", "disable lee@contoso.com")
    await product.settled()

    assert ack.status == 200
    assert product.answers.asked == []
    assert product.texts() == ["The database does not answer. Nothing was changed. Try again in a minute."]
    [said] = product.workspace.seen_by("U0HANNA")
    assert "Log id c-1" in str(said.blocks)


async def test_a_defect_is_owned_up_to_with_an_id_that_is_in_the_log(product: Product) -> None:
    product.answers.replies = [RuntimeError("secret detail")]
    with capture_logs() as logs:
        await product.workspace.person("U0HANNA").types("/mfa", "disable lee@contoso.com")
        await product.settled()

    [said] = product.workspace.seen_by("U0HANNA")
    assert "It is not known whether anything was changed." in said.text
    assert "`/mfa list`" in said.text
    assert "Log id c-1" in str(said.blocks)
    assert "secret" not in str(said.versions)
    assert BROKEN in [line["event"] for line in logs]


@pytest.mark.parametrize("fault", [CutBefore(), Status(503), Status(404)])
async def test_an_answer_that_gets_lost_is_logged_and_stops_nothing(
    product: Product, fault: CutBefore | Status
) -> None:
    product.workspace.fault("response_url", fault)
    product.answers.replies = [LookingUp("lee@contoso.com"), NotFound("lee@contoso.com", "")]
    with capture_logs() as logs:
        await product.workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")
        await product.settled()

    [lost] = [line for line in logs if line["event"] == UNDELIVERED]
    assert (lost["correlation"], lost["reply"]) == ("c-1", "LookingUp")
    assert "respond" not in str(logs)
    assert product.texts() == ["Not found: lee@contoso.com."]


async def test_while_stopping_deliveries_are_turned_away_and_work_is_finished(product: Product) -> None:
    product.answers.gate = asyncio.Event()
    product.answers.replies = [NotFound("lee@contoso.com", "")]
    hanna = product.workspace.person("U0HANNA")
    await hanna.types("/mfa", "status lee@contoso.com")
    product.inflight.close()

    assert (await hanna.types("/mfa", "status omar@contoso.com")).status == 503
    product.answers.gate.set()
    assert await product.inflight.drain(timedelta(seconds=5)) == 0
    assert len(product.answers.asked) == 1
    assert "Not found: lee@contoso.com." in product.texts()


async def test_bolt_asks_slack_nothing_and_logs_nothing(
    clock: HandClock, rules: HouseRules, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(clock, rules) as product:
        product.answers.replies = [NotFound("lee@contoso.com", "")]
        await product.workspace.person("U0HANNA").types("/mfa", "status lee@contoso.com")
        await product.settled()

        assert [call.method for call in product.workspace.calls] == ["auth.test", "response_url"]
    assert [line for line in caplog.records if line.name.startswith("slack_bolt")] == []


# --- buttons -------------------------------------------------------------------------------


async def test_a_click_is_answered_in_private_and_leaves_the_card_alone(
    product: Product, asked: Callable[..., Request]
) -> None:
    await product.tell.card(asked(), None)
    [card] = product.workspace.channel(APPROVALS).posts
    product.answers.replies = [Moved(asked())]
    ack = await product.workspace.person("U0OMAR").clicks(card, "Approve")
    await product.settled()

    assert (ack.status, ack.body) == (200, "")
    caller = Caller(ChatId("U0OMAR"), "T0CONTOSO")
    assert product.answers.asked == [Press(Button.APPROVE, "R-31:1", caller, "c-1")]
    assert product.texts("U0OMAR") == ["R-31 for Lee Jansen: *waiting for approval*"]
    assert len(card.versions) == 1
    assert product.workspace.channel(APPROVALS).posts == [card]


async def test_a_click_from_another_workspace_is_nobodys_home(
    product: Product, asked: Callable[..., Request]
) -> None:
    await product.tell.card(asked(), None)
    [card] = product.workspace.channel(APPROVALS).posts
    payload = product.workspace.person("U0OMAR").pressing(card, "Approve")
    product.answers.replies = [Moved(asked())] * 3
    for change in (
        {"user": {**payload["user"], "team_id": "T0OTHER"}},
        {"team": {"id": "T0OTHER"}},
        {"team": None},
    ):
        await product.workspace.interact({**payload, **change})
    await product.settled()

    assert sorted(press.caller.workspace for press in product.answers.asked) == [
        "T0CONTOSO in T0OTHER",
        "T0CONTOSO in unknown",
        "T0OTHER in T0CONTOSO",
    ]


async def test_a_suggestion_is_replaced_by_what_it_leads_to(product: Product) -> None:
    product.answers.replies = [Misused("No such word.", "", "/mfa status lee@contoso.com")]
    hanna = product.workspace.person("U0HANNA")
    await hanna.types("/mfa", "staus lee@contoso.com")
    await product.settled()
    product.answers.replies = [NotFound("lee@contoso.com", "")]
    [suggestion] = product.workspace.seen_by("U0HANNA")
    await hanna.clicks(suggestion, "Use that")
    await product.settled()

    assert product.answers.asked[-1].value == "/mfa status lee@contoso.com"
    assert product.texts() == ["Not found: lee@contoso.com."]


async def _denying(product: Product, request: Request) -> None:
    await product.tell.card(request, None)
    [card] = product.workspace.channel(APPROVALS).posts
    product.answers.replies = [FormOpened(FormName.DENY, "R-31:1", RequestId(31))]
    await product.workspace.person("U0OMAR").clicks(card, "Deny")
    await product.settled()


async def test_a_form_is_opened_checked_inside_the_acknowledgement_and_answered_directly(
    product: Product, asked: Callable[..., Request]
) -> None:
    await _denying(product, asked())
    omar = product.workspace.person("U0OMAR")
    view = omar.view
    rejected = await omar.submits(view, {"Reason": " "})

    assert rejected.json()["response_action"] == "errors"
    assert set(view.errors) == {"reason"}
    assert len(product.answers.asked) == 1
    await product.settled()
    assert product.ledger.refused == [(Caller(ChatId("U0OMAR"), "T0CONTOSO"), "deny", MISFILLED)]

    product.answers.replies = [Moved(asked())]
    ack = await omar.submits(view, {"Reason": "no ticket"})
    await product.settled()
    assert (ack.status, ack.body) == (200, "")
    assert not view.is_open
    caller = Caller(ChatId("U0OMAR"), "T0CONTOSO")
    assert product.answers.asked[1:] == [
        Submission(FormName.DENY, "R-31:1", {"reason": "no ticket"}, caller, "c-3")
    ]
    [said] = product.workspace.dm("U0OMAR").posts
    assert said.text == "R-31 for Lee Jansen: *waiting for approval*"


async def test_a_form_that_came_too_late_is_explained(
    product: Product, asked: Callable[..., Request]
) -> None:
    product.workspace.fault("views.open", Refuse("expired_trigger_id"))
    await _denying(product, asked())

    [said] = product.texts("U0OMAR")
    assert said.startswith("The form could not be opened: Slack answers expired_trigger_id.")
    assert "Nothing was changed. Press the button again." in said


@pytest.mark.parametrize("name", ["app_home_opened", "message", "function_executed", "message.im"])
async def test_an_event_is_acknowledged_and_runs_nothing(product: Product, name: str) -> None:
    event = {"type": "event_callback", "team_id": "T0CONTOSO", "event": {"type": name, "user": "U0"}}
    raw = json.dumps(event).encode()
    headers = {**product.workspace.sign(raw), "Content-Type": "application/json"}
    ack = await product.workspace.deliver(raw, headers)

    assert (ack.status, ack.body) == (200, "")
    assert product.answers.asked == []


# --- hostile bodies ------------------------------------------------------------------------


SHAPES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["approve", "T0", "deny"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "team_id", "action_id", "callback_id", "values", "state", "type", "user"]),
            inner,
        )
    ),
    max_leaves=6,
)
PRESS = {
    "type": "block_actions",
    "actions": [{"action_id": "approve", "block_id": "decide", "value": "R-31:1"}],
    "user": {"id": "U0OMAR", "team_id": "T0"},
    "team": {"id": "T0"},
    "response_url": "https://hooks.slack.com/actions/x",
}
FORM = {
    "type": "view_submission",
    "view": {"callback_id": "deny", "private_metadata": "R-31:1", "state": {"values": {}}},
    "user": {"id": "U0OMAR", "team_id": "T0"},
    "team": {"id": "T0"},
}
SLASH = {"command": "/mfa", "user_id": "U0", "team_id": "T0", "response_url": "https://hooks.slack.com/x"}
EVENT = {"type": "event_callback", "event": {"type": "message"}}
ODD = st.sampled_from(
    [
        "user",
        "team",
        "view",
        "container",
        "enterprise",
        "authorizations",
        "channel",
        "event",
        "message",
        "response_urls",
        "item",
        "function_data",
        "is_ext_shared_channel",
        "bot_access_token",
        "actions",
        "text",
        "trigger_id",
    ]
)


@given(st.sampled_from([PRESS, FORM, SLASH, EVENT]), st.dictionaries(ODD, SHAPES, max_size=3))
@settings(max_examples=150, deadline=None)
async def test_no_body_makes_bolt_or_the_listener_raise(
    whole: dict[str, object], changes: dict[str, object]
) -> None:
    body = {**whole, **changes}
    delivery = read(body, "c")
    if isinstance(delivery, UnreadableDelivery):
        return
    inflight = InFlight()
    inflight.close()
    listener = Listener(
        conversation=Answers(),
        deliveries=Seen(),
        desk=None,
        inflight=inflight,
        refusals=Refusals(Ledger(), inflight),
    )
    answer = await Bolt(listener, Home("T0", "U0RELATCH", "B0"))(Admitted(delivery, "k", "c"))

    assert answer.status in {200, 503}
