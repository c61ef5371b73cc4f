"""Conditional Access policies: what each demands, whom it concerns, and whether it asks in Outlook.

Source: Graph docs, "conditionalAccessPolicy", "conditionalAccessGrantControls", "conditionalAccessRoot:
evaluate", "whatIfAnalysisResult". The evaluation answers with every policy, so that one call is enough; the
list is for tenants where it cannot be asked. ``policyApplies`` is true of report-only policies too. Members
that later versions of Graph add are never taken for harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from approvals.model import PersonId
from bot.entra.address import path
from bot.entra.answers import Json
from bot.entra.batch import Get
from bot.entra.words import line
from commands.picture import AccessPolicy, Stance

EXCHANGE_ONLINE: Final = "00000002-0000-0ff1-ce00-000000000000"
ENABLED, REPORTING, DISABLED = "enabled", "enabledForReportingButNotEnforced", "disabled"
NOT_ENOUGH: Final = frozenset({"notEnoughInformation", "notSet", ""})
WHOLE_ENUMS: Final[Mapping[str, str]] = MappingProxyType({"Prefer": "include-unknown-enum-members"})
LIST: Final = Get(path("/identity/conditionalAccess/policies"), {}, WHOLE_ENUMS)
_LONGEST: Final = 120
_NO_MFA: Final = frozenset(
    {
        "block",
        "compliantDevice",
        "domainJoinedDevice",
        "approvedApplication",
        "compliantApplication",
        "passwordChange",
    }
)


@dataclass(frozen=True, slots=True)
class Belonging:
    """What policies go by: groups and the template ids of roles; ``whole`` unless some could not be read."""

    guest: bool
    groups: AbstractSet[str]
    roles: AbstractSet[str]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Demand:
    """What a policy asks for; ``unless`` is a sentence where MFA is not the only way."""

    what: str
    unless: str = ""


def evaluation(who: PersonId) -> Get:
    """Return the question what Outlook on Windows would be asked for; it changes nothing."""
    asked: Json = {
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": who},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": [EXCHANGE_ONLINE],
        },
        "signInConditions": {"clientAppType": "mobileAppsAndDesktopClients", "devicePlatform": "windows"},
        "appliedPoliciesOnly": False,
    }
    return Get(path("/identity/conditionalAccess/evaluate"), headers=WHOLE_ENUMS, body=asked)


def evaluated(results: Iterable[Json], who: PersonId, belonging: Belonging) -> tuple[AccessPolicy, ...]:
    """Return the policies that demand MFA of *who*, by what the evaluation says of each."""
    found = (_of(item, _applied(item), who, belonging) for item in results)
    return _sorted(one for one in found if one)


def listed(items: Iterable[Json], who: PersonId, belonging: Belonging) -> tuple[AccessPolicy, ...]:
    """Return the policies that concern *who*, where nobody could say whether they apply."""
    found = (_of(item, _perhaps(item), who, belonging) for item in items)
    return _sorted(one for one in found if one)


def demanding(items: Iterable[Json], group: str) -> tuple[str, ...]:
    """Return the names of the enabled policies that demand MFA, or may, and do not exclude *group*."""
    return tuple(
        sorted(
            line(item.get("displayName"), _LONGEST) or "a policy without a name"
            for item in items
            if item.get("state") not in {DISABLED, REPORTING}
            and _demand(item.get("grantControls")) is not None
            and group.lower() not in _spared(item)
        )
    )


def _spared(item: Json) -> frozenset[str]:
    """Return the ids of the groups whose members a policy leaves out."""
    users = _part(_part(item, "conditions"), "users")
    return frozenset(one.lower() for one in _ids(users, "excludeGroups"))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whether a policy applies in Outlook: ``None`` where that is open, and why it is."""

    applies: bool | None
    why: str = ""


def _applied(result: Json) -> _Verdict:
    applies, written = result.get("policyApplies"), result.get("analysisReasons")
    reasons = {part.strip() for part in written.split(",")} if isinstance(written, str) else {""}
    if applies is True:
        return _Verdict(applies=True)
    if applies is False and not reasons <= NOT_ENOUGH:
        return _Verdict(applies=False)
    return _Verdict(None, "it depends on the place, the device or the risk of the sign-in")


