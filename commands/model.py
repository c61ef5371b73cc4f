"""What comes in from the chat, and the meanings that go back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from approvals.model import Caller, Person, Preference, Request, RequestId
from approvals.service import (
    Asked,
    Counted,
    Moved,
    PassNotShown,
    PassShown,
    Refused,
    Revealed,
    Unconfirmed,
)
from commands.diagnosis import Diagnosis
from commands.domain_names import DomainName
from commands.federation_model import Domain, DomainCheck, DomainView
from commands.mailbox_model import MailboxView
from commands.person_model import PersonStatus, SignInsSeen
from commands.runbooks import Runbook


@dataclass(frozen=True, slots=True)
class Invocation:
    """A slash command as it was typed: ``command`` with its slash, ``text`` as delivered.

    ``anyway`` is set by a button alone, which holds the command again.
    """

    command: str
    text: str
    caller: Caller
    correlation: str
    anyway: bool = False


@unique
class Button(StrEnum):
    """Everything that can be pressed; the value is the action's id in the chat."""

    APPROVE = "approve"
    DENY = "deny"
    EXTEND = "extend"
    RESTORE_NOW = "restore_now"
    USE_THAT = "use_that"
    PREVIOUS = "previous"
    NEXT = "next"
    SHOW_NUMBER = "show_number"
    SIGN_INS = "sign_ins"
    ASK_ANYWAY = "ask_anyway"
    ALL_THREE = "all_three"
    SHOW_PASS = "show_pass"  # noqa: S105  # what is pressed, not a secret
    PASS_INSTEAD = "pass_instead"  # noqa: S105  # what is pressed, not a secret


@unique
class FormName(StrEnum):
    """The forms; the value is the form's id in the chat."""

    DENY = "deny"
    EXTEND = "extend"


@unique
class Input(StrEnum):
    """What can be filled in on a form; the value is the input's name in the chat."""

    REASON = "reason"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button. ``value`` is what we put into it, and hostile until it is parsed."""

    button: Button
    value: str
    caller: Caller
    correlation: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent: ``about`` is what we put into it (hostile), ``values`` by input name."""

    form: FormName
    about: str
    values: dict[str, str]
    caller: Caller
    correlation: str


# --- meanings ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Misused:
    """It could not be read; ``suggestion`` is a whole command that can be run as it is, or empty."""

    why: str
    usage: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class LookingUp:
    """Said at once, before somebody else is asked."""

    who: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nobody, or no request, is known by ``what``."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class SignInsShown:
    """The answer to the button of a status."""

    seen: SignInsSeen


@dataclass(frozen=True, slots=True)
class StatusShown:
    """The answer to ``status``: of a protected person the state only, no methods."""

    status: PersonStatus
    live: Request | None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It was not sent: it would change nothing; *command* is the whole of it, to be asked for anyway."""

    unconfirmed: Unconfirmed
    command: str


@dataclass(frozen=True, slots=True)
class PassOffered:
    """An access pass would do in the place of a suspension; *command* asks for one."""

    instead_of: Asked | Doubtful | Refused
    command: str


@dataclass(frozen=True, slots=True)
class RequestsShown:
    """A list of requests under a heading; ``more`` were left out."""

    heading: str
    requests: tuple[Request, ...]
    more: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestShown:
    """One request, whole."""

    request: Request
    at: datetime


@dataclass(frozen=True, slots=True)
class DomainRow:
    """A domain in a list; a subdomain *inherits* its sign-in from a root."""

    domain: Domain
    inherits: DomainName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainsShown:
    """A page of the domains: of *total* in the tenant, *matching* contain the word *containing*."""

    rows: tuple[DomainRow, ...]
    containing: str
    page: int
    pages: int
    matching: int
    total: int


@dataclass(frozen=True, slots=True)
class DomainShown:
    """One domain, whole."""

    view: DomainView


@dataclass(frozen=True, slots=True)
class DomainChecked:
    """A check as far as it has come."""

    check: DomainCheck


@dataclass(frozen=True, slots=True)
class RunbookShown:
    """What to do by hand; nothing was changed. *command* prints it in a terminal."""

    runbook: Runbook
    command: str


@dataclass(frozen=True, slots=True)
class MailboxShown:
    """One address, and what is known of its mailbox."""

    view: MailboxView


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A pasted text explained; *about* is whose state it was compared with, or empty."""

    diagnosis: Diagnosis
    about: str = ""


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """It is so already, or cannot be: why, and what to look at instead."""

    why: str
    hint: str


@dataclass(frozen=True, slots=True)
class EnableAsked:
    """The request stands; phone, default method and MFA together can be asked for in its place."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class RestoreOffered:
    """MFA is off because of *live*: its end puts MFA back, and nothing was asked for."""

    live: Request


@dataclass(frozen=True, slots=True)
class Guided:
    """Nobody has set up the app that *method* needs: nothing was changed, *person* is sent the steps."""

    person: Person
    method: Preference


@dataclass(frozen=True, slots=True)
class Off:
    """What was typed belongs to a feature that is off: the policy has no table of that name."""

    what: str
    table: str


@dataclass(frozen=True, slots=True)
class HelpShown:
    """What can be typed: usage and summary of each, under the command's name."""

    command: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormOpened:
    """A form to fill in, opened by the click that asked for it; ``request`` is what it is about."""

    form: FormName
    about: str
    request: RequestId


@dataclass(frozen=True, slots=True)
class FormRejected:
    """What is wrong with a form, by input name; it stays open."""

    faults: dict[str, str]


@dataclass(frozen=True, slots=True)
class Failed:
    """Something unexpected, or an outside service that does not answer.

    ``changed`` says in words that nothing was changed, or exactly what was; ``correlation``
    finds it in the log.
    """

    why: str
    what_to_do: str
    changed: str
    correlation: str


Reply = (
    Misused
    | LookingUp
    | NotFound
    | StatusShown
    | SignInsShown
    | RequestsShown
    | RequestShown
    | HelpShown
    | DomainsShown
    | DomainShown
    | DomainChecked
    | RunbookShown
    | MailboxShown
    | Diagnosed
    | NothingToDo
    | EnableAsked
    | RestoreOffered
    | Guided
    | Off
    | FormOpened
    | Failed
    | Asked
    | Counted
    | Doubtful
    | Moved
    | PassOffered
    | PassNotShown
    | PassShown
    | Refused
    | Revealed
)

Run = Callable[[Invocation], AsyncIterator[Reply]]
"""Yields replies; each takes the place of the one before, and the last one stays."""
