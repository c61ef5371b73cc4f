"""``/mfa disable``, ``restore``, ``extend`` and ``withdraw``: a suspension from asking to its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_never

from approvals.model import ActionKind, Person, Request, State
from approvals.policy import SECURITY_DEFAULTS
from approvals.ports import Query
from approvals.service import Ask, AskForMore, Refused, Unconfirmed
from commands import words
from commands.desk import LIVE, NOTHING_LIVE, Desk, Errand, PassWouldDo, said
from commands.model import Doubtful, LookingUp, NotFound, PassOffered, Reply
from commands.ports import Who
from commands.wishes import Disable, Prolong, Restore, SuspensionWish, Withdraw

ENDED_EARLY = frozenset({ActionKind.SUSPEND, ActionKind.PASS})
"""What a person's name is enough to end: their suspension, or else their access pass."""


def answer(
    desk: Desk, errand: Errand, wish: SuspensionWish, pass_would_do: PassWouldDo
) -> AsyncIterator[Reply]:
    """Return the replies to *wish*."""
    match wish:
        case Disable():
            return disable(desk, errand, wish, pass_would_do)
        case Restore():
            return restore(desk, errand, wish)
        case Prolong():
            return prolong(desk, errand, wish)
        case Withdraw():
            return withdraw(desk, errand, wish)
        case never:
            assert_never(never)


async def disable(
    desk: Desk, errand: Errand, wish: Disable, pass_would_do: PassWouldDo
) -> AsyncIterator[Reply]:
    """Ask for a suspension of the person named; where an access pass would do, that is offered."""
    yield LookingUp(said(wish.who))
    person = await desk.find(errand, wish.who)
    if isinstance(person, NotFound):
        yield person
        return
    answer = await desk.approvals.submit(
        Ask(
            caller=errand.caller,
            subject=person.id,
            lasts=wish.lasts,
            reason=wish.reason,
            ticket=wish.ticket,
            anyway=errand.anyway,
        )
    )
    reply = Doubtful(answer, _again(person, wish, answer)) if isinstance(answer, Unconfirmed) else answer
    offered = not isinstance(reply, Refused) or reply.rule == SECURITY_DEFAULTS
    if offered and await pass_would_do(person):
        yield PassOffered(reply, _pass(person, wish))
    else:
        yield reply


def _pass(person: Person, wish: Disable) -> str:
    """Return the command that asks for a pass, for the same reason."""
    lasts = f" for {words.written_duration(wish.lasts)}" if wish.lasts else ""
    ticket = f" ticket {wish.ticket}" if wish.ticket else ""
    return f"/mfa pass {person.id}{lasts}{ticket} because {wish.reason}"


def _again(person: Person, wish: Disable, answer: Unconfirmed) -> str:
    """Return the command whole: pressing is asking once more, for this person and this length."""
    ticket = f" ticket {wish.ticket}" if wish.ticket else ""
    lasts = words.written_duration(answer.lasts)
    return f"/mfa disable {person.id} for {lasts}{ticket} because {wish.reason}"


async def restore(desk: Desk, errand: Errand, wish: Restore) -> AsyncIterator[Reply]:
    """End what has that number, or the live suspension or pass of that person."""
    if isinstance(wish.of, int):
        yield await desk.approvals.restore(errand.caller, wish.of, wish.reason)
        return
    yield LookingUp(said(wish.of))
    found = await _live(desk, errand, wish.of)
    if isinstance(found, NotFound):
        yield found
        return
    yield await desk.approvals.restore(errand.caller, found.id, wish.reason)


async def _live(desk: Desk, errand: Errand, who: Who) -> Request | NotFound:
    person = await desk.find(errand, who)
    if isinstance(person, NotFound):
        return person
    live, _ = await desk.approvals.find(Query(states=LIVE, kinds=ENDED_EARLY, subject=person.id))
    if live:
        # What is undecided ends nothing yet.
        return min(live, key=lambda one: (one.state is State.PENDING, one.kind is not ActionKind.SUSPEND))
    await desk.approvals.refuse(errand.caller, errand.to, NOTHING_LIVE)
    return NotFound(f"a live suspension or pass of {person.upn}", f"See `/mfa history {person.upn}`.")


async def prolong(desk: Desk, errand: Errand, wish: Prolong) -> AsyncIterator[Reply]:
    """Ask for more time."""
    ask = AskForMore(caller=errand.caller, of=wish.of, by=wish.by, reason=wish.reason)
    yield await desk.approvals.extend(ask)


async def withdraw(desk: Desk, errand: Errand, wish: Withdraw) -> AsyncIterator[Reply]:
    """Take back an undecided request."""
    yield await desk.approvals.withdraw(errand.caller, wish.of)
