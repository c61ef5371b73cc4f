"""Who is protected: by directory roles, by groups, by a restricted unit, by name.

Graph lets an app change anybody's MFA, administrators included, so this is the only thing in the way.
What is looked at, and where Graph shows it (Graph docs):

* active roles over the whole tenant, also through groups: ``transitiveMemberOf``
* active roles in administrative units or for one app: ``roleAssignments`` of the person and of each
  group that holds them, since a group's roles stand under the group's own id
* eligible roles (Privileged Identity Management): ``roleEligibilityScheduleInstances``, likewise
* role-assignable groups, by membership (``transitiveMemberOf``) or ownership (``ownedObjects``), even
  while no role is assigned to them
* a restricted management administrative unit: ``isManagementRestricted``

An item whose properties are withheld ("limited information for inaccessible member objects") still counts.
Whatever cannot be read is told as unread, and whoever decides must then take the person for protected.
The one exception is a tenant without Entra ID P2, in which nobody can be eligible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto, unique
from http import HTTPStatus
from typing import Final

from approvals.errors import Never
from approvals.model import PersonId
from bot.entra.address import path
from bot.entra.answers import Json, Refused
from bot.entra.batch import Get
from bot.entra.client import GraphClient
from bot.entra.lists import Listed, Question, Unread, ask
from bot.entra.permissions import Permission, repair
from bot.entra.users import User, is_set
from bot.entra.words import line

ROLES, GROUPS, USERS = "protect.roles", "protect.groups", "protect.users"
NO_P2: Final = "AadPremiumLicenseRequired"
NOT_LOOKED_UP: Final = "not looked up (protect.roles is none)"
_GROUP, _ROLE = "#microsoft.graph.group", "#microsoft.graph.directoryRole"
_LONGEST: Final = 120
_BELONGS: Final = {"$select": "id,displayName,isAssignableToRole,roleTemplateId", "$top": "999"}


@unique
class RoleRule(StrEnum):
    """Which directory roles protect: ``protect.roles``."""

    ACTIVE_AND_ELIGIBLE = "active_and_eligible"
    ACTIVE = "active"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Protect:
    """``[protect]``, with the people in it resolved to ids. Groups and people are in lower case."""

    roles: RoleRule = RoleRule.ACTIVE_AND_ELIGIBLE
    groups: frozenset[str] = frozenset()
    users: frozenset[PersonId] = frozenset()


@unique
class Part(StrEnum):
    """The lists that are read about a person before their groups are known."""

    MEMBERSHIPS = auto()
    OWNED = auto()
    ACTIVE = auto()
    ELIGIBLE = auto()


@dataclass(frozen=True, slots=True)
class Shield:
    """What protects somebody: sentences after the rule's key; and what could not be read about it."""

    roles: tuple[str, ...]
    protected: tuple[tuple[str, str], ...]
    unread: tuple[Unread, ...]


def memberships(who: PersonId) -> Get:
    """Return the read of the groups and directory roles that hold *who*, nested groups included."""
    return Get(path("/users/{}/transitiveMemberOf", who), _BELONGS)


def questions(who: PersonId, protect: Protect) -> dict[Part, Question]:
    """Return what has to be read about *who* under the rules *protect*."""
    asked: dict[Part, Question] = {}
    if protect.groups or protect.roles is not RoleRule.NONE:
        asked[Part.MEMBERSHIPS] = Question("memberships", Permission.READ_GROUPS, memberships(who))
    if protect.roles is not RoleRule.NONE:
        owned = Get(path("/users/{}/ownedObjects", who), _BELONGS)
        asked[Part.OWNED] = Question("owned groups", Permission.READ_PEOPLE, owned)
        asked |= _of_principal(who, protect)
    return asked


def _of_principal(who: str, protect: Protect) -> dict[Part, Question]:
    """Return the reads of the roles that stand under one id, a person's or a group's."""
    quoted = who.replace("'", "''")
    params = {"$filter": f"principalId eq '{quoted}'", "$expand": "roleDefinition"}
    active = Get(path("/roleManagement/directory/roleAssignments"), params)
    asked = {Part.ACTIVE: Question("directory roles", Permission.READ_ROLES, active)}
    if protect.roles is RoleRule.ACTIVE_AND_ELIGIBLE:
        eligible = Get(path("/roleManagement/directory/roleEligibilityScheduleInstances"), params)
        asked[Part.ELIGIBLE] = Question("eligible roles", Permission.READ_ELIGIBLE_ROLES, eligible)
    return asked


async def shield(graph: GraphClient, user: User, protect: Protect, answers: Mapping[Part, Listed]) -> Shield:
    """Judge what was answered about *user*, and ask after the roles of the groups that hold them."""
    seen = _Seen()
    belongs = seen.take(answers.get(Part.MEMBERSHIPS, []))
    if protect.roles is not RoleRule.NONE:
        seen.note_memberships(belongs)
        seen.note_owned(seen.take(answers.get(Part.OWNED, [])))
        await _note_roles(graph, seen, protect, answers)
    else:
        seen.roles.append(NOT_LOOKED_UP)
    seen.protected += _listed(user, protect, belongs)
    return seen.shield()


