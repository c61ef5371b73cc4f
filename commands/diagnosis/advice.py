"""From signs to advice: what they prove together, what is so for the person, and what to do, in order.

The order is that of an honest helpdesk: say what it proves, look at the client, then at the mailbox, then at
the rules; help meanwhile; and speak of a suspension last, for a factor that is lost and nothing safer there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from approvals.model import Protection
from commands.diagnosis.meanings import MEANINGS, STEPS
from commands.diagnosis.model import BASIC, Checked, Diagnosis, Evidence, Outlook, Sign, Step
from commands.diagnosis.outlook import clients, registry
from commands.mailbox_model import Allowed, Kind, MailboxView, Place, Protocol

_ABOUT_CLIENTS: Final = BASIC | {Sign.OTHER_REASON, Sign.MODERN_OFF_HERE, Sign.IMAP_POP_REFUSED, Sign.EWS_OFF}
_PASSWORDS: Final = BASIC | {Sign.SMTP_BASIC, Sign.SMTP_OFF, Sign.SMTP_CRITERIA, Sign.IMAP_POP_REFUSED}
"""With one of these, turning MFA off would change nothing."""
_WAYS: Final = (
    (frozenset({Sign.IMAP_POP_REFUSED, Sign.PROTOCOL_OFF}), (Protocol.POP, Protocol.IMAP)),
    (
        frozenset(
            {Sign.SMTP_BASIC, Sign.SMTP_OFF, Sign.SMTP_CRITERIA, Sign.SMTP_PASSWORD, Sign.SMTP_ANONYMOUS}
        ),
        (Protocol.SMTP_AUTH,),
    ),
    (frozenset({Sign.EWS_OFF}), (Protocol.EWS,)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is so for a person now; ``None`` is what could not be read, and ``unread`` says why.

    ``factors`` counts second factors, ``protected`` tells that nobody's suspension would be granted,
    ``access_pass`` whether a Temporary Access Pass could be asked for here and would be usable.
    """

    upn: str
    view: MailboxView | None = None
    mfa: Protection | None = None
    enabled: bool | None = None
    factors: int | None = None
    protected: bool = False
    access_pass: bool | None = None
    unread: tuple[str, ...] = ()


def explain(evidence: Evidence, now: Circumstances | None = None) -> Diagnosis:
    """Return what *evidence* means, for the person of *now* if they are known."""
    client = evidence.outlook is not None or not _ABOUT_CLIENTS.isdisjoint(evidence.signs)
    return Diagnosis(
        found=tuple(_found(evidence)),
        proves=_unique(MEANINGS[sign].proves for sign in _heard(evidence)),
        does_not=_unique(MEANINGS[sign].does_not for sign in _heard(evidence)),
        checked=() if now is None else tuple(_checked(evidence, now)),
        steps=tuple(_steps(evidence, now)),
        clients=clients(evidence.outlook) if client else (),
        registry=registry(evidence.outlook) if client else (),
        suspension=_suspension(evidence, now),
        traces=tuple(_traces(evidence)),
        cut=evidence.cut,
    )


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _heard(evidence: Evidence) -> tuple[Sign, ...]:
    """Return the signs that are worth a sentence: a status says nothing beside its own reason."""
    reasons = [sign for sign in evidence.signs if not sign.startswith("HTTP ")]
    return tuple(reasons) or evidence.signs


def _found(evidence: Evidence) -> Iterator[str]:
    yield from (sign for sign in evidence.signs if sign is not Sign.OTHER_REASON)
    yield from (f"LiveIdBasicAuth {reason}" for reason in evidence.reasons)
    if evidence.federated is not None:
        yield f"a {'federated' if evidence.federated else 'managed'} account"
    if evidence.outlook is not None:
        yield evidence.outlook


def _traces(evidence: Evidence) -> Iterator[str]:
    if evidence.tenant:
        yield f"tenant {evidence.tenant}"
    yield from (f"request {one}" for one in evidence.requests)


def _steps(evidence: Evidence, now: Circumstances | None) -> Iterator[str]:
    wanted = {step for sign in _heard(evidence) for step in MEANINGS[sign].steps}
    if evidence.federated:
        wanted.add(Step.FEDERATION)
    match evidence.outlook:
        case Outlook.OLD | Outlook.CURRENT:
            wanted.discard(Step.REGISTRY)
        case Outlook.V2013 | Outlook.V2016:
            wanted |= {Step.CLIENT, Step.REGISTRY}
        case None:
            pass
        case never:
            assert_never(never)
    if now is not None and now.access_pass is not None and Step.ACCESS_PASS in wanted:
        wanted.remove(Step.ACCESS_PASS)
        if now.access_pass:
            wanted.add(Step.ASK_FOR_PASS)
    who = now.upn if now else "USER"
    yield from (STEPS[step].replace("USER", who) for step in sorted(wanted))


# --- the person ----------------------------------------------------------------------------


