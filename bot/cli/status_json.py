"""A person's MFA for machines: names in snake case, times in ISO 8601 UTC.

What could not be read is an object with ``unread``, what is not shown one with ``withheld``; ``null`` is what
Microsoft does not say.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from approvals.model import Request
from commands.federation_model import Unread
from commands.person_model import Method, PersonStatus, Unreadable, Withheld
from commands.picture import (
    Access,
    AccessPolicy,
    Elsewhere,
    Picture,
    Preference,
    Registration,
    SignInDomain,
)

Json: TypeAlias = dict[str, Any]


def status(found: PersonStatus, live: Request | Unread | None) -> Json:
    """Return one person whole."""
    return {
        "id": found.person.id,
        "name": found.person.name,
        "user_principal_name": found.person.upn,
        "guest": found.guest,
        "enabled": found.enabled,
        "synchronised": found.synchronised,
        "per_user_mfa": _or_not(found.protection),
        "methods": [_method(one) for one in found.methods]
        if isinstance(found.methods, tuple)
        else _missing(found.methods),
        "roles": list(found.roles) if isinstance(found.roles, tuple) else _missing(found.roles),
        "protected": list(found.protected),
        **_picture(found.picture),
        "live": _missing(live) if isinstance(live, Unread) else live.label if live else None,
    }


def _or_not(fact: str | Unreadable) -> str | Json:
    return _missing(fact) if isinstance(fact, Unreadable) else str(fact)


def _missing(fact: Unreadable | Unread | Withheld) -> Json:
    if isinstance(fact, Withheld):
        return {"withheld": fact.why}
    return {"unread": fact.why, "what_to_do": fact.what_to_do}


def _method(one: Method) -> Json:
    since = _moment(one.since)
    return {"name": one.name, "detail": one.detail, "use": one.use.name.lower(), "since": since}


def _picture(found: Picture | Withheld) -> Json:
    if isinstance(found, Withheld):
        gone = _missing(found)
        return {"default_method": gone, "registration": gone, "also_requires_mfa": gone}
    return {
        "default_method": _preference(found.preference),
        "registration": _registration(found.registration),
        "also_requires_mfa": _elsewhere(found.elsewhere),
    }


def _preference(found: Preference | Unread) -> Json:
    if isinstance(found, Unread):
        return _missing(found)
    reported = _moment(found.reported_at)
    return {"method": found.method, "system_preferred": found.system_preferred, "reported_at": reported}


def _registration(found: Registration | Unread) -> Json:
    if isinstance(found, Unread):
        return _missing(found)
    return {
        "mfa_registered": found.registered,
        "mfa_capable": found.capable,
        "passwordless_capable": found.passwordless,
        "password_reset_registered": found.password_reset,
        "system_preferred": list(found.system_preferred),
        "report_of": _moment(found.at),
    }


def _elsewhere(found: Elsewhere) -> Json:
    on = found.security_defaults
    return {
        "security_defaults": _missing(on) if isinstance(on, Unread) else on,
        "conditional_access": _access(found.access),
        "domain": _domain(found.domain),
    }


def _access(found: Access | Unread) -> Json:
    if isinstance(found, Unread):
        return _missing(found)
    evaluated = {"unevaluated": _missing(found.unevaluated)} if found.unevaluated else {}
    return {"policies": [_policy(one) for one in found.policies], **evaluated}


def _policy(one: AccessPolicy) -> Json:
    return {"name": one.name, "demands": one.demand, "stance": one.stance.name.lower(), "why": one.why}


def _domain(found: SignInDomain | Unread) -> Json:
    if isinstance(found, Unread):
        return _missing(found)
    provider = found.idp.name.lower()
    return {
        "name": found.name,
        "provider": provider,
        "federated_idp_mfa_behavior": found.behavior or None,
        "meaning": found.meaning,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
