"""The default method, what the registration report says, and the last sign-ins, in words.

Source: Graph docs, "signInPreferences" (beta), "userRegistrationDetails", "signIn". The report lags by hours
or days and says so; enum members may be missing, ``none`` or an empty string.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from approvals.errors import Never, PortError
from approvals.model import PersonId
from bot.entra.address import path
from bot.entra.answers import Json, Refused
from bot.entra.batch import Failed, Get, Outcome
from bot.entra.client import GraphClient
from bot.entra.permissions import Permission, named, repair
from bot.entra.preferences import PREFERRED, SYSTEM_PREFERRED, preferred_at
from bot.entra.words import label, line
from commands.federation_model import Unread
from commands.picture import Preference, Registration, SignIn

NO_P1: Final = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
METHODS: Final[Mapping[str, str]] = {
    "push": "Authenticator push",
    "oath": "code of an app or token",
    "voiceMobile": "call to the mobile",
    "voiceAlternateMobile": "call to the second mobile",
    "voiceOffice": "call to the office",
    "sms": "SMS",
    "none": "",
    "": "",
}
LAST: Final = 5
LEGACY: Final = frozenset(
    {
        "Authenticated SMTP",
        "Autodiscover",
        "Exchange ActiveSync",
        "Exchange Online PowerShell",
        "Exchange Web Services",
        "IMAP4",
        "MAPI Over HTTP",
        "Offline Address Book",
        "Other clients",
        "Outlook Anywhere (RPC over HTTP)",
        "POP3",
        "Reporting Web Services",
    }
)
ERRORS: Final[Mapping[int, str]] = {
    50053: "account locked",
    50057: "account disabled",
    50074: "MFA was required and not done",
    50076: "MFA was required and not done",
    50079: "MFA registration was required",
    50126: "wrong password",
    50140: "interrupted: stay signed in?",
    50158: "sent to another provider for MFA",
    53003: "blocked by Conditional Access",
}


def preference_read(who: PersonId) -> Get:
    """Return the read of the default method."""
    return Get(preferred_at(who))


def registration_read(who: PersonId) -> Get:
    """Return the read of one person's line in the report."""
    return Get(path("/reports/authenticationMethods/userRegistrationDetails/{}", who))


def preference(outcome: Outcome, reported: Outcome) -> Preference | Unread:
    """Return the default method, by the report where Graph does not tell it directly."""
    if not isinstance(outcome, Failed):
        return _preference(outcome.body)
    if isinstance(reported, Failed):
        return unread(outcome.error, Permission.READ_METHODS)
    return _preference(reported.body, moment(reported.body.get("lastUpdatedDateTime")))


def registration(outcome: Outcome) -> Registration | Unread:
    """Return what the report says."""
    if isinstance(outcome, Failed):
        return unread(outcome.error, Permission.READ_LOGS)
    body = outcome.body
    preferred = body.get("systemPreferredAuthenticationMethods")
    methods = [method(one) for one in preferred] if isinstance(preferred, list) else []
    return Registration(
        registered=flag(body, "isMfaRegistered"),
        capable=flag(body, "isMfaCapable"),
        passwordless=flag(body, "isPasswordlessCapable"),
        password_reset=flag(body, "isSsprRegistered"),
        system_preferred=tuple(filter(None, methods)),
        at=moment(body.get("lastUpdatedDateTime")),
    )


async def sign_ins(graph: GraphClient, who: PersonId) -> tuple[SignIn, ...] | Unread:
    """Return the last interactive sign-ins of *who*, the newest first; one page of them is enough."""
    quoted = who.replace("'", "''")
    asked = {"$filter": f"userId eq '{quoted}'", "$top": str(LAST)}
    try:
        body = await graph.get("v1.0", path("/auditLogs/signIns"), asked)
    except PortError as error:
        return unread(error, Permission.READ_LOGS)
    items = body.get("value")
    read = [_sign_in(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return tuple(sorted((one for one in read if one), key=lambda one: one.at, reverse=True)[:LAST])


def unread(error: PortError, permission: Permission) -> Unread:
    """Say why something is missing: the permission, or the licence, where that is what is missing."""
    told = named(error, permission)
    if isinstance(error, Refused) and error.trace.code == NO_P1:
        why = (
            "Microsoft says that the tenant has no Entra ID P1 (at times it says so of tenants that have it)"
        )
        return Unread(f"{why}: {error.why}", "assign Entra ID P1; if there is one, try again later")
    if isinstance(error, Refused) and error.trace.status == HTTPStatus.FORBIDDEN:
        p1 = permission is Permission.READ_LOGS
        return Unread(error.why, f"{repair(permission)}{'; it needs Entra ID P1 too' if p1 else ''}")
    return Unread(told.why, told.what_to_do if isinstance(told, Never) else "try again in a minute")


def method(written: object) -> str:
    """Return Graph's word for a method in ours; one that is unknown is said to be."""
    if written is None or not isinstance(written, str):
        return ""
    return METHODS.get(written, f"unknown to Relatch ({line(written, 40)})")


def _preference(body: Json, reported_at: datetime | None = None) -> Preference:
    return Preference(
        method=method(body.get(PREFERRED)),
        system_preferred=flag(body, SYSTEM_PREFERRED),
        reported_at=reported_at,
    )


def _sign_in(item: Json) -> SignIn | None:
    at = moment(item.get("createdDateTime"))
    if at is None:
        return None
    client = line(item.get("clientAppUsed"), 60)
    return SignIn(
        at=at,
        app=label(item.get("resourceDisplayName")) or label(item.get("appDisplayName")) or "an app",
        client=client,
        where=_place(item.get("location")),
        problem=_problem(item.get("status")),
        legacy=client in LEGACY,
    )


def _problem(status: object) -> str:
    match status:
        case {"errorCode": 0}:
            return ""
        case {"errorCode": int(code)}:
            return f"{ERRORS.get(code, 'failed')} ({code})"
        case _:
            return "outcome unknown"


def _place(location: object) -> str:
    match location:
        case {"countryOrRegion": str(country)}:
            return line(country, 40)
        case _:
            return ""


def flag(body: Json, name: str) -> bool | None:
    """Return what the report says; nothing where it does not say yes or no."""
    found = body.get(name)
    return found if isinstance(found, bool) else None


def moment(written: object) -> datetime | None:
    """Return a time of Graph's in UTC; nothing where it is none."""
    try:
        found = datetime.fromisoformat(written) if isinstance(written, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
