"""What asks for MFA beside the per-user state, in as few reads as Graph allows.

What holds for the whole tenant is kept for a minute: Conditional Access takes one request a second of all
apps of a tenant together, and its refusal does not say for how long (Graph docs, "Microsoft Graph service-
specific throttling limits"). The evaluation is of one person and is made anew each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from approvals.errors import Later, PortError
from approvals.model import PER_USER, CannotTell, Forecast, Lever, Means, PersonId, Protection
from bot.entra.access import LIST, Belonging, evaluated, evaluation, listed
from bot.entra.address import NEXT_LINK, path
from bot.entra.answers import Json
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient
from bot.entra.domains import MFA_BEHAVIORS, Sourced, domain_reads, found_domain
from bot.entra.per_user import read_state
from bot.entra.permissions import Permission, needing
from bot.entra.registration import unread
from bot.entra.roles import memberships
from commands.domain_names import DomainName, NotADomain, read_domain
from commands.federation_model import Authentication, Unread
from commands.picture import Access, Elsewhere, Idp, SignInDomain, foreseen

KEPT_SECONDS: Final = 60.0
FORECAST_SECONDS: Final = 5.0
"""Facts for a decision last 30 s, and others are gathered beside it."""
DEFAULTS: Final = Get(path("/policies/identitySecurityDefaultsEnforcementPolicy"))
_ENFORCED: Final = "enforceMfaByFederatedIdp"

Fact = TypeVar("Fact")


@dataclass(slots=True)
class Kept(Generic[Fact]):
    """Facts about the tenant, each forgotten a minute after it was read."""

    monotonic: Callable[[], float]
    _facts: dict[str, tuple[float, Fact]] = field(default_factory=dict)

    def get(self, key: str) -> Fact | None:
        """Return the fact, if it is young enough."""
        until, fact = self._facts.get(key, (0.0, None))
        return fact if fact is not None and self.monotonic() < until else None

    def put(self, key: str, fact: Fact) -> Fact:
        """Keep a fact, and let go of those that are old."""
        now = self.monotonic()
        self._facts = {name: kept for name, kept in self._facts.items() if now < kept[0]}
        self._facts[key] = (now + KEPT_SECONDS, fact)
        return fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What has to be read of v1.0 about somebody now, and what is known already."""

    who: PersonId
    domain: DomainName | None
    defaults: bool | None
    sign_in: SignInDomain | None

    @property
    def reads(self) -> list[Get]:
        """Return the reads, for one batch."""
        defaults = [DEFAULTS] if self.defaults is None else []
        unknown = self.domain if self.sign_in is None else None
        return [evaluation(self.who), *defaults, *(domain_reads(unknown) if unknown else [])]


