"""The people of ``[people]`` and ``[protect]``: each bound to one account, and enough who can decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from approvals.errors import Gone
from approvals.model import ChatId, PersonId
from bot import wiring
from bot.checking.model import Line, Place, Probe, failed, ok, warning
from bot.checking.tenant import SIGN_IN
from bot.checking.workspace import SLACK
from bot.config import PolicyFile, SlackUser
from bot.entra.users import Users
from bot.people import Rules
from bot.people.binding import UNKNOWN, bar
from bot.people.protected import resolve_protected
from bot.people.ranks import Listed, Ranks
from bot.slack.people import SlackPeople

_BIND: Final = "correct people.match_by, people.table or the group"


async def _people(place: Place) -> Iterable[Line]:
    chat = SlackPeople(place.web)
    known = wiring.Known(await chat.home(), frozenset())
    rules = wiring.rules_of(place.configuration.policy, known)
    ranks = Ranks(Users(place.graph), chat, rules)
    asking, deciding = await ranks.roll(rules.requesters), await ranks.roll(rules.approvers)
    return [
        *(_listed("approver", one) for one in deciding),
        *_twice(deciding),
        *_quorums(place.configuration.policy, _good(asking), _good(deciding)),
        *_requesters(asking),
        *[await _escalated(chat, rules, one.id) for one in _users(place.configuration.policy)],
    ]


def _users(policy: PolicyFile) -> Iterable[SlackUser]:
    return (one for one in policy.people.escalate_to if isinstance(one, SlackUser))


async def _escalated(chat: SlackPeople, rules: Rules, who: str) -> Line:
    name = f"people.escalate_to {who}"
    try:
        barred = bar(rules, await chat.account(ChatId(who)))
    except Gone:
        barred = UNKNOWN
    return failed(name, f"cannot be paged: “{barred}”", _BIND) if barred else ok(name, "can be paged")


async def _pages(place: Place) -> Iterable[Line]:
    """Say so when nobody is called while a restore is overdue."""
    if place.configuration.policy.people.escalate_to:
        return []
    nobody = "nobody is called when a restore is overdue, or a request waits too long"
    return [warning("people.escalate_to", nobody, "name a user group or people on duty")]


def _good(listed: Iterable[Listed]) -> dict[PersonId, str]:
    """Return the people among *listed* who may do something, with their names."""
    return {one.person.id: one.person.name for one in listed if one.person and not one.barred}


def _listed(role: str, one: Listed) -> Line:
    name = f"{role} {one.chat or (one.person.upn if one.person else 'unknown')}"
    if one.barred:
        return failed(name, f"can do nothing: “{one.barred}”", _BIND)
    return ok(name, f"is {one.person.name} ({one.person.upn})" if one.person else "is known")


def _twice(listed: Sequence[Listed]) -> Iterator[Line]:
    """Tell of people with several Slack accounts: they count once."""
    counted = Counter(one.person.upn for one in listed if one.person and not one.barred)
    for upn, number in counted.items():
        if number > 1:
            yield warning(
                f"approver {upn}", f"has {number} Slack accounts, and counts once", "name one of them only"
            )


def _quorums(
    policy: PolicyFile, asking: dict[PersonId, str], deciding: dict[PersonId, str]
) -> Iterator[Line]:
    """Judge whether every request can be decided: by others than its requester and its subject."""
    needed = most_approvals(policy)
    name = "quorum"
    more = "name more approvers, or ask for fewer approvals"
    if len(deciding) < needed:
        yield failed(name, f"{needed} approvals are needed, and {len(deciding)} can decide", more)
        return
    stuck = [who for person, who in asking.items() if len(deciding.keys() - {person}) < needed]
    if stuck:
        says = f"{needed} approvals are needed, and too few can decide what is asked by {', '.join(stuck)}"
        yield failed(name, says, more)
    else:
        yield ok(name, f"{needed} needed, {len(deciding)} can decide")


def most_approvals(policy: PolicyFile) -> int:
    """Return the largest number of approvals that any table of *policy* asks for."""
    tables = (policy.suspend, policy.phone, policy.enable, policy.default_method, policy.access_pass)
    return max(table.approvals for table in tables if table is not None)


def _requesters(listed: Sequence[Listed]) -> Iterator[Line]:
    good = _good(listed)
    if good:
        yield ok("requesters", f"{len(good)} can ask")
    else:
        yield failed("requesters", "nobody can ask", _BIND)
    for one in listed:
        if one.barred:
            line = _listed("requester", one)
            yield warning(line.name, line.says, line.repair)


async def _protected(place: Place) -> Iterable[Line]:
    """Look whether everybody and every group that is protected by name exists."""
    protect, users = place.configuration.policy.protect, Users(place.graph)
    lines = [await _group(users, group) for group in protect.groups]
    found = await resolve_protected(users, protect.users)
    if isinstance(found, tuple):
        return [
            *lines,
            *(failed(one.place, f"found {one.found}", f"expected {one.expected}") for one in found),
        ]
    return [*lines, ok("protect.users", f"{len(found)} found")] if found else lines


async def _group(users: Users, group: str) -> Line:
    return ok(f"protect.groups {group}", f"{len(await users.within(group))} members are protected")


PROBES: Final = (
    Probe("pages", _pages),
    Probe("people", _people, after=(SLACK, SIGN_IN)),
    Probe("protected people", _protected, after=(SIGN_IN,)),
)
