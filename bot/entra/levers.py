"""The levers by which protection is lowered and put back, each written and read in a module of its own.

Source: Graph docs, "user: revokeSignInSessions", "directory/deletedItems".
"""

from __future__ import annotations

from typing import Final, assert_never

from approvals.agenda import SEND_LIMIT
from approvals.errors import Gone, Later, Never
from approvals.model import Lever, Means, PersonId, Protection
from approvals.ports import Whereabouts
from bot.entra.address import path
from bot.entra.answers import Missing
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient, Once
from bot.entra.exclusion_group import put_in, read_membership, take_out
from bot.entra.per_user import read_state, write_state
from bot.entra.permissions import Permission, named, needing

REVOKED_IN: Final = 40.0
"""Seconds for signing somebody out, our turn included; within the lease."""
_NO_SUCH_OBJECT: Final = frozenset({"Request_ResourceNotFound", "ResourceNotFound"})
_ID: Final = {"$select": "id"}


class Levers:
    """Every lever, as a ``Target``. Writes are sent once; ``Never`` means certainly not made."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    async def read(self, subject: PersonId, by: Means) -> Protection:
        """Return what Graph shows, which may lag what was written."""
        match by.lever:
            case Lever.PER_USER:
                return await read_state(self._graph, subject)
            case Lever.EXCLUSION_GROUP:
                return await read_membership(self._graph, subject, by.group)
            case never:
                assert_never(never)

    async def lower(self, subject: PersonId, by: Means, correlation: str) -> None:
        """Turn per-user MFA off, or put the subject into the group; once, within 20 s in all."""
        match by.lever:
            case Lever.PER_USER:
                await write_state(self._graph, subject, by.lever.lowered, _once(correlation))
            case Lever.EXCLUSION_GROUP:
                await put_in(self._graph, subject, by.group, _once(correlation))
            case never:
                assert_never(never)

    async def put_back(self, subject: PersonId, by: Means, prior: Protection, correlation: str) -> None:
        """Write *prior*, which has to be a value of the lever; nobody is put back into a group."""
        if prior.lever is not by.lever or prior is Protection.EXCLUDED:
            raise Never(f"“{prior}” is nothing that {by.lever} puts back", "report it; nothing was changed")
        match by.lever:
            case Lever.PER_USER:
                await write_state(self._graph, subject, prior, _once(correlation))
            case Lever.EXCLUSION_GROUP:
                await take_out(self._graph, subject, by.group, _once(correlation))
            case never:
                assert_never(never)

    async def revoke_sessions(self, subject: PersonId, correlation: str) -> None:
        """Sign the subject out everywhere, restores first. Graph has answered with several kinds of 2xx."""
        with needing(Permission.REVOKE_SESSIONS):
            where = path("/users/{}/revokeSignInSessions", subject)
            await self._graph.post(
                "v1.0", where, {}, Once(correlation=correlation, seconds=REVOKED_IN, can_wait=True)
            )

    async def whereabouts(self, subject: PersonId) -> Whereabouts:
        """Look for the account itself, then among the deleted ones.

        "Nowhere" ends a restore for good, so it is said only when two looks agree: between two reads an
        account may come back.
        """
        first = await self._look(subject)
        return await self._look(subject) if first is Whereabouts.NOWHERE else first

    async def _look(self, subject: PersonId) -> Whereabouts:
        places = (path("/users/{}", subject), path("/directory/deletedItems/{}", subject))
        present, deleted = await self._graph.batch("v1.0", [Get(place, _ID) for place in places])
        if _is_there(present):
            return Whereabouts.PRESENT
        return Whereabouts.DELETED if _is_there(deleted) else Whereabouts.NOWHERE


def _once(correlation: str) -> Once:
    return Once(correlation=correlation, seconds=SEND_LIMIT.total_seconds())


def _is_there(outcome: Outcome) -> bool:
    """Tell by one read; a 404 that does not say the object is missing settles nothing."""
    if not isinstance(outcome, Failed):
        return True
    match outcome.error:
        case Missing(trace=trace) if trace.code in _NO_SUCH_OBJECT:
            return False
        case Gone() as unsure:
            raise Later(unsure.why)
        case error:
            raise named(error, Permission.READ_PEOPLE)