class Surroundings:
    """What else asks. What cannot be read says so, with what would make it readable."""

    def __init__(self, graph: GraphClient, monotonic: Callable[[], float], by: Means = PER_USER) -> None:
        """Look through *graph*; *by* is how a suspension lowers here."""
        self._graph = graph
        self._by = by
        self._defaults = Kept[bool](monotonic)
        self._domains = Kept[SignInDomain](monotonic)
        self._policies = Kept[list[Json]](monotonic)

    def inquiry(self, who: PersonId, upn: str) -> Inquiry:
        """Return what has to be read about *who*."""
        domain = _domain_of(upn)
        return Inquiry(
            who=who,
            domain=domain,
            defaults=self._defaults.get(""),
            sign_in=self._domains.get(domain) if domain else None,
        )

    async def elsewhere(
        self, inquiry: Inquiry, outcomes: Sequence[Outcome], belonging: Belonging
    ) -> Elsewhere:
        """Put together what *outcomes*, those of the inquiry's reads, tell; never raises."""
        what_if, *rest = outcomes
        defaults = inquiry.defaults
        return Elsewhere(
            security_defaults=self._security_defaults(rest.pop(0)) if defaults is None else defaults,
            access=await self._access(inquiry.who, what_if, belonging),
            domain=inquiry.sign_in or self._domain(inquiry.domain, rest),
            by=self._by,
        )

    async def forecast(self, who: PersonId, upn: str, by: Means) -> Forecast:
        """Say whether lowering *who* *by* a lever would change anything; never raises, and ends in time."""
        try:
            async with asyncio.timeout(FORECAST_SECONDS):
                per_user = await self._per_user(who, by.lever)
                return foreseen(await self._looked_up(who, upn), by, per_user)
        except TimeoutError:
            return CannotTell((f"Microsoft did not answer within {FORECAST_SECONDS:g} s.",))
        except PortError as error:
            return CannotTell((f"What else asks for MFA could not be read: {error.why}.",))

    async def _per_user(self, who: PersonId, lever: Lever) -> Protection | None:
        """Return the per-user state where a lever leaves it as it is."""
        return None if lever is Lever.PER_USER else await read_state(self._graph, who)

    async def _looked_up(self, who: PersonId, upn: str) -> Elsewhere:
        inquiry = self.inquiry(who, upn)
        belongs, *outcomes = await self._graph.batch("v1.0", [memberships(who), *inquiry.reads])
        return await self.elsewhere(inquiry, outcomes, belonging_of(_first_page(belongs), guest=False))

    def _security_defaults(self, outcome: Outcome) -> bool | Unread:
        if isinstance(outcome, Failed):
            return unread(outcome.error, Permission.READ_STATE)
        on = outcome.body.get("isEnabled")
        if isinstance(on, bool):
            return self._defaults.put("", on)
        return Unread("Graph does not say whether they are on")

    async def _access(self, who: PersonId, outcome: Outcome, belonging: Belonging) -> Access | Unread:
        try:
            with needing(Permission.READ_STATE):
                return Access(evaluated(_results(outcome.take()), who, belonging))
        except PortError as error:
            missing = unread(error, Permission.READ_STATE)
        try:
            return Access(listed(await self._every_policy(), who, belonging), missing)
        except PortError as error:
            return unread(error, Permission.READ_STATE)

    async def _every_policy(self) -> list[Json]:
        kept = self._policies.get("")
        if kept is not None:
            return kept
        found = await self._graph.every("v1.0", LIST.path, LIST.params, headers=LIST.headers)
        return self._policies.put("", found)

    def _domain(self, name: DomainName | None, outcomes: Sequence[Outcome]) -> SignInDomain | Unread:
        if name is None:
            return Unread("the address has no domain")
        try:
            domain, sources = found_domain(name, outcomes)
        except PortError as error:
            return unread(error, Permission.READ_DOMAINS)
        match sources:
            case Unread():
                return sources
            case None if domain.authentication is Authentication.UNKNOWN:
                return SignInDomain(name, Idp.UNKNOWN, "neither managed nor federated")
            case None:
                return self._domains.put(name, SignInDomain(name, Idp.MANAGED))
            case Sourced(configuration=found):
                return self._domains.put(name, _federated(name, found.federated_idp_mfa_behavior))


def _federated(name: DomainName, behavior: str) -> SignInDomain:
    meaning = MFA_BEHAVIORS.get(behavior, "A value that this version does not know.")
    if behavior == _ENFORCED:
        return SignInDomain(name, Idp.ASKS, behavior, meaning)
    idp = Idp.ACCEPTED if behavior in MFA_BEHAVIORS else Idp.UNKNOWN
    return SignInDomain(name, idp, behavior, meaning)


def _results(body: Json) -> Iterable[Json]:
    match body:
        case {"value": list(items)} if NEXT_LINK not in body and all(isinstance(one, dict) for one in items):
            return items
        case _:
            raise Later("Graph answered a part of the evaluation only")


def _domain_of(upn: str) -> DomainName | None:
    try:
        return read_domain(upn)
    except NotADomain:
        return None


def _first_page(outcome: Outcome) -> list[Json] | None:
    """Return the memberships if they are all there: only a list of policies needs them."""
    if isinstance(outcome, Failed) or NEXT_LINK in outcome.body:
        return None
    items = outcome.body.get("value")
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else None


def belonging_of(items: Iterable[Json] | None, *, guest: bool) -> Belonging:
    """Return what policies go by, of what ``transitiveMemberOf`` shows; ``None`` where it was not read."""
    if items is None:
        return Belonging(guest, frozenset(), frozenset(), whole=False)
    held = list(items)
    groups = {
        str(one.get("id")).lower() for one in held if one.get("@odata.type") == "#microsoft.graph.group"
    }
    roles = [one for one in held if one.get("@odata.type") == "#microsoft.graph.directoryRole"]
    templates = {one.get("roleTemplateId") for one in roles}
    known = frozenset(one.lower() for one in templates if isinstance(one, str))
    return Belonging(guest, groups, known, whole=len(known) == len(templates))
