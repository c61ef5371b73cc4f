"""The daily watch: what the channel is told, once, and once more when it is well again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.sim.adfs import Answered, Key, Place, at, signing
from bot.sim.tenant import CertificateUpdate, Domain, Fault
from bot.sim.tenant.faults import FOREVER, Respond
from bot.sim.workspace import Status
from tests.scenario.federation.conftest import Farmhouse


async def test_a_healthy_tenant_is_no_news_day_after_day(farmhouse: Farmhouse) -> None:
    for _ in range(3):
        assert await farmhouse.a_day_later() == []
    assert farmhouse.told() == []


async def test_sides_that_diverge_are_told_once_and_again_when_they_agree(farmhouse: Farmhouse) -> None:
    farmhouse.farm.breaks(signing(Key("replacement")))
    (said,) = await farmhouse.a_day_later()
    assert "contoso.com · TokenSigningCertificate" in said
    assert await farmhouse.a_day_later() == []
    farmhouse.farm.heals()
    (said,) = await farmhouse.a_day_later()
    assert "well again" in said
    assert await farmhouse.a_day_later() == []


async def test_a_certificate_is_told_at_both_times_of_the_policy(farmhouse: Farmhouse) -> None:
    ending = Key("ending", age=timedelta(days=300), left=timedelta(days=39.5))
    farmhouse.farm.told = replace(farmhouse.farm.told, keys=(ending,))
    farmhouse.farm.heals()
    farmhouse.entra_believes()
    told = [len(farmhouse.told())]
    for days in (3, 1, 19, 1, 1):
        await farmhouse.house.advance(days=days)
        told.append(len(farmhouse.told()))
    assert told == [0, 0, 1, 1, 2, 2]
    assert "ends on" in farmhouse.told()[0]
    assert ":warning:" in farmhouse.told()[0]
    assert ":x:" in farmhouse.told()[1]


async def test_metadata_is_told_when_it_is_away_twice(farmhouse: Farmhouse) -> None:
    farmhouse.farm.breaks(at(Place.METADATA, Answered(503)))
    assert await farmhouse.a_day_later() == []
    await farmhouse.house.advance(minutes=10)
    (said,) = farmhouse.told()
    assert "The federation metadata could not be read, twice" in said
    farmhouse.farm.heals()
    (said,) = await farmhouse.a_day_later()
    assert "well again" in said


async def test_metadata_that_is_away_once_is_no_news(farmhouse: Farmhouse) -> None:
    farmhouse.farm.breaks(at(Place.METADATA, Answered(503)))
    await farmhouse.a_day_later()
    farmhouse.farm.heals()
    await farmhouse.house.advance(minutes=10)
    assert farmhouse.told() == []


async def test_an_update_that_fails_is_told(farmhouse: Farmhouse) -> None:
    farmhouse.entra_believes(certificate_update=CertificateUpdate(result="CertificateMismatch"))
    (said,) = await farmhouse.a_day_later()
    assert "ended with CertificateMismatch" in said


async def test_a_changed_mfa_behavior_is_told(farmhouse: Farmhouse) -> None:
    farmhouse.entra_believes(idp_mfa="rejectMfaByFederatedIdp")
    (said,) = await farmhouse.a_day_later()
    assert "went from acceptIfMfaDoneByFederatedIdp to rejectMfaByFederatedIdp" in said
    assert await farmhouse.a_day_later() == []


async def test_a_domain_that_changes_its_kind_is_told(farmhouse: Farmhouse) -> None:
    farmhouse.house.tenant.state.add(
        Domain(id="fabrikam.com", authentication="Federated", federation=farmhouse.farm.federation())
    )
    said = "\n".join(await farmhouse.a_day_later())
    assert "fabrikam.com · It was managed and is federated now." in said
    farmhouse.house.tenant.state.add(Domain(id="fabrikam.com"))
    (said,) = await farmhouse.a_day_later()
    assert "fabrikam.com · It was federated and is managed now." in said


async def test_an_outage_of_slack_delays_the_news_and_a_crash_loses_none(farmhouse: Farmhouse) -> None:
    house = farmhouse.house
    farmhouse.farm.breaks(signing(Key("replacement")))
    outage = house.workspace.fault("chat.postMessage", Status(503), times=None)
    assert await farmhouse.a_day_later() == []
    await house.crashes()
    await house.opens()
    assert farmhouse.told() == []
    outage.lift()
    await house.advance(minutes=1)
    assert len(farmhouse.told()) == 1
    assert await farmhouse.a_day_later() == []


async def test_while_entra_is_away_nothing_is_told(farmhouse: Farmhouse) -> None:
    house = farmhouse.house
    farmhouse.farm.breaks(signing(Key("replacement")))
    away = house.tenant.faults.add(Fault(Respond(503), path="domains", times=FOREVER))
    assert await farmhouse.a_day_later() == []
    house.tenant.faults.remove(away)
    await house.advance(minutes=1)
    assert len(farmhouse.told()) == 1
