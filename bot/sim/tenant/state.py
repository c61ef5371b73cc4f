"""The store behind a simulated tenant: what is true now, and the only functions that change it."""

import asyncio
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid4, uuid5

from bot.sim.tenant.journal import Cause, GroupChange, Journal, MfaChange, PersonChange, Revocation, Someone
from bot.sim.tenant.mail_model import Contact, Mailbox
from bot.sim.tenant.model import (
    BUILT_IN_ROLES,
    App,
    Domain,
    Group,
    MfaState,
    PassRules,
    RawMethod,
    RawPolicy,
    RawSignIn,
    RoleAssignment,
    RoleDefinition,
    RoleEligibility,
    User,
)
from bot.sim.tenant.snapshot import Snapshot

Write: TypeAlias = Callable[[datetime], None]
"""A change that has been accepted; it is called once, with the moment at which it lands."""

Rewrite: TypeAlias = Callable[[tuple[RawMethod, ...]], tuple[RawMethod, ...]]
"""What a change makes of somebody's methods, at the moment at which it lands."""

Regroup: TypeAlias = Callable[[frozenset[str]], frozenset[str]]
"""What a change makes of a group's members."""

Until: TypeAlias = asyncio.Event | datetime

PASS = "#microsoft.graph.temporaryAccessPassAuthenticationMethod"  # noqa: S105  # a type, not a secret
NOT_SECOND_FACTORS = (
    PASS,
    "#microsoft.graph.passwordAuthenticationMethod",
    "#microsoft.graph.emailAuthenticationMethod",
)
ALLOWED = frozenset({"MicrosoftAuthenticator", "SoftwareOath", "Sms", "Voice"})
PORTAL = Someone("an administrator in the portal")


def utc_now() -> datetime:
    """Return the wall clock, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token that was issued; ``challenged`` means Graph wants a newer one (CAE).

    ``audience`` is the service it is for, empty for Graph.
    """

    expires_at: datetime
    audience: str = ""
    challenged: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """A write that was accepted and has not landed."""

    write: Write
    until: Until


