"""Home realm discovery: both answers put together, and whatever else may come back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest

from bot.federation.realm import Realms
from bot.sim.tenant import Domain, Fault
from bot.sim.tenant.faults import FOREVER, Cut, Respond
from bot.trust import trusting
from commands.domain_names import DomainName
from commands.federation_model import NameSpace, Realm, Unread
from tests.unit.bot.federation.sites import CONTOSO, Found, Site


async def discover(site: Site, name: str = CONTOSO) -> Realm | Unread:
    return await Realms(f"{site.tenant.url}/", trusting(site.tenant.ca_file)).discover(DomainName(name))


async def test_a_federated_domain_says_where_people_are_sent(found: Found) -> None:
    realm = await discover(await found())
    assert realm == Realm(
        name_space=NameSpace.FEDERATED,
        brand="Contoso",
        sign_in_url="https://fs.contoso.com/adfs/ls/",
        protocol="WSTrust",
        metadata_url="https://fs.contoso.com/adfs/services/trust/mex",
        active_url="https://fs.contoso.com/adfs/services/trust/2005/usernamemixed",
    )
    assert realm.destination == "https://fs.contoso.com/adfs/ls/"


async def test_nobody_is_named_in_the_question(found: Found) -> None:
    site = await found()
    await discover(site)
    asked = [f"{one.path}?{one.query}" for one in site.tenant.state.journal.requests if one.api == "login"]
    assert len(asked) == 2
    assert all("user@contoso.com" in unquote(one) for one in asked)


async def test_managed_and_unknown_are_told_apart_though_their_state_is_the_same(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="fabrikam.example"))
    managed, unknown = await discover(site, "fabrikam.example"), await discover(site, "nowhere.example")
    assert isinstance(managed, Realm)
    assert isinstance(unknown, Realm)
    assert (managed.name_space, unknown.name_space) == (NameSpace.MANAGED, NameSpace.UNKNOWN)
    assert "Microsoft" in managed.destination


@pytest.mark.parametrize(
    ("path", "lost"), [("getuserrealm", "/getuserrealm.srf"), ("common/userrealm", "/common/userrealm")]
)
async def test_one_of_the_two_endpoints_is_enough(found: Found, path: str, lost: str) -> None:
    site = await found()
    site.tenant.faults.add(Fault(Respond(503), path=path, times=FOREVER))
    realm = await discover(site)
    assert isinstance(realm, Realm)
    assert realm.name_space is NameSpace.FEDERATED
    (missing,) = realm.unread
    assert missing.why == f"{lost}: HTTP 503"


@pytest.mark.parametrize(
    "effect",
    [
        Respond(503),
        Cut(),
        Respond(200, body="<html>sign in first</html>"),
        Respond(200, body={}),
        Respond(200, body={"NameSpaceType": 7, "account_type": None}),
        Respond(200, body={"NameSpaceType": "Viral", "account_type": "Viral"}),
    ],
)
async def test_what_cannot_be_understood_is_unread_and_not_an_exception(
    found: Found, effect: Respond | Cut
) -> None:
    site = await found()
    site.tenant.faults.add(Fault(effect, path="realm", times=FOREVER))
    assert isinstance(await discover(site), Unread)


async def test_a_host_that_is_not_trusted_is_unread(found: Found) -> None:
    site = await found()
    assert isinstance(await Realms(site.tenant.url, site.network.public).discover(CONTOSO), Unread)


async def test_endpoints_that_disagree_are_both_believed_for_what_they_are(found: Found) -> None:
    site = await found()
    answer = {"account_type": "Managed"}
    site.tenant.faults.add(Fault(Respond(200, body=answer), path="common/userrealm", times=FOREVER))
    realm = await discover(site)
    assert isinstance(realm, Realm)
    assert realm.name_space is NameSpace.FEDERATED
    assert "disagree" in realm.unread[0].why


async def test_a_login_in_the_address_is_not_repeated(found: Found) -> None:
    site = await found()
    domain = site.tenant.state.domains[CONTOSO]
    assert domain.federation is not None
    ping = "https://sso.contoso.com/idp/prp.wsf?client=1"
    site.tenant.state.add(replace(domain, federation=replace(domain.federation, passive_sign_in_uri=ping)))
    realm = await discover(site)
    assert isinstance(realm, Realm)
    assert realm.sign_in_url == "https://sso.contoso.com/idp/prp.wsf"
