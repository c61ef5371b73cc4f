"""Who is in what: groups, nested groups, directory roles through them, and what people own."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from bot.sim.tenant.model import Group, RoleDefinition
from bot.sim.tenant.paging import Listing, collection, require_advanced
from bot.sim.tenant.routes import Route
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.users import FIELDS as USER_FIELDS
from bot.sim.tenant.users import found, properties
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, iso, not_found

GROUP, ROLE, USER = (f"#microsoft.graph.{kind}" for kind in ("group", "directoryRole", "user"))
SEES = {
    GROUP: frozenset({"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"}),
    ROLE: frozenset({"RoleManagement.Read.Directory", "Directory.Read.All"}),
    USER: frozenset({"User.ReadBasic.All", "User.Read.All", "Directory.Read.All"}),
}
"""Without one of these an object of the kind comes back with its type and id, everything else null."""

FIELDS = frozenset(
    {
        "id",
        "displayName",
        "isAssignableToRole",
        "securityEnabled",
        "mailEnabled",
        "roleTemplateId",
        "groupTypes",
        "membershipRule",
        "onPremisesSyncEnabled",
    }
)
OBJECTS = Listing("directoryObjects", FIELDS | USER_FIELDS)
GROUP_LIST = Listing("groups", FIELDS | {"mail", "proxyAddresses"})
CHECK_LIMIT = 20


def groups_of(tenant: Tenant, principal_id: str, as_of: datetime | None = None) -> Iterator[Group]:
    """Yield every group that holds a user or group, through any number of groups, each once.

    A replica that lags shows the members of *as_of*.
    """
    groups = [(as_of and tenant.journal.group(group.id, as_of)) or group for group in tenant.groups.values()]
    held, seen = {principal_id}, set[str]()
    while held:
        above = {group.id for group in groups if group.members & held} - seen
        seen |= above
        held = above
    yield from (tenant.groups[group_id] for group_id in sorted(seen))


def roles_of(tenant: Tenant, principal_id: str) -> Iterator[RoleDefinition]:
    """Yield the roles active over the whole tenant, held directly or through groups.

    Roles in administrative units and eligible ones are not memberships, on Graph neither.
    """
    holders = {principal_id, *(group.id for group in groups_of(tenant, principal_id))}
    held = {
        one.role_id for one in tenant.role_assignments if one.principal_id in holders and one.scope == "/"
    }
    yield from (tenant.role_definitions[role_id] for role_id in sorted(held))


def memberships(call: Call) -> Answer:
    """Answer ``GET /users/{id}/transitiveMemberOf``, with or without a cast."""
    user = found(call)
    groups = (group_body(group) for group in groups_of(call.tenant, user.id))
    roles = (_role_body(call.tenant, role) for role in roles_of(call.tenant, user.id))
    return _objects(call, [*groups, *roles])


def owned(call: Call) -> Answer:
    """Answer ``GET /users/{id}/ownedObjects``, with or without a cast."""
    user = found(call)
    return _objects(call, [group_body(one) for one in call.tenant.groups.values() if user.id in one.owners])


def check_groups(call: Call) -> Answer:
    """Answer ``POST /users/{id}/checkMemberGroups`` and ``checkMemberObjects``: ids that hold the user."""
    user = found(call)
    wanted = _ids(call, "groupIds" if call.segments[-1].casefold() == "checkmembergroups" else "ids")
    holding = {group.id for group in groups_of(call.tenant, user.id, call.as_of)}
    body = {"@odata.context": call.context("Collection(Edm.String)")}
    return Answer(body={**body, "value": [one for one in wanted if one.casefold() in holding]})


def list_groups(call: Call) -> Answer:
    """Answer ``GET /groups``."""
    return collection(call, map(group_body, call.tenant.groups.values()), GROUP_LIST)


def get_group(call: Call) -> Answer:
    """Answer ``GET /groups/{id}``."""
    return Answer(body={"@odata.context": call.context("groups/$entity"), **group_body(_group(call))})


def members(call: Call) -> Answer:
    """Answer ``GET /groups/{id}/members``: direct ones."""
    return _objects(call, list(_member_bodies(call, _group(call).members)))


def transitive_members(call: Call) -> Answer:
    """Answer ``GET /groups/{id}/transitiveMembers``: through nested groups, each once."""
    start = _group(call)
    waiting, seen = set(start.members), set[str]()
    while waiting:
        seen |= waiting
        nested = (call.tenant.groups[one].members for one in waiting if one in call.tenant.groups)
        waiting = set[str]().union(*nested) - seen
    return _objects(call, list(_member_bodies(call, seen - {start.id})))


def group_body(group: Group) -> Json:
    """Return a group as Graph shows it."""
    return {
        "@odata.type": GROUP,
        "id": group.id,
        "displayName": group.name,
        "isAssignableToRole": group.role_assignable,
        "securityEnabled": group.security,
        "mailEnabled": group.mail is not None,
        "mail": group.mail,
        "proxyAddresses": list(group.proxies),
        "groupTypes": list(group.types),
        "membershipRule": group.rule,
        "onPremisesSyncEnabled": group.synchronised,
        "createdDateTime": iso(group.created_at),
    }


def _role_body(tenant: Tenant, role: RoleDefinition) -> Json:
    role_object = str(uuid5(NAMESPACE_URL, f"{tenant.id}|{role.id}"))
    return {"@odata.type": ROLE, "id": role_object, "displayName": role.name, "roleTemplateId": role.id}


def _member_bodies(call: Call, ids: Iterable[str]) -> Iterator[Json]:
    for one in sorted(ids):
        if one in call.tenant.users:
            yield {"@odata.type": USER, **properties(call, call.tenant.users[one])}
        elif one in call.tenant.groups:
            yield group_body(call.tenant.groups[one])


def _objects(call: Call, things: list[Json]) -> Answer:
    """Answer with directory objects; a cast or a filter asks for an advanced query."""
    kind = call.keys.get("cast")
    if kind is not None:
        things = [thing for thing in things if thing["@odata.type"] == f"#{kind}"]
        if f"#{kind}" not in SEES:
            raise Rejected(400, "BadRequest", f"Resource not found for the segment '{kind}'.")
    if kind is not None or "$filter" in call.query:
        require_advanced(call)
    shown = (_visible(thing, call.tenant.granted) for thing in things)
    return collection(call, shown, OBJECTS)


def _visible(thing: Json, granted: set[str]) -> Json:
    if SEES[str(thing["@odata.type"])] & granted:
        return thing
    return {key: value if key in {"@odata.type", "id"} else None for key, value in thing.items()}


def _group(call: Call) -> Group:
    key = call.keys["group"]
    group = call.tenant.groups.get(key.casefold())
    if group is None:
        raise not_found(key)
    return group


def _ids(call: Call, name: str) -> list[str]:
    match call.json():
        case {**body} if isinstance(ids := body.get(name), list) and 0 < len(ids) <= CHECK_LIMIT:
            return [str(one) for one in ids]
        case _:
            raise Rejected(400, "Request_BadRequest", f"'{name}' must hold 1 to {CHECK_LIMIT} ids.")


MEMBERSHIPS = frozenset({"User.Read.All", "GroupMember.ReadBasic.All", "Directory.Read.All"})
OWNED = frozenset({"User.Read.All", "Directory.Read.All"})
CHECKS = frozenset({"GroupMember.Read.All", "User.Read.All", "Directory.Read.All"})
GROUPS = frozenset({"GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"})
MEMBERS = GROUPS | {"GroupMember.ReadBasic.All"}
ROUTES = (
    Route(method="GET", path="users/{user}/transitiveMemberOf", needs=MEMBERSHIPS, handler=memberships),
    Route(
        method="GET", path="users/{user}/transitiveMemberOf/{cast}", needs=MEMBERSHIPS, handler=memberships
    ),
    Route(method="GET", path="users/{user}/ownedObjects", needs=OWNED, handler=owned),
    Route(method="GET", path="users/{user}/ownedObjects/{cast}", needs=OWNED, handler=owned),
    Route(method="POST", path="users/{user}/checkMemberGroups", needs=CHECKS, handler=check_groups),
    Route(method="POST", path="users/{user}/checkMemberObjects", needs=CHECKS, handler=check_groups),
    Route(method="GET", path="groups", needs=GROUPS, handler=list_groups),
    Route(method="GET", path="groups/{group}", needs=GROUPS, handler=get_group),
    Route(method="GET", path="groups/{group}/members", needs=MEMBERS, handler=members),
    Route(method="GET", path="groups/{group}/members/{cast}", needs=MEMBERS, handler=members),
    Route(method="GET", path="groups/{group}/transitiveMembers", needs=MEMBERS, handler=transitive_members),
    Route(
        method="GET",
        path="groups/{group}/transitiveMembers/{cast}",
        needs=MEMBERS,
        handler=transitive_members,
    ),
)
