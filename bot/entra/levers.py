"""Per-user MFA: the lever by which protection is lowered and put back.

Source: Graph docs, "authentication-get", "authentication-update" and "strongAuthenticationRequirements
resource type" (beta), "user: revokeSignInSessions", "directory/deletedItems".
"""

from __future__ import annotations

from typing import Final, assert_never

from approvals.agenda import SEND_LIMIT
from approvals.errors import Gone, Later, Never
from approvals.model import LOWERED, Lever, PersonId, Protection
from approvals.ports import Whereabouts
from bot.entra.address import Path, Version, path
from bot.entra.answers import Json, Missing
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient, Once
from bot.entra.permissions import Permission, named, needing

REVOKED_IN: Final = 40.0
"""Seconds for signing somebody out, our turn included; within the lease."""
REQUIREMENTS: Final[Version] = "beta"
"""Where ``authentication/requirements`` lives; the one thing to change when v1.0 has it."""
STATE: Final = "perUserMfaState"
_NO_SUCH_OBJECT: Final = frozenset({"Request_ResourceNotFound", "ResourceNotFound"})
_ID: Final = {"$select": "id"}


class PerUserMfa:
    """The per-user MFA state as a ``Target``. Writes are sent once; ``Never`` means certainly not made."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    async def read(self, subject: PersonId, lever: Lever) -> Protection:
        """Return what Graph shows, which may lag what was written."""
        with needing(Permission.READ_STATE):
            return protection(await self._graph.get(REQUIREMENTS, _setting(subject, lever)))

    async def lower(self, subject: PersonId, lever: Lever, correlation: str) -> None:
        """Turn per-user MFA off, once, within 20 s in all."""
        await self._write(_setting(subject, lever), LOWERED, correlation)

    async def put_back(self, subject: PersonId, lever: Lever, prior: Protection, correlation: str) -> None:
        """Write *prior*."""
        await self._write(_setting(subject, lever), prior, correlation)

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

    async def _write(self, where: Path, state: Protection, correlation: str) -> None:
        once = Once(correlation=correlation, seconds=SEND_LIMIT.total_seconds())
        with needing(Permission.WRITE_STATE):
            await self._graph.patch(REQUIREMENTS, where, {STATE: state.value}, once)


def _setting(subject: PersonId, lever: Lever) -> Path:
    """Return where a lever stands for *subject*."""
    match lever:
        case Lever.PER_USER:
            return requirements(subject)
        case never:
            assert_never(never)


def requirements(subject: PersonId) -> Path:
    """Return where the per-user state of *subject* stands."""
    return path("/users/{}/authentication/requirements", subject)


def protection(body: Json) -> Protection:
    """Read a state; one that cannot be named could not be put back, and is refused."""
    try:
        return Protection(str(body.get(STATE)))
    except ValueError:
        raise Never(
            "Entra shows no per-user MFA state that Relatch knows",
            "look at the person's per-user MFA in the Entra admin center",
        ) from None


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
