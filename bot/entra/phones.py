"""A person's phones: which are registered, and whether one that Graph shows is the one that was wanted.

Source: Graph docs, "phoneAuthenticationMethod resource type", "authentication-post-phonemethods" and
"phoneauthenticationmethod-update". The ids are the same in every tenant. Graph may mask numbers
(``+31 XXXXXXX78``): then only the digits that are visible can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final

from approvals.model import PersonId, PhoneNumber, PhonePlace
from bot.entra.address import Path, path
from bot.entra.answers import Json
from bot.entra.client import GraphClient, Once
from bot.entra.permissions import Permission, needing
from bot.entra.words import masked_number

IDS: Final[Mapping[PhonePlace, str]] = {
    PhonePlace.MOBILE: "3179e48a-750b-4051-897c-87b9720928f7",
    PhonePlace.ALTERNATE_MOBILE: "b6332ec1-7057-4abe-9331-3d72feddfe41",
    PhonePlace.OFFICE: "e37fc753-ff3b-4958-9484-eaa9425c82bc",
}
_HIDDEN: Final = re.compile(r"[X*\u2022\u00b7]")
_ADORNED: Final = re.compile(r"[\s\-().]")
_LEAST_VISIBLE: Final = 2
"""Digits that must be visible at the end of a masked number before it proves anything."""


@unique
class Agreement(Enum):
    """How a number that Graph shows compares with the one that was wanted."""

    EQUAL = auto()
    AS_FAR_AS_SHOWN = auto()
    DIFFERENT = auto()


@dataclass(frozen=True, slots=True)
class Phone:
    """A registered phone; ``sms_sign_in`` is Graph's word for whether its number can sign in by itself."""

    place: PhonePlace
    number: PhoneNumber
    sms_sign_in: str

    @property
    def masked(self) -> str:
        """Return its number by its last two digits."""
        return masked_number(self.number.written)


def agreement(shown: str, wanted: str) -> Agreement:
    """Compare a number as Graph shows it with the one *wanted*."""
    there, ours = _ADORNED.sub("", shown), _ADORNED.sub("", wanted)
    if not _HIDDEN.search(there):
        return Agreement.EQUAL if there == ours else Agreement.DIFFERENT
    *_, end = _HIDDEN.split(there)
    same_length = len(there) == len(ours)
    fits = not same_length or all(
        _HIDDEN.match(one) or one == other for one, other in zip(there, ours, strict=True)
    )
    proves = len(end) >= _LEAST_VISIBLE and ours.endswith(end) and fits
    return Agreement.AS_FAR_AS_SHOWN if proves else Agreement.DIFFERENT


async def registered(graph: GraphClient, who: PersonId) -> tuple[Phone, ...]:
    """Return every phone of *who*; a kind that is not known is left out, since nothing here sets it."""
    with needing(Permission.READ_METHODS):
        items = await graph.every("v1.0", path("/users/{}/authentication/phoneMethods", who))
    return tuple(phone for item in items if (phone := _phone(item)) is not None)


async def register(
    graph: GraphClient, who: PersonId, phone: tuple[PhonePlace, PhoneNumber], once: Once
) -> None:
    """Write a number at its place: over the one that is there, or as a new one."""
    place, number = phone
    body = {"phoneNumber": number.written, "phoneType": place.value}
    there = {phone.place for phone in await registered(graph, who)}
    with needing(Permission.WRITE_PHONES):
        if place in there:
            await graph.patch("v1.0", _one(who, place), body, once)
        else:
            await graph.post("v1.0", path("/users/{}/authentication/phoneMethods", who), body, once)


def _one(who: PersonId, place: PhonePlace) -> Path:
    return path("/users/{}/authentication/phoneMethods/{}", who, IDS[place])


def _phone(item: Json) -> Phone | None:
    kind, number = item.get("phoneType"), item.get("phoneNumber")
    if kind not in set(PhonePlace) or not isinstance(number, str):
        return None
    return Phone(PhonePlace(str(kind)), PhoneNumber(number), str(item.get("smsSignInState") or ""))
