"""Whether a Conditional Access policy applies to a sign-in, and why not (Graph docs, ``evaluate``).

A condition of a policy about which the sign-in says nothing makes ``notEnoughInformation``, as the what-if
tool does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.sim.tenant.memberships import groups_of, roles_of
from bot.sim.tenant.model import RawPolicy, User
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.wire import Json

EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
OFFICE = frozenset(
    {EXCHANGE_ONLINE, "00000003-0000-0ff1-ce00-000000000000", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe"}
)
UNKNOWN = "notEnoughInformation"
NOTHING: Json = {}


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who would sign in, to what, and what is said of the circumstances."""

    tenant: Tenant
    user: User
    applications: frozenset[str]
    conditions: Json


def analysed(policy: RawPolicy, sign_in: SignIn) -> Json:
    """Return the policy with whether it applies and, where it does not, why."""
    reasons = list(dict.fromkeys(_reasons(policy, sign_in)))
    told = ",".join(reasons) or "notSet"
    return {**policy, "policyApplies": not reasons, "analysisReasons": told}


def _reasons(policy: RawPolicy, sign_in: SignIn) -> Iterator[str]:
    conditions = _part(policy, "conditions")
    if policy.get("state") == "disabled":
        yield "policyNotEnabled"
    if not _names(_part(conditions, "users"), sign_in):
        yield "users"
    if not _covers(_part(conditions, "applications"), sign_in.applications):
        yield "application"
    yield from _circumstances(conditions, sign_in.conditions)


def _circumstances(conditions: Json, given: Json) -> Iterator[str]:
    clients = _ids(conditions, "clientAppTypes")
    yield from _one_of(clients - {"all"}, given.get("clientAppType"), "clientApps")
    platforms = _ids(_part(conditions, "platforms"), "includePlatforms")
    yield from _one_of(platforms - {"all"}, given.get("devicePlatform"), "devicePlatform")
    yield from _one_of(_ids(conditions, "signInRiskLevels"), given.get("signInRiskLevel"), "signInRisk")
    yield from _one_of(_ids(conditions, "userRiskLevels"), given.get("userRiskLevel"), "userRisk")
    if _part(conditions, "locations") and "ipAddress" not in given:
        yield UNKNOWN


def _one_of(wanted: frozenset[str], given: object, reason: str) -> Iterator[str]:
    if not wanted:
        return
    if given is None:
        yield UNKNOWN
    elif given not in wanted:
        yield reason


def _names(users: Json, sign_in: SignIn) -> bool:
    """Tell whether the policy's users hold the person; who is excluded is not held."""
    return _held("include", users, sign_in) and not _held("exclude", users, sign_in)


def _held(side: str, users: Json, sign_in: SignIn) -> bool:
    user, tenant = sign_in.user, sign_in.tenant
    guest = user.kind == "Guest"
    named = _ids(users, f"{side}Users")
    roles = frozenset(role.id for role in roles_of(tenant, user.id))
    groups = frozenset(group.id for group in groups_of(tenant, user.id))
    return bool(
        named & {"All", user.id}
        or (guest and ("GuestsOrExternalUsers" in named or users.get(f"{side}GuestsOrExternalUsers")))
        or _ids(users, f"{side}Groups") & groups
        or _ids(users, f"{side}Roles") & roles
    )


def _covers(applications: Json, asked: frozenset[str]) -> bool:
    included, excluded = (_ids(applications, f"{side}Applications") for side in ("include", "exclude"))
    office = asked <= OFFICE
    if excluded & asked or (office and "Office365" in excluded):
        return False
    return bool(included & {"All", *asked} or (office and "Office365" in included))


def _part(of: Mapping[str, object], name: str) -> Json:
    found = of.get(name)
    return found if isinstance(found, Mapping) else NOTHING


def _ids(of: Mapping[str, object], name: str) -> frozenset[str]:
    found = of.get(name)
    return frozenset(map(str, found)) if isinstance(found, list | tuple) else frozenset()
