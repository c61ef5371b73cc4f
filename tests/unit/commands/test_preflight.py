"""Asking for what would change nothing, and looking at sign-ins: what buttons may and may not do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.service import Ask, Asked, Refused, Unconfirmed
from commands import words
from commands.model import Button, Doubtful, Misused, NotFound, Press, SignInsShown
from commands.person_model import SignInsSeen, Withheld
from commands.registry import Registry
from tests.pictures import DOUBTFUL, SIGN_INS
from tests.unit.commands.stand_ins import CALLER, LEE, OUTSIDER, Chat, Core, Directory, NoScreen


async def test_what_would_change_nothing_comes_back_with_the_whole_command(chat: Chat, core: Core) -> None:
    core.unconfirmed = DOUBTFUL.unconfirmed
    *_, answer = await chat.types("disable lee@contoso.com ticket INC-7 because phone broken")
    assert answer == Doubtful(
        DOUBTFUL.unconfirmed, f"/mfa disable {LEE.id} for 1h ticket INC-7 because phone broken"
    )


async def test_the_button_asks_again_and_says_that_it_is_wanted(relatch: Registry, core: Core) -> None:
    command = f"/mfa disable {LEE.id} for 1h30m ticket INC-7 because phone broken"
    answer = await relatch.press(Press(Button.ASK_ANYWAY, command, CALLER, "c0ffee"), NoScreen())
    assert isinstance(answer, Asked)
    [(ask,)] = core.did("submit")
    assert ask == Ask(
        caller=CALLER,
        subject=LEE.id,
        lasts=timedelta(minutes=90),
        reason="phone broken",
        ticket="INC-7",
        anyway=True,
    )


@pytest.mark.parametrize("button", [Button.USE_THAT, Button.NEXT])
async def test_no_other_button_and_no_typing_says_so(
    relatch: Registry, chat: Chat, core: Core, button: Button
) -> None:
    command = f"/mfa disable {LEE.id} for 1h because phone broken anyway"
    await relatch.press(Press(button, command, CALLER, "c0ffee"), NoScreen())
    await chat.types(command.removeprefix("/mfa "))
    assert [ask.anyway for (ask,) in core.did("submit") if isinstance(ask, Ask)] == [False, False]


async def test_an_outsider_with_the_button_asks_for_nothing(relatch: Registry, core: Core) -> None:
    command = f"/mfa disable {LEE.id} for 1h because phone broken"
    answer = await relatch.press(Press(Button.ASK_ANYWAY, command, OUTSIDER, "c0ffee"), NoScreen())
    assert isinstance(answer, Refused)
    assert core.did("submit") == []


@given(st.integers(min_value=1, max_value=30 * 86_400))
def test_a_length_that_is_written_is_read_again(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert words.duration(words.written_duration(length)) == length


async def test_sign_ins_are_shown_to_requesters(relatch: Registry, directory: Directory) -> None:
    directory.seen = SignInsSeen(LEE, (), SIGN_INS)
    answer = await relatch.press(Press(Button.SIGN_INS, LEE.id, CALLER, "c0ffee"), NoScreen())
    assert answer == SignInsShown(directory.seen)


async def test_sign_ins_of_protected_people_are_withheld(relatch: Registry, directory: Directory) -> None:
    directory.seen = SignInsSeen(LEE, ("holds a role",), SIGN_INS)
    answer = await relatch.press(Press(Button.SIGN_INS, LEE.id, CALLER, "c0ffee"), NoScreen())
    assert isinstance(answer, SignInsShown)
    assert isinstance(answer.seen.sign_ins, Withheld)


@pytest.mark.parametrize("value", ["", "lee@contoso.com", "<@U0LEE>", f"{LEE.id};x"])
async def test_an_edited_button_for_sign_ins_shows_nothing_and_is_recorded(
    relatch: Registry, core: Core, value: str
) -> None:
    assert isinstance(
        await relatch.press(Press(Button.SIGN_INS, value, CALLER, "c0ffee"), NoScreen()), Misused
    )
    assert core.refusals


async def test_an_outsider_sees_no_sign_ins(relatch: Registry) -> None:
    answer = await relatch.press(Press(Button.SIGN_INS, LEE.id, OUTSIDER, "c0ffee"), NoScreen())
    assert isinstance(answer, Refused)


async def test_sign_ins_of_nobody_are_not_found(relatch: Registry) -> None:
    nobody = "aaaaaaaa-0000-0000-0000-00000000ffff"
    answer = await relatch.press(Press(Button.SIGN_INS, nobody, CALLER, "c0ffee"), NoScreen())
    assert isinstance(answer, NotFound)


def test_the_answer_that_can_be_confirmed_is_no_refusal_for_good() -> None:
    assert isinstance(DOUBTFUL.unconfirmed, Unconfirmed)
    assert DOUBTFUL.unconfirmed.refused.rule == "preflight"
