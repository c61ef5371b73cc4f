from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import httpx
import pytest
from lxml import etree
from msal.mex import Mex

from bot.sim.adfs import (
    MICROSOFT,
    NAMED,
    OKTA,
    PING,
    Farm,
    SimulatedAdfs,
    Vendor,
    spaced,
    tacit,
    windowstransport,
    without_relying_party,
    without_usernamemixed,
)
from bot.sim.tenant import story

METADATA = "/FederationMetadata/2007-06/FederationMetadata.xml"
MEX = "/adfs/services/trust/mex"
PORTS = "wsdl:service/wsdl:port/soap12:address"
NS = {"wsdl": "http://schemas.xmlsoap.org/wsdl/", "soap12": "http://schemas.xmlsoap.org/wsdl/soap12/"}
SIGN_IN = {"wa": "wsignin1.0", "wtrealm": MICROSOFT}
Serve: TypeAlias = Callable[..., Awaitable[tuple[SimulatedAdfs, httpx.AsyncClient]]]


def locations(content: bytes) -> list[str]:
    return [port.get("location", "") for port in etree.fromstring(content).iterfind(PORTS, NS)]


async def test_the_wsdl_has_the_ports_that_ad_fs_publishes(serve: Serve) -> None:
    _, client = await serve()

    found = await client.get(MEX)

    assert found.headers["Content-Type"].startswith("text/xml")
    base = "https://fs.contoso.com/adfs/services/trust"
    assert set(locations(found.content)) == {
        f"{base}/2005/certificatemixed",
        f"{base}/2005/certificatetransport",
        f"{base}/2005/usernamemixed",
        f"{base}/2005/issuedtokenmixedasymmetricbasic256",
        f"{base}/2005/issuedtokenmixedsymmetricbasic256",
        f"{base}/13/certificatemixed",
        f"{base}/13/usernamemixed",
        f"{base}/13/issuedtokenmixedasymmetricbasic256",
        f"{base}/13/issuedtokenmixedsymmetricbasic256",
    }


async def test_every_port_has_its_own_binding_with_a_policy(serve: Serve) -> None:
    _, client = await serve(windowstransport)

    root = etree.fromstring((await client.get(MEX)).content)

    ports = [port.get("name") for port in root.iterfind("wsdl:service/wsdl:port", NS)]
    bindings = [binding.get("name") for binding in root.iterfind("wsdl:binding", NS)]
    identifier = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
    policies = [
        one.get(identifier) for one in root.iterfind("{http://schemas.xmlsoap.org/ws/2004/09/policy}Policy")
    ]
    assert len(set(ports)) == 11
    assert ports == bindings
    assert policies == [f"{name}_policy" for name in ports]


async def test_msal_finds_the_endpoint_for_user_names(serve: Serve) -> None:
    _, client = await serve()

    found = Mex((await client.get(MEX)).text).get_wstrust_username_password_endpoint()

    assert found == {
        "address": "https://fs.contoso.com/adfs/services/trust/13/usernamemixed",
        "action": "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue",
    }


async def test_without_usernamemixed_msal_finds_nothing(serve: Serve) -> None:
    _, client = await serve(without_usernamemixed)

    content = (await client.get(MEX)).content

    assert Mex(content.decode()).get_wstrust_username_password_endpoint() is None
    assert len(locations(content)) == 7


async def test_windowstransport_is_published_only_on_demand(serve: Serve) -> None:
    _, client = await serve(windowstransport)

    inside = [one for one in locations((await client.get(MEX)).content) if "windowstransport" in one]

    assert inside == [
        "https://fs.contoso.com/adfs/services/trust/2005/windowstransport",
        "https://fs.contoso.com/adfs/services/trust/13/windowstransport",
    ]


async def test_addresses_may_stand_in_white_space(serve: Serve) -> None:
    _, client = await serve(spaced)

    root = etree.fromstring((await client.get(MEX)).content)

    addresses = [element.text or "" for element in root.iter("{http://www.w3.org/2005/08/addressing}Address")]
    metadata = etree.fromstring((await client.get(METADATA)).content)
    addresses += [one.text or "" for one in metadata.iter("{http://www.w3.org/2005/08/addressing}Address")]
    assert len(addresses) == 9 + 4
    assert all(text != text.strip() and text.strip().startswith("https://") for text in addresses)


