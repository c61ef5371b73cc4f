"""Domains and what Entra believes of their identity providers (Graph docs, ``domain``)."""

from bot.sim.tenant.model import Domain, Federation
from bot.sim.tenant.paging import Listing, collection, selected
from bot.sim.tenant.routes import Route
from bot.sim.tenant.wire import Answer, Call, Json, iso, not_found

FIELDS = frozenset(
    {"id", "authenticationType", "isAdminManaged", "isDefault", "isInitial", "isRoot", "isVerified"}
)
DOMAIN_LIST = Listing("domains", FIELDS)
SINGLE = "federationConfiguration"


def list_domains(call: Call) -> Answer:
    """Answer ``GET /domains``."""
    return collection(call, (_domain(call, one) for one in call.tenant.domains.values()), DOMAIN_LIST)


def get_domain(call: Call) -> Answer:
    """Answer ``GET /domains/{name}``."""
    body = selected(call, _domain(call, _found(call)))
    return Answer(body={"@odata.context": call.context("domains/$entity"), **body})


def get_root(call: Call) -> Answer:
    """Answer ``GET /domains/{name}/rootDomain``; a root has none of its own and is not found."""
    root = call.tenant.root_of(_found(call).id)
    if root is None:
        raise not_found("rootDomain")
    return Answer(body={"@odata.context": call.context("domains/$entity"), **_domain(call, root)})


def list_federations(call: Call) -> Answer:
    """Answer ``GET /domains/{name}/federationConfiguration``: one, never an empty list.

    Graph answers 404 for a managed domain; subdomains have none of their own.
    """
    context = f"domains('{call.keys['domain']}')/{SINGLE}"
    return collection(call, [_federation(_federation_of(call))], Listing(context))


def get_federation(call: Call) -> Answer:
    """Answer ``GET /domains/{name}/federationConfiguration/{id}``."""
    found = _federation_of(call)
    if found.id.casefold() != call.keys["configuration"].casefold():
        raise not_found(call.keys["configuration"])
    context = call.context(f"domains('{call.keys['domain']}')/{SINGLE}/$entity")
    return Answer(body={"@odata.context": context, **selected(call, _federation(found))})


def _found(call: Call) -> Domain:
    domain = call.tenant.domains.get(call.keys["domain"].casefold())
    if domain is None:
        raise not_found(call.keys["domain"])
    return domain


def _federation_of(call: Call) -> Federation:
    domain = _found(call)
    if domain.authentication == "Managed" or domain.federation is None:
        raise not_found(SINGLE)
    return domain.federation


def _domain(call: Call, domain: Domain) -> Json:
    return {
        "id": domain.id,
        "authenticationType": domain.authentication,
        "availabilityStatus": None,
        "isAdminManaged": domain.admin_managed,
        "isDefault": domain.default,
        "isInitial": domain.initial,
        "isRoot": call.tenant.root_of(domain.id) is None,
        "isVerified": domain.verified,
        "supportedServices": list(domain.supported_services),
        "passwordValidityPeriodInDays": domain.password_validity_days,
        "passwordNotificationWindowInDays": domain.password_notification_days,
        "state": None,
    }


def _federation(one: Federation) -> Json:
    update = one.certificate_update
    return {
        "@odata.type": "#microsoft.graph.internalDomainFederation",
        "id": one.id,
        "displayName": one.display_name,
        "issuerUri": one.issuer_uri,
        "metadataExchangeUri": one.metadata_exchange_uri,
        "signingCertificate": one.signing_certificate,
        "passiveSignInUri": one.passive_sign_in_uri,
        "preferredAuthenticationProtocol": one.protocol,
        "activeSignInUri": one.active_sign_in_uri,
        "signOutUri": one.sign_out_uri,
        "promptLoginBehavior": one.prompt_login,
        "isSignedAuthenticationRequestRequired": one.requires_signed_requests,
        "nextSigningCertificate": one.next_signing_certificate,
        "signingCertificateUpdateStatus": update
        and {"certificateUpdateResult": update.result, "lastRunDateTime": iso(update.at)},
        "federatedIdpMfaBehavior": one.idp_mfa,
        "passwordResetUri": one.password_reset_uri,
    }


READ = frozenset({"Domain.Read.All", "Domain.ReadWrite.All"})
DOMAINS = READ | {"Directory.Read.All"}
FEDERATIONS = READ | {"Domain-InternalFederation.Read.All", "Domain-InternalFederation.ReadWrite.All"}
ONE = "domains/{domain}"
ROUTES = (
    Route(method="GET", path="domains", needs=DOMAINS, handler=list_domains),
    Route(method="GET", path=ONE, needs=DOMAINS, handler=get_domain),
    Route(method="GET", path=f"{ONE}/rootDomain", needs=DOMAINS, handler=get_root),
    Route(method="GET", path=f"{ONE}/{SINGLE}", needs=FEDERATIONS, handler=list_federations),
    Route(method="GET", path=f"{ONE}/{SINGLE}/{{configuration}}", needs=FEDERATIONS, handler=get_federation),
)
