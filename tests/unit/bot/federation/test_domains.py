"""Listing and showing domains: Graph and realm discovery together, over sockets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.errors import Gone, Later, Never
from bot.sim.tenant import Domain, Fault
from bot.sim.tenant.faults import FOREVER, Respond
from bot.sim.tenant.model import CertificateUpdate, Federation
from commands.domain_names import DomainName
from commands.federation_model import (
    Authentication,
    DomainView,
    Federated,
    Field,
    Grade,
    Managed,
    Realm,
    Unread,
)
from tests.unit.bot.federation.sites import CONTOSO, Found, Site


async def show(site: Site, name: str = CONTOSO) -> DomainView:
    return await site.domains.show(DomainName(name))


def told(site: Site, **changes: object) -> None:
    domain = site.tenant.state.domains[CONTOSO]
    assert domain.federation is not None
    changed: Federation = replace(domain.federation, **changes)  # type: ignore[arg-type]  # fields by name
    site.tenant.state.add(replace(domain, federation=changed))


def federated(view: DomainView) -> Federated:
    assert isinstance(view.sign_in, Federated), view.sign_in
    return view.sign_in


async def test_the_default_domain_is_listed_first_and_then_by_name(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="a.example"), Domain(id="z.example", verified=False))
    names = [one.name for one in await site.domains.list()]
    assert names == ["contoso.com", "a.example", "contoso.onmicrosoft.com", "z.example"]


async def test_nine_hundred_domains_are_all_listed(found: Found) -> None:
    site = await found()
    site.tenant.state.add(*(Domain(id=f"d{number}.example") for number in range(900)))
    assert len(await site.domains.list()) == 902


async def test_a_federated_domain_is_shown_with_every_setting_explained(found: Found) -> None:
    view = await show(await found())
    sign_in = federated(view)
    assert view.domain.authentication is Authentication.FEDERATED
    assert sign_in.source == CONTOSO
    assert {one.field for one in sign_in.settings} == set(Field)
    assert all(one.meaning.endswith(".") for one in sign_in.settings)
    names = {one.field: one.msonline for one in sign_in.settings}
    assert names[Field.PASSIVE] == "PassiveLogOnUri"
    assert names[Field.MFA_BEHAVIOR] == "SupportsMfa"
    assert isinstance(view.realm, Realm)


@pytest.mark.parametrize(
    ("value", "words", "grade"),
    [
        ("acceptIfMfaDoneByFederatedIdp", "is accepted", Grade.GOOD),
        ("enforceMfaByFederatedIdp", "sent back", Grade.GOOD),
        ("rejectMfaByFederatedIdp", "counts for nothing", Grade.GOOD),
        (None, "SupportsMfa", Grade.NOTE),
        ("somethingNew", "does not know", Grade.NOTE),
    ],
)
async def test_what_mfa_of_the_service_is_worth_is_said(
    found: Found, value: str | None, words: str, grade: Grade
) -> None:
    site = await found()
    told(site, idp_mfa=value)
    (setting,) = [one for one in federated(await show(site)).settings if one.field is Field.MFA_BEHAVIOR]
    assert words in setting.meaning
    assert setting.grade is grade


async def test_a_managed_domain_says_what_graph_does_not_tell(found: Found) -> None:
    site = await found()
    view = await show(site, "contoso.onmicrosoft.com")
    assert isinstance(view.sign_in, Managed)
    assert "pass-through" in view.sign_in.note
    assert view.findings == ()


async def test_a_subdomain_says_from_where_it_inherits(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="eu.contoso.com", authentication="Federated"))
    view = await show(site, "eu.contoso.com")
    assert federated(view).source == CONTOSO
    assert not view.domain.root
    assert any("settings are those of contoso.com" in one.what for one in view.findings)


async def test_everything_about_a_domain_is_one_round_trip_to_graph(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="a.b.eu.contoso.com", authentication="Federated"))
    site.tenant.state.journal.requests.clear()
    await show(site, "a.b.eu.contoso.com")
    asked = [one for one in site.tenant.state.journal.requests if one.api == "v1.0" and not one.batched]
    assert len(asked) == 1


async def test_a_name_with_very_many_labels_is_still_one_batch(found: Found) -> None:
    site = await found()
    with pytest.raises(Gone):
        await show(site, "x." * 100 + "contoso.com")


async def test_a_domain_that_is_not_verified_is_wrong(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="new.example", verified=False))
    view = await show(site, "new.example")
    assert any(one.grade is Grade.WRONG and "not verified" in one.what for one in view.findings)


async def test_a_domain_of_nobody_is_gone(found: Found) -> None:
    with pytest.raises(Gone):
        await show(await found(), "nowhere.example")


async def test_a_federated_domain_without_a_configuration_is_unread(found: Found) -> None:
    site = await found()
    site.tenant.state.add(Domain(id="half.example", authentication="Federated"))
    view = await show(site, "half.example")
    assert isinstance(view.sign_in, Unread)
    assert any(one.grade is Grade.WRONG for one in view.findings)


async def test_a_missing_permission_for_configurations_is_named(found: Found) -> None:
    site = await found()
    site.tenant.faults.add(Fault(Respond(403), path="federationConfiguration", times=FOREVER))
    view = await show(site)
    assert isinstance(view.sign_in, Unread)
    assert "Domain-InternalFederation.Read.All" in view.sign_in.what_to_do


async def test_a_missing_permission_for_domains_is_named(found: Found) -> None:
    site = await found()
    site.tenant.faults.add(Fault(Respond(403), path=r"domains", times=FOREVER))
    with pytest.raises(Never) as caught:
        await site.domains.list()
    assert "Domain.Read.All" in caught.value.what_to_do
    with pytest.raises(Never) as caught:
        await show(site)
    assert "Domain.Read.All" in caught.value.what_to_do


async def test_while_graph_is_away_showing_fails_for_now(found: Found) -> None:
    site = await found()
    site.tenant.faults.add(Fault(Respond(503, retry_after=0), path=r"\$batch", times=FOREVER))
    with pytest.raises(Later):
        await show(site)


async def test_while_realm_discovery_is_away_the_rest_is_shown(found: Found) -> None:
    site = await found()
    site.tenant.faults.add(Fault(Respond(503), path="realm", times=FOREVER))
    view = await show(site)
    assert isinstance(view.realm, Unread)
    assert federated(view).configuration.issuer_uri


async def test_an_update_that_failed_is_a_warning(found: Found) -> None:
    site = await found()
    told(site, certificate_update=CertificateUpdate(result="Failed"))
    view = await show(site)
    assert any(one.grade is Grade.WARNING and "Failed" in one.what for one in view.findings)
