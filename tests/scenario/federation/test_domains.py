"""What people learn about domains, through the signed door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.sim.adfs import NAMED, OKTA, PING, Vendor
from bot.sim.tenant import Domain, Fault
from bot.sim.tenant.faults import FOREVER, Respond
from tests.scenario.federation.conftest import Farmhouse
from tests.scenario.house import HANNA, OMAR, House

HARMLESS = {
    "signing certificate armoured",
    "signing certificate with line breaks",
    "signing certificate twice",
    "metadata with a BOM",
    "metadata in UTF-16",
    "metadata signed by a stranger",
    "metadata unsigned",
    "metadata of the wrong type",
    "metadata 404",
    "metadata redirected",
    "mex with windowstransport",
    "addresses in white space",
    "sign-in redirected",
}
"""What lets people sign in all the same."""
SLOW = ("dripping", "silent")
"""Each takes the ten seconds of a document; the suite of the check has them with shorter limits."""


async def test_the_list_says_managed_or_federated_and_from_where(farmhouse: Farmhouse) -> None:
    said = await farmhouse.types("list")
    assert "contoso.com · federated · default" in said
    assert "eu.contoso.com · federated, from contoso.com" in said
    assert "fabrikam.com · managed" in said
    assert "eu.contoso.com" not in await farmhouse.types("list fabrikam")


async def test_nine_hundred_domains_are_turned_over_page_by_page(farmhouse: Farmhouse) -> None:
    house = farmhouse.house
    house.tenant.state.add(*(Domain(id=f"d{number:03}.example") for number in range(900)))
    said = await farmhouse.types("list example")
    assert said.startswith("900 of 904 domains with “example”, page 1 of 36")
    for page in (2, 3):
        said = await house.presses(HANNA, house.workspace.seen_by(HANNA)[-1], "Next")
        assert f"page {page} of 36" in said
        assert f"d{25 * (page - 1):03}.example" in said
    said = await house.presses(HANNA, house.workspace.seen_by(HANNA)[-1], "Previous")
    assert "page 2 of 36" in said
    assert "d899.example" in await farmhouse.types("list example page 36")
    assert house.buttons(house.workspace.seen_by(HANNA)[-1]) == ["Previous"]


async def test_a_domain_is_shown_by_its_name_by_a_person_and_by_a_page(farmhouse: Farmhouse) -> None:
    for written in ("contoso.com", "CONTOSO.COM.", "lee@contoso.com", "https://contoso.com/x", "<@U0LEE>"):
        said = await farmhouse.types(f"show {written}")
        assert "contoso.com · federated · verified · default" in said, written
    assert "federatedIdpMfaBehavior (SupportsMfa)" in said
    assert "promptLoginBehavior (PromptLoginBehavior)" in said
    assert "SHA-256" in said
    assert f"People of it will sign in at https://127.0.0.1:{farmhouse.farm.port}/adfs/ls/" in said


async def test_a_managed_domain_says_what_graph_does_not_tell(farmhouse: Farmhouse) -> None:
    said = await farmhouse.types("show fabrikam.com")
    assert "fabrikam.com · managed" in said
    assert "does not tell password hash synchronisation from pass-through" in said


async def test_a_subdomain_has_the_settings_of_its_root(farmhouse: Farmhouse) -> None:
    said = await farmhouse.types("show eu.contoso.com")
    assert "eu.contoso.com · federated, with the settings of contoso.com" in said
    assert "issuerUri (IssuerUri)" in said


async def test_a_domain_that_nobody_has_verified_is_wrong(farmhouse: Farmhouse) -> None:
    farmhouse.house.tenant.state.add(Domain(id="new.example", verified=False))
    assert "not verified" in await farmhouse.types("list new.example")
    assert "nobody can sign in with it" in await farmhouse.types("show new.example")


async def test_a_name_in_other_letters_is_understood(farmhouse: Farmhouse) -> None:
    farmhouse.house.tenant.state.add(Domain(id="xn--mnchen-3ya.example"))
    assert "münchen.example (xn--mnchen-3ya.example) · managed" in await farmhouse.types(
        "show MÜNCHEN.example."
    )


async def test_a_domain_of_another_tenant_is_not_shown(farmhouse: Farmhouse) -> None:
    for verb in ("show", "check", "federate"):
        assert "Not found: adatum.com in this tenant." in await farmhouse.types(f"{verb} adatum.com")
    assert [rule for _, rule in await farmhouse.house.refusals()] == ["domain"]


async def test_only_requesters_are_answered(farmhouse: Farmhouse) -> None:
    before = len(farmhouse.house.tenant.state.journal.requests)
    said = await farmhouse.types("show contoso.com", OMAR)
    assert said.startswith("Not done, nothing changed.")
    asked = farmhouse.house.tenant.state.journal.requests[before:]
    assert not [one for one in asked if "domains" in one.path]


async def test_without_its_table_the_feature_is_off_and_says_so(house: House) -> None:
    for text in ("list", "check contoso.com", "help"):
        said = await house.types(HANNA, text, command="/domain")
        assert "is off: the policy has no [federation]." in said.replace("`", "")


async def test_while_graph_is_away_a_question_is_answered_in_words(farmhouse: Farmhouse) -> None:
    farmhouse.house.tenant.faults.add(Fault(Respond(503), path="domains", times=FOREVER))
    said = await farmhouse.types("list")
    assert "Nothing was changed." in said


# --- check ---------------------------------------------------------------------------------


async def test_a_healthy_domain_is_found_well_step_by_step(farmhouse: Farmhouse) -> None:
    said = await farmhouse.types("check hanna@contoso.com")
    assert "contoso.com · single sign-on check: it works" in said
    assert ":x:" not in said
    for step in ("settings in Entra", "realm discovery", "name in DNS", "port 443", "TLS", "sign-in page"):
        assert step in said
    assert "not tested: never give a bot a password" in said
    assert "TokenSigningCertificate" in said
    assert farmhouse.house.tenant.state.changes() == ()


async def test_progress_is_shown_in_the_place_of_the_answer(farmhouse: Farmhouse) -> None:
    await farmhouse.types("check contoso.com")
    (shown,) = farmhouse.house.workspace.seen_by(HANNA)[-1:]
    assert len(shown.versions) == 4
    texts = [version.text for version in shown.versions]
    assert texts[0].startswith("Looking up contoso.com")
    assert all("check under way" in text for text in texts[1:3])
    assert "it works" in texts[-1]


async def test_every_fault_of_a_farm_is_told_and_what_to_do(farmhouse: Farmhouse) -> None:
    quick = {name: fault for name, fault in NAMED.items() if not name.endswith(SLOW)}
    assert set(quick) >= HARMLESS
    wrong: dict[str, str] = {}
    for name, fault in quick.items():
        farmhouse.farm.breaks(fault)
        said = await farmhouse.types("check contoso.com")
        farmhouse.farm.heals()
        if (":x:" in said) is (name in HARMLESS) or (":x:" in said and "→" not in said):
            wrong[name] = said
    assert wrong == {}


@pytest.mark.parametrize("vendor", [PING, OKTA])
async def test_another_product_is_checked_as_far_as_its_addresses_lead(
    farmhouse: Farmhouse, vendor: Vendor
) -> None:
    farmhouse.farm.told = replace(farmhouse.farm.told, vendor=vendor)
    farmhouse.farm.heals()
    farmhouse.entra_believes()
    said = await farmhouse.types("check contoso.com")
    assert "single sign-on check:" in said
    assert "federation metadata" in said
    assert "not tested" in said


async def test_a_host_that_is_not_public_is_not_connected_to_unless_the_policy_allows_it(
    farmhouse: Farmhouse,
) -> None:
    house = farmhouse.house
    strict = house.configuration.policy.federation
    assert strict is not None
    policy = replace(
        house.configuration.policy,
        federation=strict.model_copy(update={"allow_private_addresses": False}),
    )
    house.configuration = replace(house.configuration, policy=policy)
    farmhouse.farm.requests.clear()
    await house.crashes()
    await house.opens()
    said = await farmhouse.types("check contoso.com")
    assert "has an address that is not public" in said
    assert farmhouse.farm.requests == []


async def test_both_sides_stand_beside_each_other_where_they_differ(farmhouse: Farmhouse) -> None:
    farmhouse.entra_believes(issuer_uri="http://elsewhere.example/adfs/services/trust")
    said = await farmhouse.types("check contoso.com")
    assert ":x: FederationServiceIdentifier · wrong" in said
    assert "Entra: http://elsewhere.example/adfs/services/trust" in said
    assert "AADSTS50107" in said


# --- runbooks ------------------------------------------------------------------------------


async def test_runbooks_hold_the_tenants_values_and_change_nothing(farmhouse: Farmhouse) -> None:
    held = farmhouse.farm.federation()
    federate = await farmhouse.types("federate fabrikam.com")
    assert "New-MgDomainFederationConfiguration -DomainId 'fabrikam.com'" in federate
    assert "POST /v1.0/domains/fabrikam.com/federationConfiguration" in federate
    assert str(held.passive_sign_in_uri) in federate
    assert "without a signing certificate" in federate
    unfederate = await farmhouse.types("unfederate eu.contoso.com")
    assert "PATCH /v1.0/domains/contoso.com" in unfederate
    assert held.id in unfederate
    assert farmhouse.house.tenant.state.changes() == ()
    requests = farmhouse.house.tenant.state.journal.requests
    assert {one.method for one in requests if "domains" in one.path} == {"GET"}
