"""Directory roles: definitions, active assignments, eligibilities (Graph docs, ``rbacApplication``)."""

from dataclasses import dataclass

from bot.sim.tenant.memberships import groups_of
from bot.sim.tenant.model import RoleAssignment, RoleDefinition, RoleEligibility
from bot.sim.tenant.paging import Listing, collection, require_advanced
from bot.sim.tenant.routes import BETA, Route
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, iso, not_found

FIELDS = frozenset({"id", "principalId", "roleDefinitionId", "directoryScopeId"})
DEFINITIONS = Listing(
    "roleManagement/directory/roleDefinitions", {"id", "displayName", "isBuiltIn", "templateId"}
)


@dataclass(frozen=True, slots=True)
class _Expanding:
    """Puts the role's definition into an item when ``$expand`` asks for it."""

    call: Call

    def __call__(self, item: Json) -> Json:
        wanted = {part.split("(")[0].strip() for part in self.call.query.get("$expand", "").split(",")}
        if unknown := wanted - {"", "roleDefinition"}:
            raise Rejected(400, "BadRequest", f"Could not find a property named '{min(unknown)}'.")
        if not wanted - {""}:
            return item
        role = self.call.tenant.role_definitions[str(item["roleDefinitionId"])]
        return {**item, "roleDefinition": _definition(role)}


def assignments(call: Call) -> Answer:
    """Answer ``GET /roleManagement/directory/roleAssignments``: a group's roles stand under its own id."""
    return _listed(call, [_assignment(one) for one in call.tenant.role_assignments], "roleAssignments")


def transitive_assignments(call: Call) -> Answer:
    """Answer beta ``transitiveRoleAssignments``: those held through groups are repeated for each member."""
    require_advanced(call)
    tenant = call.tenant
    found: list[Json] = [
        {**_assignment(one), "principalId": user_id}
        for user_id in tenant.users
        for holders in [{user_id, *(group.id for group in groups_of(tenant, user_id))}]
        for one in tenant.role_assignments
        if one.principal_id in holders
    ]
    return _listed(call, found, "transitiveRoleAssignments")


def eligibilities(call: Call) -> Answer:
    """Answer ``GET /roleManagement/directory/roleEligibilityScheduleInstances``; needs Entra ID P2."""
    if not call.tenant.entra_id_p2:
        raise Rejected(
            400,
            "AadPremiumLicenseRequired",
            "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
        )
    current = [
        one for one in call.tenant.role_eligibilities if one.ends_at is None or call.as_of < one.ends_at
    ]
    return _listed(call, [_eligibility(one) for one in current], "roleEligibilityScheduleInstances")


def definitions(call: Call) -> Answer:
    """Answer ``GET /roleManagement/directory/roleDefinitions``."""
    roles = [_definition(role) for role in call.tenant.role_definitions.values()]
    return collection(call, roles, DEFINITIONS)


def definition(call: Call) -> Answer:
    """Answer ``GET /roleManagement/directory/roleDefinitions/{id}``."""
    role = call.tenant.role_definitions.get(call.keys["role"].casefold())
    if role is None:
        raise not_found(call.keys["role"])
    context = call.context("roleManagement/directory/roleDefinitions/$entity")
    return Answer(body={"@odata.context": context, **_definition(role)})


def _listed(call: Call, items: list[Json], name: str) -> Answer:
    expanded = map(_Expanding(call), items)
    return collection(call, expanded, Listing(f"roleManagement/directory/{name}", FIELDS))


def _assignment(one: RoleAssignment) -> Json:
    return {
        "id": one.id,
        "principalId": one.principal_id,
        "directoryScopeId": one.scope,
        "roleDefinitionId": one.role_id,
    }


def _eligibility(one: RoleEligibility) -> Json:
    return {
        "id": one.id,
        "principalId": one.principal_id,
        "roleDefinitionId": one.role_id,
        "directoryScopeId": one.scope,
        "appScopeId": None,
        "startDateTime": iso(one.starts_at),
        "endDateTime": None if one.ends_at is None else iso(one.ends_at),
        "memberType": "Direct",
        "roleEligibilityScheduleId": one.id.removesuffix("-1-e"),
    }


def _definition(role: RoleDefinition) -> Json:
    return {
        "id": role.id,
        "displayName": role.name,
        "isBuiltIn": True,
        "isEnabled": True,
        "isPrivileged": role.privileged,
        "templateId": role.id,
    }


ROOT = "roleManagement/directory"
ACTIVE = frozenset({"RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All"})
TRANSITIVE = frozenset({"RoleManagement.Read.Directory", "RoleManagement.Read.All"})
ELIGIBLE = TRANSITIVE | {"RoleEligibilitySchedule.Read.Directory"}
ROUTES = (
    Route(method="GET", path=f"{ROOT}/roleAssignments", needs=ACTIVE, handler=assignments),
    Route(method="GET", path=f"{ROOT}/roleDefinitions", needs=ACTIVE, handler=definitions),
    Route(method="GET", path=f"{ROOT}/roleDefinitions/{{role}}", needs=ACTIVE, handler=definition),
    Route(
        method="GET", path=f"{ROOT}/roleEligibilityScheduleInstances", needs=ELIGIBLE, handler=eligibilities
    ),
    Route(
        method="GET",
        path=f"{ROOT}/transitiveRoleAssignments",
        needs=TRANSITIVE,
        handler=transitive_assignments,
        apis=BETA,
    ),
)
