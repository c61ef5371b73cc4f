"""What people read about an access pass, and the screen that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from approvals.model import (
    AccessPass,
    ChatId,
    IssuePass,
    News,
    Notice,
    Outcome,
    Person,
    PersonId,
    Request,
    State,
)
from approvals.service import Asked, PassNotShown
from bot.slack.render import cards, lines, passes, replies
from bot.slack.render.blocks import Message
from bot.slack.render.rules import HouseRules
from commands.model import Button, Doubtful, PassOffered
from tests.pictures import DOUBTFUL
from tests.unit.bot.slack.conftest import NOW
from tests.unit.bot.slack.reading import accepted, buttons, shown

HOUR = timedelta(hours=1)
PASS = IssuePass(HOUR, once=False)
OMAR = Person(PersonId("omar-id"), "Omar", "omar@contoso.com", ChatId("U0OMAR"))
HANNAS, LEES = ChatId("U0HANNA"), ChatId("U0LEE")


def notice(news: News, **changes: object) -> Notice:
    return Notice(news, NOW, **changes)  # type: ignore[arg-type]  # the fields'


def taken(message: Message) -> Message:
    """Return *message*, which Slack takes."""
    accepted(message)
    return message


def pressable(message: Message) -> list[str]:
    """Return the ids of the buttons of *message*."""
    return [action.partition(" ")[0] for action in buttons(message).values()]


def test_the_card_says_what_an_approval_grants_and_that_mfa_stays_on(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    card = taken(cards.card(asked(action=PASS), rules, NOW))
    text = shown(card)
    assert "R-31 · Temporary Access Pass for Lee Jansen, 1 hour" in text
    assert "is shown one pass, once" in text
    assert "MFA stays on" in text
    assert "does not help an Outlook that knows basic authentication only" in text
    assert "for 1 hour and one sign-in" in shown(
        cards.card(asked(action=IssuePass(HOUR, once=True)), rules, NOW)
    )
    assert pressable(card) == [Button.APPROVE, Button.DENY]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": State.APPLYING, "ends_at": NOW + HOUR}, "can have it shown until"),
        ({"state": State.APPLYING, "confirmed_at": NOW, "unconfirmed": True}, "not shown"),
        ({"state": State.ACTIVE, "confirmed_at": NOW, "ends_at": NOW + HOUR}, "active until"),
        ({"state": State.ACTIVE, "confirmed_at": NOW}, "good for every sign-in"),
        ({"state": State.RESTORING, "confirmed_at": NOW}, "being restored"),
        ({"state": State.CLOSED, "outcome": Outcome.DONE, "closed_at": NOW}, "done"),
    ],
)
def test_the_card_says_how_far_it_has_come(
    asked: Callable[..., Request], rules: HouseRules, changes: dict[str, object], words: str
) -> None:
    text = shown(taken(cards.card(asked(action=PASS, **changes), rules, NOW)))
    assert words in text
    assert "MFA off since" not in text


def test_whoever_may_see_it_gets_a_button_and_is_told_when_to_press(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    request = asked(action=PASS, state=State.APPLYING, ends_at=NOW + HOUR)
    said = taken(lines.direct(request, notice(News.GRANTED, by=OMAR, until=NOW + HOUR), HANNAS, rules))
    assert "Press the button when Lee Jansen is there to sign in" in shown(said)
    assert pressable(said) == [Button.SHOW_PASS]
    assert pressable(lines.settled(request, notice(News.GRANTED), rules)) == []


def test_the_subject_is_told_who_saw_it_and_what_to_do(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    request = asked(action=PASS, state=State.ACTIVE, ends_at=NOW + HOUR)
    news = notice(News.SHOWN, by=request.requester, until=NOW + HOUR)
    said = shown(taken(lines.direct(request, news, LEES, rules)))
    assert said.startswith("R-31: A Temporary Access Pass on your account was shown to @Hanna")
    assert "Asked for by @Hanna" in said
    assert "If you did not ask for this, tell @duty" in said
    assert "signed out" not in said
    mine = lines.direct(request, news, HANNAS, rules)
    assert pressable(mine) == [Button.RESTORE_NOW]


@pytest.mark.parametrize(
    ("news", "words"),
    [
        (notice(News.NOT_SHOWN, detail="Graph answers 504"), "may have been made and was not shown: Graph"),
        (notice(News.ENDING, by=OMAR, detail="leaked"), "Taken back by @Omar: “leaked”"),
        (notice(News.REMOVED), "is removed, checked"),
        (notice(News.FAILED, detail="nothing was made: 400"), "There is no pass. Ask for another one."),
        (notice(News.LAPSED, detail="the pass was not shown in time"), "Lapsed: the pass was not shown"),
        (notice(News.CLOSED_AS_IS, by=OMAR), "A Temporary Access Pass for Lee Jansen may still be there."),
        (notice(News.OVERDUE, count=3, until=NOW), "the Temporary Access Pass for Lee Jansen is not removed"),
    ],
    ids=lambda one: one.news if isinstance(one, Notice) else "",
)
def test_every_turn_is_told_in_its_words(
    asked: Callable[..., Request], rules: HouseRules, news: Notice, words: str
) -> None:
    said = shown(taken(lines.line(asked(action=PASS, confirmed_at=NOW), news, rules)))
    assert words in said
    assert "MFA for" not in said


def test_a_page_says_what_to_delete_by_hand(asked: Callable[..., Request], rules: HouseRules) -> None:
    late = asked(action=PASS, state=State.RESTORING, confirmed_at=NOW, ends_at=NOW)
    page = shown(lines.page(late, notice(News.OVERDUE, until=NOW), rules))
    assert "delete the Temporary Access Pass among the authentication methods of lee@contoso.com" in page


def test_the_screen_is_the_only_place_with_the_pass(asked: Callable[..., Request], rules: HouseRules) -> None:
    request = asked(action=PASS, state=State.APPLYING, confirmed_at=NOW, ends_at=NOW + HOUR)
    waiting, view = passes.being_made(request.id), passes.shown(request, AccessPass("id", "aB3+&<z9"))
    text = json.dumps(view)
    assert "aB3+&amp;&lt;z9" in text
    assert "Lee Jansen" in text
    assert "good for every sign-in until" in text
    assert "Close this window and it is gone" in json.dumps(waiting)
    assert (view["title"], view["close"]) == (waiting["title"], waiting["close"])
    told = passes.instead(request.id, replies.answer(PassNotShown(request, "Graph answers 504"), rules, NOW))
    assert "no pass was shown: Graph answers 504. What Entra may have made of it is removed." in json.dumps(
        told
    )


def test_a_pass_is_read_letter_by_letter_whatever_is_in_it(asked: Callable[..., Request]) -> None:
    request = asked(action=PASS)
    [block] = [
        one
        for one in _blocks(passes.shown(request, AccessPass("id", "a`b*c_d")))
        if one["block_id"] == "pass"
    ]
    assert block["text"] == {"type": "plain_text", "text": "a`b*c_d", "emoji": False}


def test_a_pass_is_offered_beside_what_was_asked_or_refused(
    asked: Callable[..., Request], rules: HouseRules
) -> None:
    command = "/mfa pass lee-id because phone broken"
    beside = replies.answer(PassOffered(Asked(asked(), (OMAR,)), command), rules, NOW)
    assert "Withdraw R-31 if you ask for one" in shown(taken(beside))
    assert pressable(beside) == [Button.PASS_INSTEAD]
    instead = replies.answer(PassOffered(DOUBTFUL, command), rules, NOW)
    assert pressable(instead) == [Button.ASK_ANYWAY, Button.PASS_INSTEAD]
    refused = replies.answer(PassOffered(DOUBTFUL.unconfirmed.refused, command), rules, NOW)
    assert pressable(refused) == [Button.PASS_INSTEAD]
    long = Doubtful(DOUBTFUL.unconfirmed, "x" * 2_001)
    assert pressable(replies.answer(PassOffered(long, "x" * 2_001), rules, NOW)) == []


def _blocks(view: object) -> list[dict[str, object]]:
    assert isinstance(view, dict)
    return list(view["blocks"])
