"""What is known of a domain's sign-in, and what a check of it found: meanings, without any chat in them.

Times are aware and UTC. Texts are for people and hold nothing secret; those taken from outside (subjects,
addresses, brand names) are hostile until they are rendered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum, unique
from typing import TypeAlias

from commands.domain_names import DomainName, shown_domain


@unique
class Grade(IntEnum):
    """How good or bad it is; the larger, the worse."""

    GOOD = 0
    NOTE = 1
    """Worth knowing, and right as it is."""
    WARNING = 2
    """Works today."""
    WRONG = 3
    """Somebody cannot sign in, or is let in who should not be, or will be very soon."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, and what to do about it (empty: nothing)."""

    grade: Grade
    what: str
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read: why, and what would make it readable."""

    why: str
    what_to_do: str = ""


# --- domains -------------------------------------------------------------------------------


@unique
class Authentication(StrEnum):
    """``authenticationType`` of a domain; the value is Graph's."""

    MANAGED = "Managed"
    FEDERATED = "Federated"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain of the tenant, as Graph lists it."""

    name: DomainName
    authentication: Authentication
    verified: bool
    default: bool
    initial: bool
    root: bool

    @property
    def shown(self) -> str:
        """Return the name as its owner writes it."""
        return shown_domain(self.name)


@unique
class Field(StrEnum):
    """Every property of Graph's ``internalDomainFederation``; the value is Graph's name of it."""

    DISPLAY_NAME = "displayName"
    ISSUER = "issuerUri"
    PASSIVE = "passiveSignInUri"
    ACTIVE = "activeSignInUri"
    SIGN_OUT = "signOutUri"
    METADATA_EXCHANGE = "metadataExchangeUri"
    SIGNING_CERTIFICATE = "signingCertificate"
    NEXT_SIGNING_CERTIFICATE = "nextSigningCertificate"
    PROTOCOL = "preferredAuthenticationProtocol"
    MFA_BEHAVIOR = "federatedIdpMfaBehavior"
    PROMPT_LOGIN = "promptLoginBehavior"
    SIGNED_REQUESTS = "isSignedAuthenticationRequestRequired"
    PASSWORD_RESET = "passwordResetUri"  # noqa: S105  # the name of a property
    UPDATE_RESULT = "signingCertificateUpdateStatus.certificateUpdateResult"
    UPDATE_RUN = "signingCertificateUpdateStatus.lastRunDateTime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One federation setting. ``msonline`` is its name in the MSOnline module, empty if it had none."""

    field: Field
    msonline: str
    value: str
    """As Graph has it, empty when unset; of a certificate only the first of its letters."""
    meaning: str
    grade: Grade = Grade.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A federation configuration as Graph holds it: empty text for what is unset."""

    id: str
    display_name: str = ""
    issuer_uri: str = ""
    passive_sign_in_uri: str = ""
    active_sign_in_uri: str = ""
    sign_out_uri: str = ""
    metadata_exchange_uri: str = ""
    signing_certificate: str = ""
    next_signing_certificate: str = ""
    preferred_authentication_protocol: str = ""
    federated_idp_mfa_behavior: str = ""
    prompt_login_behavior: str = ""
    signed_request_required: bool | None = None
    """``None``: Graph did not say."""
    password_reset_uri: str = ""
    update_result: str = ""
    update_run: str = ""


# --- certificates --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The facts of an X.509 certificate; thumbprints are upper-case hexadecimal without separators."""

    subject: str
    issuer: str
    sha1: str
    sha256: str
    not_before: datetime
    not_after: datetime
    key: str
    """Kind and size, such as ``RSA 2048`` or ``EC secp256r1``."""

    def left(self, now: datetime) -> timedelta:
        """Return how long it is valid yet; negative once it has ended."""
        return self.not_after - now

    def days_left(self, now: datetime) -> int:
        """Return the whole days it is valid yet; negative once it has ended."""
        return self.left(now).days


@dataclass(frozen=True, slots=True)
class UnreadableCertificate:
    """Something that stands where a certificate should, and why it is none."""

    why: str


