"""Changes in words: the card, its buttons, the thread, and what requester and subject are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from approvals.model import (
    Approval,
    Briefing,
    ChatId,
    EnableMfa,
    News,
    Notice,
    OneShot,
    Outcome,
    Person,
    PersonId,
    PhonePlace,
    Preference,
    Protection,
    Relatch,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
)
from approvals.service import Moved
from bot.sim.workspace import mrkdwn
from bot.slack.render import cards, lines, replies
from bot.slack.render.blocks import Message
from bot.slack.render.rules import HouseRules
from tests.unit.bot.slack.conftest import NOW
from tests.unit.bot.slack.reading import accepted

PHONE = SetPhone(PhonePlace.MOBILE, "·· ··78")
DEFAULT = SetDefaultMethod(Preference.SMS)
ENABLE = EnableMfa(Protection.ENABLED)
SET_UP = SetUp(PHONE, DEFAULT, ENABLE)
ACTIONS: list[OneShot] = [
    PHONE,
    SetPhone(PhonePlace.ALTERNATE_MOBILE, "·· ··78"),
    SetPhone(PhonePlace.OFFICE, "·· ··78"),
    *map(SetDefaultMethod, Preference),
    ENABLE,
    EnableMfa(Protection.ENFORCED),
    SET_UP,
    replace(SET_UP, made=2),
]
OMAR = Person(PersonId("omar-id"), "Omar Haddad", "omar@contoso.com", ChatId("U0OMAR"))
NAMES = {"U0HANNA": "@Hanna", "U0OMAR": "@Omar", "S0DUTY": "@duty", "U0DUTY": "@Dirk"}
LOW = Briefing(Protection.DISABLED, second_factors=0)


def read(message: Message) -> str:
    return mrkdwn.display("\n".join(texts(message.blocks)), NAMES)


def texts(part: object) -> Iterator[str]:
    match part:
        case dict():
            if isinstance(part.get("text"), str):
                yield part["text"]
            for value in part.values():
                yield from texts(value)
        case list() | tuple():
            for one in part:
                yield from texts(one)


def labels(message: Message) -> list[str]:
    rows = [one for block in message.blocks if block["type"] == "actions" for one in block["elements"]]
    return [one["text"]["text"] for one in rows]


@pytest.fixture
def change(asked: Callable[..., Request]) -> Callable[..., Request]:
    return lambda **changes: asked(**{"action": PHONE, "briefing": LOW, **changes})


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_every_change_has_a_card_in_every_state(
    change: Callable[..., Request], rules: HouseRules, action: OneShot
) -> None:
    pending = change(action=action, briefing=replace(LOW, remarks=("a remark " * 60,) * 12))
    applying = replace(pending, state=State.APPLYING, approvals=(Approval(OMAR, NOW),))
    for outcome in (None, Outcome.DONE, Outcome.FAILED, Outcome.DENIED, Outcome.LAPSED):
        closed = replace(applying, state=State.CLOSED, outcome=outcome, closed_at=NOW, closed_by=OMAR)
        for request in (pending, applying, replace(closed, note="403; grant it")):
            accepted(cards.card(request, rules, NOW))
            assert "R-31" in cards.card(request, rules, NOW).text
    accepted(replies.answer(Moved(applying), rules, NOW))
    for news in (News.APPLYING, News.FAILED, News.STEP_MADE, News.DONE):
        accepted(lines.line(applying, Notice(news, NOW, detail="mobile phone ·· ··78"), rules))


def test_the_card_of_a_phone_tells_what_an_approver_weighs(
    change: Callable[..., Request], rules: HouseRules
) -> None:
    remarks = ("The number differs from the directory's mobile, ·· ··12 (synchronised from AD).",)
    card = cards.card(change(briefing=replace(LOW, remarks=remarks)), rules, NOW)
    assert read(card).startswith(
        "R-31 · Set the mobile phone of Lee Jansen to ·· ··78 · waiting for approval\n"
        "lee@contoso.com\n"
        "Asked by @Hanna · INC-48211\n"
        "“phone broken, Outlook profile must be rebuilt”\n"
        "Registers ·· ··78 as mobile phone: a second factor, and good for password reset.\n"
        "• The number differs from the directory's mobile, ·· ··12 (synchronised from AD).\n"
        "Roles: none · no second factor registered · last 24 h: no other request · 0 suspensions in 90 days\n"
    )
    assert labels(card) == ["Approve", "Deny", "Show number"]


@pytest.mark.parametrize(("action", "shows"), [(DEFAULT, False), (ENABLE, False), (SET_UP, True)])
def test_only_what_sets_a_phone_has_a_number_to_show(
    change: Callable[..., Request], rules: HouseRules, action: OneShot, shows: object
) -> None:
    assert ("Show number" in labels(cards.card(change(action=action), rules, NOW))) is shows


def test_a_settled_card_has_nothing_to_press(change: Callable[..., Request], rules: HouseRules) -> None:
    for state in (State.APPLYING, State.CLOSED):
        assert labels(cards.card(change(state=state), rules, NOW)) == []


@pytest.mark.parametrize(
    ("to", "factors", "says"),
    [
        (Protection.ENABLED, 0, "At the next sign-in a second factor has to be registered"),
        (Protection.ENABLED, 2, "Entra makes it enforced"),
        (Protection.ENFORCED, 2, "legacy apps then need an app password"),
    ],
)
def test_turning_mfa_on_says_what_happens_at_the_next_sign_in(
    change: Callable[..., Request], to: Protection, factors: int, says: str
) -> None:
    request = change(action=EnableMfa(to), briefing=replace(LOW, second_factors=factors))
    assert says in read(cards.card(request, HouseRules(channel="C0APPROVALS"), NOW))


def test_a_failure_on_the_way_says_what_is_done_and_what_is_not(
    change: Callable[..., Request], rules: HouseRules
) -> None:
    request = change(action=replace(SET_UP, made=1), state=State.APPLYING)
    failed = read(lines.line(request, Notice(News.FAILED, NOW, detail="403; grant it"), rules))
    assert failed == "R-31: Failed: 403; grant it. Done: phone. Not done: default method, MFA."
    nothing = read(lines.line(change(action=SET_UP), Notice(News.FAILED, NOW, detail="403"), rules))
    assert "Done: nothing. Not done: phone, default method, MFA." in nothing
    single = read(lines.line(change(), Notice(News.FAILED, NOW, detail="403"), rules))
    assert single == "R-31: Failed: 403. No read has shown the change."


def test_the_subject_is_told_who_asked_and_whom_to_tell(
    change: Callable[..., Request], rules: HouseRules
) -> None:
    done = Notice(News.DONE, NOW, by=Relatch(), detail="mobile phone ·· ··78")
    request = change()
    to_subject = lines.direct(request, done, request.subject.chat or ChatId(""), rules)
    assert read(to_subject) == (
        "R-31: On your account: Done: mobile phone ·· ··78, checked Nov 23, 2026 at 15:40:00. "
        "Asked for by @Hanna (INC-48211). If you did not ask for this, tell @duty @Dirk."
    )
    to_requester = lines.direct(request, done, request.requester.chat or ChatId(""), rules)
    assert read(to_requester) == "R-31: Done: mobile phone ·· ··78, checked Nov 23, 2026 at 15:40:00."


def test_an_approval_is_confirmed_in_words_that_fit(
    change: Callable[..., Request], rules: HouseRules
) -> None:
    for action in ACTIONS:
        name = Person(PersonId("x"), "N" * 300, f"{'u' * 200}@contoso.com")
        accepted(cards.card(change(action=action, subject=name), rules, NOW))
