"""Everything that can be asked for by typing, and how each is read from its clauses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique

from approvals.model import PhoneNumber, PhonePlace, Preference, RequestId
from commands import words
from commands.diagnosis import Evidence
from commands.diagnosis import read as recognised
from commands.domain_names import DomainName
from commands.ports import ByChat, ById, Who
from commands.words import Clause, Unread


@unique
class Listing(StrEnum):
    """Which requests a list shows; the value is what is typed."""

    OPEN = "open"
    MINE = "mine"
    PENDING = "pending"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Status:
    """Show what protects *who*."""

    who: Who


@dataclass(frozen=True, slots=True)
class Disable:
    """Ask for a suspension; ``lasts`` is ``None`` for the policy's default."""

    who: Who
    lasts: timedelta | None
    ticket: str
    reason: str


@dataclass(frozen=True, slots=True)
class Restore:
    """End the live suspension of a person, or the one of a number."""

    of: Who | RequestId
    reason: str


@dataclass(frozen=True, slots=True)
class Prolong:
    """Ask for more time."""

    of: RequestId
    by: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back an undecided request."""

    of: RequestId


@dataclass(frozen=True, slots=True)
class Enable:
    """Ask for MFA to be turned on, and ``enforced`` at once only where that is said."""

    who: Who
    enforced: bool
    ticket: str
    reason: str


@dataclass(frozen=True, slots=True)
class Phone:
    """Ask for a phone to be registered; ``number`` is as typed, ``None`` for the directory's."""

    who: Who
    number: PhoneNumber | None
    place: PhonePlace
    ticket: str
    reason: str


@dataclass(frozen=True, slots=True)
class Default:
    """Ask for a default second factor; ``reason`` may be empty."""

    who: Who
    method: Preference
    ticket: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pass:
    """Ask for an access pass; ``lasts`` is ``None`` for the tenant's usual length."""

    who: Who
    lasts: timedelta | None
    ticket: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListRequests:
    """Show what is going on."""

    which: Listing


@dataclass(frozen=True, slots=True)
class Show:
    """Show one request."""

    of: RequestId


@dataclass(frozen=True, slots=True)
class History:
    """Show what went on for *who*."""

    who: Who


@dataclass(frozen=True, slots=True)
class ListDomains:
    """Show a page of the domains; with *containing*, of those whose name or kind contains it."""

    containing: str
    page: int


@dataclass(frozen=True, slots=True)
class ShowDomain:
    """Show what is known of a domain, or of somebody's."""

    of: DomainName | ByChat | ById


@dataclass(frozen=True, slots=True)
class CheckDomain:
    """Find out whether sign-in to a domain works, or to somebody's."""

    of: DomainName | ByChat | ById


@dataclass(frozen=True, slots=True)
class Federate:
    """Write out how a domain is made federated."""

    name: DomainName


@dataclass(frozen=True, slots=True)
class Unfederate:
    """Write out how a domain is made managed."""

    name: DomainName


@dataclass(frozen=True, slots=True)
class ShowMailbox:
    """Show what an address is and what is known of its mailbox."""

    who: Who


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Explain what a pasted text shows, of which only the *evidence* is kept; for *who* if they are named."""

    evidence: Evidence
    who: Who | None


SuspensionWish = Disable | Restore | Prolong | Withdraw
ChangeWish = Enable | Phone | Default
OverviewWish = ListRequests | Show | History
DomainWish = ListDomains | ShowDomain | CheckDomain | Federate | Unfederate
MailboxWish = ShowMailbox | Diagnose
Wish = Status | SuspensionWish | ChangeWish | Pass | OverviewWish | DomainWish | MailboxWish

PAGE = "page"
ENFORCED = "enforced"
_PLACES = {place.lower(): place for place in PhonePlace} | {"alternate": PhonePlace.ALTERNATE_MOBILE}
_PREFERENCES = {method.lower(): method for method in Preference}
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Said:
    """What stood after the verb: the words before the first clause, and each clause's text."""

    words: tuple[str, ...]
    clauses: Mapping[Clause, str]


# Each reader raises ``Unread``; required clauses are there when it is called.


def status(said: Said) -> Status:
    """Read ``USER``."""
    return Status(words.person(_only(said, "whose MFA")))


def disable(said: Said) -> Disable:
    """Read ``USER [for 1h] [ticket INC-7] because REASON``."""
    return Disable(
        who=words.person(_only(said, "whose MFA")),
        lasts=_lasts(said),
        ticket=_ticket(said),
        reason=words.reason(said.clauses[Clause.BECAUSE]),
    )


def restore(said: Said) -> Restore:
    """Read ``USER|R-12 [because REASON]``."""
    return Restore(
        of=_person_or_request(_only(said, "whose MFA, or which request")),
        reason=words.reason(said.clauses[Clause.BECAUSE]) if Clause.BECAUSE in said.clauses else "",
    )


def prolong(said: Said) -> Prolong:
    """Read ``R-12 by 30m because REASON``."""
    return Prolong(
        of=words.request(_only(said, "which request")),
        by=words.duration(said.clauses[Clause.BY]),
        reason=words.reason(said.clauses[Clause.BECAUSE]),
    )


def withdraw(said: Said) -> Withdraw:
    """Read ``R-12``."""
    return Withdraw(words.request(_only(said, "which request")))


