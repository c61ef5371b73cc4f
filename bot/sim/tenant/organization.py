"""The organisation itself and its domains."""

from bot.sim.tenant.model import Domain
from bot.sim.tenant.paging import Listing, collection
from bot.sim.tenant.routes import Route
from bot.sim.tenant.wire import Answer, Call, Json, not_found

FIELDS = frozenset({"id", "authenticationType", "isDefault", "isVerified"})
DOMAIN_LIST = Listing("domains", FIELDS)


def organization(call: Call) -> Answer:
    """Answer ``GET /organization``: always one."""
    domains = [
        {"name": one.id, "isDefault": one.default, "isInitial": one.initial, "type": one.authentication}
        for one in call.tenant.domains.values()
    ]
    whole = {"id": call.tenant.id, "displayName": call.tenant.name, "tenantType": "AAD"}
    return collection(call, [{**whole, "verifiedDomains": domains}], Listing("organization"))


def list_domains(call: Call) -> Answer:
    """Answer ``GET /domains``."""
    return collection(call, map(_body, call.tenant.domains.values()), DOMAIN_LIST)


def get_domain(call: Call) -> Answer:
    """Answer ``GET /domains/{name}``."""
    found = call.tenant.domains.get(call.keys["domain"].casefold())
    if found is None:
        raise not_found(call.keys["domain"])
    return Answer(body={"@odata.context": call.context("domains/$entity"), **_body(found)})


def _body(domain: Domain) -> Json:
    return {
        "id": domain.id,
        "authenticationType": domain.authentication,
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": domain.default,
        "isInitial": domain.initial,
        "isRoot": True,
        "isVerified": True,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"],
        "passwordValidityPeriodInDays": 2147483647,
        "passwordNotificationWindowInDays": 14,
        "state": None,
    }


DOMAINS = frozenset({"Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"})
ORGANIZATION = frozenset({"Organization.Read.All", "Directory.Read.All"})
ROUTES = (
    Route(method="GET", path="organization", needs=ORGANIZATION, handler=organization),
    Route(method="GET", path="domains", needs=DOMAINS, handler=list_domains),
    Route(method="GET", path="domains/{domain}", needs=DOMAINS, handler=get_domain),
)
