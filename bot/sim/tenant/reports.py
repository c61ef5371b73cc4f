"""Reports: who has registered what, and who signed in (Graph docs, ``userRegistrationDetails``, ``signIn``).

Both need Entra ID P1, and the first is as old as ``Tenant.report_age``.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.sim.tenant.memberships import roles_of
from bot.sim.tenant.model import RawSignIn, User
from bot.sim.tenant.paging import Lazy, Listing, collection, selected
from bot.sim.tenant.routes import Route
from bot.sim.tenant.state import new_id
from bot.sim.tenant.users import found
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, iso

REGISTERED: Mapping[str, tuple[str, ...]] = {
    "phone": ("mobilePhone",),
    "email": ("email",),
    "microsoftAuthenticator": ("microsoftAuthenticatorPush", "softwareOneTimePasscode"),
    "fido2": ("fido2",),
    "softwareOath": ("softwareOneTimePasscode",),
    "windowsHelloForBusiness": ("windowsHelloForBusiness",),
    "temporaryAccessPass": ("temporaryAccessPass",),
}
SELF_SERVICE = frozenset({"email"})
PASSWORDLESS = frozenset({"fido2", "windowsHelloForBusiness"})
DETAILS = "reports/authenticationMethods/userRegistrationDetails"
REGISTRATIONS = Listing(DETAILS, {"id", "userPrincipalName", "isAdmin", "isMfaRegistered", "userType"})
SIGN_INS = Listing("auditLogs/signIns", {"userId", "userPrincipalName", "appId"})


def sign_in(user: User, at: datetime, **told: object) -> RawSignIn:
    """Write a sign-in to Exchange Online by Outlook that succeeded, apart from what is *told*."""
    return {
        "id": new_id(),
        "createdDateTime": iso(at),
        "userDisplayName": user.display_name,
        "userPrincipalName": user.upn,
        "userId": user.id,
        "appId": "d3590ed6-52b3-4102-aeff-aad2292ab01c",
        "appDisplayName": "Microsoft Office",
        "ipAddress": "203.0.113.7",
        "clientAppUsed": "Mobile Apps and Desktop clients",
        "correlationId": new_id(),
        "conditionalAccessStatus": "notApplied",
        "isInteractive": True,
        "resourceDisplayName": "Office 365 Exchange Online",
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None},
        "deviceDetail": {"operatingSystem": "Windows", "browser": ""},
        "location": {"city": "Utrecht", "state": "Utrecht", "countryOrRegion": "NL"},
        "appliedConditionalAccessPolicies": [],
        **told,
    }


def list_registrations(call: Call) -> Answer:
    """Answer ``GET /reports/authenticationMethods/userRegistrationDetails``."""
    _licensed(call)
    everybody = [user for user in call.tenant.users.values() if user.id not in call.tenant.unreported]
    return collection(call, Lazy(everybody, partial(_registration, call)), REGISTRATIONS)


def get_registration(call: Call) -> Answer:
    """Answer ``GET /reports/authenticationMethods/userRegistrationDetails/{id}``."""
    _licensed(call)
    body = selected(call, _registration(call, found(call)))
    return Answer(body={"@odata.context": call.context(f"{DETAILS}/$entity"), **body})


def list_sign_ins(call: Call) -> Answer:
    """Answer ``GET /auditLogs/signIns``, the newest first."""
    _licensed(call)
    newest = sorted(call.tenant.sign_ins, key=lambda one: str(one["createdDateTime"]), reverse=True)
    return collection(call, newest, SIGN_INS)


def _registration(call: Call, user: User) -> Json:
    tenant = call.tenant
    kinds = [_kind(method.get("@odata.type")) for method in user.methods]
    registered = list(dict.fromkeys(name for kind in kinds for name in REGISTERED.get(kind, ())))
    strong = bool(set(registered) - SELF_SERVICE)
    told = {
        "id": user.id,
        "userPrincipalName": user.upn,
        "userDisplayName": user.display_name,
        "userType": user.kind.lower(),
        "isAdmin": any(True for _ in roles_of(tenant, user.id)),
        "isSsprRegistered": bool(registered),
        "isSsprEnabled": False,
        "isSsprCapable": False,
        "isMfaRegistered": strong,
        "isMfaCapable": strong,
        "isPasswordlessCapable": bool(set(registered) & PASSWORDLESS),
        "lastUpdatedDateTime": iso(tenant.now() - tenant.report_age),
        "methodsRegistered": registered,
        "isSystemPreferredAuthenticationMethodEnabled": user.system_preferred,
        "systemPreferredAuthenticationMethods": ["push"] if user.system_preferred else [],
        "userPreferredMethodForSecondaryAuthentication": user.preferred,
    }
    return {**told, **tenant.reported.get(user.id, {})}


def _kind(written: object) -> str:
    return str(written).removeprefix("#microsoft.graph.").removesuffix("AuthenticationMethod")


def _licensed(call: Call) -> None:
    if not call.tenant.entra_id_p1:
        raise Rejected(
            403,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
            "Neither tenant is B2C or tenant doesn't have premium license",
        )


AUDIT = frozenset({"AuditLog.Read.All"})
ROUTES = (
    Route(method="GET", path=DETAILS, needs=AUDIT, handler=list_registrations),
    Route(method="GET", path=f"{DETAILS}/{{user}}", needs=AUDIT, handler=get_registration),
    Route(method="GET", path="auditLogs/signIns", needs=AUDIT, handler=list_sign_ins),
)
