"""What has turned with a domain: the check of today against what was seen and told before. Pure.

A trouble is told when it begins, when it gets another shape, and when it is over; in between nothing is
said. What cannot be judged today (a side that could not be read) stays as it was. What a bad minute can
make (an unreachable host, a failing page) has to be found twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from commands.domain_news import Turn, Turned
from commands.federation_model import (
    Authentication,
    Certificate,
    Domain,
    DomainCheck,
    Federated,
    Field,
    Finding,
    Grade,
    Held,
    NotTested,
    Property,
    Relation,
    StepKind,
    Tested,
    Thresholds,
    Unread,
)

Json = dict[str, Any]

UNREACHABLE: Final = "unreachable"
CERTIFICATE: Final = "certificate"
UPDATE: Final = "update"
SETTINGS: Final = "settings"
SIDE: Final = "side:"
STEP: Final = "step:"
_WAY: Final = (StepKind.DNS, StepKind.TCP, StepKind.TLS)
_PAGES: Final = (StepKind.METADATA, StepKind.MEX, StepKind.PASSIVE)
_PUBLISH: Final = "Publish the metadata through the proxy: without it Entra fetches no new certificates."
_RENEW: Final = "Renew it and bring Entra up to date before that; `/domain check` has the details."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something wrong; it is told again when its *shape* changes."""

    shape: str
    what: str
    what_to_do: str = ""
    grade: Grade = Grade.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was last seen of a domain. *missed* was found once and is told if it is found again."""

    authentication: Authentication
    mfa_behavior: str | None = None
    """``None``: it was never read."""
    troubles: Mapping[str, Trouble]
    missed: tuple[str, ...] = ()

    @classmethod
    def first(cls, domain: Domain) -> Seen:
        """Return what a list shows of *domain*."""
        return cls(authentication=domain.authentication, troubles={})


@dataclass(frozen=True, slots=True)
class Judged:
    """What is seen now, what people are to be told, and whether it has to be looked at again soon."""

    seen: Seen
    turns: tuple[Turn, ...]

    @property
    def unsure(self) -> bool:
        """Return whether something was found that has to be found twice."""
        return bool(self.seen.missed)


def judge(before: Seen, check: DomainCheck, thresholds: Thresholds) -> Judged:
    """Compare a finished *check*, in which Entra could be asked, with what was seen *before*."""
    found = _troubles(check, thresholds)
    fresh = [
        key for key in found if _wants_two(key) and key not in before.troubles and key not in before.missed
    ]
    if UNREACHABLE in fresh:
        # Half of the rest cannot be judged without the service: wait for the second look.
        return Judged(replace(before, missed=(UNREACHABLE,)), ())
    held = {key: one for key, one in before.troubles.items() if key not in found and _unjudged(key, check)}
    now = {**{key: one for key, one in found.items() if key not in fresh}, **held}
    behavior = _mfa_behavior(check)
    turns = (*_turns(check, before.troubles, now), *_behaved(check, before.mfa_behavior, behavior))
    seen = replace(
        before,
        mfa_behavior=before.mfa_behavior if behavior is None else behavior,
        troubles=now,
        missed=tuple(fresh),
    )
    return Judged(seen, turns)


def _turns(check: DomainCheck, before: Mapping[str, Trouble], now: Mapping[str, Trouble]) -> Iterable[Turn]:
    for key, one in now.items():
        if key not in before or before[key].shape != one.shape:
            yield Turn(
                domain=check.name,
                turned=Turned.BAD,
                what=one.what,
                what_to_do=one.what_to_do,
                grade=one.grade,
            )
    for key, one in before.items():
        if key not in now:
            yield Turn(domain=check.name, turned=Turned.WELL, what=one.what, grade=Grade.GOOD)


def _behaved(check: DomainCheck, before: str | None, now: str | None) -> Iterable[Turn]:
    if before is None or now is None or before == now:
        return
    changed = f"{Field.MFA_BEHAVIOR} went from {before or 'not set'} to {now or 'not set'}. {_meaning(check)}"
    ask = "If nobody meant that, look in the audit log for “Set federation settings on domain”."
    yield Turn(domain=check.name, turned=Turned.CHANGED, what=changed.rstrip(), what_to_do=ask)


def _mfa_behavior(check: DomainCheck) -> str | None:
    sign_in = _sign_in(check)
    return sign_in.configuration.federated_idp_mfa_behavior if sign_in else None


def _meaning(check: DomainCheck) -> str:
    sign_in = _sign_in(check)
    settings = sign_in.settings if sign_in else ()
    return next((one.meaning for one in settings if one.field is Field.MFA_BEHAVIOR), "")


# --- what is wrong -------------------------------------------------------------------------


def _troubles(check: DomainCheck, thresholds: Thresholds) -> dict[str, Trouble]:
    found: dict[str, Trouble] = {}
    away = _unreachable(check)
    if away is not None:
        said = f"The federation metadata could not be read, twice: {away.what}"
        found[UNREACHABLE] = Trouble(shape="", what=said, what_to_do=away.what_to_do or _PUBLISH)
    judged = {StepKind.REALM, *_PAGES} - ({StepKind.METADATA} if away else set())
    for step in check.steps:
        if step.kind in judged and isinstance(step.outcome, Tested) and step.outcome.grade is Grade.WRONG:
            worst = _worst(step.outcome.findings)
            found[f"{STEP}{step.kind.name}:{step.about}"] = Trouble(
                shape="", what=f"{step.kind}: {worst.what}", what_to_do=worst.what_to_do
            )
    return {**found, **_settings(check), **_certificates(check, thresholds), **_sides(check)}


def _sides(check: DomainCheck) -> dict[str, Trouble]:
    found: dict[str, Trouble] = {}
    for one in check.compared:
        if one.relation is Relation.WRONG:
            both = f"Entra has {one.entra or 'nothing'}, the service {one.service or 'nothing'}."
            said = f"{one.property}: {both} {one.consequence}".rstrip()
            found[f"{SIDE}{one.property}"] = Trouble(shape="", what=said, what_to_do=one.what_to_do)
    return found


def _unreachable(check: DomainCheck) -> Finding | None:
    """Return why the metadata could not be read; ``None`` when it was, or is none of this service's."""
    if check.service_certificates:
        return None
    for step in check.of(StepKind.METADATA):
        if isinstance(step.outcome, Tested) and step.outcome.grade >= Grade.WARNING:
            return _worst(step.outcome.findings)
    # What is planned has an address, and is left out only when the way there is not open.
    left_out = any(
        step.about and isinstance(step.outcome, NotTested) for kind in _PAGES for step in check.of(kind)
    )
    way = (step.outcome for kind in _WAY for step in check.of(kind))
    failed = (one for one in way if isinstance(one, Tested) and one.grade >= Grade.WARNING)
    return _worst([found for one in failed for found in one.findings]) if left_out else None


