"""What else asks somebody for MFA, and what they have registered: meanings, without any chat in them.

Times are aware and UTC. Names of policies and methods are taken from outside and hostile until rendered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Final, assert_never

from approvals.model import (
    PER_USER,
    CannotTell,
    ChangesNothing,
    Forecast,
    Hindrance,
    Lever,
    Means,
    Protection,
    Source,
    WillWork,
)
from commands.federation_model import Unread

OUTLOOK: Final = "Outlook"
"""The client that is evaluated: Outlook on Windows, with Exchange Online as the application."""


@unique
class Stance(StrEnum):
    """How a Conditional Access policy that demands MFA stands to somebody's sign-in by Outlook."""

    ASKS = "asks"
    MAY_ASK = "may ask"
    ELSEWHERE = "asks in other apps or clients"
    REPORTS = "report-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPolicy:
    """A policy that concerns the person. ``demand`` is MFA or a strength's name; ``why`` a sentence or empty.

    ``spares`` are the ids of the groups whose members it leaves out.
    """

    name: str
    demand: str
    stance: Stance
    why: str = ""
    spares: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """The policies that concern the person; ``unevaluated`` says why what-if could not be asked."""

    policies: tuple[AccessPolicy, ...]
    unevaluated: Unread | None = None

    def of(self, stance: Stance) -> tuple[AccessPolicy, ...]:
        """Return those that stand so."""
        return tuple(one for one in self.policies if one.stance is stance)


@unique
class Idp(StrEnum):
    """Whether a domain's identity provider asks for MFA by itself."""

    MANAGED = "managed"
    """There is none: Entra signs people in."""
    ACCEPTED = "accepted"
    """What it does of MFA counts, or does not, and nobody makes it ask."""
    ASKS = "asks"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignInDomain:
    """The domain of somebody's address: who asks there, Graph's word for it, and what that means."""

    name: str
    idp: Idp
    behavior: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What asks for MFA beside the per-user state; what could not be read says so."""

    security_defaults: bool | Unread
    access: Access | Unread
    domain: SignInDomain | Unread
    by: Means = PER_USER


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """The default second factor in words (empty: none chosen); ``reported_at`` where only a report tells.

    With ``system_preferred`` Entra asks for the strongest method itself and the default counts for little.
    """

    method: str
    system_preferred: bool | None
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What Microsoft's registration report says; ``None`` is what it does not say.

    ``registered`` may be of no use where the policy allows none of the methods; ``capable`` is.
    """

    registered: bool | None
    capable: bool | None
    passwordless: bool | None
    password_reset: bool | None
    system_preferred: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The rest of a status."""

    preference: Preference | Unread
    registration: Registration | Unread
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One line of the sign-in log, in words; ``problem`` is empty where it succeeded."""

    at: datetime
    app: str
    client: str
    where: str
    problem: str
    legacy: bool


# --- what a suspension would do ------------------------------------------------------------


def foreseen(elsewhere: Elsewhere, by: Means, per_user: Protection | None = None) -> Forecast:
    """Say whether lowering *by* a lever will help: what certainly asks all the same goes first.

    *per_user* is the per-user state, where the lever leaves it as it is.
    """
    match by.lever:
        case Lever.PER_USER:
            asking = tuple(_hindrances(elsewhere))
        case Lever.EXCLUSION_GROUP:
            elsewhere = _spared(elsewhere, by.group)
            asking = (*_per_user(per_user), *_hindrances(elsewhere))
        case never:
            assert_never(never)
    unread = tuple(_unread(elsewhere))
    doubtful = _doubtful(elsewhere)
    if asking:
        return ChangesNothing(asking)
    return CannotTell(unread, doubtful) if unread or doubtful else WillWork()


def _spared(elsewhere: Elsewhere, group: str) -> Elsewhere:
    """Leave out the policies that leave out the members of *group*."""
    if not isinstance(elsewhere.access, Access):
        return elsewhere
    left = tuple(one for one in elsewhere.access.policies if group.lower() not in one.spares)
    return replace(elsewhere, access=replace(elsewhere.access, policies=left))


def _per_user(state: Protection | None) -> Iterator[Hindrance]:
    if state is not None and state is not Protection.DISABLED:
        yield Hindrance(Source.PER_USER, state.value)


def _hindrances(elsewhere: Elsewhere) -> Iterator[Hindrance]:
    if elsewhere.security_defaults is True:
        yield Hindrance(Source.SECURITY_DEFAULTS)
    if isinstance(elsewhere.access, Access):
        for policy in elsewhere.access.of(Stance.ASKS):
            yield Hindrance(Source.CONDITIONAL_ACCESS, policy.name)
    if isinstance(elsewhere.domain, SignInDomain) and elsewhere.domain.idp is Idp.ASKS:
        yield Hindrance(Source.FEDERATED_PROVIDER, elsewhere.domain.name)


def _doubtful(elsewhere: Elsewhere) -> tuple[str, ...]:
    if isinstance(elsewhere.access, Unread):
        return ()
    return tuple(one.name for one in elsewhere.access.of(Stance.MAY_ASK))


def _unread(elsewhere: Elsewhere) -> Iterator[str]:
    """Yield what keeps the answer open: each a sentence with what would make it readable."""
    if isinstance(elsewhere.security_defaults, Unread):
        yield _sentence("Security defaults", elsewhere.security_defaults)
    match elsewhere.access:
        case Unread():
            yield _sentence("Conditional Access policies", elsewhere.access)
        case Access(unevaluated=Unread() as missing):
            yield _sentence("Whether Conditional Access asks", missing)
        case Access():
            pass
    match elsewhere.domain:
        case Unread():
            yield _sentence("The domain's federation", elsewhere.domain)
        case SignInDomain(name=name, idp=Idp.UNKNOWN, behavior=behavior):
            yield f"Whether the federated provider of {name} asks is not known ({behavior})."
        case SignInDomain():
            pass


def _sentence(what: str, missing: Unread) -> str:
    advice = f"; {missing.what_to_do}" if missing.what_to_do else ""
    return f"{what} could not be read: {missing.why.rstrip('.')}{advice.rstrip('.')}."
