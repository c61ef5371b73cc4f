"""``auth.test``, ``conversations.*``, ``users.*`` and ``usergroups.*``: who and what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sim.workspace.access import conversation_for, scoped
from bot.sim.workspace.chat import flag
from bot.sim.workspace.model import Conversation, Group, Json, Kind, Person
from bot.sim.workspace.refusals import ApiError

if TYPE_CHECKING:
    from bot.sim.workspace.world import World

PAGE = 100
"""Members on a page unless the call says otherwise."""


def auth_test(world: World, _arguments: Json) -> Json:
    """``auth.test``: whose token this is."""
    app = world.installation
    return {
        "url": f"https://{app.team_domain}.slack.com/",
        "team": app.team_domain.capitalize(),
        "team_id": app.team_id,
        "user": app.bot_name,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def conversations_open(world: World, arguments: Json) -> Json:
    """``conversations.open`` for one user."""
    scoped(world, "im:write")
    wanted = arguments.get("users")
    user_id = wanted[0] if isinstance(wanted, list) and len(wanted) == 1 else wanted
    person = world.people.get(user_id) if isinstance(user_id, str) else None
    if person is None:
        raise ApiError("user_not_found")
    if person.is_bot:
        raise ApiError("cannot_dm_bot")
    if person.deleted:
        raise ApiError("user_disabled")
    return {"channel": {"id": world.dm(person.id).id}}


def conversations_info(world: World, arguments: Json) -> Json:
    """``conversations.info``; a private channel without the app in it is not found."""
    channel = _readable(world, arguments)
    return {
        "channel": {
            "id": channel.id,
            "name": channel.name,
            "is_channel": channel.kind is Kind.PUBLIC,
            "is_group": channel.kind is Kind.PRIVATE,
            "is_im": channel.kind is Kind.DIRECT,
            "is_private": channel.kind is not Kind.PUBLIC,
            "is_archived": channel.is_archived,
            "is_shared": channel.is_shared or channel.is_ext_shared,
            "is_ext_shared": channel.is_ext_shared,
            "is_org_shared": channel.is_shared and not channel.is_ext_shared,
            "is_member": world.installation.bot_user in channel.members,
            "context_team_id": world.installation.team_id,
        }
    }


def conversations_members(world: World, arguments: Json) -> Json:
    """``conversations.members``, in pages."""
    members = _readable(world, arguments).members
    try:
        start, size = int(arguments.get("cursor") or 0), int(arguments.get("limit") or PAGE)
    except ValueError:
        raise ApiError("invalid_cursor") from None
    end = start + size
    cursor = str(end) if end < len(members) else ""
    return {"members": members[start:end], "response_metadata": {"next_cursor": cursor}}


def users_info(world: World, arguments: Json) -> Json:
    """``users.info``; the address is there with ``users:read.email``, and not for strangers."""
    scoped(world, "users:read")
    person = world.people.get(str(arguments.get("user")))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": _user(world, person)}


def users_lookup_by_email(world: World, arguments: Json) -> Json:
    """``users.lookupByEmail``: active people of this workspace only."""
    scoped(world, "users:read.email")
    email = str(arguments.get("email", "")).lower()
    for person in world.people.values():
        if person.email.lower() == email and not (person.deleted or person.is_stranger):
            return {"user": _user(world, person)}
    raise ApiError("users_not_found")


def usergroups_list(world: World, arguments: Json) -> Json:
    """``usergroups.list``; disabled groups and the members on request."""
    _user_groups(world)
    disabled, users = (flag(arguments.get(f"include_{what}")) for what in ("disabled", "users"))
    shown = [group for group in world.groups.values() if disabled or not group.disabled]
    return {"usergroups": [_usergroup(world, group, users=users) for group in shown]}


def usergroups_users_list(world: World, arguments: Json) -> Json:
    """``usergroups.users.list``; a disabled group exists on request only."""
    _user_groups(world)
    group = world.groups.get(str(arguments.get("usergroup")))
    if group is None or (group.disabled and not flag(arguments.get("include_disabled"))):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def _readable(world: World, arguments: Json) -> Conversation:
    channel = conversation_for(world, arguments.get("channel"))
    scoped(world, f"{channel.kind.value}:read")
    if channel.kind is Kind.PRIVATE and world.installation.bot_user not in channel.members:
        raise ApiError("channel_not_found")
    return channel


def _user_groups(world: World) -> None:
    scoped(world, "usergroups:read")
    if not world.paid_plan:
        raise ApiError("plan_upgrade_required")


def _usergroup(world: World, group: Group, *, users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": world.installation.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 1 if group.disabled else 0,
        "date_update": group.updated_at,
        "updated_by": group.updated_by,
        "user_count": len(group.users),
    }
    return {**shown, "users": list(group.users)} if users else shown


def _user(world: World, person: Person) -> Json:
    profile: Json = {"real_name": person.real_name, "display_name": person.name}
    if "users:read.email" in world.installation.scopes and not person.is_stranger:
        profile["email"] = person.email
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "profile": profile,
    }
    if person.deleted:
        # Slack leaves the rest out: who reads a flag that is not there must not read "no".
        return shown
    return {**shown, **_standing(person)}


def _standing(person: Person) -> Json:
    standing: Json = {
        "real_name": person.real_name,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_email_confirmed": person.is_email_confirmed,
        "tz": "Europe/Amsterdam",
    }
    return {**standing, "is_stranger": True} if person.is_stranger else standing
