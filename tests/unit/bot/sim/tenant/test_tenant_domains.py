import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
from cryptography import x509

from bot.sim.tenant import CertificateUpdate, Domain, Federation, SimulatedTenant

CONTOSO = "/v1.0/domains/contoso.com"
CONFIGURATION = f"{CONTOSO}/federationConfiguration"


def federation(tenant: SimulatedTenant) -> Federation:
    found = tenant.state.domains["contoso.com"].federation
    assert found is not None
    return found


async def test_a_domain_has_every_property_of_the_resource(graph: httpx.AsyncClient) -> None:
    found = (await graph.get(CONTOSO)).json()

    found.pop("@odata.context")
    assert found == {
        "id": "contoso.com",
        "authenticationType": "Federated",
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isDefault": True,
        "isInitial": False,
        "isRoot": True,
        "isVerified": True,
        "supportedServices": ["Email", "OfficeCommunicationsOnline", "OrgIdAuthentication"],
        "passwordValidityPeriodInDays": 2147483647,
        "passwordNotificationWindowInDays": 14,
        "state": None,
    }


async def test_a_domain_is_found_whatever_its_case_and_cut_to_what_is_selected(
    graph: httpx.AsyncClient,
) -> None:
    found = (await graph.get("/v1.0/domains/CONTOSO.com", params={"$select": "id,isRoot"})).json()

    assert found.keys() == {"@odata.context", "id", "isRoot"}


async def test_nine_hundred_domains_come_in_pages(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.state.add(*(Domain(id=f"brand{number}.example") for number in range(898)))

    url, sizes, seen = "/v1.0/domains", [], set[str]()
    while url:
        page = (await graph.get(url)).json()
        sizes.append(len(page["value"]))
        seen |= {domain["id"] for domain in page["value"]}
        url = page.get("@odata.nextLink", "")

    assert sizes == [100] * 9
    assert seen == tenant.state.domains.keys()


async def test_domains_are_filtered_by_how_their_people_sign_in(graph: httpx.AsyncClient) -> None:
    found = await graph.get("/v1.0/domains", params={"$filter": "authenticationType eq 'Federated'"})

    assert [domain["id"] for domain in found.json()["value"]] == ["contoso.com"]


async def test_a_subdomain_is_no_root_and_leads_to_its_root(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.add(Domain(id="it.eu.contoso.com", authentication="Federated"))

    below = (await graph.get("/v1.0/domains/it.eu.contoso.com")).json()
    above = (await graph.get("/v1.0/domains/it.eu.contoso.com/rootDomain")).json()

    assert below["isRoot"] is False
    assert above["id"] == "contoso.com"
    assert (await graph.get(f"{CONTOSO}/rootDomain")).status_code == 404


async def test_only_what_stands_before_a_dot_makes_a_subdomain(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.add(Domain(id="notcontoso.com"))

    assert (await graph.get("/v1.0/domains/notcontoso.com")).json()["isRoot"] is True


async def test_a_federation_has_every_property_of_the_resource(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    page = (await graph.get(CONFIGURATION)).json()

    [found] = page["value"]
    certificate = found.pop("signingCertificate")
    assert found == {
        "@odata.type": "#microsoft.graph.internalDomainFederation",
        "id": federation(tenant).id,
        "displayName": "Contoso",
        "issuerUri": "http://fs.contoso.com/adfs/services/trust",
        "metadataExchangeUri": "https://fs.contoso.com/adfs/services/trust/mex",
        "passiveSignInUri": "https://fs.contoso.com/adfs/ls/",
        "activeSignInUri": "https://fs.contoso.com/adfs/services/trust/2005/usernamemixed",
        "signOutUri": "https://fs.contoso.com/adfs/ls/",
        "preferredAuthenticationProtocol": "wsFed",
        "promptLoginBehavior": "nativeSupport",
        "isSignedAuthenticationRequestRequired": None,
        "nextSigningCertificate": None,
        "signingCertificateUpdateStatus": {
            "certificateUpdateResult": "Success",
            "lastRunDateTime": "2026-11-23T15:40:00Z",
        },
        "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
        "passwordResetUri": None,
    }
    assert x509.load_der_x509_certificate(base64.b64decode(certificate, validate=True))


async def test_the_storys_signing_certificate_is_good_for_months(
    graph: httpx.AsyncClient, clock: Callable[[], datetime]
) -> None:
    [found] = (await graph.get(CONFIGURATION)).json()["value"]

    certificate = x509.load_der_x509_certificate(base64.b64decode(found["signingCertificate"]))

    assert certificate.not_valid_before_utc < clock()
    assert certificate.not_valid_after_utc > clock() + timedelta(days=200)


async def test_one_federation_is_read_by_its_id_alone(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    good = await graph.get(f"{CONFIGURATION}/{federation(tenant).id.upper()}")
    bad = await graph.get(f"{CONFIGURATION}/a1000000-0000-4000-8000-000000000001")

    assert good.json()["issuerUri"] == "http://fs.contoso.com/adfs/services/trust"
    assert bad.status_code == 404


@pytest.mark.parametrize(
    "domain",
    [
        Domain(id="managed.example"),
        Domain(id="half.example", authentication="Federated"),
        Domain(id="eu.contoso.com", authentication="Federated"),
    ],
    ids=["managed", "half-made", "subdomain"],
)
async def test_a_domain_without_a_federation_of_its_own_answers_not_found(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, domain: Domain
) -> None:
    tenant.state.add(domain)

    found = await graph.get(f"/v1.0/domains/{domain.id}/federationConfiguration")

    assert found.status_code == 404
    assert found.json()["error"]["code"] == "Request_ResourceNotFound"
    assert "federationConfiguration" in found.json()["error"]["message"]


async def test_the_narrow_permission_opens_federations_but_no_domains(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.granted = {"Domain-InternalFederation.Read.All"}

    assert (await graph.get(CONFIGURATION)).status_code == 200
    assert (await graph.get(CONTOSO)).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
async def test_nothing_can_change_a_federation(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, method: str
) -> None:
    before = tenant.state.snapshot()

    found = await graph.request(method, CONFIGURATION, json={})

    assert found.status_code == 405
    assert not before.differences(tenant.state.snapshot())


async def test_a_failed_certificate_update_is_shown(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, clock: Callable[[], datetime]
) -> None:
    failed = replace(
        federation(tenant), certificate_update=CertificateUpdate(result="ConnectionFailure", at=clock())
    )
    tenant.state.add(replace(tenant.state.domains["contoso.com"], federation=failed))

    [found] = (await graph.get(CONFIGURATION)).json()["value"]

    assert found["signingCertificateUpdateStatus"]["certificateUpdateResult"] == "ConnectionFailure"


async def test_an_unverified_domain_is_listed_but_not_among_the_organisations_own(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.add(Domain(id="new.example", verified=False))

    [organization] = (await graph.get("/v1.0/organization")).json()["value"]

    assert (await graph.get("/v1.0/domains/new.example")).json()["isVerified"] is False
    assert "new.example" not in {one["name"] for one in organization["verifiedDomains"]}
