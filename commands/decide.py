"""Buttons and forms. What they carry was ours when it left, and is hostile when it comes back."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar, assert_never

from approvals.errors import PortError, UnknownRequest
from approvals.model import Caller, RequestId
from approvals.ports import Screen
from approvals.service import AskForMore, Click
from commands import status, words
from commands.desk import Desk, failed, not_opened
from commands.model import (
    Button,
    FormName,
    FormOpened,
    FormRejected,
    Input,
    Invocation,
    Misused,
    Press,
    Reply,
    Run,
    Submission,
)
from commands.words import Unread

_ON_TERMS = re.compile(r"R-([1-9][0-9]{0,11}):([1-9][0-9]{0,8})", re.ASCII)
_NUMBER = re.compile(r"R-([1-9][0-9]{0,11})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Denial:
    because: str


@dataclass(frozen=True, slots=True)
class _MoreTime:
    by: timedelta
    because: str


@dataclass(frozen=True, slots=True)
class _Wrong:
    name: Input
    why: str


_Filled = _Denial | _MoreTime
Further = Literal[Button.ALL_THREE, Button.SHOW_NUMBER, Button.SIGN_INS]
SetAllUp = Callable[[Caller, RequestId], Awaitable[Reply]]
Value = TypeVar("Value")


def check(submission: Submission) -> FormRejected | None:
    """Say what is wrong with what was filled in. Asks nobody: it runs inside the acknowledgement."""
    filled = _filled(submission)
    return filled if isinstance(filled, FormRejected) else None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Answers presses and submissions; ``run`` is where typed commands go.

    ``set_all_up`` asks for phone, default method and MFA in the place of a request.
    """

    desk: Desk
    run: Run
    set_all_up: SetAllUp

    async def press(self, press: Press, screen: Screen) -> Reply:
        """Answer a pressed button. A form is opened at once, without asking anybody."""
        return await self._guarded(press, press.button, self._pressed(press, screen))

    async def submit(self, submission: Submission) -> Reply:
        """Carry out a form that was sent."""
        return await self._guarded(submission, submission.form, self._sent(submission))

    async def _guarded(self, what: Press | Submission, to: str, act: Awaitable[Reply]) -> Reply:
        try:
            return await self._answered(what.caller, to, act)
        except PortError as error:
            return failed(error, what.correlation)

    async def _answered(self, caller: Caller, to: str, act: Awaitable[Reply]) -> Reply:
        try:
            return await act
        except Unread:
            return await self.desk.edited(caller, to)
        except UnknownRequest:
            return await self.desk.no_such_request(caller, to)

    async def _pressed(self, press: Press, screen: Screen) -> Reply:
        match press.button:
            case Button.APPROVE:
                return await self.desk.approvals.approve(_click(press.caller, press.value))
            case Button.DENY | Button.EXTEND:
                return _form(press)
            case Button.RESTORE_NOW:
                return await self.desk.approvals.restore(press.caller, _request(press.value))
            case Button.SHOW_PASS:
                return await self._show_pass(press, screen)
            case Button.USE_THAT | Button.PREVIOUS | Button.NEXT | Button.ASK_ANYWAY | Button.PASS_INSTEAD:
                return await self._typed(press)
            case Button.ALL_THREE | Button.SHOW_NUMBER | Button.SIGN_INS:
                return await self._further(press.button, press)
            case never:
                assert_never(never)

    async def _further(self, button: Further, press: Press) -> Reply:
        """Answer what leads on from something that was shown."""
        match button:
            case Button.ALL_THREE:
                return await self.set_all_up(press.caller, _request(press.value))
            case Button.SHOW_NUMBER:
                return await self.desk.approvals.show_number(_click(press.caller, press.value))
            case Button.SIGN_INS:
                return await status.sign_ins(self.desk, press.caller, press.value)
            case never:
                assert_never(never)

    async def _show_pass(self, press: Press, screen: Screen) -> Reply:
        """Show an approved pass; the screen opens first, as the press is good for three seconds."""
        request = _request(press.value)
        try:
            await screen.open(request)
        except PortError as error:
            return not_opened(error, press.correlation)
        return await self.desk.approvals.show_pass(press.caller, request, screen)

    async def _typed(self, press: Press) -> Reply:
        """Run a suggestion, or a page of a list, as what it is: a command, typed by the one who clicks."""
        anyway = press.button is Button.ASK_ANYWAY
        command, _, text = words.clean(press.value[: words.LONGEST_TEXT]).partition(" ")
        typed = Invocation(command, text, press.caller, press.correlation, anyway)
        *_, last = [reply async for reply in self.run(typed)]
        return last

    async def _sent(self, submission: Submission) -> Reply:
        filled = _filled(submission)
        match filled:
            case FormRejected(faults=faults):
                misused = Misused(" ".join(faults.values()), "/mfa help")
                return await self.desk.misread(submission.caller, submission.form, misused)
            case _Denial(because=because):
                return await self.desk.approvals.deny(_click(submission.caller, submission.about), because)
            case _MoreTime(by=by, because=because):
                of = _request(submission.about)
                return await self.desk.approvals.extend(
                    AskForMore(caller=submission.caller, of=of, by=by, reason=because)
                )
            case never:
                assert_never(never)


def _form(press: Press) -> FormOpened:
    if press.button is Button.DENY:
        return FormOpened(FormName.DENY, press.value, _click(press.caller, press.value).request)
    return FormOpened(FormName.EXTEND, press.value, _request(press.value))


def _click(caller: Caller, value: str) -> Click:
    return Click(caller, *_on_terms(value))


def _on_terms(value: str) -> tuple[RequestId, int]:
    found = _ON_TERMS.fullmatch(value)
    if found is None:
        raise Unread("not a request and its terms")
    return RequestId(int(found[1])), int(found[2])


def _request(value: str) -> RequestId:
    found = _NUMBER.fullmatch(value)
    if found is None:
        raise Unread("not a request")
    return RequestId(int(found[1]))


# --- what was filled in --------------------------------------------------------------------


def _filled(submission: Submission) -> _Filled | FormRejected:
    because = _read(submission, Input.REASON, words.reason)
    match submission.form:
        case FormName.DENY:
            return _rejected(because) if isinstance(because, _Wrong) else _Denial(because)
        case FormName.EXTEND:
            by = _read(submission, Input.DURATION, words.filled_duration)
            if isinstance(because, _Wrong) or isinstance(by, _Wrong):
                return _rejected(by, because)
            return _MoreTime(by, because)
        case never:
            assert_never(never)


def _read(submission: Submission, name: Input, read: Callable[[str], Value]) -> Value | _Wrong:
    try:
        return read(submission.values.get(name, ""))
    except Unread as error:
        return _Wrong(name, str(error))


def _rejected(*values: object) -> FormRejected:
    return FormRejected({value.name: value.why for value in values if isinstance(value, _Wrong)})
