"""Putting members into groups and taking them out: by ``/$ref``, or, without it, what Graph does then.

Source: Graph docs, ``group-post-members``, ``group-delete-members``.
"""

from bot.sim.tenant.model import Group
from bot.sim.tenant.routes import Route
from bot.sim.tenant.wire import Answer, Call, Rejected, not_found

ALREADY = (
    "One or more added object references already exist for the following modified properties: 'members'."
)
WRITES = frozenset({"GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"})
DELETES_PEOPLE = frozenset({"User.ReadWrite.All", "Directory.ReadWrite.All"})
ROLES = "RoleManagement.ReadWrite.Directory"
_OBJECT = "/directoryObjects/"


def add_member(call: Call) -> Answer:
    """Answer ``POST /groups/{id}/members/$ref``."""
    group, tenant, cause = _changeable(call), call.tenant, call.received
    match call.json():
        case {"@odata.id": str(address)} if _OBJECT in address:
            key = address.rpartition(_OBJECT)[2].casefold()
        case _:
            raise Rejected(
                400, "Request_BadRequest", "Invalid URL format specified in @odata.id for members."
            )
    if key not in tenant.users and key not in tenant.groups:
        raise not_found(key)
    if key in group.members:
        raise Rejected(400, "Request_BadRequest", ALREADY)
    return Answer(status=204, write=lambda at: tenant.join(group.id, key, cause=cause, at=at))


def remove_member(call: Call) -> Answer:
    """Answer ``DELETE /groups/{id}/members/{member}/$ref``."""
    group, tenant, cause = _changeable(call), call.tenant, call.received
    key = call.keys["member"].casefold()
    if key not in group.members or (key not in tenant.users and key not in tenant.groups):
        raise not_found(key)
    return Answer(status=204, write=lambda at: tenant.leave(group.id, key, cause=cause, at=at))


def delete_member(call: Call) -> Answer:
    """Answer the same without ``/$ref``: the member itself is deleted, if the app may do that."""
    tenant, key = call.tenant, call.keys["member"].casefold()
    if key not in _changeable(call).members or key not in tenant.users:
        raise not_found(key)
    if not DELETES_PEOPLE & tenant.granted:
        raise Rejected(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )
    return Answer(status=204, write=lambda _: tenant.delete_user(key))


def _changeable(call: Call) -> Group:
    key = call.keys["group"]
    group = call.tenant.groups.get(key.casefold())
    if group is None:
        raise not_found(key)
    if group.role_assignable and ROLES not in call.tenant.granted:
        raise Rejected(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )
    if group.synchronised:
        raise Rejected(
            400,
            "Request_BadRequest",
            "Unable to update the specified properties for on-premises mastered objects.",
        )
    if "DynamicMembership" in group.types:
        raise Rejected(
            403, "Request_BadRequest", "Insufficient privileges to change a dynamic group's members."
        )
    return group


ROUTES = (
    Route(method="POST", path="groups/{group}/members/$ref", needs=WRITES, handler=add_member),
    Route(method="DELETE", path="groups/{group}/members/{member}/$ref", needs=WRITES, handler=remove_member),
    Route(method="DELETE", path="groups/{group}/members/{member}", needs=WRITES, handler=delete_member),
)
