from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.errors import Later
from approvals.model import Caller, RequestId, State
from approvals.service import Ask, Asked, AskForMore, Click, Moved, Refused
from commands.decide import check
from commands.model import (
    Button,
    Failed,
    FormName,
    FormOpened,
    FormRejected,
    Misused,
    NotFound,
    Press,
    Reply,
    Submission,
)
from commands.registry import Registry
from tests.unit.commands.stand_ins import CALLER, LEE, OUTSIDER, Core, NoScreen, request

ON_TERMS = (Button.APPROVE, Button.DENY)
EDITED = [
    "",
    "R-12",
    "R-12:0",
    "R-0:1",
    "12:1",
    "r-12:1",
    "R-12:1 ",
    "R-12:1\n",
    "R-12:-1",
    "R-1٢:1",
    "R-12:1;R-13:1",
]
EDITED_NUMBERS = ["", "R-0", "12", "r-12", "R-12:1", " R-12", "R-12\n", "R-1234567890123", "lee@contoso.com"]


async def press(relatch: Registry, button: Button, value: str, caller: Caller = CALLER) -> Reply:
    return await relatch.press(Press(button, value, caller, "c0ffee"), NoScreen())


def form(name: FormName, about: str, **values: str) -> Submission:
    return Submission(name, about, values, CALLER, "c0ffee")


async def test_approve_decides_on_the_terms_the_card_showed(relatch: Registry, core: Core) -> None:
    core.requests[12] = request(12, State.PENDING)
    assert isinstance(await press(relatch, Button.APPROVE, "R-12:3"), Moved)
    assert core.did("approve") == [(Click(CALLER, RequestId(12), 3),)]


async def test_restore_now_ends_it(relatch: Registry, core: Core) -> None:
    core.requests[12] = request(12)
    assert await press(relatch, Button.RESTORE_NOW, "R-12") == Moved(request(12))
    assert core.did("restore") == [(CALLER, 12, "")]


@pytest.mark.parametrize(
    ("button", "opened"),
    [
        (Button.DENY, FormOpened(FormName.DENY, "R-12:1", RequestId(12))),
        (Button.EXTEND, FormOpened(FormName.EXTEND, "R-12", RequestId(12))),
    ],
)
async def test_a_form_opens_without_asking_anybody(
    relatch: Registry, core: Core, button: Button, opened: FormOpened
) -> None:
    assert await press(relatch, button, opened.about) == opened
    assert core.calls == []


@pytest.mark.parametrize("button", ON_TERMS)
@pytest.mark.parametrize("value", EDITED)
async def test_an_edited_decision_decides_nothing_and_is_recorded(
    relatch: Registry, core: Core, button: Button, value: str
) -> None:
    assert isinstance(await press(relatch, button, value), Misused)
    assert core.refusals == [(button, "button")]
    assert core.did("approve") == []


@pytest.mark.parametrize("button", [Button.EXTEND, Button.RESTORE_NOW])
@pytest.mark.parametrize("value", EDITED_NUMBERS)
async def test_an_edited_number_does_nothing_and_is_recorded(
    relatch: Registry, core: Core, button: Button, value: str
) -> None:
    assert isinstance(await press(relatch, button, value), Misused)
    assert core.refusals == [(button, "button")]
    assert core.did("restore") == []


async def test_a_press_on_a_request_that_is_not_there_is_recorded(relatch: Registry, core: Core) -> None:
    assert isinstance(await press(relatch, Button.APPROVE, "R-99:1"), NotFound)
    assert isinstance(await press(relatch, Button.RESTORE_NOW, "R-99"), NotFound)
    assert core.refusals == [("approve", "request"), ("restore_now", "request")]


@pytest.mark.parametrize("value", ["R-99:1", "nonsense"])
async def test_an_outsider_who_presses_is_refused_like_anybody(
    relatch: Registry, core: Core, value: str
) -> None:
    found = await press(relatch, Button.APPROVE, value, OUTSIDER)
    assert isinstance(found, Refused)
    assert core.refusals == [("approve", "people")]


async def test_use_that_runs_the_suggestion_as_the_clickers_own_command(
    relatch: Registry, core: Core
) -> None:
    found = await press(relatch, Button.USE_THAT, "/mfa disable lee@contoso.com for 1h because phone  broken")
    assert isinstance(found, Asked)
    lasts = timedelta(hours=1)
    assert core.did("submit") == [(Ask(caller=CALLER, subject=LEE.id, lasts=lasts, reason="phone  broken"),)]
    refused = await press(relatch, Button.USE_THAT, "/mfa restore lee@contoso.com", OUTSIDER)
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(
    "value", ["", "/deploy now", "rm -rf", "/mfa nonsense", "\x00", "/mfa\u200b disable"]
)
async def test_a_suggestion_that_was_edited_goes_through_the_grammar(
    relatch: Registry, core: Core, value: str
) -> None:
    assert isinstance(await press(relatch, Button.USE_THAT, value), Misused)
    assert [rule for _, rule in core.refusals] == ["grammar"]


async def test_deny_carries_the_reason_on_one_line(relatch: Registry, core: Core) -> None:
    core.requests[12] = request(12, State.PENDING)
    await relatch.submit(form(FormName.DENY, "R-12:1", reason=" use a\npass instead\u202e "))
    assert core.did("deny") == [(Click(CALLER, RequestId(12), 1), "use a pass instead")]


async def test_extend_carries_time_and_reason(relatch: Registry, core: Core) -> None:
    core.requests[12] = request(12)
    await relatch.submit(form(FormName.EXTEND, "R-12", duration="30\u00a0\uff4din", reason="slow"))
    ask = AskForMore(caller=CALLER, of=RequestId(12), by=timedelta(minutes=30), reason="slow")
    assert core.did("extend") == [(ask,)]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"reason": "ok", "duration": "30m"}, set()),
        ({"reason": " \n", "duration": "30m"}, {"reason"}),
        ({"reason": "x" * 1_001, "duration": "30m"}, {"reason"}),
        ({"reason": "ok", "duration": "soon"}, {"duration"}),
        ({"reason": "ok", "duration": "31d"}, {"duration"}),
        ({}, {"reason", "duration"}),
    ],
)
def test_a_form_is_checked_input_by_input(values: dict[str, str], wrong: set[str]) -> None:
    found = check(form(FormName.EXTEND, "R-12", **values))
    assert set(found.faults if found else ()) == wrong
    denied = check(form(FormName.DENY, "R-12:1", **values))
    assert set(denied.faults if denied else ()) == wrong - {"duration"}


async def test_a_form_that_was_not_checked_is_refused_and_recorded(relatch: Registry, core: Core) -> None:
    submission = form(FormName.DENY, "R-12:1")
    assert isinstance(check(submission), FormRejected)
    assert isinstance(await relatch.submit(submission), Misused)
    assert core.refusals == [("deny", "grammar")]


@pytest.mark.parametrize("name", FormName)
async def test_a_form_about_something_edited_does_nothing(
    relatch: Registry, core: Core, name: FormName
) -> None:
    sent = form(name, "R-12:1:1", reason="x", duration="1h")
    assert isinstance(await relatch.submit(sent), Misused)
    assert core.refusals == [(name, "button")]
    assert core.did("deny") == core.did("extend") == []


async def test_a_silent_database_is_answered_to_the_click(relatch: Registry, core: Core) -> None:
    core.down = Later("the database does not answer")
    found = await press(relatch, Button.APPROVE, "nonsense")
    assert found == Failed(
        "the database does not answer", "Try again in a few minutes.", "Nothing was changed.", "c0ffee"
    )
