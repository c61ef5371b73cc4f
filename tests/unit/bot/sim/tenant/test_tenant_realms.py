import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.sim.tenant import Domain, Fault, Respond, SimulatedTenant


@pytest.fixture
async def stranger(tenant: SimulatedTenant, trust: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token."""
    tenant.state.add(
        Domain(id="managed.example"),
        Domain(id="new.example", verified=False),
        Domain(id="eu.contoso.com", authentication="Federated"),
        Domain(id="half.example", authentication="Federated"),
    )
    tenant.state.elsewhere["fabrikam.com"] = Domain(id="fabrikam.com")
    async with httpx.AsyncClient(verify=trust, base_url=tenant.url) as client:
        yield client


async def classic(client: httpx.AsyncClient, login: str) -> dict[str, Any]:
    found = await client.get("/getuserrealm.srf", params={"login": login, "json": "1"})
    assert found.status_code == 200
    body: dict[str, Any] = found.json()
    return body


async def versioned(client: httpx.AsyncClient, login: str, version: str) -> dict[str, Any]:
    found = await client.get(f"/common/userrealm/{login}", params={"api-version": version})
    assert found.status_code == 200
    body: dict[str, Any] = found.json()
    return body


REALMS = [
    ("lee@contoso.com", "Federated"),
    ("LEE@CONTOSO.COM", "Federated"),
    ("contoso.com", "Federated"),
    ("anybody@eu.contoso.com", "Federated"),
    ("anybody@half.example", "Federated"),
    ("anybody@managed.example", "Managed"),
    ("anybody@fabrikam.com", "Managed"),
    ("anybody@new.example", "Unknown"),
    ("anybody@nowhere.example", "Unknown"),
    ("", "Unknown"),
]


@pytest.mark.parametrize(("login", "kind"), REALMS)
async def test_both_questions_tell_what_kind_of_domain_it_is(
    stranger: httpx.AsyncClient, login: str, kind: str
) -> None:
    assert (await classic(stranger, login))["NameSpaceType"] == kind
    if login:
        assert (await versioned(stranger, login, "1.0"))["account_type"] == kind
        assert (await versioned(stranger, login, "2.1"))["NameSpaceType"] == kind


async def test_a_federated_domain_says_where_its_people_are_sent(stranger: httpx.AsyncClient) -> None:
    found = await classic(stranger, "lee@contoso.com")

    assert found == {
        "AuthNForwardType": 1,
        "AuthURL": "https://fs.contoso.com/adfs/ls/?username=lee%40contoso.com&wa=wsignin1.0"
        "&wtrealm=urn%3afederation%3aMicrosoftOnline&wctx=",
        "CloudInstanceIssuerUri": "urn:federation:MicrosoftOnline",
        "CloudInstanceName": "microsoftonline.com",
        "DomainName": "contoso.com",
        "FederationBrandName": "Contoso",
        "FederationGlobalVersion": -1,
        "Login": "lee@contoso.com",
        "NameSpaceType": "Federated",
        "State": 3,
        "UserState": 2,
    }


async def test_the_state_does_not_tell_managed_from_unknown(stranger: httpx.AsyncClient) -> None:
    managed = await classic(stranger, "a@managed.example")
    unknown = await classic(stranger, "a@nowhere.example")

    assert managed["State"] == unknown["State"] == 4
    assert "DomainName" not in unknown


async def test_the_first_version_hands_out_the_addresses_that_rich_clients_use(
    stranger: httpx.AsyncClient,
) -> None:
    found = await versioned(stranger, "lee@contoso.com", "1.0")

    assert found == {
        "ver": "1.0",
        "account_type": "Federated",
        "domain_name": "contoso.com",
        "federation_protocol": "WSTrust",
        "federation_metadata_url": "https://fs.contoso.com/adfs/services/trust/mex",
        "federation_active_auth_url": "https://fs.contoso.com/adfs/services/trust/2005/usernamemixed",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }


async def test_a_managed_domain_has_no_addresses(stranger: httpx.AsyncClient) -> None:
    found = await versioned(stranger, "a@managed.example", "1.0")

    assert not [name for name in found if name.startswith("federation_")]


async def test_a_subdomain_sends_people_where_its_root_does(stranger: httpx.AsyncClient) -> None:
    root, below = await classic(stranger, "a@contoso.com"), await classic(stranger, "a@eu.contoso.com")

    assert below["DomainName"] == "eu.contoso.com"
    assert below["AuthURL"] == root["AuthURL"].replace("contoso.com&", "eu.contoso.com&")


async def test_a_half_made_conversion_sends_nobody_anywhere(stranger: httpx.AsyncClient) -> None:
    assert (await classic(stranger, "a@half.example"))["AuthURL"] is None


async def test_an_address_that_has_a_query_keeps_it(
    tenant: SimulatedTenant, stranger: httpx.AsyncClient
) -> None:
    domain = tenant.state.domains["contoso.com"]
    assert domain.federation
    elsewhere = replace(domain.federation, passive_sign_in_uri="https://idp.contoso.com/?idp_id=7")
    tenant.state.add(replace(domain, federation=elsewhere))

    found = await versioned(stranger, "lee@contoso.com", "2.1")

    assert found["AuthURL"].startswith("https://idp.contoso.com/?idp_id=7&username=")


async def test_a_version_that_does_not_exist_is_refused(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/common/userrealm/a@contoso.com")).status_code == 400


async def test_a_fault_befalls_discovery_as_any_other_call(
    tenant: SimulatedTenant, stranger: httpx.AsyncClient
) -> None:
    lie = {"NameSpaceType": "Managed", "State": 4}
    tenant.faults.add(Fault(Respond(200, body=lie), api="login", path="getuserrealm"))

    assert await classic(stranger, "lee@contoso.com") == lie
    assert (await classic(stranger, "lee@contoso.com"))["NameSpaceType"] == "Federated"
