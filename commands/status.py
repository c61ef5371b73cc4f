"""``/mfa status USER`` shows what protects somebody now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from approvals.model import ActionKind
from approvals.ports import Query
from commands.desk import LIVE, Desk, Errand, said
from commands.model import LookingUp, NotFound, PersonStatus, Reply, StatusShown, Unreadable, Withheld
from commands.wishes import Status


async def status(desk: Desk, errand: Errand, wish: Status) -> AsyncIterator[Reply]:
    """Look the person up, then what the directory says of them, then what is live for them."""
    yield LookingUp(said(wish.who))
    person = await desk.find(errand, wish.who)
    if isinstance(person, NotFound):
        yield person
        return
    found = await desk.asked(errand, person.upn, desk.people.status(person.id))
    if isinstance(found, NotFound):
        yield found
        return
    query = Query(states=LIVE, kind=ActionKind.SUSPEND, subject=person.id, limit=1)
    live, _ = await desk.approvals.find(query)
    yield StatusShown(_discreet(found), live[0] if live else None)


def _discreet(found: PersonStatus) -> PersonStatus:
    """Withhold the methods of protected people: they are a map for whoever attacks them."""
    if found.protected:
        return replace(found, methods=Withheld("Methods of protected people are not shown."))
    if isinstance(found.roles, Unreadable):
        return replace(found, methods=Withheld("Methods are not shown while roles cannot be read."))
    return found
