"""What the tenant allows: its policy of authentication methods, whole and one method at a time (Graph docs).

Source: "authenticationMethodsPolicy", "temporaryAccessPassAuthenticationMethodConfiguration".
"""

from bot.sim.tenant.routes import Route
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.wire import Answer, Call, Json, not_found

METHODS = ("Fido2", "MicrosoftAuthenticator", "Sms", "SoftwareOath", "TemporaryAccessPass", "Voice")


def get_policy(call: Call) -> Answer:
    """Answer ``GET /policies/authenticationMethodsPolicy``."""
    body = {
        "@odata.context": call.context("authenticationMethodsPolicy"),
        "id": "authenticationMethodsPolicy",
        "displayName": "Authentication Methods Policy",
        "policyVersion": "1.5",
        "authenticationMethodConfigurations": [_configuration(call.tenant, name) for name in METHODS],
    }
    return Answer(body=body)


def get_configuration(call: Call) -> Answer:
    """Answer ``GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}``."""
    wanted = call.keys["method"]
    name = next((one for one in METHODS if one.casefold() == wanted.casefold()), None)
    if name is None:
        raise not_found(wanted)
    context = call.context("authenticationMethodConfigurations/$entity")
    return Answer(body={"@odata.context": context, **_configuration(call.tenant, name)})


def _configuration(tenant: Tenant, name: str) -> Json:
    about: Json = {
        "@odata.type": f"#microsoft.graph.{name[0].lower()}{name[1:]}AuthenticationMethodConfiguration",
        "id": name,
        "state": "enabled" if name in tenant.methods_allowed else "disabled",
        "excludeTargets": [],
        "includeTargets": [_target("all_users")],
    }
    match name:
        case "Sms":
            usable = {"isUsableForSignIn": tenant.sms_sign_in}
            return {**about, "includeTargets": [{**_target("all_users"), **usable}]}
        case "TemporaryAccessPass":
            return {**about, **_passes(tenant)}
        case _:
            return about


def _passes(tenant: Tenant) -> Json:
    rules = tenant.pass_rules
    return {
        "defaultLifetimeInMinutes": rules.usual,
        "defaultLength": rules.length,
        "minimumLifetimeInMinutes": rules.shortest,
        "maximumLifetimeInMinutes": rules.longest,
        "isUsableOnce": rules.once,
        "includeTargets": [_target(one) for one in rules.included],
        "excludeTargets": [{"targetType": "group", "id": one} for one in rules.excluded],
    }


def _target(group: str) -> Json:
    return {"targetType": "group", "id": group, "isRegistrationRequired": False}


POLICY = "policies/authenticationMethodsPolicy"
CONFIGURATION = f"{POLICY}/authenticationMethodConfigurations/{{method}}"
READ = frozenset(
    {"Policy.Read.All", "Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod"}
)
ROUTES = (
    Route(method="GET", path=POLICY, needs=READ, handler=get_policy),
    Route(method="GET", path=CONFIGURATION, needs=READ, handler=get_configuration),
)
