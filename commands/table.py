"""The one table of what can be typed: grammar, help, README and app manifest read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique

from approvals.service import Role
from commands import wishes
from commands.wishes import Listing, Said, Wish
from commands.words import Clause


@unique
class Feature(StrEnum):
    """What is off unless the policy has its table; the value is the table's name."""

    FEDERATION = "federation"
    PHONE = "phone"
    DEFAULT_METHOD = "default_method"
    ENABLE = "enable"
    PASS = "pass"  # noqa: S105  # a table's name, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One thing that can be typed.

    ``usage`` is the line in help and README, ``read`` makes the wish of what was said and
    raises ``Unread``. ``who`` may ask for it. ``choices`` are the words it may be about,
    where that is neither a person nor a request. ``feature`` is what has to be on. What is ``pasted``
    is not taken apart into words: it is read whole, however long.
    """

    command: str
    verb: str
    usage: str
    summary: str
    who: Role
    read: Callable[[Said], Wish]
    required: tuple[Clause, ...] = ()
    optional: tuple[Clause, ...] = ()
    choices: tuple[str, ...] = ()
    feature: Feature | None = None
    pasted: bool = False

    @property
    def name(self) -> str:
        """Return ``/mfa disable``; the record files attempts under it."""
        return f"{self.command} {self.verb}"

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Return every clause that may stand in it."""
        return self.required + self.optional


