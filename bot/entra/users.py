"""People in Entra: by id, by UPN, by any of their addresses, and by the groups that hold them.

Source: Graph docs, "user resource type", "Get user", "List users", "checkMemberGroups".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from approvals.errors import Gone, Never, PortError
from approvals.model import Person, PersonId
from bot.entra.address import Path, path
from bot.entra.answers import Json
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient
from bot.entra.lists import Question, Unread, ask
from bot.entra.permissions import Permission, named, needing, repair
from bot.entra.words import line

LONGEST_ADDRESS: Final = 320
MOST_CHECKED: Final = 20
"""Groups in one ``checkMemberGroups``."""
USER: Final = "#microsoft.graph.user"
SELECT: Final = {
    "$select": "id,displayName,userPrincipalName,mail,proxyAddresses,userType,accountEnabled,"
    "onPremisesSyncEnabled,isManagementRestricted"
}
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SMTP: Final = "smtp:"
_USERS: Final = Path("/users")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. ``signs`` are its UPN and its proxy addresses, ``mail`` its contact address.

    All three are folded; only the first two belong to one account alone, since ``mail`` is free text.
    ``restricted`` tells of a restricted management administrative unit.
    """

    id: PersonId
    name: str
    upn: str
    mail: str
    signs: frozenset[str]
    guest: bool
    enabled: bool
    synchronised: bool
    restricted: bool

    @property
    def person(self) -> Person:
        """Return who it is, without an account in the chat."""
        return Person(self.id, self.name, self.upn)

    @property
    def keys(self) -> frozenset[str]:
        """Return what Graph addresses it by: its id and its UPN, folded."""
        return frozenset({self.id, self.upn.casefold()})


Found: TypeAlias = User | PortError
"""Somebody, or why they could not be read; ``Gone`` where there is nobody."""


def user(body: Json) -> User:
    """Read an account; ``Never`` unless its id, its name and whether it is enabled are there."""
    match body:
        case {"id": str(key), "userPrincipalName": str(upn), "accountEnabled": bool(enabled)} if (
            _GUID.fullmatch(key) and upn
        ):
            pass
        case _:
            raise Never("Graph shows an account without its properties", repair(Permission.READ_PEOPLE))
    return User(
        id=PersonId(key.lower()),
        name=line(body.get("displayName")) or line(upn),
        upn=line(upn, LONGEST_ADDRESS),
        mail=_folded(body.get("mail")),
        signs=frozenset({upn.casefold(), *_proxies(body.get("proxyAddresses"))}),
        guest=is_guest(body.get("userType"), upn),
        enabled=enabled,
        synchronised=body.get("onPremisesSyncEnabled") is True,
        restricted=is_set(body.get("isManagementRestricted")),
    )


def is_guest(kind: object, upn: str) -> bool:
    """Accounts from before 2014 have no ``userType``; the UPN of a guest tells all the same."""
    if kind is None:
        return "#ext#" in upn.casefold()
    return kind != "Member"


def is_set(flag: object) -> bool:
    """Return whether a flag that protects is set: anything but ``false`` and nothing at all."""
    return flag is not None and flag is not False


def _folded(text: object) -> str:
    return text.casefold() if isinstance(text, str) else ""


def _proxies(addresses: object) -> Iterable[str]:
    listed = addresses if isinstance(addresses, list) else []
    folded = map(_folded, listed)
    return [address.removeprefix(_SMTP) for address in folded if address.startswith(_SMTP)]


def by_key(key: str) -> Get:
    """Return the read of one account by its id or UPN; ``Never`` for what can be neither."""
    return Get(path("/users/{}", key), SELECT)


