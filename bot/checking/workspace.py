"""The Slack side: the app and its scopes, the channel, the user groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from approvals.errors import Never
from approvals.model import ChatId
from bot.checking.model import Line, Place, Probe, failed, note, ok, warning
from bot.config import HttpMode, SlackGroup, SlackUser, SocketMode
from bot.config.policy_tables import People
from bot.slack.manifest import SCOPES
from bot.slack.socket import address
from bot.slack.workspace import Channel, SlackWorkspace, UserGroup

SLACK: Final = "Slack"
SOCKET: Final = "Socket Mode"
CHANNEL: Final = "channel"
GROUPS: Final = "user groups"
REINSTALL: Final = "compare with `relatch manifest`, and install the app again"
_EDITORS: Final = "who else may edit it is a workspace setting that Slack shows to no app"


async def _slack(place: Place) -> Iterable[Line]:
    """Look at the token, and at each scope that it should have, or should not."""
    found = await SlackWorkspace(place.web).installed()
    first = ok(SLACK, f"the token is {found.name}'s, in {found.workspace}")
    if found.scopes is None:
        return [first, note("scopes", "Slack does not say which the token has", REINSTALL)]
    return [first, *_scopes(found.scopes)]


async def _socket(place: Place) -> Iterable[Line]:
    """Ask for the address of a connection, and connect to nothing."""
    match place.configuration.settings.transport:
        case SocketMode(app_token=token):
            await address(place.web, token.get_secret_value())
            return [ok(SOCKET, "the app's token opens connections")]
        case HttpMode():
            return []
        case never:
            assert_never(never)


def _scopes(granted: frozenset[str]) -> Iterator[Line]:
    for scope, why in SCOPES.items():
        name = f"scope {scope}"
        if scope in granted:
            yield ok(name, f"granted, {why}")
        else:
            yield failed(name, f"missing; it is needed {why}", REINSTALL)
    more = sorted(granted - SCOPES.keys())
    if more:
        yield warning("more scopes", f"granted and never used: {', '.join(more)}", REINSTALL)


async def _channel(place: Place) -> Iterable[Line]:
    wanted = place.configuration.policy.people.channel
    try:
        found = await SlackWorkspace(place.web).channel(wanted)
    except Never as error:
        # A public channel takes another scope, which the app does not ask for.
        if "channels:read" in error.why:
            return [failed(CHANNEL, f"{wanted} is not private", "make it private, or name another one")]
        raise
    wrong = list(_wrong(wanted, found))
    return wrong or [ok(CHANNEL, f"#{found.name} is private, not shared, and the bot is in it")]


def _wrong(wanted: str, found: Channel) -> Iterator[Line]:
    if not found.private:
        yield failed(CHANNEL, f"{wanted} is not private", "make it private, or name another one")
    if found.shared:
        yield failed(CHANNEL, f"#{found.name} is shared with {found.shared}", "name a channel of your own")
    if found.archived:
        yield failed(CHANNEL, f"#{found.name} is archived", "unarchive it, or name another one")
    if not found.member:
        yield failed(CHANNEL, f"the bot is not in #{found.name}", f"/invite it to #{found.name}")


async def _groups(place: Place) -> Iterable[Line]:
    people = place.configuration.policy.people
    named = {role: _groups_in(listed) for role, listed in _roles(people).items()}
    if not any(named.values()):
        return []
    known = await SlackWorkspace(place.web).groups()
    return [
        line
        for role, groups in named.items()
        for group in groups
        for line in _group(f"{role} {group}", known.get(group), _requesters(people, known))
    ]


def _roles(people: People) -> dict[str, tuple[object, ...]]:
    return {
        "people.requesters": people.requesters,
        "people.approvers": people.approvers,
        "people.escalate_to": people.escalate_to,
    }


def _groups_in(listed: Iterable[object]) -> list[str]:
    return [one.id for one in listed if isinstance(one, SlackGroup)]


def _requesters(people: People, known: dict[str, UserGroup]) -> frozenset[ChatId]:
    """Return who may ask and not decide."""
    asking, deciding = (_members(side, known) for side in (people.requesters, people.approvers))
    return asking - deciding


def _members(side: Iterable[object], known: dict[str, UserGroup]) -> frozenset[ChatId]:
    users = {ChatId(one.id) for one in side if isinstance(one, SlackUser)}
    held = (known[group].members for group in _groups_in(side) if group in known)
    return frozenset(users).union(*held)


def _group(name: str, group: UserGroup | None, requesters: frozenset[ChatId]) -> Iterator[Line]:
    if group is None:
        yield failed(name, "there is no such user group", "correct [people] in the policy")
        return
    if group.disabled:
        yield failed(name, f"@{group.handle} is disabled", "enable it in Slack, or name another one")
        return
    if not group.members:
        yield failed(name, f"@{group.handle} is empty", "put people into it in Slack")
        return
    number = "1 member" if len(group.members) == 1 else f"{len(group.members)} members"
    edited = f"last edited by {group.edited_by}" if group.edited_by else "Slack does not say who edited it"
    when = f" on {group.edited_at:%d %b %Y}" if group.edited_by and group.edited_at else ""
    says = f"@{group.handle}, {number}; {edited}{when}; {_EDITORS}"
    if name.startswith("people.approvers") and group.edited_by in requesters:
        yield warning(name, says, "let only administrators edit user groups: this editor may ask")
    else:
        yield ok(name, says)


PROBES: Final = (
    Probe(SLACK, _slack),
    Probe(SOCKET, _socket),
    Probe(CHANNEL, _channel, after=(SLACK,)),
    Probe(GROUPS, _groups, after=(SLACK,)),
)
