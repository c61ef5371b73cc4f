"""``/mailbox``: what an address is, and what keeps a mail program from its mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import TypeVar, assert_never

from approvals.errors import PortError
from approvals.model import Person
from commands.desk import Desk, Errand, PassWouldDo, said
from commands.diagnosis import Circumstances, Evidence, explain
from commands.model import Diagnosed, LookingUp, MailboxShown, NotFound, NothingToDo, Reply
from commands.person_model import Method, Unreadable, Use, Withheld
from commands.ports import ByAddress, ByChat, ById, Mailboxes, Who
from commands.wishes import Diagnose, MailboxWish, ShowMailbox

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class PostRoom:
    """Where questions about mailboxes are answered; without *pass_would_do* there are no access passes."""

    desk: Desk
    mailboxes: Mailboxes
    pass_would_do: PassWouldDo | None = None


def answer(at: PostRoom, errand: Errand, wish: MailboxWish) -> AsyncIterator[Reply]:
    """Return the replies to *wish*."""
    match wish:
        case ShowMailbox():
            return show(at, errand, wish)
        case Diagnose():
            return diagnose(at, wish)
        case never:
            assert_never(never)


async def show(at: PostRoom, errand: Errand, wish: ShowMailbox) -> AsyncIterator[Reply]:
    """Show everything that is known of an address; that it is nothing is an answer too."""
    yield LookingUp(said(wish.who))
    of = await _addressed(at, errand, wish.who)
    if isinstance(of, NotFound):
        yield of
        return
    found = await at.desk.asked(errand, said(wish.who), at.mailboxes.show(of))
    yield found if isinstance(found, NotFound) else MailboxShown(found)


async def diagnose(at: PostRoom, wish: Diagnose) -> AsyncIterator[Reply]:
    """Explain what was pasted; with a person, against what is so for them now."""
    if not wish.evidence.recognised:
        yield unrecognised(wish.evidence)
        return
    if wish.who is None:
        yield Diagnosed(explain(wish.evidence))
        return
    yield LookingUp(said(wish.who))
    now = await _circumstances(at, wish.who)
    yield Diagnosed(explain(wish.evidence, now), now.upn)


def unrecognised(evidence: Evidence) -> NothingToDo:
    """Say that nothing in a text is known, and what would be."""
    if evidence.file:
        return NothingToDo(
            "That is a file, and Relatch opens none.",
            "Open it, and paste the lines around the error; a terminal takes it as "
            "`relatch mailbox diagnose < FILE`.",
        )
    return NothingToDo(
        "Nothing in it is known: no X-AutoDiscovery-Error, no AADSTS number, no HTTP status, and no error of "
        "SMTP, IMAP or POP.",
        "Paste the answer's headers, or the lines of the Remote Connectivity Analyzer that are red.",
    )


async def _circumstances(at: PostRoom, who: Who) -> Circumstances:
    """Return what is so for *who*; what cannot be read is told and stops nothing."""
    unread: list[str] = []
    person = await or_told(unread, "who that is", at.desk.people.find(who))
    of: ByAddress | ById | None = ById(person.id) if person else None if isinstance(who, ByChat) else who
    view = await or_told(unread, "the mailbox", at.mailboxes.show(of)) if of else None
    status = await or_told(unread, "the MFA state", at.desk.people.status(person)) if person else None
    upn = person.upn if person else said(who)
    if status is None:
        return Circumstances(upn=upn, view=view, unread=tuple(unread))
    if isinstance(status.protection, Unreadable):
        unread.append(f"the MFA state: {status.protection.why}")
    protected = bool(status.protected) or isinstance(status.roles, Unreadable)
    return Circumstances(
        upn=upn,
        view=view,
        mfa=None if isinstance(status.protection, Unreadable) else status.protection,
        enabled=status.enabled,
        factors=_second_factors(status.methods),
        protected=protected,
        access_pass=None if protected else await _access_pass(at, status.person),
        unread=tuple(unread),
    )


async def _access_pass(at: PostRoom, person: Person) -> bool | None:
    return await at.pass_would_do(person) if at.pass_would_do else None


def _second_factors(methods: tuple[Method, ...] | Unreadable | Withheld) -> int | None:
    if isinstance(methods, Unreadable | Withheld):
        return None
    return sum(one.use is Use.SECOND_FACTOR for one in methods)


async def or_told(unread: list[str], what: str, asked: Awaitable[Answer]) -> Answer | None:
    """Wait for an answer; without one, put *what* is not known, and why, among the *unread*."""
    try:
        return await asked
    except PortError as error:
        unread.append(f"{what}: {error.why}")
        return None


async def _addressed(at: PostRoom, errand: Errand, who: Who) -> ByAddress | ById | NotFound:
    """Return *who* as the directory knows them: a mention is the person whose account it is."""
    if not isinstance(who, ByChat):
        return who
    person = await at.desk.find(errand, who)
    return person if isinstance(person, NotFound) else ById(person.id)
