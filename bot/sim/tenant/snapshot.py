"""A tenant at one moment, to compare with another: "exactly as before" is no difference at all."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, fields

from bot.sim.tenant.model import Domain, Group, RoleAssignment, RoleEligibility, User

TOLD = frozenset({"mfa", "enabled", "upn", "members", "owners", "authentication"})
"""Fields whose values may be printed; the others may hold numbers and addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A copy of a tenant's state; equal when nothing an administrator could see differs."""

    users: Mapping[str, User]
    deleted: Mapping[str, User]
    groups: Mapping[str, Group]
    domains: Mapping[str, Domain]
    role_assignments: frozenset[RoleAssignment]
    role_eligibilities: frozenset[RoleEligibility]
    granted: frozenset[str]

    def differences(self, later: "Snapshot") -> tuple[str, ...]:
        """Say in words what *later* has differently, a line each; empty when it is exactly the same."""
        return tuple(self._differences(later))

    def _differences(self, later: "Snapshot") -> Iterator[str]:
        for name in ("users", "deleted", "groups", "domains"):
            yield from _of_objects(name, getattr(self, name), getattr(later, name))
        yield from _of_sets("role assignment", self.role_assignments, later.role_assignments)
        yield from _of_sets("role eligibility", self.role_eligibilities, later.role_eligibilities)
        yield from _of_sets("permission", self.granted, later.granted)


def _of_objects(
    where: str,
    before: Mapping[str, User | Group | Domain],
    after: Mapping[str, User | Group | Domain],
) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        match before.get(key), after.get(key):
            case None, _:
                yield f"{where}: {key} appeared"
            case _, None:
                yield f"{where}: {key} is gone"
            case old, new if old is not None and new is not None:
                yield from _of_fields(f"{where}: {key}", old, new)


def _of_fields(label: str, old: User | Group | Domain, new: User | Group | Domain) -> Iterator[str]:
    for one in fields(old):
        was, is_now = getattr(old, one.name), getattr(new, one.name)
        if was != is_now:
            told = f"was {was!r}, is {is_now!r}" if one.name in TOLD else "differs"
            yield f"{label}: {one.name} {told}"


def _of_sets(what: str, before: frozenset[Hashable], after: frozenset[Hashable]) -> Iterator[str]:
    yield from (f"{what} is gone: {thing}" for thing in sorted(map(str, before - after)))
    yield from (f"{what} appeared: {thing}" for thing in sorted(map(str, after - before)))
