"""The people whom the policy protects by name, resolved once, at the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from approvals.errors import Gone, PortError
from approvals.model import PersonId
from bot.config import Fault
from bot.entra.users import User, Users

_KEY: Final = "protect.users"


async def resolve_protected(users: Users, entries: Sequence[str]) -> frozenset[PersonId] | tuple[Fault, ...]:
    """Return the ids of *entries* (UPNs or object ids), or a fault for each that is nobody's.

    A name that protects nobody is a mistake that nobody would notice, so it stops the start. Raises what
    a read raises when Entra cannot be asked.
    """
    found = dict(zip(entries, await users.by_keys(entries), strict=True))
    for error in found.values():
        if isinstance(error, PortError) and not isinstance(error, Gone):
            raise error
    faults = tuple(_fault(entry) for entry, one in found.items() if isinstance(one, Gone))
    return faults or frozenset(one.id for one in found.values() if isinstance(one, User))


def _fault(entry: str) -> Fault:
    return Fault(_KEY, f'"{entry}", who is nobody in Entra', "the UPN or object id of an account that exists")