def enable(said: Said) -> Enable:
    """Read ``USER [enforced] [ticket INC-7] because REASON``."""
    who, *more = said.words or ("",)
    enforced = [word.lower() for word in more] == [ENFORCED]
    if not enforced:
        who = _only(said, "whose MFA")
    return Enable(words.person(who), enforced, _ticket(said), words.reason(said.clauses[Clause.BECAUSE]))


def phone(said: Said) -> Phone:
    """Read ``USER [NUMBER] [mobile|alternateMobile|office] [ticket INC-7] because REASON``."""
    if not said.words:
        raise Unread("Say whose phone.")
    who, *more = said.words
    place = _PLACES.get(more[-1].lower()) if more else None
    typed = words.unescaped(words.number(" ".join(more[:-1] if place else more)))
    return Phone(
        who=words.person(who),
        number=PhoneNumber(typed) if typed else None,
        place=place or PhonePlace.MOBILE,
        ticket=_ticket(said),
        reason=words.reason(said.clauses[Clause.BECAUSE]),
    )


def default(said: Said) -> Default:
    """Read ``USER METHOD [ticket INC-7] [because REASON]``."""
    if len(said.words) < 2:  # noqa: PLR2004  # who, and what
        raise Unread(f"Say whose default method, and which: {', '.join(Preference)}.")
    who, method, *more = said.words
    if more:
        raise Unread(f"{words.echo(more[0])} is not understood here.")
    chosen = _PREFERENCES.get(method.lower())
    if chosen is None:
        raise Unread(f"{words.echo(method)} is not a default method: write {', '.join(Preference)}.")
    reason = words.reason(said.clauses[Clause.BECAUSE]) if Clause.BECAUSE in said.clauses else ""
    return Default(words.person(who), chosen, _ticket(said), reason)


def access_pass(said: Said) -> Pass:
    """Read ``USER [for 1h] [ticket INC-7] because REASON``."""
    return Pass(
        who=words.person(_only(said, "who is to sign in")),
        lasts=_lasts(said),
        ticket=_ticket(said),
        reason=words.reason(said.clauses[Clause.BECAUSE]),
    )


def _lasts(said: Said) -> timedelta | None:
    return words.duration(said.clauses[Clause.FOR]) if Clause.FOR in said.clauses else None


def _ticket(said: Said) -> str:
    return words.ticket(said.clauses[Clause.TICKET]) if Clause.TICKET in said.clauses else ""


def list_requests(said: Said) -> ListRequests:
    """Read ``[mine|pending|active]``."""
    if not said.words:
        return ListRequests(Listing.OPEN)
    which = _only(said, "which requests").lower()
    if which not in set(Listing):
        raise Unread(f"{words.echo(which)} is not a list: write mine, pending or active.")
    return ListRequests(Listing(which))


def show(said: Said) -> Show:
    """Read ``R-12``."""
    return Show(words.request(_only(said, "which request")))


def history(said: Said) -> History:
    """Read ``USER``."""
    return History(words.person(_only(said, "whose history")))


def list_domains(said: Said) -> ListDomains:
    """Read ``[WORD] [page 2]``."""
    plain, page = said.words, 1
    if len(plain) > 1 and plain[-2].lower() == PAGE:
        plain, page = plain[:-2], _page(plain[-1])
    containing = _only(Said(plain, {}), "which domains") if plain else ""
    return ListDomains(words.unescaped(containing).lower()[: words.LONGEST_ADDRESS], page)


def show_domain(said: Said) -> ShowDomain:
    """Read ``DOMAIN|USER``."""
    return ShowDomain(words.domain_or_person(_only(said, "which domain, or whose")))


def check_domain(said: Said) -> CheckDomain:
    """Read ``DOMAIN|USER``."""
    return CheckDomain(words.domain_or_person(_only(said, "which domain, or whose")))


def federate(said: Said) -> Federate:
    """Read ``DOMAIN``."""
    return Federate(words.domain(_only(said, "which domain")))


def unfederate(said: Said) -> Unfederate:
    """Read ``DOMAIN``."""
    return Unfederate(words.domain(_only(said, "which domain")))


def show_mailbox(said: Said) -> ShowMailbox:
    """Read ``USER``."""
    return ShowMailbox(words.person(_only(said, "whose mailbox")))


def diagnose(said: Said) -> Diagnose:
    """Read ``TEXT [for USER]``, where TEXT is whatever was pasted; the text ends here."""
    pasted = said.words[0] if said.words else ""
    text, who = words.for_whom(pasted)
    if not text.strip():
        raise Unread("Paste what Outlook, the mail program or the test shows, behind `diagnose`.")
    return Diagnose(recognised(text), who)


def _page(number: str) -> int:
    if _PAGE_NUMBER.fullmatch(number):
        return int(number)
    raise Unread(f"{words.echo(number)} is not a page: write its number.")


def _only(said: Said, what: str) -> str:
    if not said.words:
        raise Unread(f"Say {what}.")
    word, *more = said.words
    if more:
        raise Unread(f"{words.echo(more[0])} is not understood here.")
    return word


def _person_or_request(word: str) -> Who | RequestId:
    try:
        return words.request(word)
    except Unread:
        return words.person(word)