SPECS = (
    Spec(
        command="/mfa",
        verb="status",
        usage="/mfa status USER",
        summary="Show the MFA state, the methods, what else asks for MFA, and the live suspension.",
        who=Role.REQUESTER,
        read=wishes.status,
    ),
    Spec(
        command="/mfa",
        verb="disable",
        usage="/mfa disable USER for 1h [ticket INC-7] because REASON",
        summary="Ask for MFA to be suspended for a time; an approver decides.",
        who=Role.REQUESTER,
        read=wishes.disable,
        required=(Clause.BECAUSE,),
        optional=(Clause.FOR, Clause.TICKET),
    ),
    Spec(
        command="/mfa",
        verb="restore",
        usage="/mfa restore USER|R-12",
        summary="End the live suspension, or take an access pass back, now.",
        who=Role.EITHER,
        read=wishes.restore,
        optional=(Clause.BECAUSE,),
    ),
    Spec(
        command="/mfa",
        verb="extend",
        usage="/mfa extend R-12 by 30m because REASON",
        summary="Ask for more time; a request of its own.",
        who=Role.REQUESTER,
        read=wishes.prolong,
        required=(Clause.BY, Clause.BECAUSE),
    ),
    Spec(
        command="/mfa",
        verb="withdraw",
        usage="/mfa withdraw R-12",
        summary="Take back your own undecided request.",
        who=Role.REQUESTER,
        read=wishes.withdraw,
    ),
    Spec(
        command="/mfa",
        verb="enable",
        usage="/mfa enable USER [enforced] because REASON",
        summary="Ask for per-user MFA to be turned on.",
        who=Role.REQUESTER,
        read=wishes.enable,
        required=(Clause.BECAUSE,),
        optional=(Clause.TICKET,),
        feature=Feature.ENABLE,
    ),
    Spec(
        command="/mfa",
        verb="phone",
        usage="/mfa phone USER [NUMBER] [mobile|alternateMobile|office] because REASON",
        summary="Ask for a phone to be registered; without NUMBER, the directory's mobile number.",
        who=Role.REQUESTER,
        read=wishes.phone,
        required=(Clause.BECAUSE,),
        optional=(Clause.TICKET,),
        feature=Feature.PHONE,
    ),
    Spec(
        command="/mfa",
        verb="default",
        usage="/mfa default USER push|oath|sms|voiceMobile|voiceAlternateMobile|voiceOffice [because REASON]",
        summary="Ask for another default second factor, of those that are registered.",
        who=Role.REQUESTER,
        read=wishes.default,
        optional=(Clause.TICKET, Clause.BECAUSE),
        feature=Feature.DEFAULT_METHOD,
    ),
    Spec(
        command="/mfa",
        verb="pass",
        usage="/mfa pass USER [for 1h] because REASON",
        summary="Ask for a Temporary Access Pass instead of a suspension; it is shown to you once.",
        who=Role.REQUESTER,
        read=wishes.access_pass,
        required=(Clause.BECAUSE,),
        optional=(Clause.FOR, Clause.TICKET),
        feature=Feature.PASS,
    ),
    Spec(
        command="/mfa",
        verb="list",
        usage="/mfa list [mine|pending|active]",
        summary="Show what is going on.",
        who=Role.EITHER,
        read=wishes.list_requests,
        choices=tuple(Listing),
    ),
    Spec(
        command="/mfa",
        verb="show",
        usage="/mfa show R-12",
        summary="Show one request.",
        who=Role.EITHER,
        read=wishes.show,
    ),
    Spec(
        command="/mfa",
        verb="history",
        usage="/mfa history USER",
        summary="Show what went on for one person.",
        who=Role.EITHER,
        read=wishes.history,
    ),
    Spec(
        command="/domain",
        verb="list",
        usage="/domain list [WORD] [page 2]",
        summary="Show the domains, managed or federated; with WORD, those that contain it.",
        who=Role.REQUESTER,
        read=wishes.list_domains,
        feature=Feature.FEDERATION,
    ),
    Spec(
        command="/domain",
        verb="show",
        usage="/domain show DOMAIN|USER",
        summary="Show where sign-in goes, every federation setting and the certificates.",
        who=Role.REQUESTER,
        read=wishes.show_domain,
        feature=Feature.FEDERATION,
    ),
    Spec(
        command="/domain",
        verb="check",
        usage="/domain check DOMAIN|USER",
        summary="Test single sign-on without a password; compare Entra with AD FS.",
        who=Role.REQUESTER,
        read=wishes.check_domain,
        feature=Feature.FEDERATION,
    ),
    Spec(
        command="/domain",
        verb="federate",
        usage="/domain federate DOMAIN",
        summary="Write the runbook for making it federated; nothing is changed.",
        who=Role.REQUESTER,
        read=wishes.federate,
        feature=Feature.FEDERATION,
    ),
    Spec(
        command="/domain",
        verb="unfederate",
        usage="/domain unfederate DOMAIN",
        summary="Write the runbook for making it managed; nothing is changed.",
        who=Role.REQUESTER,
        read=wishes.unfederate,
        feature=Feature.FEDERATION,
    ),
    Spec(
        command="/mailbox",
        verb="show",
        usage="/mailbox show USER",
        summary="Show what an address is, where its mailbox lives, and what is set on it.",
        who=Role.REQUESTER,
        read=wishes.show_mailbox,
    ),
    Spec(
        command="/mailbox",
        verb="diagnose",
        usage="/mailbox diagnose TEXT [for USER]",
        summary="Explain a pasted error, header or test: what it proves, what it does not, what to do.",
        who=Role.REQUESTER,
        read=wishes.diagnose,
        pasted=True,
    ),
)

COMMANDS = tuple(dict.fromkeys(spec.command for spec in SPECS))
HELP = "help"
_BY_NAME = {(spec.command, spec.verb): spec for spec in SPECS}


def lookup(command: str, verb: str) -> Spec | None:
    """Return the row of *command* and *verb*, both as they stand in the table."""
    return _BY_NAME.get((command, verb))


def available(command: str, features: frozenset[Feature]) -> tuple[Spec, ...]:
    """Return the rows of *command* that need nothing beyond *features*."""
    return tuple(
        spec
        for spec in SPECS
        if spec.command == command and (spec.feature is None or spec.feature in features)
    )


def verbs(command: str) -> tuple[str, ...]:
    """Return what can be typed after *command*."""
    return (*(spec.verb for spec in SPECS if spec.command == command), HELP)
