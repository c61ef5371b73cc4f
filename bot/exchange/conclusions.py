"""What follows from all that the sources told together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from bot.exchange.addresses import Found
from bot.exchange.sources import Subject, Told
from commands.mailbox_model import Facts, Kind, MailboxView, Missing, Place, Source
from commands.runbooks.model import quoted

_MAILBOXES: Final = frozenset(
    {Kind.USER, Kind.SHARED, Kind.ROOM, Kind.EQUIPMENT, Kind.LINKED, Kind.OTHER_MAILBOX, Kind.MAIL_USER}
)
_OFF: Final = Missing(
    Source.INVOKE_COMMAND,
    "protocols, and forwarding that is set on the mailbox",
    "no source that tells them is on",
    "the policy turns one on with `invoke_command = true` under [exchange]",
)


def concluded(asked: str, found: Found, answers: Sequence[tuple[Source, Told]], at: datetime) -> MailboxView:
    """Put together what *answers* tell of what was *found*; the later source knows better."""
    facts = found.facts
    for _, told in answers:
        facts = told.facts.over(facts)
    facts = _placed(found.subject, facts)
    return MailboxView(
        asked=asked,
        facts=facts,
        sources=tuple(source for source, told in answers if told.facts != Facts()),
        missing=(
            *found.missing,
            *(one for _, told in answers for one in told.missing),
            *_off(facts, answers),
        ),
        notes=tuple(_notes(facts, answers)),
        cmdlets=tuple(_cmdlets(found.subject, facts)),
        at=at,
    )


def _placed(subject: Subject, facts: Facts) -> Facts:
    """Say where a mail user's mailbox is, which only the directory and Exchange together can tell."""
    if facts.kind is not Kind.MAIL_USER:
        return facts
    if subject.synchronised:
        because = "Exchange Online calls it a mail user, and the account comes from AD"
        return Facts(place=Place.ON_PREMISES, place_because=because).over(facts)
    because = "Exchange Online calls it a mail user, and the account is not from AD"
    return Facts(place=Place.ELSEWHERE, place_because=because).over(facts)


def _off(facts: Facts, answers: Sequence[tuple[Source, Told]]) -> tuple[Missing, ...]:
    asked = {source for source, _ in answers}
    return (_OFF,) if facts.kind in _MAILBOXES and Source.INVOKE_COMMAND not in asked else ()


def _notes(facts: Facts, answers: Sequence[tuple[Source, Told]]) -> Iterator[str]:
    kinds = {
        source: told.facts.kind for source, told in answers if told.facts.kind not in {None, Kind.UNREAD}
    }
    if len(set(kinds.values())) > 1:
        said = "; ".join(f"{source} says {kind}" for source, kind in kinds.items())
        yield f"The sources differ: {said}. After a move or a conversion this lasts for some hours."
    if facts.kind is Kind.SHARED and facts.account and "enabled" in facts.account.split(", "):
        yield "Its account is enabled: somebody could sign in to it with a password. It should be disabled."
    if facts.kind is Kind.USER and facts.licences == ():
        yield "A user mailbox without a licence is removed after 30 days."
    full = facts.size
    if full and full.used is not None and full.stops_sending_at and full.used >= full.stops_sending_at:
        yield "It is full: nothing can be sent from it."


def _cmdlets(subject: Subject, facts: Facts) -> Iterator[str]:
    who = quoted(subject.upn or subject.address)
    yield f"Get-EXORecipient -Identity {who}"
    if facts.kind is Kind.DELETED:
        yield f"Get-EXOMailbox -Identity {who} -SoftDeletedMailbox"
    elif facts.kind is Kind.GROUP_MAILBOX:
        yield f"Get-UnifiedGroup -Identity {who}"
    elif facts.kind in _MAILBOXES - {Kind.MAIL_USER}:
        yield f"Get-EXOMailbox -Identity {who} -PropertySets Minimum,Delivery,Quota"
        yield f"Get-EXOMailboxStatistics -Identity {who}"
        yield f"Get-EXOCASMailbox -Identity {who}"
