"""Whose an address is: an account, a group, a contact, a deleted account, or nobody's.

Source: Graph docs, "List users", "List groups", "List orgContacts", "List deletedItems". One batch asks for
all of them, since an address tells nothing of what is behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from approvals.errors import Gone, Never, PortError
from bot.entra.address import Path, path
from bot.entra.answers import Json
from bot.entra.batch import Failed, Get
from bot.entra.client import GraphClient
from bot.entra.lists import Question, Unread, ask
from bot.entra.permissions import Permission, named
from bot.entra.users import SELECT, User, user
from bot.entra.words import line
from bot.exchange.sources import Subject, missing
from commands.mailbox_model import Facts, Kind, Missing, Place, Source
from commands.ports import ByAddress, ById

_SMTP: Final = "smtp:"
_GROUP: Final = "id,displayName,mail,proxyAddresses,groupTypes,mailEnabled,securityEnabled"
_CONTACT: Final = "id,displayName,mail,proxyAddresses"
_ADVANCED: Final = {"ConsistencyLevel": "eventual"}


@dataclass(frozen=True, slots=True)
class Found:
    """What an address turned out to be: facts from the directory, and what could not be looked through."""

    subject: Subject
    facts: Facts
    missing: tuple[Missing, ...] = field(default=())


async def find(graph: GraphClient, of: ByAddress | ById) -> Found:
    """Look *of* up among everything that has an address; raises ``Later`` or ``Never`` for no answer."""
    return await (_by_id(graph, of.id) if isinstance(of, ById) else _by_address(graph, of.address))


# --- by id ---------------------------------------------------------------------------------


async def _by_id(graph: GraphClient, key: str) -> Found:
    places = ("/users/{}", "/groups/{}", "/contacts/{}", "/directory/deletedItems/{}")
    selects = (SELECT["$select"], _GROUP, _CONTACT, SELECT["$select"])
    gets = [Get(path(one, key), {"$select": some}) for one, some in zip(places, selects, strict=True)]
    outcomes = await graph.batch("v1.0", gets)
    account = outcomes[0]
    if isinstance(account, Failed) and not isinstance(account.error, Gone):
        raise named(account.error, Permission.READ_PEOPLE)
    for read, outcome in zip((_account, _group, _contact, _deleted), outcomes, strict=True):
        if not isinstance(outcome, Failed):
            return read(outcome.body)
    errors = [one.error for one in outcomes if isinstance(one, Failed)]
    return _nothing(key, [error for error in errors if not isinstance(error, Gone)])


# --- by address ----------------------------------------------------------------------------


async def _by_address(graph: GraphClient, address: str) -> Found:
    answers = await ask(graph, _questions(address))
    unread = [one for one in answers if isinstance(one, Unread)]
    for one in answers[:2]:
        if isinstance(one, Unread):
            raise one.error
    accounts, groups, contacts = (_going_by(address, answers[at : at + 2]) for at in (0, 2, 4))
    deleted = _going_by(address, answers[6:])
    if accounts:
        return _account(_only(address, accounts))
    for read, listed in ((_group, groups), (_contact, contacts), (_deleted, deleted)):
        if listed:
            return read(listed[0])
    return _nothing(address, [one.error for one in unread])


def _questions(address: str) -> list[Question]:
    quoted = address.replace("'", "''")
    mail, proxy = f"mail eq '{quoted}'", f"proxyAddresses/any(p:p eq '{_SMTP}{quoted}')"
    by_name = f"userPrincipalName eq '{quoted}' or {mail}"
    users, groups, contacts = Path("/users"), Path("/groups"), Path("/contacts")
    gone = Get(
        Path("/directory/deletedItems/microsoft.graph.user"),
        {**SELECT, "$filter": mail, "$count": "true"},
        _ADVANCED,
    )
    people, lists, outside = Permission.READ_PEOPLE, Permission.READ_GROUPS, Permission.READ_CONTACTS
    asked = (
        ("accounts", people, users, {**SELECT, "$filter": by_name}),
        ("accounts", people, users, {**SELECT, "$filter": proxy}),
        ("groups", lists, groups, {"$select": _GROUP, "$filter": mail}),
        ("groups", lists, groups, {"$select": _GROUP, "$filter": proxy}),
        ("contacts", outside, contacts, {"$select": _CONTACT, "$filter": mail}),
        ("contacts", outside, contacts, {"$select": _CONTACT, "$filter": proxy}),
    )
    return [
        *(Question(what, needs, Get(where, params)) for what, needs, where, params in asked),
        Question("deleted accounts", people, gone),
    ]


def _going_by(address: str, answers: Sequence[list[Json] | Unread]) -> list[Json]:
    """Return each thing once, and only if the address is really one of its own."""
    items = [item for one in answers if not isinstance(one, Unread) for item in one]
    wanted = address.casefold()
    return list({str(one.get("id")): one for one in items if wanted in _signs(one)}.values())


def _signs(item: Json) -> set[str]:
    names = (item.get("userPrincipalName"), item.get("mail"))
    return {*(one.casefold() for one in names if isinstance(one, str)), *map(str.casefold, _proxies(item))}


def _only(address: str, accounts: Sequence[Json]) -> Json:
    """Return the one account whose address it is: ``mail`` is free text, the other two are not."""
    own = [one for one in accounts if address.casefold() in user(one).signs] or accounts
    if len(own) == 1:
        return own[0]
    raise Never(f"{len(own)} accounts in Entra go by this address", "write the person's object id")


# --- what it is ----------------------------------------------------------------------------


def _account(item: Json) -> Found:
    found = user(item)
    facts = Facts(
        kind=Kind.GUEST if found.guest else None,
        place=Place.ELSEWHERE if found.guest else None,
        place_because="guests have their mailbox at home" if found.guest else None,
        name=found.name,
        upn=found.upn,
        account=_told(found),
    )
    return Found(_subject(found), facts.over(_names(item)))


def _told(found: User) -> str:
    kind = "guest" if found.guest else "member"
    origin = "synchronised from AD" if found.synchronised else "cloud only"
    return f"{kind}, {'enabled' if found.enabled else 'disabled'}, {origin}"


def _subject(found: User, *, deleted: bool = False) -> Subject:
    return Subject(
        address=found.upn,
        account=found.id,
        upn=found.upn,
        synchronised=found.synchronised,
        guest=found.guest,
        deleted=deleted,
    )


def _deleted(item: Json) -> Found:
    found = user(item)
    facts = Facts(
        kind=Kind.DELETED,
        place=Place.NOWHERE,
        place_because="the account is among the deleted ones; it and its mailbox can come back for 30 days",
        name=found.name,
        upn=found.upn,
    )
    return Found(_subject(found, deleted=True), facts.over(_names(item)))


def _group(item: Json) -> Found:
    unified = "Unified" in (item.get("groupTypes") or [])
    if unified:
        kind, place = Kind.GROUP_MAILBOX, Place.ONLINE
    elif item.get("mailEnabled") is True and item.get("securityEnabled") is not True:
        kind, place = Kind.MAIL_GROUP, Place.NOWHERE
    else:
        kind, place = Kind.SECURITY_GROUP, Place.NOWHERE
    because = "nobody signs in to it; mail goes to its members"
    return _without_account(item, Facts(kind=kind, place=place, place_because=because))


def _contact(item: Json) -> Found:
    because = "a contact is a name in the address book; nobody signs in with it"
    return _without_account(item, Facts(kind=Kind.CONTACT, place=Place.ELSEWHERE, place_because=because))


def _without_account(item: Json, facts: Facts) -> Found:
    names = Facts(name=line(item.get("displayName")) or None).over(_names(item))
    return Found(Subject(address=names.primary or str(item.get("id"))), facts.over(names))


def _nothing(asked: str, errors: Iterable[PortError]) -> Found:
    facts = Facts(kind=Kind.NOTHING, place=Place.NOWHERE, place_because="nothing goes by this address")
    unread = dict.fromkeys(missing(Source.GRAPH, "a part of the directory", one) for one in errors)
    return Found(Subject(address=asked), facts, tuple(unread))


def _names(item: Json) -> Facts:
    """Return the address that mail is sent from, and the others."""
    proxies = _proxies(item)
    primary = next((one for one in _written(item) if one.startswith("SMTP:")), "").removeprefix("SMTP:")
    first = primary or line(item.get("mail"))
    others = tuple(one for one in proxies if one.casefold() != first.casefold())
    return Facts(primary=first or None, aliases=others)


def _written(item: Json) -> list[str]:
    listed = item.get("proxyAddresses")
    return [line(one) for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _proxies(item: Json) -> list[str]:
    return [one[len(_SMTP) :] for one in _written(item) if one.casefold().startswith(_SMTP)]
