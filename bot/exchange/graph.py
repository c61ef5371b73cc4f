"""Mailboxes by Microsoft Graph, the source that is always there.

Source: Graph docs, "mailboxSettings", "messageRule", "licenseDetails". The docs show ``userPurpose`` as an
object, the service answers text: both are read. What Graph calls ``MailboxNotEnabledForRESTAPI`` is a
mailbox that is on premises, inactive or not there, which it does not tell apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from approvals.errors import Gone, PortError
from bot.entra.address import path
from bot.entra.answers import Json, Unclear
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient
from bot.entra.lists import Listed, Question, Unread, settled
from bot.entra.permissions import Permission, named
from bot.entra.words import line
from bot.exchange.licences import licences
from bot.exchange.sources import Subject, Told, missing
from bot.exchange.usage import usage
from commands.mailbox_model import Facts, Forwarding, Kind, Licence, Missing, Place, Replies, Source

_KINDS: Final[Mapping[str, Kind]] = {
    "user": Kind.USER,
    "shared": Kind.SHARED,
    "room": Kind.ROOM,
    "equipment": Kind.EQUIPMENT,
    "linked": Kind.LINKED,
}
_MOVING: Final = frozenset({"ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable", "MailboxInfoStale"})
_AUDIENCES: Final[Mapping[str, str]] = {
    "none": "only inside the organisation",
    "contactsOnly": "outside only to contacts",
    "all": "to everybody",
}
_REDIRECTS: Final[Mapping[str, bool]] = {
    "forwardTo": True,
    "forwardAsAttachmentTo": True,
    "redirectTo": False,
}
"""What a rule does with mail for others, and whether a copy stays."""


@dataclass(frozen=True, slots=True)
class GraphSource:
    """Asks Microsoft Graph."""

    graph: GraphClient
    source: Source = Source.GRAPH

    async def tell(self, subject: Subject) -> Told:
        """Return licence, kind, replies and rules, and from the usage report size and last activity."""
        if subject.account is None or subject.deleted:
            return Told(Facts())
        told, reported = await asyncio.gather(self._settings(subject), self._usage(subject))
        return Told(told.facts.over(reported.facts), (*told.missing, *reported.missing))

    async def _settings(self, subject: Subject) -> Told:
        who = subject.account or ""
        lists = [
            Question("licence", Permission.READ_PEOPLE, Get(path("/users/{}/licenseDetails", who))),
            Question(
                "forwarding by inbox rules",
                Permission.READ_MAILBOX_SETTINGS,
                Get(path("/users/{}/mailFolders/inbox/messageRules", who)),
            ),
        ]
        gets = [Get(path("/users/{}/mailboxSettings", who)), *(one.get for one in lists)]
        try:
            outcomes = await self.graph.batch("v1.0", gets)
            held, rules = await settled(self.graph, lists, outcomes[1:])
        except PortError as error:
            return Told(Facts(), (missing(Source.GRAPH, "everything about the mailbox", error),))
        return _told(subject, outcomes[0], held, rules)

    async def _usage(self, subject: Subject) -> Told:
        try:
            return Told(await usage(self.graph, subject.upn))
        except PortError as error:
            return Told(Facts(), (missing(Source.REPORT, "size and last activity", error),))


def _told(subject: Subject, settings: Outcome, held: Listed, rules: Listed) -> Told:
    unread: list[Missing] = []
    owned = _items(held, unread)
    facts = Facts(licences=None if owned is None else licences(owned))
    match settings:
        case Failed(error=error):
            kind = _without(subject, facts.licences, error)
            unread += _unsettled(error)
        case _:
            found = _items(rules, unread)
            kind = _online(settings.body)
            facts = Facts(rules=None if found is None else tuple(_forwardings(found))).over(facts)
    return Told(facts.over(kind), tuple(unread))


def _items(listed: Listed, unread: list[Missing]) -> list[Json] | None:
    if isinstance(listed, Unread):
        unread.append(missing(Source.GRAPH, listed.what, listed.error))
        return None
    return listed


# --- is there a mailbox --------------------------------------------------------------------


def _online(settings: Json) -> Facts:
    purpose = settings.get("userPurpose")
    word = purpose.get("value") if isinstance(purpose, dict) else purpose
    return Facts(
        kind=_KINDS.get(str(word), Kind.OTHER_MAILBOX),
        place=Place.ONLINE,
        place_because="Exchange Online shows its settings",
        replies=_replies(settings.get("automaticRepliesSetting")),
    )


def _without(subject: Subject, held: tuple[Licence, ...] | None, error: PortError) -> Facts:
    """Return what follows for somebody of whom Graph shows no mailbox."""
    if subject.guest:
        return Facts()
    if not isinstance(error, Gone):
        return Facts(kind=Kind.UNREAD)
    if any(one.ready for one in held or ()):
        return _no_mailbox(
            Place.UNKNOWN,
            "a licence is in force, and Exchange Online shows no mailbox: it may be new, just moved, "
            "or still on premises",
        )
    if subject.synchronised:
        return _no_mailbox(
            Place.ON_PREMISES,
            "likely: the account comes from AD, and Exchange Online has no mailbox for it; "
            "only an Exchange source can prove it",
        )
    return _no_mailbox(Place.NOWHERE, "no licence with a mailbox, and Exchange Online has none for it")


def _no_mailbox(place: Place, because: str) -> Facts:
    return Facts(kind=Kind.ACCOUNT, place=place, place_because=because)


def _unsettled(error: PortError) -> list[Missing]:
    if isinstance(error, Gone):
        return []
    found = missing(Source.GRAPH, "the mailbox", named(error, Permission.READ_MAILBOX_SETTINGS))
    if isinstance(error, Unclear) and error.trace.code in _MOVING:
        return [Missing(found.source, found.what, found.why, "it may be moving; ask again in an hour")]
    return [found]


# --- what is set on it ---------------------------------------------------------------------


def _replies(found: object) -> Replies | None:
    if not isinstance(found, dict):
        return None
    status = found.get("status")
    if status not in {"disabled", "alwaysEnabled", "scheduled"}:
        return None
    planned = status == "scheduled"
    return Replies(
        on=status != "disabled",
        starts=_moment(found.get("scheduledStartDateTime")) if planned else None,
        ends=_moment(found.get("scheduledEndDateTime")) if planned else None,
        audience=_AUDIENCES.get(str(found.get("externalAudience")), "") if status != "disabled" else "",
    )


def _moment(found: object) -> datetime | None:
    """Read Graph's ``dateTimeTimeZone``; only what is in UTC has one meaning everywhere."""
    match found:
        case {"dateTime": str(text), "timeZone": "UTC"}:
            try:
                return datetime.fromisoformat(text).replace(tzinfo=UTC)
            except ValueError:
                return None
        case _:
            return None


def _forwardings(rules: Iterable[Json]) -> Iterable[Forwarding]:
    for rule in rules:
        actions = rule.get("actions")
        if rule.get("isEnabled") is False or not isinstance(actions, dict):
            continue
        name = line(rule.get("displayName"), 60) or "without a name"
        for action, keeps in _REDIRECTS.items():
            for to in actions.get(action) or ():
                yield Forwarding(_recipient(to), f"inbox rule “{name}”", keeps)


def _recipient(found: object) -> str:
    match found:
        case {"emailAddress": {"address": str(address)}}:
            return line(address)
        case _:
            return "somebody whose address is not shown"
