"""What follows from several facts: certificates by the documented table, and Entra against the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.federation.certificates import read_certificate
from bot.federation.health import Moment, certificate_findings, domain_findings, held, realm_findings
from bot.sim.signing import Key
from commands.domain_names import DomainName
from commands.federation_model import (
    Authentication,
    Certificate,
    Configuration,
    Domain,
    Federated,
    Finding,
    Grade,
    Held,
    Managed,
    NameSpace,
    Realm,
    Thresholds,
    Unread,
    worst,
)

NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
MOMENT = Moment(NOW, Thresholds())
GOOD, NOTE, WARNING, WRONG = Grade.GOOD, Grade.NOTE, Grade.WARNING, Grade.WRONG


def certificate(days: int, name: str = "primary", age: int = 100) -> str:
    return Key(name, age=timedelta(days=age), left=timedelta(days=days)).written(NOW)


def judged(entra: tuple[str, str], service: tuple[str, ...] | None) -> tuple[Finding, ...]:
    first, following = entra
    configuration = Configuration(id="1", signing_certificate=first, next_signing_certificate=following)
    shown = None if service is None else tuple(Held("metadata", read_certificate(one)) for one in service)
    return certificate_findings(held(configuration), shown, MOMENT)


SOON, VERY_SOON, LONG = certificate(34), certificate(14), certificate(300)
EXPIRED, FUTURE = certificate(-1), certificate(300, age=-10)
OTHER = certificate(300, "other")

TABLE = [
    # in sync, metadata public
    ((LONG, ""), (LONG,), GOOD),
    ((SOON, ""), (SOON,), WARNING),
    ((VERY_SOON, ""), (VERY_SOON,), WRONG),
    ((VERY_SOON, OTHER), (VERY_SOON, OTHER), NOTE),
    ((EXPIRED, ""), (EXPIRED,), WRONG),
    ((EXPIRED, OTHER), (OTHER,), GOOD),
    ((FUTURE, ""), (FUTURE,), WRONG),
    ((LONG, FUTURE), (LONG, FUTURE), NOTE),
    ((LONG, LONG), (LONG,), NOTE),
    # not in sync
    ((LONG, ""), (LONG, OTHER), WRONG),
    ((LONG, ""), (OTHER,), WRONG),
    # metadata not public
    ((LONG, ""), None, GOOD),
    ((SOON, ""), None, WARNING),
    ((VERY_SOON, ""), None, WRONG),
    ((SOON, OTHER), None, NOTE),
    # no certificate to go by
    (("", ""), (LONG,), WRONG),
    (("", OTHER), (OTHER,), WRONG),
    (("TUlJ", ""), None, WRONG),
    ((LONG, "TUlJ"), (LONG,), WRONG),
]


@pytest.mark.parametrize(("entra", "service", "grade"), TABLE)
def test_certificates_stand_as_the_documented_table_says(
    entra: tuple[str, str], service: tuple[str, ...] | None, grade: Grade
) -> None:
    found = judged(entra, service)
    assert worst(found) is grade, found
    assert all(one.what_to_do for one in found if one.grade >= WARNING)


def test_a_next_certificate_that_the_service_no_longer_signs_with_covers_nothing() -> None:
    assert worst(judged((VERY_SOON, OTHER), (VERY_SOON,))) is WRONG


@pytest.mark.parametrize(
    ("days", "grade"), [(35, GOOD), (34, WARNING), (15, WARNING), (14, WRONG), (0, WRONG)]
)
def test_the_times_of_the_policy_are_the_bounds(days: int, grade: Grade) -> None:
    text = certificate(days)
    assert worst(judged((text, ""), (text,))) is grade


def test_the_advice_while_the_metadata_is_not_public_says_that_entra_cannot_help_itself() -> None:
    (finding,) = judged((SOON, ""), None)
    assert "by itself" in finding.what_to_do


def test_a_certificate_says_its_thumbprint_and_its_end() -> None:
    read = read_certificate(SOON)
    assert isinstance(read, Certificate)
    (finding,) = judged((SOON, ""), None)
    assert read.sha1 in finding.what
    assert "34 days (2026-12-26)" in finding.what


# --- Entra against realm discovery ---------------------------------------------------------

CONTOSO = DomainName("contoso.com")
LS = "https://fs.contoso.com/adfs/ls/"


def domain(authentication: Authentication, *, verified: bool = True) -> Domain:
    return Domain(
        name=CONTOSO,
        authentication=authentication,
        verified=verified,
        default=False,
        initial=False,
        root=True,
    )


def federated(**fields: str) -> Federated:
    configuration = Configuration(id="1", **{"passive_sign_in_uri": LS, **fields})  # type: ignore[arg-type]  # texts only
    return Federated(source=CONTOSO, configuration=configuration, settings=(), certificates=())


FEDERATED = Realm(name_space=NameSpace.FEDERATED, sign_in_url="https://FS.contoso.com/adfs/ls")
MANAGED = Realm(name_space=NameSpace.MANAGED)
UNKNOWN = Realm(name_space=NameSpace.UNKNOWN)


def test_two_that_agree_are_not_worth_a_word() -> None:
    assert realm_findings(domain(Authentication.FEDERATED), federated(), FEDERATED) == ()
    assert realm_findings(domain(Authentication.MANAGED), Managed(), MANAGED) == ()
    assert realm_findings(domain(Authentication.FEDERATED), federated(), Unread("away")) == ()


@pytest.mark.parametrize("realm", [MANAGED, UNKNOWN])
def test_a_domain_that_the_world_sees_otherwise_is_a_warning(realm: Realm) -> None:
    assert worst(realm_findings(domain(Authentication.FEDERATED), federated(), realm)) is WARNING


def test_an_unverified_domain_is_unknown_to_the_world_and_that_is_right() -> None:
    unverified = domain(Authentication.MANAGED, verified=False)
    assert worst(realm_findings(unverified, Managed(), UNKNOWN)) is NOTE


def test_a_sign_in_page_elsewhere_than_entra_says_is_a_warning() -> None:
    found = realm_findings(
        domain(Authentication.FEDERATED),
        federated(passive_sign_in_uri="https://new.contoso.com/adfs/ls/"),
        FEDERATED,
    )
    assert worst(found) is WARNING


def test_a_domain_of_no_known_kind_is_a_warning() -> None:
    assert worst(domain_findings(domain(Authentication.UNKNOWN), Managed())) is WARNING
