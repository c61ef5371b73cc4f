"""The organisation itself."""

from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.routes import Route
from bot.sim.tenant.wire import Answer, Call


def organization(call: Call) -> Answer:
    """Answer ``GET /organization``: always one."""
    domains = [
        {"name": one.id, "isDefault": one.default, "isInitial": one.initial, "type": one.authentication}
        for one in call.tenant.domains.values()
        if one.verified
    ]
    whole = {"id": call.tenant.id, "displayName": call.tenant.name, "tenantType": "AAD"}
    return collection(call, [{**whole, "verifiedDomains": domains}], Listing("organization"))


ORGANIZATION = frozenset({"Organization.Read.All", "Directory.Read.All"})
ROUTES = (Route(method="GET", path="organization", needs=ORGANIZATION, handler=organization),)
