"""What happened to a simulated tenant: each request that arrived and each change that took effect.

Tests and the demo prove their claims from here, so nothing is summarised and nothing is dropped.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from bot.sim.tenant.model import Group, MfaState, User

Api: TypeAlias = Literal["v1.0", "beta", "login"]


@dataclass(slots=True, kw_only=True)
class Received:
    """One request as it arrived, a sub-request of a batch included.

    ``path`` is decoded and starts behind the version, ``/users/lee@contoso.com``. ``body`` is the parsed
    JSON, or the form of a token request without its credential. ``status`` stays None until it is answered
    and when the connection was cut.
    """

    number: int
    at: datetime
    method: str
    api: Api
    path: str
    query: str
    client_request_id: str
    request_id: str
    body: object = None
    batched: bool = False
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Someone:
    """A change made outside Graph, for example by an administrator in the portal."""

    name: str


Cause: TypeAlias = Received | Someone


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaChange:
    """A user's state went from ``old`` to ``new``. Writing the value that is there already makes none."""

    at: datetime
    user_id: str
    old: MfaState
    new: MfaState
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """All sessions of a user were ended."""

    at: datetime
    user_id: str
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """A user's methods or preferences were others before."""

    at: datetime
    old: User


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """A group had other members before."""

    at: datetime
    old: Group
    cause: Cause


@dataclass(slots=True)
class Journal:
    """The lists, oldest first."""

    requests: list[Received] = field(default_factory=list)
    changes: list[MfaChange] = field(default_factory=list)
    revocations: list[Revocation] = field(default_factory=list)
    people: list[PersonChange] = field(default_factory=list)
    groups: list[GroupChange] = field(default_factory=list)

    def seen(self, user_id: str, at: datetime) -> MfaState | None:
        """Return the state a replica shows that has heard of nothing later than *at*; None: it is current."""
        later = (change for change in self.changes if change.user_id == user_id and change.at > at)
        return next((change.old for change in later), None)

    def person(self, user_id: str, at: datetime) -> User | None:
        """Return the user whose methods a replica shows that has heard of nothing later than *at*."""
        later = (change for change in self.people if change.old.id == user_id and change.at > at)
        return next((change.old for change in later), None)

    def group(self, group_id: str, at: datetime) -> Group | None:
        """Return the group that a replica shows that has heard of nothing later than *at*."""
        later = (change for change in self.groups if change.old.id == group_id and change.at > at)
        return next((change.old for change in later), None)