class Users:
    """Reads about accounts. Raises ``Later``, ``Never``, or ``Gone`` for nobody."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    async def get(self, key: str) -> User:
        """Return the account with this id or UPN."""
        [found] = await self.by_keys([key])
        if isinstance(found, PortError):
            raise found
        return found

    async def by_keys(self, keys: Sequence[str]) -> list[Found]:
        """Return the accounts with these ids or UPNs, in that order."""
        outcomes = await self._graph.batch("v1.0", [by_key(key) for key in keys])
        return [_found(key, outcome) for key, outcome in zip(keys, outcomes, strict=True)]

    async def find(self, address: str) -> User:
        """Return the one account with this UPN, mail or proxy address.

        ``Gone`` for none; ``Never`` for more than one, since a guess would change the wrong person.
        """
        [found] = await self.with_address([address])
        match found:
            case [one]:
                return one
            case []:
                raise Gone("nobody in Entra goes by this address", "check how it is written")
            case _:
                raise Never(
                    f"{len(found)} accounts in Entra go by this address", "write the person's object id"
                )

    async def with_address(self, addresses: Sequence[str]) -> list[list[User]]:
        """Return for each address everybody whose UPN, mail or proxy address it is, in that order."""
        asked = [address for address in dict.fromkeys(addresses) if _can_be_asked(address)]
        answers = await ask(self._graph, [one for address in asked for one in _by_address(address)])
        halves = zip(answers[::2], answers[1::2], strict=True)
        found = {
            address: _going_by(address, [*_items(first), *_items(second)])
            for address, (first, second) in zip(asked, halves, strict=True)
        }
        return [found.get(address, []) for address in addresses]

    async def within(self, group: str) -> list[User]:
        """Return the accounts in *group*, those of its nested groups included."""
        with needing(Permission.READ_GROUPS):
            where = path("/groups/{}/transitiveMembers", group)
            members = await self._graph.every("v1.0", where, {**SELECT, "$top": "999"})
        return [user(member) for member in members if member.get("@odata.type") == USER]

    async def groups_of(self, who: PersonId, among: Iterable[str]) -> frozenset[str]:
        """Return those of the groups *among* that hold *who*, nested groups included."""
        asked = sorted(among)
        where, held = path("/users/{}/checkMemberGroups", who), set[str]()
        for start in range(0, len(asked), MOST_CHECKED):
            part = asked[start : start + MOST_CHECKED]
            with needing(Permission.READ_GROUPS):
                body = await self._graph.query("v1.0", where, {"groupIds": part})
            held |= _held(body, part)
        return frozenset(held)


def _found(key: str, outcome: Outcome) -> Found:
    if isinstance(outcome, Failed):
        return named(outcome.error, Permission.READ_PEOPLE)
    try:
        found = user(outcome.body)
    except Never as error:
        return error
    if key.casefold() not in found.keys:
        return Never("Graph answered about somebody else than was asked for", "report it")
    return found


def _can_be_asked(address: str) -> bool:
    return 0 < len(address) <= LONGEST_ADDRESS and address.isprintable()


def _by_address(address: str) -> tuple[Question, Question]:
    """Ask by properties and by the list of proxies apart: the simplest filters are taken everywhere."""
    quoted = address.replace("'", "''")
    filters = (
        f"userPrincipalName eq '{quoted}' or mail eq '{quoted}'",
        f"proxyAddresses/any(p:p eq '{_SMTP}{quoted}')",
    )
    first, second = (
        Question("accounts", Permission.READ_PEOPLE, Get(_USERS, {**SELECT, "$filter": one}))
        for one in filters
    )
    return first, second


def _items(listed: list[Json] | Unread) -> list[Json]:
    if isinstance(listed, Unread):
        raise listed.error
    return listed


def _going_by(address: str, items: Iterable[Json]) -> list[User]:
    """Return each account once, and only if the address is really one of its own."""
    wanted = address.casefold()
    found = {one.id: one for one in map(user, items) if wanted in {*one.signs, one.mail}}
    return list(found.values())


def _held(body: Json, asked: Iterable[str]) -> set[str]:
    match body:
        case {"value": list(ids)}:
            return {one.lower() for one in ids if isinstance(one, str)} & set(asked)
        case _:
            raise Never("Graph answered something else than a list", "report it; nothing was changed")