def _perhaps(item: Json) -> _Verdict:
    """Judge by the applications alone, which tells only that a policy does not apply."""
    applications = _part(_part(item, "conditions"), "applications")
    included, excluded = (_ids(applications, f"{side}Applications") for side in ("include", "exclude"))
    exchange = {EXCHANGE_ONLINE, "Office365"}
    if applications and (not included & {"All", *exchange} or excluded & exchange):
        return _Verdict(applies=False)
    return _Verdict(None, "not evaluated")


def _of(item: Json, verdict: _Verdict, who: PersonId, belonging: Belonging) -> AccessPolicy | None:
    demand, state = _demand(item.get("grantControls")), item.get("state")
    if demand is None or state == DISABLED or not _may_concern(item, verdict, who, belonging):
        return None
    stance, why = _stance(state, verdict, demand)
    if state == REPORTING and stance is not Stance.REPORTS:
        return None
    return AccessPolicy(
        name=line(item.get("displayName"), _LONGEST) or "a policy without a name",
        demand=demand.what,
        stance=stance,
        why=why,
        spares=_spared(item),
    )


def _stance(state: object, verdict: _Verdict, demand: _Demand) -> tuple[Stance, str]:
    if verdict.applies is False:
        return Stance.ELSEWHERE, demand.unless
    if state == REPORTING:
        return Stance.REPORTS, verdict.why
    if state != ENABLED:
        return Stance.MAY_ASK, "its state is unknown to Relatch"
    if verdict.applies is None:
        return Stance.MAY_ASK, verdict.why
    return (Stance.MAY_ASK if demand.unless else Stance.ASKS), demand.unless


def _demand(grant: object) -> _Demand | None:
    """Return what *grant* asks for beyond the password; ``None`` for nothing that is MFA."""
    if grant is None:
        return None
    if not isinstance(grant, Mapping):
        return _Demand("something that Relatch cannot read", "what it asks for is unknown")
    controls, strength = _ids(grant, "builtInControls"), grant.get("authenticationStrength")
    custom = _ids(grant, "customAuthenticationFactors")
    unknown = controls - _NO_MFA - {"mfa"}
    if "mfa" in controls or strength is not None:
        others = (controls - {"mfa"}) | custom | _ids(grant, "termsOfUse")
        alternative = bool(others) and grant.get("operator") != "AND"
        unless = "something else, such as a compliant device, may do instead" if alternative else ""
        return _Demand(_strength(strength), unless)
    if custom or unknown:
        shown = ", ".join(sorted(line(one, 40) for one in custom | unknown))
        return _Demand(shown, "whether that is MFA is unknown to Relatch")
    return None


def _strength(strength: object) -> str:
    match strength:
        case None:
            return "MFA"
        case {"displayName": str(name)} if line(name):
            return f"strength {line(name, _LONGEST)}"
        case _:
            return "an authentication strength"


def _may_concern(item: Json, verdict: _Verdict, who: PersonId, belonging: Belonging) -> bool:
    """Judge by the policy's users, unless the evaluation has said that it applies."""
    if verdict.applies:
        return True
    users = _part(_part(item, "conditions"), "users")
    if not users:
        return True
    return _holds(users, "include", who, belonging) is not False and (
        _holds(users, "exclude", who, belonging) is not True
    )


def _holds(users: Json, side: str, who: PersonId, belonging: Belonging) -> bool | None:
    """Tell whether one side of a policy's users holds *who*; ``None`` where that cannot be told."""
    named = {one.lower() for one in _ids(users, f"{side}Users")}
    groups = {one.lower() for one in _ids(users, f"{side}Groups")}
    roles = {one.lower() for one in _ids(users, f"{side}Roles")}
    guests = "guestsorexternalusers" in named or users.get(f"{side}GuestsOrExternalUsers") is not None
    if named & {"all", who} or (groups & belonging.groups) or (roles & belonging.roles):
        return True
    if belonging.guest and guests:
        return True
    return None if (groups or roles) and not belonging.whole else False


def _sorted(policies: Iterable[AccessPolicy]) -> tuple[AccessPolicy, ...]:
    order = list(Stance)
    return tuple(sorted(policies, key=lambda one: (order.index(one.stance), one.name.casefold())))


def _part(of: Mapping[str, object], name: str) -> Json:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _ids(of: Mapping[str, object], name: str) -> frozenset[str]:
    found = of.get(name)
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()