def _settings(check: DomainCheck) -> dict[str, Trouble]:
    match check.view.sign_in if check.view else None:
        case Unread(why=why, what_to_do=what_to_do):
            return {SETTINGS: Trouble(shape="", what=why, what_to_do=what_to_do)}
        case Federated(configuration=configuration) if configuration.update_result not in {"", "Success"}:
            result = configuration.update_result
            said = f"Entra's last automatic update of the certificates ended with {result}."
            return {UPDATE: Trouble(shape=result, what=said, what_to_do=_PUBLISH, grade=Grade.WARNING)}
        case _:
            return {}


def _certificates(check: DomainCheck, thresholds: Thresholds) -> dict[str, Trouble]:
    """Say when the last certificate that can carry a sign-in ends, if that is soon."""
    sign_in = _sign_in(check)
    entra = _readable(sign_in.certificates) if sign_in else []
    service = _readable(check.service_certificates)
    # What the service no longer signs with carries nothing, however long it is valid.
    carrying = [one for one in entra if one in service] or entra
    if not carrying:
        return {}
    last = max(carrying, key=lambda one: one.not_after)
    level = _level(last.not_after - check.began, thresholds)
    if level is None:
        return {}
    shape, grade = level
    verb = "ended" if last.not_after <= check.began else "ends"
    said = f"The token-signing certificate {last.sha1} ({last.subject}) {verb} on {last.not_after:%Y-%m-%d}."
    return {CERTIFICATE: Trouble(shape=shape, what=said, what_to_do=_RENEW, grade=grade)}


def _level(left: timedelta, thresholds: Thresholds) -> tuple[str, Grade] | None:
    if left <= timedelta():
        return "ended", Grade.WRONG
    if left < thresholds.critical:
        return "critical", Grade.WRONG
    return ("warn", Grade.WARNING) if left < thresholds.warn else None


def _sign_in(check: DomainCheck) -> Federated | None:
    sign_in = check.view.sign_in if check.view else None
    return sign_in if isinstance(sign_in, Federated) else None


def _readable(held: Iterable[Held]) -> list[Certificate]:
    return [one.read for one in held if isinstance(one.read, Certificate)]


def _worst(findings: Iterable[Finding]) -> Finding:
    return max(findings, key=lambda one: one.grade, default=Finding(Grade.WRONG, "it was not tested."))


# --- what cannot be said today -------------------------------------------------------------


def _wants_two(key: str) -> bool:
    return key == UNREACHABLE or key.startswith(STEP)


def _unjudged(key: str, check: DomainCheck) -> bool:
    """Return whether *check* does not show that the trouble of *key* is over."""
    if key.startswith(SIDE):
        shown = {one.property: one.relation for one in check.compared}
        return shown.get(Property(key.removeprefix(SIDE)), Relation.UNKNOWN) is Relation.UNKNOWN
    if key.startswith(STEP):
        name, _, about = key.removeprefix(STEP).partition(":")
        steps = [step for step in check.of(StepKind[name]) if step.about == about]
        return any(isinstance(step.outcome, NotTested) for step in steps)
    return False


# --- as JSON -------------------------------------------------------------------------------


def seen_json(seen: Seen) -> Json:
    """Return *seen* as JSON."""
    return {
        "authentication": seen.authentication.value,
        "mfa_behavior": seen.mfa_behavior,
        "troubles": {
            key: {"shape": one.shape, "what": one.what, "what_to_do": one.what_to_do, "grade": one.grade.name}
            for key, one in seen.troubles.items()
        },
        "missed": list(seen.missed),
    }


def seen_of(read: Json) -> Seen:
    """Return what *read* says was seen."""
    return Seen(
        authentication=Authentication(read["authentication"]),
        mfa_behavior=read["mfa_behavior"],
        troubles={
            key: Trouble(
                shape=one["shape"], what=one["what"], what_to_do=one["what_to_do"], grade=Grade[one["grade"]]
            )
            for key, one in read["troubles"].items()
        },
        missed=tuple(read["missed"]),
    )
