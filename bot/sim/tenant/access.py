"""What else may require MFA: security defaults, Conditional Access, and its what-if evaluation.

Source: Graph docs, ``identitySecurityDefaultsEnforcementPolicy``, ``conditionalAccessPolicy``,
``conditionalAccessRoot: evaluate``; "Identity protection and conditional access service limits".
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.sim.tenant.model import RawPolicy
from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.routes import Route
from bot.sim.tenant.state import new_id
from bot.sim.tenant.what_if import SignIn, analysed
from bot.sim.tenant.wire import Answer, Call, Json, Rejected, not_found

DEFAULTS_ID = "00000000-0000-0000-0000-000000000005"
MFA_STRENGTH: Json = {
    "id": "00000000-0000-0000-0000-000000000002",
    "displayName": "Multifactor authentication",
    "policyType": "builtIn",
    "requirementsSatisfied": "mfa",
    "allowedCombinations": ["password,microsoftAuthenticatorPush", "fido2"],
}
REQUIRE_MFA: Json = {
    "operator": "OR",
    "builtInControls": ["mfa"],
    "customAuthenticationFactors": [],
    "termsOfUse": [],
    "authenticationStrength": None,
}
EVERYTHING: Json = {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []}
POLICIES = Listing("identity/conditionalAccess/policies", {"id", "displayName", "state"})
PACE = timedelta(seconds=1)


def policy(
    name: str,
    *,
    state: str = "enabled",
    users: Json | None = None,
    grant: Json | None = REQUIRE_MFA,
    **conditions: object,
) -> RawPolicy:
    """Write a policy for everybody and every app that asks for MFA, apart from what is given."""
    everybody = {"includeUsers": [] if users and users.keys() & INCLUDES else ["All"]}
    nobody: Json = dict.fromkeys(
        ("excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles"), ()
    )
    listed = {key: list(ids) for key, ids in nobody.items() if isinstance(ids, tuple)}
    return {
        "id": new_id(),
        "templateId": None,
        "displayName": name,
        "createdDateTime": "2025-01-08T09:00:00Z",
        "modifiedDateTime": None,
        "state": state,
        "sessionControls": None,
        "conditions": {
            "signInRiskLevels": [],
            "userRiskLevels": [],
            "clientAppTypes": ["all"],
            "platforms": None,
            "locations": None,
            "applications": EVERYTHING,
            **conditions,
            "users": {**everybody, **listed, **(users or {})},
        },
        "grantControls": grant,
    }


INCLUDES = frozenset({"includeUsers", "includeGroups", "includeRoles", "includeGuestsOrExternalUsers"})


def security_defaults(call: Call) -> Answer:
    """Answer ``GET /policies/identitySecurityDefaultsEnforcementPolicy``."""
    body = {
        "@odata.context": call.context("policies/identitySecurityDefaultsEnforcementPolicy"),
        "description": "Security defaults is a set of basic identity security mechanisms recommended by "
        "Microsoft. ...",
        "displayName": "Security Defaults",
        "id": DEFAULTS_ID,
        "isEnabled": call.tenant.security_defaults,
    }
    return Answer(body=body)


def list_policies(call: Call) -> Answer:
    """Answer ``GET /identity/conditionalAccess/policies``."""
    _keep_pace(call)
    return collection(call, call.tenant.policies, POLICIES)


def evaluate(call: Call) -> Answer:
    """Answer ``POST /identity/conditionalAccess/evaluate``: each policy, and whether it applies.

    Policies that only report are among those that apply, on Graph too.
    """
    _keep_pace(call)
    body = call.json()
    user = call.tenant.find_user(_who(body))
    if user is None:
        raise not_found(_who(body))
    sign_in = SignIn(call.tenant, user, _applications(body), _mapping(body, "signInConditions"))
    found = [analysed(one, sign_in) for one in call.tenant.policies]
    if body.get("appliedPoliciesOnly") is True:
        found = [one for one in found if one["policyApplies"]]
    return Answer(
        body={
            "@odata.context": call.context("Collection(microsoft.graph.whatIfAnalysisResult)"),
            "value": found,
        }
    )


def _keep_pace(call: Call) -> None:
    """Refuse a second request within a second, without saying for how long; raises ``Rejected`` 429."""
    earlier = [
        one
        for one in call.tenant.journal.requests
        if one is not call.received
        and one.status is not None
        and one.path.casefold().startswith("/identity/conditionalaccess/")
        and call.received.at - one.at < PACE
    ]
    if call.tenant.access_paced and earlier:
        raise Rejected(429, "TooManyRequests", "Too Many Requests")


def _who(body: Json) -> str:
    match _mapping(body, "signInIdentity"):
        case {"@odata.type": "#microsoft.graph.userSignIn", "userId": str(who)}:
            return who
        case _:
            raise _invalid("signInIdentity")


def _applications(body: Json) -> frozenset[str]:
    match _mapping(body, "signInContext"):
        case {"@odata.type": "#microsoft.graph.applicationContext", "includeApplications": list(ids)} if ids:
            return frozenset(map(str, ids))
        case _:
            raise _invalid("signInContext")


def _mapping(body: Json, name: str) -> Json:
    found = body.get(name)
    if not isinstance(found, Mapping):
        raise _invalid(name)
    return found


def _invalid(name: str) -> Rejected:
    return Rejected(400, "badRequest", f"Invalid value specified for property '{name}' of the action.")


READ = frozenset({"Policy.Read.All"})
DEFAULTS = READ | {"Policy.ReadWrite.SecurityDefaults"}
ACCESS = READ | {"Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess"}
ROUTES = (
    Route(
        method="GET",
        path="policies/identitySecurityDefaultsEnforcementPolicy",
        needs=DEFAULTS,
        handler=security_defaults,
    ),
    Route(method="GET", path="identity/conditionalAccess/policies", needs=ACCESS, handler=list_policies),
    Route(method="POST", path="identity/conditionalAccess/evaluate", needs=ACCESS, handler=evaluate),
)
