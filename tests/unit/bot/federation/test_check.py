"""The whole check over sockets: every fault that a simulated AD FS can have, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import cast

import pytest

from approvals.errors import Gone
from bot.federation.guard import private_too, public_only
from bot.federation.network import Limits, Network
from bot.sim.adfs import NAMED, OKTA, PING, Answered, Farm, Place, Tls, Vendor, at, silent, tls
from bot.sim.tenant import Domain, Fault
from bot.sim.tenant.faults import Respond
from commands.domain_names import DomainName
from commands.federation_model import (
    Compared,
    DomainCheck,
    Federated,
    Grade,
    NotTested,
    Property,
    Relation,
    StepKind,
)
from commands.federation_model import Tested as Done  # pytest would collect the name
from tests.unit.bot.federation.sites import (
    CONTOSO,
    PUBLIC_V4,
    SERVICE,
    Found,
    grades,
    outcome_of,
    said,
    trust_of,
)

GOOD, NOTE, WARNING, WRONG = Grade.GOOD, Grade.NOTE, Grade.WARNING, Grade.WRONG
TLS, METADATA, MEX, PASSIVE = StepKind.TLS, StepKind.METADATA, StepKind.MEX, StepKind.PASSIVE
PLACES = {"metadata": METADATA, "mex": MEX, "sign-in": PASSIVE}
QUICK = Limits(connection=0.4, document=0.4, check=3.0)

EXPECTED: Mapping[str, tuple[StepKind, Grade, str]] = {
    "TLS expired": (TLS, WRONG, "has expired"),
    "TLS not yet valid": (TLS, WRONG, "is not valid yet"),
    "TLS wrong name": (TLS, WRONG, "is for another name"),
    "TLS untrusted": (TLS, WRONG, "is not trusted"),
    "TLS old version": (TLS, WRONG, "no TLS 1.2 or later"),
    "signing certificate truncated": (METADATA, WRONG, "cannot be read"),
    "signing certificate armoured": (METADATA, GOOD, "signature holds"),
    "signing certificate with line breaks": (METADATA, GOOD, "signature holds"),
    "signing key on a curve": (METADATA, GOOD, "signature holds"),
    "signing certificate twice": (METADATA, GOOD, "signature holds"),
    "signing certificate expired": (METADATA, GOOD, "signature holds"),
    "signing certificate not yet valid": (METADATA, GOOD, "signature holds"),
    "several signing certificates": (METADATA, GOOD, "signature holds"),
    "rollover announced": (METADATA, GOOD, "signature holds"),
    "rolled over": (METADATA, GOOD, "signature holds"),
    "signing key replaced": (METADATA, GOOD, "signature holds"),
    "metadata with a BOM": (METADATA, GOOD, "signature holds"),
    "metadata in UTF-16": (METADATA, GOOD, "signature holds"),
    "metadata with SAML only": (METADATA, NOTE, "only a SAML identity provider"),
    "metadata signed by a stranger": (METADATA, WARNING, "none of its token-signing ones"),
    "metadata tampered with": (METADATA, WRONG, "signature does not hold"),
    "metadata unsigned": (METADATA, NOTE, "not signed"),
    "metadata with a DTD": (METADATA, WRONG, "DTD"),
    "metadata with an entity bomb": (METADATA, WRONG, ""),
    "metadata with an external entity": (METADATA, WRONG, "DTD"),
    "metadata not XML": (METADATA, WRONG, "a web page"),
    "metadata of the wrong type": (METADATA, NOTE, "text/html"),
    "mex without usernamemixed": (MEX, WRONG, "usernamemixed"),
    "mex with windowstransport": (MEX, WARNING, "windowstransport should not be published"),
    "addresses in white space": (MEX, GOOD, "endpoints"),
    "mex not XML": (MEX, WRONG, "a web page"),
    "relying party missing": (PASSIVE, WRONG, "no enabled relying party trust"),
    "relying party missing, no details": (PASSIVE, WRONG, "error page"),
    "metadata 404": (METADATA, WARNING, "HTTP 404"),
    "metadata 500": (METADATA, WRONG, "HTTP 500"),
    "metadata 503": (METADATA, WRONG, "HTTP 503"),
    "metadata redirected": (METADATA, WARNING, "another host"),
    "mex 404": (MEX, WRONG, "HTTP 404"),
    "mex 500": (MEX, WRONG, "HTTP 500"),
    "mex 503": (MEX, WRONG, "HTTP 503"),
    "mex redirected": (MEX, WRONG, "another host"),
    "sign-in 404": (PASSIVE, WRONG, "HTTP 404"),
    "sign-in 500": (PASSIVE, WRONG, "HTTP 500"),
    "sign-in 503": (PASSIVE, WRONG, "HTTP 503"),
    "sign-in redirected": (PASSIVE, NOTE, "evil.example"),
    **{
        f"{place} {fault}": (kind, WRONG, words)
        for place, kind in PLACES.items()
        for fault, words in {
            "of 5 MiB": "larger than 2048 KiB",
            "as a gzip bomb": "compressed",
            "dripping": "no whole answer",
            "silent": "no whole answer",
            "cut": "was cut",
        }.items()
    },
}


def relations(check: DomainCheck) -> dict[Property, Relation]:
    return {one.property: one.relation for one in check.compared}


def of(check: DomainCheck, which: Property) -> Compared:
    return next(one for one in check.compared if one.property is which)


async def test_a_healthy_domain_is_good_all_through(found: Found) -> None:
    check = await (await found()).check()
    assert grades(check) == {
        **dict.fromkeys(StepKind, GOOD),
        StepKind.PASSWORD: "NotTested",
    }
    assert set(relations(check).values()) == {Relation.EQUAL, Relation.RIGHT}
    assert [one.property for one in check.compared] == list(Property)
    assert check.grade is GOOD
    assert check.view is not None
    assert isinstance(check.view.sign_in, Federated)


async def test_the_password_step_is_never_tried_and_says_so(found: Found) -> None:
    site = await found()
    check = await site.check()
    (step,) = check.of(StepKind.PASSWORD)
    assert isinstance(step.outcome, NotTested)
    assert "never" in step.outcome.why
    assert {one.method for one in site.adfs.requests} == {"GET"}


async def test_nothing_of_ours_is_sent_to_the_federation_host(found: Found) -> None:
    site = await found()
    await site.check()
    sent = {name for one in site.adfs.requests for name in one.headers}
    assert sent <= {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert {one.headers["host"] for one in site.adfs.requests} == {"fs.contoso.com"}
    assert {one.headers["accept-encoding"] for one in site.adfs.requests} == {"identity"}
    assert len(site.adfs.requests) == 3


async def test_the_sign_in_page_is_asked_for_as_microsoft_does(found: Found) -> None:
    site = await found()
    await site.check()
    (asked,) = [one for one in site.adfs.requests if one.path == "/adfs/ls/"]
    assert asked.query == {"wa": "wsignin1.0", "wtrealm": "urn:federation:MicrosoftOnline"}


def test_every_named_fault_is_expected_here() -> None:
    assert set(EXPECTED) == set(NAMED)


@pytest.mark.parametrize("name", sorted(NAMED))
async def test_a_fault_is_found_where_it_is_and_named(found: Found, name: str) -> None:
    kind, grade, words = EXPECTED[name]
    site = await found(NAMED[name])
    if name.endswith(("dripping", "silent")) or name.startswith("TLS"):
        site.network = replace(site.network, limits=QUICK)
    outcome = outcome_of(await site.check(), kind)
    assert outcome.grade is grade, outcome
    assert words in said(outcome)
    assert all(one.what_to_do for one in outcome.findings if one.grade >= WARNING)


@pytest.mark.parametrize("place", list(Place))
async def test_a_document_that_fails_does_not_stop_the_others(found: Found, place: Place) -> None:
    check = await (await found(at(place, Answered(500)))).check()
    failed = PLACES[place.value]
    assert {kind for kind, grade in grades(check).items() if grade is WRONG} == {failed}


async def test_tls_that_fails_stops_only_what_is_asked_over_it(found: Found) -> None:
    site = await found(tls(Tls.EXPIRED))
    check = await site.check()
    assert grades(check) == {
        StepKind.SETTINGS: GOOD,
        StepKind.REALM: GOOD,
        StepKind.DNS: GOOD,
        StepKind.TCP: GOOD,
        StepKind.TLS: WRONG,
        **dict.fromkeys((METADATA, MEX, PASSIVE, StepKind.PASSWORD), "NotTested"),
    }
    assert site.adfs.requests == []


async def test_a_failing_certificate_is_shown_with_its_dates(found: Found) -> None:
    outcome = outcome_of(await (await found(tls(Tls.EXPIRED))).check(), TLS)
    assert "issued by" in said(outcome)
    assert "valid 20" in said(outcome)


async def test_a_host_that_only_ssl_cert_file_trusts_is_checked_and_said_to_be_so(found: Found) -> None:
    site = await found()
    other = await found()
    site.network = replace(site.network, public=trust_of(other.adfs), own=trust_of(site.adfs))
    check = await site.check()
    outcome = outcome_of(check, TLS)
    assert outcome.grade is WARNING
    assert "Only SSL_CERT_FILE trusts this host" in said(outcome)
    assert grades(check)[METADATA] is GOOD


async def test_a_name_that_is_not_in_dns_stops_its_host(found: Found) -> None:
    site = await found()
    site.names.clear()
    check = await site.check()
    assert "no such name" in said(outcome_of(check, StepKind.DNS))
    assert grades(check)[StepKind.TCP] == "NotTested"
    assert grades(check)[PASSIVE] == "NotTested"
    assert set(relations(check).values()) == {Relation.RIGHT, Relation.UNKNOWN}


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "64:ff9b::7f00:1"])
async def test_a_name_with_one_address_that_is_not_public_is_not_connected_to(
    found: Found, address: str
) -> None:
    site = await found()
    site.names["fs.contoso.com"] = (PUBLIC_V4, address)
    check = await site.check()
    assert outcome_of(check, StepKind.DNS).grade is WRONG
    assert "not public" in said(outcome_of(check, StepKind.DNS))
    assert grades(check)[StepKind.TCP] == "NotTested"
    assert site.adfs.requests == []


async def test_private_addresses_are_checked_where_the_policy_allows_them(found: Found) -> None:
    site = await found()
    site.names["fs.contoso.com"] = ("10.0.0.7",)

    def route(address: str, port: int) -> tuple[str, int]:
        assert (address, port) == ("10.0.0.7", 443)
        return "127.0.0.1", site.adfs.port

    site.network = replace(site.network, refuse=private_too, route=route)
    assert (await site.check()).grade is GOOD


async def test_one_of_two_addresses_that_refuses_is_a_warning(found: Found) -> None:
    site = await found()
    closed = await _closed_port()

    def route(address: str, _: int) -> tuple[str, int]:
        return "127.0.0.1", site.adfs.port if address == PUBLIC_V4 else closed

    site.network = replace(site.network, route=route)
    outcome = outcome_of(await site.check(), StepKind.TCP)
    assert outcome.grade is WARNING
    assert "1 of 2 addresses" in said(outcome)
    assert "2603:1006:2000::10: the connection was refused" in said(outcome)


async def test_no_address_that_answers_is_wrong(found: Found) -> None:
    site = await found()
    closed = await _closed_port()
    site.network = replace(site.network, route=lambda _, __: ("127.0.0.1", closed))
    check = await site.check()
    assert outcome_of(check, StepKind.TCP).grade is WRONG
    assert grades(check)[TLS] == "NotTested"


async def _closed_port() -> int:
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_a_managed_domain_has_no_federation_host_to_check(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="fabrikam.example"))
    check = await site.check("fabrikam.example")
    assert grades(check)[StepKind.SETTINGS] is GOOD
    assert "Managed" in said(outcome_of(check, StepKind.REALM))
    assert grades(check)[PASSIVE] == "NotTested"
    assert check.compared == ()
    assert site.adfs.requests == []


async def test_a_domain_of_another_tenant_is_nobodys_to_check(found: Found) -> None:
    site = await found()
    site.tenant.state.elsewhere["fabrikam.example"] = Domain(
        id="fabrikam.example", authentication="Federated", federation=site.adfs.federation()
    )
    with pytest.raises(Gone):
        await site.check("fabrikam.example")
    assert site.adfs.requests == []


async def test_a_subdomain_is_checked_by_the_settings_of_its_root(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="sales.eu.contoso.com", authentication="Federated"))
    check = await site.check("sales.eu.contoso.com")
    assert check.grade is NOTE or check.grade is GOOD
    assert "settings of contoso.com" in said(outcome_of(check, StepKind.SETTINGS))
    assert relations(check)[Property.IDENTIFIER] is Relation.EQUAL


async def test_a_federated_domain_without_a_configuration_is_wrong(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="fabrikam.example", authentication="Federated"))
    check = await site.check("fabrikam.example")
    assert outcome_of(check, StepKind.SETTINGS).grade is WRONG
    assert check.grade is WRONG


async def test_while_graph_is_down_realm_discovery_leads_to_the_hosts(found: Found) -> None:
    site = await found()
    site.tenant.faults.add(Fault(Respond(403), path=r"\$batch", times=1000))
    check = await site.check()
    assert outcome_of(check, StepKind.SETTINGS).grade is WARNING
    assert grades(check)[PASSIVE] is GOOD
    assert grades(check)[MEX] is GOOD
    assert check.view is None


@pytest.mark.parametrize("vendor", [PING, OKTA])
async def test_other_products_are_checked_as_far_as_their_addresses_lead(
    found: Found, vendor: Vendor
) -> None:
    site = await found(farm=Farm(base=SERVICE, vendor=vendor))
    check = await site.check()
    assert grades(check)[METADATA] == "NotTested"
    assert grades(check)[MEX] is GOOD
    assert grades(check)[PASSIVE] is GOOD
    assert relations(check)[Property.ACTIVE] is Relation.EQUAL
    assert relations(check)[Property.PASSIVE] is Relation.UNKNOWN
    assert check.grade is GOOD


async def test_a_certificate_that_entra_does_not_know_is_wrong_on_both_sides(found: Found) -> None:
    check = await (await found(NAMED["signing key replaced"])).check()
    assert of(check, Property.SIGNING).relation is Relation.WRONG
    assert any("nobody can sign in" in one.what for one in check.health)


async def test_a_rollover_that_entra_knows_of_is_right(found: Found) -> None:
    site = await found(NAMED["rolled over"])
    domain = site.tenant.state.domains[CONTOSO]
    assert domain.federation is not None
    first, second = site.adfs.signing_certificates
    told = replace(domain.federation, signing_certificate=second, next_signing_certificate=first)
    site.tenant.state.add(replace(domain, federation=told))
    check = await site.check()
    assert of(check, Property.SIGNING).relation is Relation.EQUAL
    assert of(check, Property.NEXT_SIGNING).relation is Relation.EQUAL


async def test_an_address_without_https_is_said_and_never_asked(found: Found) -> None:
    site = await found()
    domain = site.tenant.state.domains[CONTOSO]
    assert domain.federation is not None
    told = replace(domain.federation, passive_sign_in_uri="http://fs.contoso.com/adfs/ls/")
    site.tenant.state.add(replace(domain, federation=told))
    check = await site.check()
    assert outcome_of(check, PASSIVE).grade is WRONG
    assert "/adfs/ls/" not in {one.path for one in site.adfs.requests}


async def test_everything_ends_when_the_time_is_over(found: Found) -> None:
    site = await found(silent(Place.MEX))
    site.network = replace(site.network, limits=Limits(check=1.5))
    check = await site.check()
    assert check.finished
    assert "were over" in said(outcome_of(check, MEX))
    assert grades(check)[METADATA] is GOOD
    assert grades(check)[PASSIVE] is GOOD
    assert relations(check)[Property.IDENTIFIER] is Relation.EQUAL


async def test_steps_that_ended_are_shown_while_others_are_under_way(found: Found) -> None:
    site = await found(silent(Place.MEX))
    async with aclosing(
        cast("AsyncGenerator[DomainCheck]", site.domains.check(DomainName(CONTOSO)))
    ) as states:
        async for state in states:
            if (
                len(grades(state)) == len(StepKind)
                and grades(state)[METADATA] is GOOD
                and grades(state)[PASSIVE] is GOOD
            ):
                assert grades(state)[MEX] == "Waiting"
                assert not state.finished
                return
    pytest.fail("the check ended without showing that")


async def test_leaving_a_check_early_ends_what_is_under_way(found: Found) -> None:
    site = await found(silent(Place.MEX))
    before = asyncio.all_tasks()
    async with aclosing(
        cast("AsyncGenerator[DomainCheck]", site.domains.check(DomainName(CONTOSO)))
    ) as states:
        await anext(states)
    assert not [task for task in asyncio.all_tasks() - before if task.get_name().startswith("check ")]


def test_public_only_is_what_a_network_does_by_itself() -> None:
    assert Network().refuse is public_only


async def test_every_step_says_what_was_tried_and_how_long_it_took(found: Found) -> None:
    check = await (await found()).check()
    for step in check.steps:
        if isinstance(step.outcome, Done):
            assert step.outcome.tried
            assert step.outcome.findings
            assert step.outcome.took <= check.took
