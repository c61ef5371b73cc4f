"""The organisation itself, and the app registration in it."""

from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.routes import Route
from bot.sim.tenant.wire import Answer, Call, iso


def organization(call: Call) -> Answer:
    """Answer ``GET /organization``: always one."""
    domains = [
        {"name": one.id, "isDefault": one.default, "isInitial": one.initial, "type": one.authentication}
        for one in call.tenant.domains.values()
        if one.verified
    ]
    whole = {"id": call.tenant.id, "displayName": call.tenant.name, "tenantType": "AAD"}
    return collection(call, [{**whole, "verifiedDomains": domains}], Listing("organization"))


def applications(call: Call) -> Answer:
    """Answer ``GET /applications``: the one registration; of a secret only its first letters are shown."""
    app = call.tenant.app
    passwords = [
        {"displayName": None, "endDateTime": iso(app.secrets_end), "hint": secret[:3], "secretText": None}
        for secret in sorted(app.secrets)
    ]
    shown = {"id": call.tenant.id, "appId": app.client_id, "passwordCredentials": passwords}
    return collection(call, [shown], Listing("applications", frozenset({"appId"})))


APPLICATIONS = frozenset({"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"})
ORGANIZATION = frozenset({"Organization.Read.All", "Directory.Read.All"})
ROUTES = (
    Route(method="GET", path="organization", needs=ORGANIZATION, handler=organization),
    Route(method="GET", path="applications", needs=APPLICATIONS, handler=applications),
)