@dataclass(slots=True, kw_only=True)
class Tenant:
    """A tenant's whole state.

    ``now`` is the clock of everything time-like. ``granted`` are the application permissions, checked at
    each call, so that withdrawing one works at once. ``promotes_enabled`` is Graph's rule that ``enabled``
    becomes ``enforced`` by itself once a second factor is registered. ``methods_allowed`` are the ids that
    the tenant's policy of methods has on, ``sms_sign_in`` lets a number sign in by itself, ``masks_numbers``
    shows callers the last two digits of one. ``pass_rules`` is what access passes may be, ``passes`` holds
    the secret of every one that was ever made, by the method's id. ``entra_id_p2`` off makes the
    Privileged Identity Management paths answer that the licence is missing, ``entra_id_p1`` off those of the
    reports. ``report_age`` is how old the registration report is, and ``reported`` holds what it says
    otherwise, by object id; it does not know those in ``unreported``. ``lists_mfa`` is what lists of users
    do with the undocumented ``perUserMfaState``. ``access_paced`` throttles Conditional Access as Graph
    does. ``elsewhere`` are domains that other tenants have verified: the login host knows them, Graph does
    not. ``mailboxes`` go by their owners' object ids; ``conceals_names`` is the setting that puts hashes
    into usage reports. ``services`` are the resources besides Graph for which tokens are given out.
    """

    id: str
    name: str
    app: App
    now: Callable[[], datetime] = utc_now
    users: dict[str, User] = field(default_factory=dict)
    deleted: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    elsewhere: dict[str, Domain] = field(default_factory=dict)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    conceals_names: bool = False
    services: set[str] = field(default_factory=set)
    role_definitions: dict[str, RoleDefinition] = field(
        default_factory=lambda: {role.id: role for role in BUILT_IN_ROLES}
    )
    role_assignments: list[RoleAssignment] = field(default_factory=list)
    role_eligibilities: list[RoleEligibility] = field(default_factory=list)
    granted: set[str] = field(default_factory=set)
    policies: list[RawPolicy] = field(default_factory=list)
    security_defaults: bool = False
    sign_ins: list[RawSignIn] = field(default_factory=list)
    reported: dict[str, Mapping[str, object]] = field(default_factory=dict)
    unreported: set[str] = field(default_factory=set)
    report_age: timedelta = timedelta(hours=20)
    lists_mfa: Literal["shown", "left out", "refused"] = "shown"
    access_paced: bool = False
    entra_id_p1: bool = True
    entra_id_p2: bool = True
    opaque_tokens: bool = False
    promotes_enabled: bool = True
    methods_allowed: frozenset[str] = ALLOWED
    sms_sign_in: bool = False
    pass_rules: PassRules = field(default_factory=PassRules)
    passes: dict[str, str] = field(default_factory=dict)
    masks_numbers: bool = False
    page_size: int = 100
    token_lifetime: timedelta = timedelta(seconds=3599)
    tokens: dict[str, Token] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    _deferred: list[Deferred] = field(default_factory=list)

    # Building and looking

    def add(self, *things: User | Group | Domain | Mailbox | Contact) -> None:
        """Put things into the tenant; an object with the same id is replaced."""
        for thing in things:
            match thing:
                case User():
                    self.users[thing.id] = thing
                case Group():
                    self.groups[thing.id] = thing
                case Domain():
                    self.domains[thing.id] = thing
                case Mailbox():
                    self.mailboxes[thing.owner] = thing
                case Contact():
                    self.contacts[thing.id] = thing

    def find_user(self, key: str) -> User | None:
        """Return the user with this object id or UPN, whatever its case; deleted ones are not found."""
        self.settle()
        if key in self.users:
            return self.users[key]
        wanted = key.casefold()
        return next(
            (user for user in self.users.values() if wanted in {user.id.casefold(), user.upn.casefold()}),
            None,
        )

    def user(self, key: str) -> User:
        """Return the user with this object id or UPN. Raises ``KeyError``."""
        found = self.find_user(key)
        if found is None:
            raise KeyError(key)
        return found

    def mfa(self, key: str) -> MfaState:
        """Return the true state of a user, late writes that have landed included. Raises ``KeyError``."""
        return self.user(key).mfa

    def changes(self, key: str | None = None) -> tuple[MfaChange, ...]:
        """Return every effective change, oldest first; of one user when *key* is given."""
        self.settle()
        wanted = None if key is None else self._known(key).id
        return tuple(change for change in self.journal.changes if wanted in {None, change.user_id})

    def role_named(self, name: str) -> RoleDefinition:
        """Return a role definition by its display name. Raises ``KeyError``."""
        by_name = {role.name: role for role in self.role_definitions.values()}
        return by_name[name]

    def root_of(self, name: str) -> Domain | None:
        """Return the root above a subdomain; None when no domain of this tenant stands above *name*."""
        parts = name.split(".")
        above = (self.domains.get(".".join(parts[start:])) for start in range(len(parts) - 1, 0, -1))
        return next((domain for domain in above if domain is not None), None)

    def public_domain(self, name: str) -> Domain | None:
        """Return a domain of any tenant as the world sees it: verified, by its name in lower case."""
        ours = self.domains.get(name)
        return ours if ours is not None and ours.verified else self.elsewhere.get(name)

    def snapshot(self) -> Snapshot:
        """Copy what an administrator would call the tenant's state; sessions and logs are not part of it."""
        self.settle()
        return Snapshot(
            users=deepcopy(self.users),
            deleted=deepcopy(self.deleted),
            groups=dict(self.groups),
            domains=dict(self.domains),
            role_assignments=frozenset(self.role_assignments),
            role_eligibilities=frozenset(self.role_eligibilities),
            granted=frozenset(self.granted),
        )

    # People

    def set_mfa(
        self, key: str, state: MfaState, *, cause: Cause = PORTAL, at: datetime | None = None
    ) -> None:
        """Write a user's state, promoted as Graph does; only a real difference is a change in the journal.

        A write that lands after its user was deleted is lost, as nothing is left to hold it.
        """
        user = self.find_user(key)
        if user is None:
            return
        new = "enforced" if state == "enabled" and self._promoted(user.methods) else state
        if new == user.mfa:
            return
        self.users[user.id] = replace(user, mfa=new)
        moment = at or self.now()
        self.journal.changes.append(MfaChange(at=moment, user_id=user.id, old=user.mfa, new=new, cause=cause))

    def register_method(self, key: str, method: RawMethod) -> None:
        """Add an authentication method, as the person would; ``enabled`` may become ``enforced`` by it."""
        user = self.user(key)
        self.users[user.id] = replace(user, methods=(*user.methods, method))
        self.set_mfa(user.id, user.mfa, cause=Someone("registration"))

    def set_methods(self, key: str, change: Rewrite, *, at: datetime) -> None:
        """Change a user's methods through Graph; lost, if the user was deleted meanwhile."""
        user = self.find_user(key)
        if user is None:
            return
        self.journal.people.append(PersonChange(at=at, old=user))
        self.users[user.id] = replace(user, methods=change(user.methods))
        self.set_mfa(user.id, user.mfa, cause=Someone("registration"), at=at)

    def prefer(self, key: str, method: str, *, at: datetime) -> None:
        """Make *method* the default second factor; lost, if the user was deleted meanwhile."""
        user = self.find_user(key)
        if user is not None:
            self.journal.people.append(PersonChange(at=at, old=user))
            self.users[user.id] = replace(user, preferred=method)

    def join(self, group_id: str, member: str, *, cause: Cause, at: datetime) -> None:
        """Put somebody into a group."""
        self._set_members(group_id, lambda members: members | {member}, cause=cause, at=at)

    def leave(self, group_id: str, member: str, *, cause: Cause, at: datetime) -> None:
        """Take somebody out of a group."""
        self._set_members(group_id, lambda members: members - {member}, cause=cause, at=at)

    def _set_members(self, group_id: str, change: Regroup, *, cause: Cause, at: datetime) -> None:
        """Change the members; only a real difference is in the journal."""
        group = self.groups.get(group_id)
        if group is None or (members := change(group.members)) == group.members:
            return
        self.journal.groups.append(GroupChange(at=at, old=group, cause=cause))
        self.groups[group_id] = replace(group, members=members)

    def revoke_sessions(self, user_id: str, *, cause: Cause, at: datetime) -> None:
        """End a user's sessions; kept in the journal alone."""
        self.journal.revocations.append(Revocation(at=at, user_id=user_id, cause=cause))

    def delete_user(self, key: str) -> None:
        """Move a user to the deleted items, from where it can come back for 30 days. Raises ``KeyError``."""
        user = self.user(key)
        self.deleted[user.id] = self.users.pop(user.id)

    def undelete_user(self, user_id: str) -> None:
        """Bring a deleted user back as it was. Raises ``KeyError``."""
        self.users[user_id] = self.deleted.pop(user_id)

    def purge_user(self, user_id: str) -> None:
        """Remove a deleted user for good. Raises ``KeyError``."""
        del self.deleted[user_id]

    # Roles

    def assign_role(self, principal_id: str, role: str, *, scope: str = "/") -> None:
        """Give a user or group an active role, by the role's display name. Raises ``KeyError``."""
        role_id = self.role_named(role).id
        made = RoleAssignment(
            id=_derived(principal_id, role_id, scope), principal_id=principal_id, role_id=role_id, scope=scope
        )
        self.role_assignments.append(made)

    def make_eligible(self, principal_id: str, role: str, *, scope: str = "/") -> None:
        """Let a user or group activate a role, by the role's display name. Raises ``KeyError``."""
        role_id = self.role_named(role).id
        made = RoleEligibility(
            id=f"{_derived(principal_id, role_id, scope)}-1-e",
            principal_id=principal_id,
            role_id=role_id,
            scope=scope,
        )
        self.role_eligibilities.append(made)

    # Permissions and tokens

    def grant(self, *permissions: str) -> None:
        """Give application permissions."""
        self.granted.update(permissions)

    def withdraw(self, *permissions: str) -> None:
        """Take application permissions away."""
        self.granted.difference_update(permissions)

    def issue_token(self, audience: str = "") -> str:
        """Return a fresh access token that lives for ``token_lifetime``.

        It looks like Entra's: its claim ``roles`` holds the permissions of this moment. Its signature is
        made up, since only the tenant itself checks it, by knowing the whole.
        """
        ends = self.now() + self.token_lifetime
        claims = {"tid": self.id, "aud": audience, "roles": sorted(self.granted)}
        parts = ({"alg": "RS256", "typ": "JWT"}, {**claims, "exp": int(ends.timestamp())})
        readable = [] if self.opaque_tokens else [*map(_part, parts)]
        token = ".".join([*readable, secrets.token_urlsafe(48)])
        self.tokens[token] = Token(expires_at=ends, audience=audience)
        return token

    def revoke_tokens(self) -> None:
        """Make every token issued so far unknown."""
        self.tokens.clear()

    def challenge_tokens(self) -> None:
        """Ask for newer tokens through a claims challenge (continuous access evaluation)."""
        self.tokens = {text: replace(token, challenged=True) for text, token in self.tokens.items()}

    # Writes that land late

    def defer(self, write: Write, until: Until) -> None:
        """Keep an accepted write back until its gate is set or its moment has come."""
        self._deferred.append(Deferred(write, until))

    def settle(self) -> None:
        """Land what is due, in the order it was accepted; every look at the tenant does this first."""
        waiting, self._deferred = self._deferred, []
        moment = self.now()
        for deferred in waiting:
            match deferred.until:
                case datetime() as due if due <= moment:
                    deferred.write(due)
                case asyncio.Event() as gate if gate.is_set():
                    deferred.write(moment)
                case _:
                    self._deferred.append(deferred)

    def _known(self, key: str) -> User:
        return self.deleted.get(key) or self.user(key)

    def _promoted(self, methods: Iterable[RawMethod]) -> bool:
        strong = any(method.get("@odata.type") not in NOT_SECOND_FACTORS for method in methods)
        return self.promotes_enabled and strong


def new_id() -> str:
    """Return a random object id."""
    return str(uuid4())


def _part(claims: object) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _derived(*parts: str) -> str:
    return str(uuid5(NAMESPACE_URL, "|".join(parts)))
