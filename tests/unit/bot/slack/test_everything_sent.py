"""Everything the product can send, with the longest and worst that people and tenants can put into it.

Slack would take it whole, and the simulated workspace's page can draw it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, get_args

import pytest

from approvals.model import (
    AccessPass,
    ActionKind,
    ChatId,
    EnableMfa,
    Extend,
    IssuePass,
    Lever,
    Means,
    News,
    Notice,
    Outcome,
    PhonePlace,
    Preference,
    Protection,
    Request,
    RequestId,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
    Suspend,
    kind_of,
)
from approvals.service import PassNotShown
from bot.demo.page import markup
from bot.demo.page.eyes import templates
from bot.sim.workspace import limits
from bot.slack.render import cards, forms, lines, passes, replies
from bot.slack.render.blocks import Message
from bot.slack.render.rules import HouseRules
from commands.model import FormName, FormOpened, Input, RunbookShown
from commands.words import LONGEST_ADDRESS
from tests.unit.bot.slack.test_render import _every_reply

NOW = datetime(2026, 11, 27, 15, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + timedelta(hours=2)
WORST = ("<!channel> <@U0OMAR> *b* `c` & \u202e" * 60, "&" * 3_000, "")
ACTIONS = {
    kind_of(one): one
    for one in (
        Suspend(Lever.PER_USER, HOUR),
        Extend(RequestId(2**31), HOUR),
        SetPhone(PhonePlace.ALTERNATE_MOBILE, "·· ··89"),
        SetDefaultMethod(Preference.VOICE_ALTERNATE_MOBILE),
        EnableMfa(Protection.ENFORCED),
        SetUp(
            SetPhone(PhonePlace.MOBILE, "·· ··89"),
            SetDefaultMethod(Preference.PUSH),
            EnableMfa(Protection.ENABLED),
        ),
        IssuePass(HOUR, once=True, issued="6f1967b7-15e8-4935-ac26-d50770ed07a7"),
    )
}
STANDS = [*((state, None) for state in State), *((State.CLOSED, outcome) for outcome in Outcome)]


def with_worst(value: Any, text: str) -> Any:  # noqa: ANN401 - anything that is rendered, and the same again
    """Return *value* with *text* for whatever people or tenants write."""
    if isinstance(value, Enum | Means | Suspend):  # what they name is the policy's, an object id
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, tuple | list | frozenset):
        return type(value)(with_worst(one, text) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {one.name: with_worst(getattr(value, one.name), text) for one in fields(value) if one.init}
        return replace(value, **changed)
    return value


def taken(sent: dict[str, Any]) -> None:
    """Fail unless Slack would take *sent* whole."""
    assert limits.problems(sent) == []


def drawn(blocks: list[dict[str, Any]]) -> None:
    """Fail unless the page can draw each of *blocks*."""
    known = {"mrkdwn": lambda text: markup.html(text, {}), "plain": markup.plain}
    macros: Any = templates().get_template("blocks.html").make_module(known)
    place = type("Shown", (), {"ts": "1.0", "id": "V1", "errors": {}})
    for number, block in enumerate(blocks):
        named = {"block_id": f"b{number}", **block}
        asks = block["type"] == "input"
        assert macros.question(named, place) if asks else macros.drawn(named, place, "m")


def message(said: Message) -> None:
    assert said.text
    taken({"text": said.text, "blocks": list(said.blocks)})


def requests(asked: Callable[..., Request], text: str) -> Iterator[Request]:
    for action, (state, outcome) in itertools.product(ACTIONS.values(), STANDS):
        request = asked(
            state=state,
            outcome=outcome,
            ends_at=LATER,
            confirmed_at=NOW,
            closed_at=LATER if outcome else None,
            prior=Protection.ENFORCED,
            restored_to=Protection.ENFORCED,
            note="note",
            unconfirmed=True,
        )
        # What an action says is ours: a number is masked before it gets there.
        yield replace(with_worst(request, text), action=action)


def test_every_kind_of_action_is_among_them() -> None:
    assert set(ACTIONS) == set(ActionKind)


@pytest.mark.parametrize("text", WORST, ids=lambda text: ascii(text[:8]))
def test_every_card_in_every_state(asked: Callable[..., Request], rules: HouseRules, text: str) -> None:
    for request in requests(asked, text):
        message(cards.card(request, rules, LATER + HOUR))


@pytest.mark.parametrize("text", WORST, ids=lambda text: ascii(text[:8]))
@pytest.mark.parametrize("news", News)
def test_every_piece_of_news(asked: Callable[..., Request], rules: HouseRules, news: News, text: str) -> None:
    notice = Notice(news, NOW, detail=text, count=10**9, until=LATER)
    for action in ACTIONS.values():
        request = replace(with_worst(asked(ends_at=LATER), text), action=action)
        request = replace(request, subject=replace(request.subject, chat=ChatId("U0LEE")))
        message(lines.line(request, notice, rules))
        message(lines.page(request, notice, rules))
        message(lines.settled(request, notice, rules))
        for to in ("U0LEE", "U0HANNA"):
            message(lines.direct(request, notice, ChatId(to), rules))
        message(lines.alarm(request, text, rules))


@pytest.mark.parametrize("text", WORST, ids=lambda text: ascii(text[:8]))
def test_every_reply(asked: Callable[..., Request], rules: HouseRules, text: str) -> None:
    every = _every_reply(asked())
    assert {type(one) for one in every} == set(get_args(replies.Sayable))
    # Names and addresses of this length exist; what is longer is bounded where it is read.
    for reply in every:
        message(replies.answer(reply, rules, NOW))
        if not isinstance(
            reply, RunbookShown
        ):  # is our own text; test_render_domains fills it with the worst
            message(replies.answer(with_worst(reply, text[:LONGEST_ADDRESS]), rules, NOW))


@pytest.mark.parametrize("name", FormName)
@pytest.mark.parametrize("number", [1, 2**63])
def test_every_form_and_every_fault_beside_its_inputs(name: FormName, number: int) -> None:
    view = dict(forms.form(FormOpened(name, "R-1", RequestId(number))))
    taken(view)
    drawn(json.loads(json.dumps(view["blocks"])))
    for text in WORST:
        assert all(len(said) <= 300 for said in forms.faults({one.value: text for one in Input}).values())


@pytest.mark.parametrize("text", WORST, ids=lambda text: ascii(text[:8]))
def test_every_screen_of_a_pass(asked: Callable[..., Request], rules: HouseRules, text: str) -> None:
    made = with_worst(asked(action=IssuePass(HOUR, once=False), ends_at=LATER), text)
    secret = "".join(char for char in text if char.isprintable() and not char.isspace())[:48] or "pass"
    told = replies.answer(PassNotShown(made, text), rules, NOW)
    for view in (
        passes.being_made(made.id),
        passes.shown(made, AccessPass("id", secret)),
        passes.instead(made.id, told),
    ):
        taken(dict(view))
        drawn(json.loads(json.dumps(view["blocks"])))


def test_the_page_draws_every_reply_and_every_card(asked: Callable[..., Request], rules: HouseRules) -> None:
    sent = [replies.answer(one, rules, NOW) for one in _every_reply(asked())]
    sent += [cards.card(asked(action=action), rules, NOW) for action in ACTIONS.values()]
    for one in sent:
        drawn([*one.blocks])
