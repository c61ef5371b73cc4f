"""What is recognised in a pasted text, and what is said about it. Nothing of the text itself is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum, unique


@unique
class Sign(StrEnum):
    """One thing that is recognised; the value is how it is named to people."""

    APP_PASSWORD = "AppPasswordRequired"  # noqa: S105  # the service's word, not a secret
    BASIC_BLOCKED = "BasicAuthBlocked"
    OAUTH_REQUIRED = "OAuthRequired"
    BAD_PASSWORD = "InvalidCreds"  # noqa: S105  # the service's word, not a secret
    EXPIRED_PASSWORD = "ExpiredCreds"  # noqa: S105  # the service's word, not a secret
    UNFAMILIAR = "RecoverableAuthFailed"
    STS_FAILED = "FederatedStsFailed"
    OTHER_REASON = "another LiveIdBasicAuth reason"
    MFA_REQUIRED = "a second factor is asked for"
    MFA_FAILED = "the second factor failed"
    LOST_FACTOR = "a second factor is lost"
    LOCKED = "the account is locked"
    DISABLED = "the account is disabled"
    UNKNOWN_ACCOUNT = "the account is not known"
    POLICY_BLOCKED = "Conditional Access blocked it"
    SMTP_BASIC = "SMTP AUTH without modern authentication"
    SMTP_OFF = "SMTP AUTH is off"
    SMTP_CRITERIA = "SMTP AUTH refused by a rule"
    SMTP_PASSWORD = "SMTP AUTH: wrong user name or password"  # noqa: S105  # a label, not a secret
    SMTP_ANONYMOUS = "SMTP without authentication"
    IMAP_POP_REFUSED = "IMAP or POP sign-in refused"
    PROTOCOL_OFF = "authenticated but not connected"
    EWS_OFF = "Exchange Web Services are off"
    NO_MAILBOX = "no mailbox there"
    MODERN_OFF_HERE = "EnableADAL is 0"
    DNS_FAILED = "a host name was not found"
    TLS_FAILED = "the encrypted connection failed"
    EMPTY_REQUEST = "Autodiscover error 600"
    HTTP_456 = "HTTP 456"
    HTTP_401 = "HTTP 401"
    HTTP_403 = "HTTP 403"
    HTTP_404 = "HTTP 404"
    HTTP_429 = "HTTP 429"
    HTTP_5XX = "HTTP 5xx"


BASIC = frozenset({Sign.APP_PASSWORD, Sign.BASIC_BLOCKED, Sign.OAUTH_REQUIRED, Sign.HTTP_456})
"""Signs of a client that sends a password where a token is needed."""


@unique
class Outlook(StrEnum):
    """Versions of Outlook, as far as modern authentication tells them apart."""

    OLD = "Outlook 2010 and earlier"
    V2013 = "Outlook 2013"
    V2016 = "Outlook 2016 and 2019"
    CURRENT = "Outlook LTSC 2021 or 2024, Microsoft 365 Apps, new Outlook"


@unique
class Step(IntEnum):
    """What to do, in the order in which it is to be tried."""

    CLIENT = 1
    REGISTRY = 2
    PROFILE = 3
    CLOCK = 4
    PASSWORD = 5
    ACCOUNT = 6
    WAIT = 7
    MAILBOX = 8
    PROTOCOL = 9
    SMTP_SWITCH = 10
    SMTP_MODERN = 11
    TENANT = 12
    FEDERATION = 13
    RULES = 14
    DNS = 15
    SIGN_IN_LOG = 16
    INTERIM = 17
    OTHER_FACTOR = 18
    ACCESS_PASS = 19
    ASK_FOR_PASS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was recognised in a text: signs in order, and ids that name no person.

    ``reasons`` are reasons of LiveIdBasicAuth that are not known here. ``federated`` is what the service said
    of the account, ``outlook`` the client that shows itself. ``file`` tells that it was a file or its name.
    """

    signs: tuple[Sign, ...] = ()
    reasons: tuple[str, ...] = ()
    federated: bool | None = None
    tenant: str = ""
    requests: tuple[str, ...] = ()
    outlook: Outlook | None = None
    file: bool = False
    cut: bool = False

    @property
    def recognised(self) -> bool:
        """Return whether anything was."""
        return bool(self.signs)


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at for the person: what is so, and what follows for this case."""

    what: str
    follows: str


@dataclass(frozen=True, slots=True)
class Client:
    """A row of the table of Outlook versions; ``seen`` where the text shows it."""

    name: Outlook
    modern: str
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A pasted text explained. ``suspension`` is a command to type, and empty where none would help."""

    found: tuple[str, ...]
    proves: tuple[str, ...]
    does_not: tuple[str, ...]
    checked: tuple[Checked, ...]
    steps: tuple[str, ...]
    clients: tuple[Client, ...]
    registry: tuple[str, ...]
    suspension: str
    traces: tuple[str, ...]
    cut: bool
