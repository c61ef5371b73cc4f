"""``/mfa list``, ``show`` and ``history``: what is going on, and what went on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_never

from approvals.model import ActionKind, Person, State
from approvals.ports import Query
from commands.desk import LIVE, Desk, Errand, said
from commands.model import LookingUp, NotFound, Reply, RequestShown, RequestsShown
from commands.wishes import History, Listing, ListRequests, OverviewWish, Show

LONGEST = 50
_LOWERED = frozenset({State.APPLYING, State.ACTIVE, State.RESTORING})


def answer(desk: Desk, errand: Errand, wish: OverviewWish) -> AsyncIterator[Reply]:
    """Return the replies to *wish*."""
    match wish:
        case ListRequests():
            return list_requests(desk, errand, wish)
        case Show():
            return show(desk, errand, wish)
        case History():
            return history(desk, errand, wish)
        case never:
            assert_never(never)


async def list_requests(desk: Desk, errand: Errand, wish: ListRequests) -> AsyncIterator[Reply]:
    """Show everything that is not closed, or the part of it that was asked for."""
    heading, query = _asked_for(wish.which, errand.standing.person)
    yield await _shown(desk, heading, query)


async def show(desk: Desk, _: Errand, wish: Show) -> AsyncIterator[Reply]:
    """Show one request, whole."""
    yield RequestShown(await desk.approvals.get(wish.of), desk.clock.now())


async def history(desk: Desk, errand: Errand, wish: History) -> AsyncIterator[Reply]:
    """Show the last requests about one person."""
    yield LookingUp(said(wish.who))
    person = await desk.find(errand, wish.who)
    if isinstance(person, NotFound):
        yield person
        return
    yield await _shown(desk, f"History of {person.upn}", Query(subject=person.id, limit=LONGEST))


def _asked_for(which: Listing, asker: Person | None) -> tuple[str, Query]:
    match which:
        case Listing.OPEN:
            return "Open requests", Query(states=LIVE, limit=LONGEST)
        case Listing.PENDING:
            return "Waiting for approval", Query(states=frozenset({State.PENDING}), limit=LONGEST)
        case Listing.ACTIVE:
            return "MFA lowered now", Query(states=_LOWERED, kind=ActionKind.SUSPEND, limit=LONGEST)
        case Listing.MINE:
            if asker is None:
                raise ValueError("somebody admitted is bound to a person")
            return "Your open requests", Query(states=LIVE, requester=asker.id, limit=LONGEST)
        case never:
            assert_never(never)


async def _shown(desk: Desk, heading: str, query: Query) -> RequestsShown:
    found, matching = await desk.approvals.find(query)
    return RequestsShown(heading, tuple(found), matching - len(found), desk.clock.now())
