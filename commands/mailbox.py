"""``/mailbox``: what an address is, and what keeps a mail program from its mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from commands.desk import Desk, Errand, said
from commands.model import LookingUp, MailboxShown, NotFound, Reply
from commands.ports import ByAddress, ByChat, ById, Mailboxes, Who
from commands.wishes import ShowMailbox


@dataclass(frozen=True, slots=True)
class PostRoom:
    """Where questions about mailboxes are answered."""

    desk: Desk
    mailboxes: Mailboxes


async def show(at: PostRoom, errand: Errand, wish: ShowMailbox) -> AsyncIterator[Reply]:
    """Show everything that is known of an address; that it is nothing is an answer too."""
    yield LookingUp(said(wish.who))
    of = await _addressed(at, errand, wish.who)
    if isinstance(of, NotFound):
        yield of
        return
    found = await at.desk.asked(errand, said(wish.who), at.mailboxes.show(of))
    yield found if isinstance(found, NotFound) else MailboxShown(found)


async def _addressed(at: PostRoom, errand: Errand, who: Who) -> ByAddress | ById | NotFound:
    """Return *who* as the directory knows them: a mention is the person whose account it is."""
    if not isinstance(who, ByChat):
        return who
    person = await at.desk.find(errand, who)
    return person if isinstance(person, NotFound) else ById(person.id)
