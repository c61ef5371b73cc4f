"""What a status and a forecast say, in sentences without any chat in them.

Everything from outside goes through a ``Voice``, which makes it harmless where the sentence will stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from approvals.model import CannotTell, ChangesNothing, Forecast, Hindrance, Source, WillWork
from commands.federation_model import Unread
from commands.picture import (
    OUTLOOK,
    Access,
    AccessPolicy,
    Elsewhere,
    Idp,
    Preference,
    Registration,
    SignIn,
    SignInDomain,
    Stance,
)

Harmless: TypeAlias = Callable[[str], str]

MOST = 6


@dataclass(frozen=True, slots=True)
class Voice:
    """What makes a name, and what makes a sentence, harmless in one kind of text."""

    name: Harmless
    sentence: Harmless


HOUR = timedelta(hours=1)


def preferred(found: Preference | Unread, voice: Voice) -> str:
    """Say which method is asked for first."""
    if isinstance(found, Unread):
        return missing("could not be read", found, voice)
    chosen = voice.name(found.method) if found.method else "none chosen"
    parts = [chosen, *_system(found.system_preferred)]
    if found.reported_at is not None:
        parts.append("by the registration report")
    return " · ".join(parts)


def _system(preferred: bool | None) -> Iterator[str]:  # noqa: FBT001  # a fact, not a switch
    if preferred:
        yield "Entra asks for the strongest method first (system-preferred)"
    elif preferred is None:
        yield "whether Entra prefers the strongest method is not known"


def registered(found: Registration | Unread, voice: Voice, now: datetime) -> str:
    """Say what the registration report holds, and how old it is."""
    if isinstance(found, Unread):
        return missing("could not be read", found, voice)
    parts = [
        f"for MFA {_yes(found.registered)}",
        f"usable under the policy {_yes(found.capable)}",
        f"without a password {_yes(found.passwordless)}",
        f"for password reset {_yes(found.password_reset)}",
    ]
    if found.system_preferred:
        parts.append(f"system-preferred {', '.join(map(voice.name, found.system_preferred))}")
    return f"{' · '.join(parts)} ({_age(found.at, now)})"


def _yes(fact: bool | None) -> str:  # noqa: FBT001  # a fact, not a switch
    return "not known" if fact is None else "yes" if fact else "no"


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "a report of unknown age"
    hours = max(0, (now - at) // HOUR)
    return f"report of {f'{hours} h' if hours < 48 else f'{hours // 24} days'} ago"  # noqa: PLR2004  # two days


def also(elsewhere: Elsewhere, voice: Voice) -> list[str]:
    """Say what else asks for MFA, a fact each; what could not be read is said with what is missing."""
    return [
        *_access(elsewhere.access, voice),
        _defaults(elsewhere.security_defaults, voice),
        _domain(elsewhere.domain, voice),
    ]


def _access(found: Access | Unread, voice: Voice) -> Iterator[str]:
    if isinstance(found, Unread):
        yield missing("Conditional Access could not be read", found, voice)
        return
    asks, may = found.of(Stance.ASKS), found.of(Stance.MAY_ASK)
    if found.unevaluated is not None:
        what = f"whether Conditional Access asks in {OUTLOOK} could not be evaluated"
        yield missing(what, found.unevaluated, voice)
    elif not asks and not may:
        yield f"nothing else in {OUTLOOK}"
    if asks:
        yield f"in {OUTLOOK}: {_policies(asks, voice)}"
    if may:
        yield f"may ask in {OUTLOOK}: {_policies(may, voice)}"
    if other := found.of(Stance.ELSEWHERE):
        yield f"in other apps or clients: {_policies(other, voice)}"
    if reports := found.of(Stance.REPORTS):
        yield f"report-only, asks nobody yet: {_policies(reports, voice)}"


def _policies(policies: Sequence[AccessPolicy], voice: Voice) -> str:
    return several([_policy(one, voice) for one in policies])


def _policy(policy: AccessPolicy, voice: Voice) -> str:
    details = [voice.name(policy.demand)] if policy.demand != "MFA" else []
    details += [policy.why] if policy.why else []
    told = "; ".join(details)
    return f"{voice.name(policy.name)} ({told})" if told else voice.name(policy.name)


def _defaults(on: bool | Unread, voice: Voice) -> str:  # noqa: FBT001  # a fact, not a switch
    if isinstance(on, Unread):
        return missing("security defaults could not be read", on, voice)
    return "security defaults on: MFA is asked of everybody" if on else "security defaults off"


def _domain(found: SignInDomain | Unread, voice: Voice) -> str:
    if isinstance(found, Unread):
        return missing("the domain's federation could not be read", found, voice)
    if found.idp is Idp.MANAGED:
        return f"{voice.name(found.name)} is managed: Entra alone signs in"
    known = f" ({voice.name(found.behavior)})" if found.behavior else ""
    meaning = found.meaning.rstrip(".") or "what its provider does is not known"
    return f"{voice.name(found.name)} is federated: {meaning}{known}"


def missing(what: str, unread: Unread, voice: Voice) -> str:
    """Say that *what* is missing, why, and what would make it readable."""
    advice = f"; {unread.what_to_do.rstrip('.')}" if unread.what_to_do else ""
    return f"{what}: {voice.sentence(unread.why.rstrip('.'))}{advice}"


# --- forecasts -----------------------------------------------------------------------------


def forecast(found: Forecast, voice: Voice, whom: str) -> str:
    """Say whether a suspension of *whom* would change anything."""
    match found:
        case WillWork():
            return f"Will work: yes, nothing else asks {whom} for MFA in {OUTLOOK}."
        case ChangesNothing(because=because):
            return f"Will change nothing: {asking(because, voice)} still asks."
        case CannotTell(because=because, policies=policies):
            may = f" May ask all the same: {several(list(map(voice.name, policies)))}." if policies else ""
            return f"Will work: cannot tell. {' '.join(map(voice.sentence, because))}{may}".rstrip()
        case never:
            assert_never(never)


def asking(because: Iterable[Hindrance], voice: Voice) -> str:
    """Name what asks all the same."""
    return several([_hindrance(one, voice) for one in because])


def _hindrance(one: Hindrance, voice: Voice) -> str:
    match one.source:
        case Source.SECURITY_DEFAULTS:
            return "security defaults"
        case Source.CONDITIONAL_ACCESS:
            return f"{voice.name(one.name)} (Conditional Access)"
        case Source.FEDERATED_PROVIDER:
            return f"the federated provider of {voice.name(one.name)}"
        case Source.PER_USER:
            return f"per-user MFA, which is {one.name},"
        case never:
            assert_never(never)


def signed_in(one: SignIn, voice: Voice) -> str:
    """Return one sign-in without its time."""
    client = f" by {voice.name(one.client)}" if one.client else ""
    legacy = " (legacy authentication)" if one.legacy else ""
    where = f", {voice.name(one.where)}" if one.where else ""
    return f"{voice.name(one.app)}{client}{legacy}{where}: {one.problem or 'signed in'}"


def several(items: Sequence[str], most: int = MOST) -> str:
    """Return up to *most* items with commas, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")