def _checked(evidence: Evidence, now: Circumstances) -> Iterator[Checked]:
    if now.enabled is False:
        yield Checked("The account is disabled.", "Nobody can sign in with it, whatever else is so.")
    if now.mfa is not None:
        yield Checked(f"Per-user MFA is {now.mfa}.", _of_mfa(evidence, now.mfa))
    if now.view is not None:
        yield from _of_mailbox(evidence, now.view)
    yield from (Checked(f"Not known: {one}.", "") for one in now.unread)


def _of_mfa(evidence: Evidence, state: Protection) -> str:
    basic = not _PASSWORDS.isdisjoint(evidence.signs)
    match state:
        case Protection.DISABLED:
            asked = "If a second factor is asked for, another rule asks: a suspension would change nothing."
            return "It is not in the way." if basic else asked
        case Protection.ENABLED | Protection.ENFORCED if basic:
            return "It is not what keeps the client out: without it, basic authentication is refused as well."
        case Protection.ENABLED:
            return "The person is asked to register at the next sign-in."
        case Protection.ENFORCED:
            return "A second factor is asked for at every sign-in that is not remembered."
        case Protection.EXCLUDED | Protection.NOT_EXCLUDED:
            return ""  # no per-user state
        case never:
            assert_never(never)


def _of_mailbox(evidence: Evidence, view: MailboxView) -> Iterator[Checked]:
    where = f"in {view.place}" if view.place is Place.ONLINE else str(view.place)
    yield Checked(
        f"It is a {view.kind}." if view.kind is not Kind.NOTHING else "It is nothing here.", _of_kind(view)
    )
    yield Checked(f"The mailbox lives {where}.", _of_place(evidence, view.place))
    held = view.facts.licences
    if held is not None and not any(one.ready for one in held) and view.kind is Kind.USER:
        yield Checked("No licence with a mailbox is in force.", "Give one before anything else is tried.")
    yield from _of_protocols(evidence, view)


def _of_kind(view: MailboxView) -> str:
    match view.kind:
        case Kind.SHARED | Kind.ROOM | Kind.EQUIPMENT:
            return "Nobody signs in to it: open it from the mailbox of somebody who may."
        case Kind.CONTACT | Kind.NOTHING:
            return "Nobody can sign in with it: check the address."
        case kind if kind.group:
            return "Nobody signs in to it."
        case Kind.GUEST:
            return "The mailbox is another organisation's: their helpdesk sees the cause."
        case Kind.DELETED:
            return "The account was deleted: restore it first."
        case _:
            return ""


def _of_place(evidence: Evidence, place: Place) -> str:
    online = not BASIC.isdisjoint(evidence.signs)
    match place:
        case Place.ONLINE:
            return "Basic authentication is off there for good." if online else ""
        case Place.ON_PREMISES:
            asked = (
                "The answer is Exchange Online's, where the mailbox is not: check Autodiscover of the domain."
            )
            return asked if online else "Exchange Online's rules do not hold there."
        case Place.NOWHERE | Place.ELSEWHERE:
            return "There is nothing for Outlook to connect to."
        case Place.UNKNOWN:
            return ""
        case never:
            assert_never(never)


def _of_protocols(evidence: Evidence, view: MailboxView) -> Iterator[Checked]:
    known = view.facts.protocols
    if known is None:
        return
    if known.get(Protocol.MAPI) is Allowed.OFF:
        yield Checked(
            "MAPI is off for the mailbox.", "Outlook cannot connect at all: turn it on (Set-CASMailbox)."
        )
    for signs, protocols in _WAYS:
        if not signs.isdisjoint(evidence.signs):
            yield from (_of_protocol(one, known[one]) for one in protocols if one in known)


def _of_protocol(protocol: Protocol, allowed: Allowed) -> Checked:
    match allowed:
        case Allowed.OFF:
            return Checked(f"{protocol} is off for the mailbox.", "That alone explains a refusal.")
        case Allowed.ON:
            return Checked(f"{protocol} is on for the mailbox.", "It still takes a token, not a password.")
        case Allowed.ORGANISATION:
            return Checked(
                f"{protocol} is as the organisation has it.", "See Get-TransportConfig and the policies."
            )
        case never:
            assert_never(never)


# --- a suspension --------------------------------------------------------------------------


def _suspension(evidence: Evidence, now: Circumstances | None) -> str:
    """Return the command that asks for one: for a factor that is lost, on an account whose state asks for it.

    Never beside a sign of basic authentication, which no MFA state lets pass, and never as a guess about
    somebody whose state is not known.
    """
    if now is None or Sign.LOST_FACTOR not in evidence.signs or not _PASSWORDS.isdisjoint(evidence.signs):
        return ""
    asked_for = now.mfa in {Protection.ENABLED, Protection.ENFORCED}
    # One factor is the one that is lost; with a second one, that is the safer way, and so is a pass.
    if (
        not asked_for
        or now.access_pass
        or now.protected
        or now.enabled is False
        or now.factors is None
        or now.factors > 1
    ):
        return ""
    return f"/mfa disable {now.upn} for 1h because the second factor is lost and no access pass is to be had"
