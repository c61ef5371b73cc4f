"""Membership of a Conditional Access exclusion group, read and written.

**Every address that changes a membership ends in ``/$ref``.** Without it the call is about the member: the
person would be deleted. ``GraphClient`` sends nothing else under ``/members/``.

Source: Graph docs, "group-post-members", "group-delete-members", "user-checkmembergroups",
"group resource type".
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from approvals.errors import Gone, Later
from approvals.model import PersonId, Protection
from bot.entra.address import path
from bot.entra.answers import Json, Missing, Refused
from bot.entra.client import GraphClient, Once
from bot.entra.permissions import Permission, needing

_SELECT: Final = {
    "$select": "id,displayName,groupTypes,membershipRule,onPremisesSyncEnabled,isAssignableToRole,"
    "mailEnabled,securityEnabled"
}


async def read_membership(graph: GraphClient, subject: PersonId, group: str) -> Protection:
    """Return whether the group holds *subject*, through other groups too, as Conditional Access judges."""
    with needing(Permission.READ_GROUPS):
        where = path("/users/{}/checkMemberGroups", subject)
        found = await graph.query("v1.0", where, {"groupIds": [group]})
    match found.get("value"):
        case list(held):
            inside = group.casefold() in {one.casefold() for one in held if isinstance(one, str)}
        case _:
            raise Later("Graph does not say which groups hold the person")
    return Protection.EXCLUDED if inside else Protection.NOT_EXCLUDED


async def put_in(graph: GraphClient, subject: PersonId, group: str, once: Once) -> None:
    """Add *subject*, once. "Already a member" counts as made: whoever did it, it is to be undone."""
    body: Json = {"@odata.id": graph.address("v1.0", path("/directoryObjects/{}", subject))}
    with needing(Permission.WRITE_MEMBERS):
        try:
            await graph.post("v1.0", path("/groups/{}/members/$ref", group), body, once)
        except Refused as error:
            if error.trace.status != HTTPStatus.BAD_REQUEST or await _outside(graph, subject, group):
                raise


async def _outside(graph: GraphClient, subject: PersonId, group: str) -> bool:
    """Tell by a read what a 400 leaves open; one that fails leaves the outcome open too."""
    return await read_membership(graph, subject, group) is Protection.NOT_EXCLUDED


async def take_out(graph: GraphClient, subject: PersonId, group: str, once: Once) -> None:
    """Remove *subject*. A 404 may mean that they are no member, or that they are deleted: a read tells."""
    try:
        with needing(Permission.WRITE_MEMBERS):
            await graph.delete("v1.0", path("/groups/{}/members/{}/$ref", group, subject), once)
    except Missing:
        if await read_membership(graph, subject, group) is Protection.EXCLUDED:
            raise Later("Entra answers 404 for a membership that a read still shows") from None


async def unfit(graph: GraphClient, group: str) -> str:
    """Say why *group* cannot be the exclusion group, or nothing where it can."""
    with needing(Permission.READ_GROUPS):
        try:
            found = await graph.get("v1.0", path("/groups/{}", group), _SELECT)
        except Gone:
            return "which is no group in Entra"
    return _objection(found)


def _objection(found: Json) -> str:
    kinds = found.get("groupTypes")
    if not isinstance(kinds, list) or "mailEnabled" not in found:
        return "whose properties Entra does not show"
    if "DynamicMembership" in kinds or found.get("membershipRule"):
        return "whose members follow from a rule: nobody can be put in or taken out"
    if found.get("onPremisesSyncEnabled"):
        return "which is synchronised from Active Directory: its members are changed there alone"
    if found.get("isAssignableToRole") is not False and found.get("isAssignableToRole") is not None:
        return "to which directory roles can be assigned: members could become administrators"
    if found.get("mailEnabled") is not False and "Unified" not in kinds:
        return "which is managed in Exchange: Graph cannot change its members"
    return ""