# The sign-in page


async def test_a_known_relying_party_gets_the_form_and_a_cookie(serve: Serve) -> None:
    _, client = await serve()

    found = await client.get("/adfs/ls/", params={**SIGN_IN, "username": 'lee"@contoso.com'})

    assert found.status_code == 200
    assert 'id="loginForm"' in found.text
    assert 'name="Password"' in found.text
    assert 'lee&quot;@contoso.com"' in found.text
    assert "MSIS" in found.headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"wa": "wsignin1.0", "wtrealm": "urn:federation:unknown"}, "MSIS7007"),
        ({"wa": "wsignin1.0", "wtrealm": MICROSOFT.lower()}, "MSIS7007"),
        ({"wa": "wsignin1.0"}, "MSIS7007"),
        ({"wtrealm": MICROSOFT}, "MSIS7065"),
        ({}, "MSIS7065"),
    ],
)
async def test_another_request_gets_an_error_page_with_a_number(
    serve: Serve, query: dict[str, str], number: str
) -> None:
    _, client = await serve()

    found = await client.get("/adfs/ls", params=query)

    assert found.status_code == 200
    assert f"Error details: {number}" in found.text
    assert "loginForm" not in found.text


async def test_a_missing_relying_party_is_denied(serve: Serve) -> None:
    _, client = await serve(without_relying_party)

    found = await client.get("/adfs/ls/", params=SIGN_IN)

    assert (
        "MSIS7007: The requested relying party trust &#x27;urn:federation:MicrosoftOnline&#x27;" in found.text
    )


async def test_an_old_farm_denies_without_details_and_with_its_own_status(serve: Serve, farm: Farm) -> None:
    old = replace(farm, sign_in=replace(farm.sign_in, error_status=500))
    _, client = await serve(without_relying_party, tacit, of=old)

    found = await client.get("/adfs/ls/", params=SIGN_IN)

    assert found.status_code == 500
    assert "An error occurred" in found.text
    assert "MSIS" not in found.text


async def test_a_realm_that_is_markup_stays_text(serve: Serve) -> None:
    _, client = await serve()

    found = await client.get("/adfs/ls/", params={"wa": "wsignin1.0", "wtrealm": "<script>"})

    assert "<script>" not in found.text


# Other vendors


@pytest.mark.parametrize("vendor", [PING, OKTA], ids=["PingFederate", "Okta"])
async def test_other_vendors_answer_at_the_addresses_that_entra_is_told(
    serve: Serve, farm: Farm, vendor: Vendor
) -> None:
    adfs, client = await serve(of=replace(farm, base=None, vendor=vendor))
    told = adfs.federation()
    assert told.metadata_exchange_uri
    assert told.passive_sign_in_uri
    assert "/adfs/" not in f"{told.metadata_exchange_uri}{told.passive_sign_in_uri}{told.active_sign_in_uri}"

    mex = await client.get(told.metadata_exchange_uri)
    page = await client.get(told.passive_sign_in_uri, params=SIGN_IN)
    document = await client.get(f"{adfs.url}{vendor.metadata}")

    assert set(locations(mex.content)) == {told.active_sign_in_uri}
    assert 'id="loginForm"' in page.text
    assert etree.fromstring(document.content).get("entityID") == told.issuer_uri
    assert (await client.get(MEX)).status_code == 404


async def test_entra_is_told_what_the_storys_tenant_already_believes(farm: Farm) -> None:
    tenant = story(lambda: farm.now)

    assert SimulatedAdfs(farm, *NAMED.values()).federation() == tenant.domains["contoso.com"].federation


@pytest.mark.parametrize("name", NAMED)
def test_every_named_fault_changes_the_farm(farm: Farm, name: str) -> None:
    assert NAMED[name](farm) != farm
