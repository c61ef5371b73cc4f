"""``/mfa status USER`` shows what protects somebody now; a button shows their last sign-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from approvals.model import ActionKind, Caller
from approvals.ports import Query
from approvals.service import Refused, Role
from commands import words
from commands.desk import LIVE, Desk, Errand, said
from commands.model import LookingUp, NotFound, Reply, SignInsShown, StatusShown
from commands.person_model import PersonStatus, SignInsSeen, Unreadable, Withheld
from commands.ports import ById
from commands.wishes import Status

PROTECTED = "This person is protected."
UNSURE = "Roles could not be read, so that this person counts as protected."


async def status(desk: Desk, errand: Errand, wish: Status) -> AsyncIterator[Reply]:
    """Look the person up, then what the directory says of them, then what is live for them."""
    yield LookingUp(said(wish.who))
    person = await desk.find(errand, wish.who)
    if isinstance(person, NotFound):
        yield person
        return
    found = await desk.asked(errand, person.upn, desk.people.status(person))
    if isinstance(found, NotFound):
        yield found
        return
    query = Query(states=LIVE, kind=ActionKind.SUSPEND, subject=person.id, limit=1)
    live, _ = await desk.approvals.find(query)
    yield StatusShown(discreet(found), live[0] if live else None)


async def sign_ins(desk: Desk, caller: Caller, value: str) -> Reply:
    """Show the last sign-ins of the person whose object id the button holds; raise ``Unread``."""
    who = words.person(value)
    if not isinstance(who, ById):
        raise words.Unread("not an object id")
    standing = await desk.approvals.admit(caller, Role.REQUESTER, to="/mfa status")
    if isinstance(standing, Refused):
        return standing
    errand = Errand(caller, standing, "/mfa status")
    found = await desk.asked(errand, said(who), desk.people.sign_ins(who.id))
    return found if isinstance(found, NotFound) else SignInsShown(_guarded(found))


def discreet(found: PersonStatus) -> PersonStatus:
    """Leave protected people their state alone: the rest is a map for whoever attacks them."""
    if not found.protected and not isinstance(found.roles, Unreadable):
        return found
    withheld = Withheld(PROTECTED if found.protected else UNSURE)
    return replace(found, methods=withheld, picture=withheld)


def _guarded(seen: SignInsSeen) -> SignInsSeen:
    return replace(seen, sign_ins=Withheld(PROTECTED)) if seen.protected else seen
