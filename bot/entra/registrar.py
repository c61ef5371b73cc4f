"""Phones, default methods and MFA itself, set for good: the core's ``Registrar`` over Graph."""

from __future__ import annotations

from typing import Final, assert_never

from approvals.agenda import SEND_LIMIT
from approvals.errors import Never
from approvals.model import (
    PER_USER,
    Change,
    EnableMfa,
    PersonId,
    PhoneNumber,
    PhonePlace,
    SetDefaultMethod,
    SetPhone,
)
from approvals.ports import Seen, Target
from bot.entra.client import GraphClient, Once
from bot.entra.phones import Agreement, agreement, register, registered
from bot.entra.preferences import prefer, preferences

_PLACES: Final = {
    PhonePlace.MOBILE: "mobile phone",
    PhonePlace.ALTERNATE_MOBILE: "second mobile phone",
    PhonePlace.OFFICE: "office phone",
}


class EntraRegistrar:
    """Satisfies ``approvals.ports.Registrar``; MFA goes through *target*, as everywhere."""

    def __init__(self, graph: GraphClient, target: Target) -> None:
        self._graph = graph
        self._target = target

    async def look(self, subject: PersonId, change: Change, number: PhoneNumber | None) -> Seen:
        """Return whether *change* is so now."""
        match change:
            case SetPhone(place=place):
                return await self._phone(subject, place, _there(number))
            case SetDefaultMethod(method=method):
                found = (await preferences(self._graph, subject)).method
                return Seen(found is method, f"default method {found or 'none'}")
            case EnableMfa(to=to):
                state = await self._target.read(subject, PER_USER)
                return Seen(state.at_least(to), f"per-user MFA {state}")
            case never:
                assert_never(never)

    async def make(
        self, subject: PersonId, change: Change, number: PhoneNumber | None, correlation: str
    ) -> None:
        """Write *change*, once, within 20 s."""
        once = Once(correlation=correlation, seconds=SEND_LIMIT.total_seconds())
        match change:
            case SetPhone(place=place):
                await register(self._graph, subject, (place, _there(number)), once)
            case SetDefaultMethod(method=method):
                await prefer(self._graph, subject, method, once)
            case EnableMfa(to=to):
                await self._target.put_back(subject, PER_USER, to, correlation)
            case never:
                assert_never(never)

    async def _phone(self, subject: PersonId, place: PhonePlace, number: PhoneNumber) -> Seen:
        name = _PLACES[place]
        found = [phone for phone in await registered(self._graph, subject) if phone.place is place]
        if not found:
            return Seen(holds=False, words=f"no {name}")
        match agreement(found[0].number.written, number.written):
            case Agreement.EQUAL:
                return Seen(holds=True, words=f"{name} {found[0].masked}")
            case Agreement.AS_FAR_AS_SHOWN:
                proof = "Entra shows only some of its digits, and these agree"
                return Seen(holds=True, words=f"{name} {number.masked} ({proof})")
            case Agreement.DIFFERENT:
                return Seen(holds=False, words=f"another {name}, {found[0].masked}")
            case never:
                assert_never(never)


def _there(number: PhoneNumber | None) -> PhoneNumber:
    if number is None:
        raise Never("the number is not kept any more", "ask anew")
    return number
