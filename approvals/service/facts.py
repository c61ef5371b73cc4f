"""Gathering facts before a transaction is opened: no lock is held while others are asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from approvals.desk import Desk
from approvals.errors import Gone, PortError
from approvals.model import Caller, CannotTell, ChatId, Forecast, Means, Person, PersonId, Protection
from approvals.policy import (
    Refusal,
    bound_to_nobody,
    may_request,
    something_to_suspend,
    subject_may_be_suspended,
)
from approvals.ports import Standing, SubjectFacts


@dataclass(frozen=True, slots=True)
class Known:
    """What a wish is judged on. ``approvers`` are those who could decide it."""

    standing: Standing
    requester: Person
    subject: SubjectFacts
    protection: Protection
    approvers: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Barred:
    """Refused before anything else was looked at; ``actor`` is how the record names them."""

    actor: str
    refusal: Refusal


async def gather(desk: Desk, caller: Caller, subject: PersonId, by: Means | None = None) -> Known | Barred:
    """Look everybody up; the subject only for somebody who may ask at all.

    Protection is read where the policy's lever moves it, or where *by* does.
    """
    try:
        standing = await desk.directory.standing(caller)
        refusal = may_request(standing)
        if refusal or standing.person is None:
            return Barred(whose(standing), refusal or bound_to_nobody())
        return Known(
            standing=standing,
            requester=standing.person,
            subject=await desk.directory.subject(subject),
            protection=await desk.target.read(subject, by or desk.policy.means),
            approvers=await desk.directory.approvers(),
        )
    except PortError as error:
        return Barred(caller.chat, unreadable(error))


async def foreseen(desk: Desk, known: Known) -> Forecast | None:
    """Say whether a suspension would change anything; of somebody who is refused anyway nothing is asked."""
    subject, by = known.subject, desk.policy.means
    if subject_may_be_suspended(subject) or something_to_suspend(known.protection):
        return None
    try:
        return await desk.directory.forecast(subject.person, by)
    except PortError as error:
        return CannotTell((f"What else asks for MFA could not be read: {error.why}.",))


async def standing_of(desk: Desk, person: Person, home: str) -> Standing:
    """Look at *person* again in the workspace *home*; barred is who is not to be found there any more."""
    if person.chat is None:
        return _barred(desk, ChatId(""), "The account is not in the chat.")
    try:
        found = await desk.directory.standing(Caller(person.chat, home))
    except Gone:
        return _barred(desk, person.chat, "The account does not exist any more.")
    if found.person is not None and found.person.id != person.id:
        return replace(_barred(desk, person.chat, "The account is somebody else's now."), at=found.at)
    return found


def _barred(desk: Desk, chat: ChatId, why: str) -> Standing:
    return Standing(chat, None, requester=False, approver=False, barred=why, at=desk.clock.now())


def whose(standing: Standing) -> str:
    """Return how the record names somebody: by object id, or by account if bound to nobody."""
    return standing.person.id if standing.person else standing.chat


def unreadable(error: PortError) -> Refusal:
    """Refuse because a fact could not be read: what is not known is not allowed."""
    what_to_do = getattr(error, "what_to_do", "") or "Try again in a minute."
    return Refusal("facts", f"A fact that decides this could not be read: {error.why}.", what_to_do)