async def _note_roles(
    graph: GraphClient, seen: _Seen, protect: Protect, answers: Mapping[Part, Listed]
) -> None:
    """Note the roles under the person's own id, then those under the ids of their groups."""
    per_group = [_of_principal(group, protect) for group in seen.groups]
    flat = [(part, question) for asked in per_group for part, question in asked.items()]
    more = await ask(graph, [question for _, question in flat])
    found = [(part, answers[part]) for part in (Part.ACTIVE, Part.ELIGIBLE) if part in answers]
    found += [(part, listed) for (part, _), listed in zip(flat, more, strict=True)]
    for part, listed in found:
        seen.note_roles(part, seen.take(_without_p2(listed) if part is Part.ELIGIBLE else listed))


def _without_p2(listed: Listed) -> Listed:
    """Return nothing instead of the one refusal that says nobody can be eligible here."""
    match listed:
        case Unread(error=Refused(trace=trace)) if trace.code == NO_P2 and trace.status in {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.FORBIDDEN,
        }:
            return []
        case _:
            return listed


def _listed(user: User, protect: Protect, belongs: Iterable[Json]) -> Iterator[tuple[str, str]]:
    """Yield what protects whatever the roles are."""
    if user.restricted:
        yield "protect", "is in a restricted management administrative unit"
    for item in belongs:
        key = str(item.get("id")).lower()
        if key in protect.groups:
            yield GROUPS, f"is in the protected group “{line(item.get('displayName'), _LONGEST) or key}”"
    if user.id in protect.users:
        yield USERS, "is named among the protected people"


@dataclass(slots=True)
class _Seen:
    """What has been noted so far about one person."""

    roles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    protected: list[tuple[str, str]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def take(self, listed: Listed) -> Sequence[Json]:
        """Return the items; note the list as unread, once for all of its kind, where there are none."""
        if not isinstance(listed, Unread):
            return listed
        if listed.what not in {other.what for other in self.unread}:
            self.unread.append(listed)
        return []

    def note_memberships(self, items: Iterable[Json]) -> None:
        for item in items:
            kind, key = item.get("@odata.type"), item.get("id")
            if kind == _ROLE:
                self.roles.append(line(item.get("displayName"), _LONGEST) or "a directory role")
            elif kind == _GROUP and isinstance(key, str):
                self.groups.append(key)
                self._note_group(item, "is in")
            elif kind == _GROUP or not isinstance(kind, str):
                self._incomplete("memberships")

    def note_owned(self, items: Iterable[Json]) -> None:
        for item in items:
            kind = item.get("@odata.type")
            if kind == _GROUP:
                self._note_group(item, "owns")
            elif not isinstance(kind, str):
                self._incomplete("owned groups")

    def _note_group(self, group: Json, how: str) -> None:
        """Judge by ``isAssignableToRole``, which Graph leaves unset for ordinary groups."""
        name = line(group.get("displayName"), _LONGEST)
        if not name:
            self._incomplete("the properties of groups")
        elif is_set(group.get("isAssignableToRole")):
            self.protected.append((ROLES, f"{how} the role-assignable group “{name}”"))

    def _incomplete(self, what: str) -> None:
        error = Never("Graph withholds their properties", repair(Permission.READ_GROUPS))
        self.take(Unread(what, error))

    def note_roles(self, part: Part, items: Iterable[Json]) -> None:
        eligible = ["eligible"] if part is Part.ELIGIBLE else []
        for item in items:
            qualities = ", ".join(eligible + _scope(item))
            self.roles.append(f"{_role(item)} ({qualities})" if qualities else _role(item))

    def shield(self) -> Shield:
        roles = tuple(dict.fromkeys(self.roles))
        holds = [(ROLES, f"holds {role}") for role in roles if role != NOT_LOOKED_UP]
        return Shield(roles, (*holds, *dict.fromkeys(self.protected)), tuple(self.unread))


def _role(item: Json) -> str:
    """Return a role's name, or that it is one: an assignment never counts as none."""
    match item:
        case {"roleDefinition": {"displayName": str(name)}} if line(name):
            return line(name, _LONGEST)
        case {"roleDefinitionId": str(key)} if line(key):
            return f"a directory role ({line(key, _LONGEST)})"
        case _:
            return "a directory role"


def _scope(item: Json) -> list[str]:
    scope = item.get("directoryScopeId")
    if scope == "/":
        return []
    in_unit = isinstance(scope, str) and scope.startswith("/administrativeUnits/")
    return ["in an administrative unit" if in_unit else "in a limited scope"]
