"""``/mfa pass``: a Temporary Access Pass instead of a suspension, asked for within what the tenant allows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from approvals.model import ActionKind, IssuePass, Person
from approvals.service import AskChange, Refusal, Refused
from commands import words
from commands.desk import Desk, Errand, said
from commands.factors_model import Unknown
from commands.model import LookingUp, NotFound, Reply
from commands.passes_model import NoPass, PassRules
from commands.ports import Registrations
from commands.wishes import Pass

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PassCounter:
    """Where access passes are asked for; none is good for more than *longest*."""

    desk: Desk
    registrations: Registrations
    longest: timedelta

    async def would_do(self, person: Person) -> bool:
        """Return whether a pass could be asked for instead of a suspension, and would be usable."""
        return isinstance(await self._asked_for(person, None), _Wanted)

    async def ask(self, errand: Errand, wish: Pass) -> AsyncIterator[Reply]:
        """Ask for a pass of the person named; why one would be of no use is said before that."""
        yield LookingUp(said(wish.who))
        person = await self.desk.find(errand, wish.who)
        if isinstance(person, NotFound):
            yield person
            return
        approvals = self.desk.approvals
        facts = await approvals.consider(errand.caller, person.id, ActionKind.PASS)
        if isinstance(facts, Refused):
            yield facts
            return
        wanted = await self._asked_for(person, wish.lasts)
        if isinstance(wanted, Refusal):
            yield await approvals.refuse(errand.caller, errand.to, wanted)
            return
        yield await approvals.ask_change(
            AskChange(
                caller=errand.caller,
                subject=person.id,
                action=wanted.action,
                reason=wish.reason,
                ticket=wish.ticket,
                remarks=wanted.remarks,
            )
        )

    async def _asked_for(self, person: Person, lasts: timedelta | None) -> _Wanted | Refusal:
        rules = await self.registrations.passes(person.id)
        match rules:
            case NoPass(why, what_to_do):
                return Refusal("pass", why, what_to_do)
            case Unknown(why, what_to_do):
                # Every tenant takes one that is good for one sign-in.
                action = IssuePass(whole_minutes(lasts or min(HOUR, self.longest)), once=True)
                repair = f" ({what_to_do})" if what_to_do else ""
                unread = f":grey_question: Whether a pass would be usable could not be read: {why}{repair}."
                return _Wanted(action, (unread,))
            case PassRules():
                return self._within(rules, lasts)
            case never:
                assert_never(never)

    def _within(self, rules: PassRules, lasts: timedelta | None) -> _Wanted | Refusal:
        """Clamp the length to what the tenant allows; what the policy allows is the core's to judge."""
        if rules.shortest > self.longest:
            shortest, longest = words.written_duration(rules.shortest), words.written_duration(self.longest)
            why = (
                f"The tenant makes no pass of less than {shortest}, and the policy allows {longest} at most."
            )
            return Refusal("pass.longest", why, "Ask the owner of the policy to bring the two together.")
        asked = whole_minutes(min(rules.usual, self.longest) if lasts is None else lasts)
        # What is too long for the policy stays so, to be refused.
        lasts = asked if asked > self.longest else min(max(asked, rules.shortest), rules.longest)
        action = IssuePass(lasts, once=rules.once)
        return _Wanted(action, tuple(_remarks(rules, asked, action)))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A pass that can be asked for, and what is to be said of it."""

    action: IssuePass
    remarks: tuple[str, ...]


def whole_minutes(lasts: timedelta) -> timedelta:
    """Return *lasts* rounded up to minutes, in which Entra counts."""
    return -(-lasts // MINUTE) * MINUTE


def _remarks(rules: PassRules, asked: timedelta, action: IssuePass) -> Iterator[str]:
    if action.lasts != asked:
        allowed = f"{words.written_duration(rules.shortest)} to {words.written_duration(rules.longest)}"
        yield f"Asked for {words.written_duration(asked)}; the tenant allows {allowed}."
    if rules.replaces:
        yield ":warning: There is a pass already that can be used; the new one replaces it."
    elif rules.replaces is None:
        yield ":grey_question: Whether there is a pass already, to be replaced, could not be read."
