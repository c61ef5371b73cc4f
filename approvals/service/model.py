"""What goes into the use cases and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto, unique

from approvals.model import (
    Caller,
    ChangesNothing,
    IssuePass,
    OneShot,
    Person,
    PersonId,
    PhoneNumber,
    Request,
    RequestId,
)


@unique
class Role(Enum):
    """In what capacity somebody acts. ``EITHER`` is a requester or an approver."""

    REQUESTER = auto()
    APPROVER = auto()
    EITHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A wish to suspend the MFA of *subject*; ``lasts`` is ``None`` for the policy's default.

    ``anyway``: the requester knows that it would change nothing, and wants it all the same.
    """

    caller: Caller
    subject: PersonId
    lasts: timedelta | None
    reason: str
    ticket: str = ""
    anyway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForMore:
    """A wish to move the end of the live suspension *of* by *by*."""

    caller: Caller
    of: RequestId
    by: timedelta
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChange:
    """A wish to change something of *subject* for good, or for a pass.

    ``number`` belongs to an action that sets a phone. ``remarks`` are what an approver should know, numbers
    masked. ``instead_of`` is an undecided request of the same requester that this one takes the place of.
    """

    caller: Caller
    subject: PersonId
    action: OneShot | IssuePass
    reason: str
    number: PhoneNumber | None = None
    ticket: str = ""
    remarks: tuple[str, ...] = ()
    instead_of: RequestId | None = None


@dataclass(frozen=True, slots=True)
class Click:
    """A decision on a card: which request, and on which terms the clicker saw it."""

    caller: Caller
    request: RequestId
    terms: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The request stands, and the card is on its way; *approvers* can decide it."""

    request: Request
    approvers: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """The approval counts, and ``missing`` more are needed."""

    request: Request
    missing: int


@dataclass(frozen=True, slots=True)
class Revealed:
    """The number that waits for approval, for the one who asked to see it; it is on record that they did."""

    request: Request
    number: PhoneNumber


@dataclass(frozen=True, slots=True)
class PassShown:
    """The pass is on the requester's screen, and that it was shown is on record."""

    request: Request


@dataclass(frozen=True, slots=True)
class PassNotShown:
    """The one showing is used up and nobody has a pass: *why*; what Entra may have made is removed."""

    request: Request
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The request has taken the step that was asked for; it is as it stands now."""

    request: Request


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule refused, nothing was changed, and the attempt is on record.

    ``rule`` is the policy's key where there is one (``protect.roles``), ``why`` and
    ``what_to_do`` are sentences, ``request`` is the number to quote, if one was given.
    """

    rule: str
    why: str
    what_to_do: str
    at: datetime
    request: RequestId | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A refusal that the requester can lift: it would change nothing, and they were not known to want it."""

    refused: Refused
    forecast: ChangesNothing
    lasts: timedelta
