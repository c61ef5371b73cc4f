"""Domains for machines: names in snake case, times in ISO 8601 UTC, durations in seconds."""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

from commands.domain_names import DomainName
from commands.federation_model import (
    CertificateRead,
    Compared,
    Domain,
    DomainCheck,
    DomainView,
    Federated,
    Finding,
    Grade,
    Held,
    Managed,
    NotTested,
    Outcome,
    Realm,
    Setting,
    Step,
    Tested,
    Unread,
    UnreadableCertificate,
    Waiting,
    worst,
)
from commands.runbooks import Code, Note, Runbook

Json: TypeAlias = dict[str, Any]


def listed(domain: Domain, inherits: DomainName | None) -> Json:
    """Return a domain as it is listed."""
    return {
        "name": domain.name,
        "authentication": domain.authentication.value.lower() or None,
        "inherits": inherits,
        "verified": domain.verified,
        "default": domain.default,
        "initial": domain.initial,
        "root": domain.root,
    }


def view(shown: DomainView) -> Json:
    """Return one domain whole."""
    source = shown.sign_in.source if isinstance(shown.sign_in, Federated) else None
    inherits = None if source == shown.domain.name else source
    return {
        **listed(shown.domain, inherits),
        "grade": _grade(worst(shown.findings)),
        "realm": _realm(shown.realm),
        "findings": _findings(shown.findings),
        **_sign_in(shown.sign_in),
        "at": shown.at.isoformat(timespec="seconds"),
    }


def _sign_in(sign_in: Managed | Federated | Unread) -> Json:
    match sign_in:
        case Managed(note=note):
            return {"settings": [], "certificates": [], "note": note}
        case Unread():
            return {"settings": [], "certificates": [], "unread": _unread(sign_in)}
        case Federated(settings=settings, certificates=certificates):
            return {"settings": list(map(_setting, settings)), "certificates": list(map(_held, certificates))}
        case never:
            assert_never(never)


def check(found: DomainCheck) -> Json:
    """Return a check to its end."""
    return {
        "name": found.name,
        "grade": _grade(found.grade),
        "entra_answered": found.view is not None,
        "steps": list(map(_step, found.steps)),
        "compared": list(map(_compared, found.compared)),
        "health": _findings(found.health),
        "domain": view(found.view) if found.view else None,
        "service_certificates": list(map(_held, found.service_certificates)),
        "began": found.began.isoformat(timespec="seconds"),
        "took": found.took.total_seconds(),
    }


def runbook(shown: Runbook) -> Json:
    """Return a runbook."""
    return {
        "domain": shown.domain,
        "title": shown.title,
        "warnings": list(shown.warnings),
        "parts": [{"heading": one.heading, "items": list(map(_item, one.items))} for one in shown.parts],
    }


def _item(item: Note | Code) -> Json:
    match item:
        case Note(text=text):
            return {"note": text}
        case Code(where=where, lines=lines):
            return {"where": where, "lines": lines}
        case never:
            assert_never(never)


def _grade(grade: Grade) -> str:
    return grade.name.lower()


def _step(step: Step) -> Json:
    return {"step": step.kind.name.lower(), "about": step.about, **_outcome(step.outcome)}


def _outcome(outcome: Outcome) -> Json:
    match outcome:
        case Waiting():
            return {"tested": False, "why": "it was not begun"}
        case NotTested(why=why):
            return {"tested": False, "why": why}
        case Tested(tried=tried, findings=findings, took=took):
            return {
                "tested": True,
                "grade": _grade(outcome.grade),
                "tried": tried,
                "findings": _findings(findings),
                "took": took.total_seconds(),
            }
        case never:
            assert_never(never)


def _findings(found: tuple[Finding, ...]) -> list[Json]:
    return [{"grade": _grade(one.grade), "what": one.what, "what_to_do": one.what_to_do} for one in found]


def _compared(one: Compared) -> Json:
    return {
        "property": one.property.value,
        "entra": one.entra,
        "service": one.service,
        "relation": one.relation.name.lower(),
        "consequence": one.consequence,
        "what_to_do": one.what_to_do,
    }


def _setting(one: Setting) -> Json:
    return {
        "name": one.field.value,
        "msonline": one.msonline or None,
        "value": one.value or None,
        "meaning": one.meaning,
        "grade": _grade(one.grade),
    }


def _held(held: Held) -> Json:
    return {"place": held.place, **_certificate(held.read)}


def _certificate(read: CertificateRead) -> Json:
    if isinstance(read, UnreadableCertificate):
        return {"unreadable": read.why}
    return {
        "subject": read.subject,
        "issuer": read.issuer,
        "sha1": read.sha1,
        "sha256": read.sha256,
        "not_before": read.not_before.isoformat(),
        "not_after": read.not_after.isoformat(),
        "key": read.key,
    }


def _realm(realm: Realm | Unread) -> Json:
    if isinstance(realm, Unread):
        return {"unread": _unread(realm)}
    return {
        "name_space": realm.name_space.value,
        "brand": realm.brand or None,
        "sign_in_url": realm.sign_in_url or None,
        "protocol": realm.protocol or None,
        "metadata_url": realm.metadata_url or None,
        "active_url": realm.active_url or None,
        "unread": list(map(_unread, realm.unread)),
    }


def _unread(found: Unread) -> Json:
    return {"why": found.why, "what_to_do": found.what_to_do}
