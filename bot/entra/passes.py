"""Temporary Access Passes: made once, listed, removed; and what the tenant lets one of a person be.

Source: Graph docs, "authentication-post-temporaryaccesspassmethods",
"temporaryAccessPassAuthenticationMethod", "temporaryAccessPassAuthenticationMethodConfiguration"; Entra
docs, "Configure Temporary Access Pass" (policy defaults). The secret is in the answer to the creation and
nowhere else; it is in no error that is raised here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from approvals.agenda import SEND_LIMIT
from approvals.errors import Gone, Later, Never, PortError
from approvals.model import AccessPass, IssuePass, PersonId, StandingPass
from bot.entra.address import Path, path
from bot.entra.answers import Json, Refused
from bot.entra.batch import Failed, Get
from bot.entra.client import GraphClient, Once
from bot.entra.lists import Listed, Question, Unread, settled
from bot.entra.permissions import Permission, named, needing
from bot.entra.registration import moment
from bot.entra.users import Users
from bot.entra.words import line
from commands.factors_model import Unknown
from commands.passes_model import NoPass, PassPolicy, PassRules

MINUTE: Final = timedelta(minutes=1)
USABLE: Final = "EnabledByPolicy"
HARD_RANGE: Final = (10, 43_200)
"""Minutes that any policy can allow."""
DEFAULTS: Final = {
    "minimumLifetimeInMinutes": 60,
    "maximumLifetimeInMinutes": 480,
    "defaultLifetimeInMinutes": 60,
}
EVERYBODY: Final = "all_users"
OFF: Final = NoPass(
    "Temporary Access Passes are off in the tenant's policy of authentication methods.",
    "Have them turned on in the Entra admin center, or help with another method.",
)
NOT_THEIRS: Final = NoPass(
    "The tenant's policy of authentication methods lets this person use no Temporary Access Pass.",
    "Have them included in the Entra admin center, or help with another method.",
)
NOT_ALLOWED: Final = (
    "look at the tenant's policy of Temporary Access Passes: it may be off by now, or allow other lifetimes"
)
CONFIGURATION: Final = path(
    "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass"
)


class EntraPasses:
    """Satisfies ``approvals.ports.Passes``."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    async def issue(self, subject: PersonId, asked: IssuePass, correlation: str) -> AccessPass:
        """Make one, once, within 20 s; an answer without a pass leaves it open whether there is one."""
        body: Json = {"lifetimeInMinutes": asked.lasts // MINUTE, "isUsableOnce": asked.once}
        try:
            with needing(Permission.WRITE_PASSES):
                made = await self._graph.post("v1.0", _passes(subject), body, _once(correlation))
        except Refused as error:
            raise _explained(error) from None
        match made:
            case {"id": str(key), "temporaryAccessPass": str(secret)} if key and secret:
                return AccessPass(key, secret, _unusable(made))
            case _:
                raise Later("Graph's answer holds no pass")

    async def list(self, subject: PersonId) -> tuple[StandingPass, ...]:
        """Return those that are there, used up or not."""
        with needing(Permission.READ_METHODS):
            items = await self._graph.every("v1.0", _passes(subject))
        return tuple(map(_standing, items))

    async def remove(self, subject: PersonId, one: str, correlation: str) -> None:
        """Remove the one of this id; one that is not there, or whose person is not, is removed."""
        where = path("/users/{}/authentication/temporaryAccessPassMethods/{}", subject, one)
        try:
            with needing(Permission.WRITE_PASSES):
                await self._graph.delete("v1.0", where, _once(correlation))
        except Gone:
            return


async def pass_policy(graph: GraphClient, who: PersonId) -> PassPolicy:
    """Return what the tenant lets a pass of *who* be; ``Unknown`` where its policy could not be read."""
    try:
        question = Question("access passes", Permission.READ_METHODS, Get(_passes(who)))
        configuration, there = await graph.batch("v1.0", [Get(CONFIGURATION), question.get])
        if isinstance(configuration, Failed):
            return _unknown(named(configuration.error, Permission.READ_STATE))
        policy = configuration.body
        if not is_on(policy):
            return OFF
        if not await _is_target(graph, who, policy):
            return NOT_THEIRS
        [listed] = await settled(graph, [question], [there])
    except PortError as error:
        return _unknown(error)
    return rules(policy, replaces=_usable_one(listed))


def is_on(policy: Json) -> bool:
    """Return whether the tenant's policy has the method on, for whomever."""
    return policy.get("state") == "enabled"


def _passes(who: PersonId) -> Path:
    return path("/users/{}/authentication/temporaryAccessPassMethods", who)


def _once(correlation: str) -> Once:
    return Once(correlation=correlation, seconds=SEND_LIMIT.total_seconds())


def _explained(error: Refused) -> Refused:
    """Say of a 400 what it may mean; Graph documents it by its status alone."""
    unfit = error.trace.status == HTTPStatus.BAD_REQUEST
    return Refused(error.trace, NOT_ALLOWED) if unfit else error


def _standing(item: Json) -> StandingPass:
    """Read one of the list; one that cannot be removed for want of its id is not passed over."""
    match item:
        case {"id": str(key)} if key:
            return StandingPass(key, moment(item.get("createdDateTime")))
        case _:
            raise Later("Graph lists a pass without its id")


def _unusable(made: Json) -> str:
    """Return why nobody can sign in with it, in Entra's word, or nothing."""
    reason = line(made.get("methodUsabilityReason"), 60)
    if made.get("isUsable") is True or reason == USABLE:
        return ""
    return reason or "for a reason that it does not name"


def rules(policy: Json, *, replaces: bool | None) -> PassRules:
    """Read what a pass may be; lengths that are none, or contradict each other, are Entra's defaults."""
    shortest, longest, usual = (_minutes(policy, name) for name in DEFAULTS)
    if shortest > longest:
        shortest, longest, usual = DEFAULTS.values()
    return PassRules(
        shortest=shortest * MINUTE,
        longest=longest * MINUTE,
        usual=min(max(usual, shortest), longest) * MINUTE,
        once=policy.get("isUsableOnce") is not False,
        replaces=replaces,
    )


def _minutes(policy: Json, name: str) -> int:
    """Return a length of the policy's, or the documented default where it is none."""
    found, (least, most) = policy.get(name), HARD_RANGE
    fits = isinstance(found, int) and not isinstance(found, bool) and least <= found <= most
    return found if fits and isinstance(found, int) else DEFAULTS[name]


def _usable_one(listed: Listed) -> bool | None:
    """Return whether a pass is there that can be used; ``None`` where that could not be read."""
    if isinstance(listed, Unread):
        return None
    return any(one.get("isUsable") is True for one in listed)


async def _is_target(graph: GraphClient, who: PersonId, policy: Json) -> bool:
    """Return whether the policy is for *who*; whoever is excluded is so wherever else they are included."""
    included, excluded = (_targets(policy.get(name)) for name in ("includeTargets", "excludeTargets"))
    themselves = {EVERYBODY, who.lower()}
    groups = (included | excluded) - themselves
    theirs = themselves | await Users(graph).groups_of(who, groups)
    return bool(included & theirs) and not excluded & theirs


def _targets(listed: object) -> frozenset[str]:
    """Return the ids in a list of targets, ``all_users`` among them.

    They are groups; single people can still be targets where they were before December 2022.
    """
    items: Iterable[object] = listed if isinstance(listed, list) else ()
    return frozenset(str(one.get("id")).lower() for one in items if isinstance(one, dict) and one.get("id"))


def _unknown(error: PortError) -> Unknown:
    return Unknown(error.why, error.what_to_do if isinstance(error, Never) else "")