CertificateRead: TypeAlias = Certificate | UnreadableCertificate


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate and where it stands: a field of Entra's, or the metadata."""

    place: str
    read: CertificateRead


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a certificate that ends counts as a warning, and when as wrong (``[federation]``)."""

    warn: timedelta = timedelta(days=35)
    critical: timedelta = timedelta(days=15)


# --- home realm discovery ------------------------------------------------------------------


@unique
class NameSpace(StrEnum):
    """``NameSpaceType``: the only field of realm discovery that tells the kinds apart."""

    FEDERATED = "Federated"
    MANAGED = "Managed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Realm:
    """What home realm discovery tells the world; empty text for what it did not say.

    ``sign_in_url`` is where a browser is sent, without its query, which repeats the login.
    """

    name_space: NameSpace
    brand: str = ""
    sign_in_url: str = ""
    protocol: str = ""
    metadata_url: str = ""
    active_url: str = ""
    unread: tuple[Unread, ...] = ()
    """Which of the two endpoints did not answer, and why."""

    @property
    def destination(self) -> str:
        """Return where a user of the domain will sign in, in words."""
        match self.name_space:
            case NameSpace.FEDERATED:
                return self.sign_in_url or self.active_url or "a federation service that is not named"
            case NameSpace.MANAGED:
                return "Microsoft's own sign-in page"
            case NameSpace.UNKNOWN:
                return "nowhere: Microsoft knows no such domain"


# --- one domain, shown ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Managed:
    """Passwords are checked by Entra, or by an agent for it: Graph does not tell which."""

    note: str = (
        "Graph does not tell password hash synchronisation from pass-through authentication; "
        "Microsoft Entra Connect does."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Federated:
    """Sign-in is somebody else's: the configuration, and which domain has it (a root, for subdomains)."""

    source: DomainName
    configuration: Configuration
    settings: tuple[Setting, ...]
    """All of them, in the order in which they are worth reading."""
    certificates: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainView:
    """One domain of the tenant, whole.

    ``sign_in`` is ``Unread`` when Graph says federated and hands out no configuration. ``realm`` is what
    the world is told; ``findings`` is what strikes without asking the federation service, the
    health of its certificates included.
    """

    domain: Domain
    sign_in: Managed | Federated | Unread
    realm: Realm | Unread
    findings: tuple[Finding, ...]
    at: datetime


# --- the check -----------------------------------------------------------------------------


@unique
class StepKind(StrEnum):
    """The steps of a check, in the order of reading; the value is what is shown."""

    SETTINGS = "settings in Entra"
    REALM = "realm discovery"
    DNS = "name in DNS"
    TCP = "port 443"
    TLS = "TLS"
    METADATA = "federation metadata"
    MEX = "WS-Trust endpoints (mex)"
    PASSIVE = "sign-in page"
    PASSWORD = "sign-in with a password"  # noqa: S105  # a label


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not begun: it waits for others, or it is running."""

    running: bool = False


@dataclass(frozen=True, slots=True)
class NotTested:
    """Not tried, and why: what it needs failed, or it is never tried."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What was tried, what came back, how long it took; ``findings`` has at least one."""

    tried: str
    findings: tuple[Finding, ...]
    took: timedelta

    @property
    def grade(self) -> Grade:
        """Return the worst of what was found."""
        return worst(self.findings)


Outcome: TypeAlias = Waiting | NotTested | Tested


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``about`` is the host or address it is about, empty for the domain itself."""

    kind: StepKind
    about: str
    outcome: Outcome


@unique
class Relation(StrEnum):
    """How the two sides of a property stand to each other."""

    EQUAL = "equal"
    RIGHT = "different, but right"
    WRONG = "wrong"
    UNKNOWN = "not comparable"
    """One side does not publish it, or could not be read."""


@unique
class Property(StrEnum):
    """The ten properties of ``Get-MsolFederationProperty``, in its order; the value is its name."""

    SOURCE = "Source"
    ACTIVE = "ActiveClientSignInUrl"
    DISPLAY_NAME = "FederationServiceDisplayName"
    IDENTIFIER = "FederationServiceIdentifier"
    METADATA = "FederationMetadataUrl"
    PASSIVE = "PassiveClientSignInUrl"
    SIGN_OUT = "PassiveClientSignOutUrl"
    SIGNING = "TokenSigningCertificate"
    NEXT_SIGNING = "NextTokenSigningCertificate"
    PROTOCOL = "PreferredAuthenticationProtocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One property on both sides, and what the difference does to people (empty when equal)."""

    property: Property
    entra: str
    service: str
    relation: Relation
    consequence: str = ""
    what_to_do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCheck:
    """A check as far as it has come; the last one of a check is ``finished``.

    ``view`` is ``None`` until Entra was asked, and when Entra could not be. ``compared`` and ``health``
    are empty until everything they rest on is in; ``compared`` stays empty for a managed domain.
    """

    name: DomainName
    view: DomainView | None
    steps: tuple[Step, ...]
    compared: tuple[Compared, ...] = ()
    health: tuple[Finding, ...] = ()
    """What follows from several steps together: certificates, and Entra against realm discovery."""
    service_certificates: tuple[Held, ...] = ()
    """The token-signing certificates in the metadata; their order means nothing."""
    began: datetime
    took: timedelta
    finished: bool

    @property
    def grade(self) -> Grade:
        """Return the worst of everything found so far."""
        tested = [step.outcome.grade for step in self.steps if isinstance(step.outcome, Tested)]
        compared = [Grade.WRONG for one in self.compared if one.relation is Relation.WRONG]
        return max([worst(self.health), *tested, *compared])

    def of(self, kind: StepKind) -> tuple[Step, ...]:
        """Return the steps of one kind: none, one, or one for each host."""
        return tuple(step for step in self.steps if step.kind is kind)


def worst(findings: tuple[Finding, ...]) -> Grade:
    """Return the worst grade of *findings*; ``GOOD`` of none."""
    return max((one.grade for one in findings), default=Grade.GOOD)
