"""What a simulated tenant is made of: people, groups, roles, domains and the app registration.

All values are frozen; a change replaces one in the store, so an earlier reference is an earlier state.
Property names on the wire are Graph's (Graph docs, resource types ``user``, ``group``,
``unifiedRoleAssignment``, ``unifiedRoleEligibilityScheduleInstance``, ``domain``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from bot.sim.tenant.mail_model import Licence

MfaState: TypeAlias = str
"""``disabled``, ``enabled``, ``enforced``; a test may plant any other text to play an unknown value."""

RawMethod: TypeAlias = Mapping[str, object]
"""One authentication method as Graph returns it, ``@odata.type`` and ``id`` included."""

RawPolicy: TypeAlias = Mapping[str, object]
"""One Conditional Access policy as Graph returns it; ``access.policy`` writes one."""

RawSignIn: TypeAlias = Mapping[str, object]
"""One line of the sign-in log as Graph returns it; ``reports.sign_in`` writes one."""

EPOCH = datetime(2024, 1, 8, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. ``upn`` is ``userPrincipalName``; addresses in ``proxies`` carry their ``smtp:``.

    ``preferred`` is the default second factor in Graph's word (``push``), or empty.
    """

    id: str
    upn: str
    display_name: str
    mail: str | None = None
    kind: Literal["Member", "Guest"] = "Member"
    enabled: bool = True
    synchronised: bool | None = None
    proxies: tuple[str, ...] = ()
    mobile_phone: str | None = None
    job_title: str | None = None
    management_restricted: bool | None = None
    mfa: MfaState = "disabled"
    methods: tuple[RawMethod, ...] = ()
    preferred: str = ""
    system_preferred: bool = False
    licences: tuple[Licence, ...] = ()
    created_at: datetime = EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRules:
    """The policy of Temporary Access Passes: lengths in minutes and characters, groups by id.

    The values are Entra's own defaults; whether the method is on stands with the others.
    """

    shortest: int = 60
    longest: int = 480
    usual: int = 60
    once: bool = False
    length: int = 8
    included: tuple[str, ...] = ("all_users",)
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group; ``members`` and ``owners`` are object ids of users or of other groups.

    Without ``mail`` it is a security group; ``types`` holds ``Unified`` for a Microsoft 365 group and
    ``DynamicMembership`` where members follow from ``rule``.
    """

    id: str
    name: str
    mail: str | None = None
    proxies: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    security: bool = True
    members: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    role_assignable: bool | None = None
    synchronised: bool | None = None
    rule: str | None = None
    created_at: datetime = EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDefinition:
    """A directory role; ``id`` is its template id, the same in every tenant for built-in roles."""

    id: str
    name: str
    privileged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """An active role of a user or a group; ``scope`` is ``/`` or ``/administrativeUnits/{id}``."""

    id: str
    principal_id: str
    role_id: str
    scope: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEligibility:
    """A role somebody may activate through Privileged Identity Management; ``ends_at`` None is permanent."""

    id: str
    principal_id: str
    role_id: str
    scope: str = "/"
    starts_at: datetime = EPOCH
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateUpdate:
    """What came of Entra's last attempt to fetch new signing certificates: ``Success``, or another word."""

    result: str = "Success"
    at: datetime = EPOCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """What Entra believes of a domain's identity provider (Graph docs, ``internalDomainFederation``).

    Certificates are base64 of the DER, unless a test plants something else. The words of the three
    behaviours are plain text, so that an unknown one can be played.
    """

    id: str = "6601d14b-d113-8f64-fda2-9b5ddda18ecc"
    display_name: str | None = "Contoso"
    issuer_uri: str | None
    metadata_exchange_uri: str | None
    passive_sign_in_uri: str | None
    active_sign_in_uri: str | None
    sign_out_uri: str | None
    signing_certificate: str | None
    next_signing_certificate: str | None = None
    protocol: str | None = "wsFed"
    prompt_login: str | None = "nativeSupport"
    idp_mfa: str | None = "acceptIfMfaDoneByFederatedIdp"
    requires_signed_requests: bool | None = None
    password_reset_uri: str | None = None
    certificate_update: CertificateUpdate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain and how its people sign in; whether it is a root follows from the tenant's other domains.

    ``authentication`` and ``federation`` are apart because Entra can have one without the other: a
    subdomain uses its root's federation, and a half-made conversion leaves a federated domain with none.
    """

    id: str
    authentication: Literal["Managed", "Federated"] = "Managed"
    federation: Federation | None = None
    default: bool = False
    initial: bool = False
    verified: bool = True
    admin_managed: bool = True
    supported_services: tuple[str, ...] = ("Email", "OfficeCommunicationsOnline", "OrgIdAuthentication")
    password_validity_days: int = 2147483647
    password_notification_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The app registration: what proves that a caller is it.

    ``certificates`` are PEM texts of public certificates; ``federated_tokens`` are the assertions of a
    workload identity that the tenant trusts, taken as opaque text. ``secrets_end`` is when each of the
    secrets expires, as the registration shows it; it is not enforced: see ``expired_secrets``.
    """

    client_id: str
    secrets: frozenset[str] = frozenset()
    expired_secrets: frozenset[str] = frozenset()
    certificates: tuple[str, ...] = ()
    federated_tokens: frozenset[str] = frozenset()
    secrets_end: datetime = datetime(2028, 1, 8, 9, 0, tzinfo=UTC)


BUILT_IN_ROLES = (
    RoleDefinition(id="62e90394-69f5-4237-9190-012177145e10", name="Global Administrator", privileged=True),
    RoleDefinition(id="194ae4cb-b126-40b2-bd5b-6091b380977d", name="Security Administrator", privileged=True),
    RoleDefinition(id="29232cdf-9323-42fd-ade2-1d097af3e4de", name="Exchange Administrator"),
    RoleDefinition(id="fe930be7-5e62-47db-91af-98c3a49a38b1", name="User Administrator", privileged=True),
    RoleDefinition(id="729827e3-9c14-49f7-bb1b-9608f156bbb8", name="Helpdesk Administrator", privileged=True),
    RoleDefinition(
        id="c4e39bd9-1100-46d3-8c65-fb160da0071f", name="Authentication Administrator", privileged=True
    ),
    RoleDefinition(id="88d8e3e3-8f55-4a1e-953a-9b9898b8876b", name="Directory Readers"),
)
"""Template ids as printed in Microsoft's table of built-in roles."""
