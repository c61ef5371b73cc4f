"""Entra and the federation service side by side: pairs of values, and what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.federation.certificates import read_certificate
from bot.federation.compare import Sides, compare
from bot.federation.metadata import Metadata
from bot.federation.mex import Mex
from bot.federation.products import Product
from bot.federation.signature import Signature, Signed
from bot.sim.signing import Key, Writing, write
from commands.domain_names import DomainName
from commands.federation_model import Compared, Configuration, Property, Relation

NOW = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)
EQUAL, RIGHT, WRONG, UNKNOWN = Relation
FS: Final = "https://fs.contoso.com"
LS: Final = f"{FS}/adfs/ls/"
TRUST: Final = f"{FS}/adfs/services/trust"
ENTITY: Final = "http://fs.contoso.com/adfs/services/trust"
A, B, C = (Key(name).written(NOW) for name in ("a", "b", "c"))
READ = {text: read_certificate(text) for text in (A, B, C)}

ENTRA = Configuration(
    id="6601d14b-d113-8f64-fda2-9b5ddda18ecc",
    display_name="Contoso",
    issuer_uri=ENTITY,
    passive_sign_in_uri=LS,
    active_sign_in_uri=f"{TRUST}/2005/usernamemixed",
    sign_out_uri=LS,
    metadata_exchange_uri=f"{TRUST}/mex",
    signing_certificate=A,
    preferred_authentication_protocol="wsFed",
)
METADATA = Metadata(
    entity_id=ENTITY,
    display_name="Contoso",
    passive=(LS,),
    active=(f"{TRUST}/2005/certificatemixed",),
    sign_on=(LS,),
    sign_out=(LS,),
    signing=(READ[A],),
    token_service=True,
    identity_provider=True,
    signature=Signature(Signed.VALID, READ[A]),
)
MEX = Mex((f"{TRUST}/2005/usernamemixed", f"{TRUST}/13/usernamemixed", f"{TRUST}/13/certificatemixed"))
SIDES = Sides(
    source=DomainName("contoso.com"),
    entra=ENTRA,
    product=Product.AD_FS,
    metadata=METADATA,
    mex=MEX,
    mex_address=f"{TRUST}/mex",
)


def compared(
    which: Property, *, entra: Mapping[str, str] | None = None, service: Mapping[str, Any] | None = None
) -> Compared:
    sides = replace(SIDES, entra=replace(ENTRA, **(entra or {})))
    own = {key: value for key, value in (service or {}).items() if key in {"metadata", "mex", "mex_address"}}
    document = {key: value for key, value in (service or {}).items() if key not in own}
    if document:
        sides = replace(sides, metadata=replace(METADATA, **document))
    found = {one.property: one for one in compare(replace(sides, **own))}
    return found[which]


def test_two_sides_that_agree_differ_in_nothing_but_their_names() -> None:
    found = compare(SIDES)
    assert [one.property for one in found] == list(Property)
    assert {one.relation for one in found if one.property is not Property.SOURCE} == {EQUAL}


PASSIVE_PAIRS = [
    (LS, LS, EQUAL),
    (f"{FS}/adfs/ls", LS, RIGHT),
    ("https://FS.Contoso.com/adfs/ls/", LS, RIGHT),
    ("HTTPS://fs.contoso.com/adfs/ls/", LS, RIGHT),
    ("https://fs.contoso.com:443/adfs/ls/", LS, RIGHT),
    (f"{FS}/ADFS/ls/", LS, RIGHT),
    (f"  {LS}\n", LS, RIGHT),
    ("https://sts.contoso.com/adfs/ls/", LS, WRONG),
    (f"{FS}/adfs/ls/idpinitiatedsignon", LS, WRONG),
    ("http://fs.contoso.com/adfs/ls/", LS, WRONG),
    ("https://fs.contoso.com:8443/adfs/ls/", LS, WRONG),
    ("https://fs.contoso.com.evil.example/adfs/ls/", LS, WRONG),
    (f"{FS}/adfs/ls/?whr=contoso.com", LS, WRONG),
    ("", LS, WRONG),
    ("not an address", LS, WRONG),
    ("https://[::1", LS, WRONG),
    (f"{FS}/idp/Sign", f"{FS}/idp/sign", WRONG),
]


@pytest.mark.parametrize(("entra", "service", "relation"), PASSIVE_PAIRS)
def test_sign_in_addresses_are_compared_as_addresses(entra: str, service: str, relation: Relation) -> None:
    found = compared(
        Property.PASSIVE, entra={"passive_sign_in_uri": entra}, service={"passive": (service,), "sign_on": ()}
    )
    assert found.relation is relation
    assert (found.entra, found.service) == (entra, service)


IDENTIFIER_PAIRS = [
    (ENTITY, ENTITY, EQUAL),
    ("http://FS.contoso.com/adfs/services/trust", ENTITY, RIGHT),
    ("http://contoso.com/adfs/services/trust", ENTITY, RIGHT),
    ("http://contoso.com/adfs/services/trust/", ENTITY, RIGHT),
    ("http://Contoso.com/adfs/services/trust/", ENTITY, RIGHT),
    ("http://fabrikam.example/adfs/services/trust/", ENTITY, WRONG),
    ("http://fs.contoso.com/adfs/services/trust/", ENTITY, WRONG),
    ("http://fs.contoso.com/adfs/services/Trust", ENTITY, WRONG),
    ("https://fs.contoso.com/adfs/services/trust", ENTITY, WRONG),
    ("urn:contoso", "urn:contoso", EQUAL),
    ("urn:contoso", "urn:Contoso", WRONG),
    ("", ENTITY, WRONG),
]


@pytest.mark.parametrize(("entra", "service", "relation"), IDENTIFIER_PAIRS)
def test_issuers_are_compared_by_letter_or_by_domain(entra: str, service: str, relation: Relation) -> None:
    found = compared(Property.IDENTIFIER, entra={"issuer_uri": entra}, service={"entity_id": service})
    assert found.relation is relation


def test_an_issuer_that_entra_does_not_expect_names_the_error_that_people_see() -> None:
    found = compared(Property.IDENTIFIER, entra={"issuer_uri": "http://other.example/trust"})
    assert "AADSTS50107" in found.consequence
    assert "-IssuerUri" in found.what_to_do


# Entra's signing and next certificates, those of the metadata, and the two verdicts.
CERTIFICATE_PAIRS = [
    ((A, ""), (A,), EQUAL, EQUAL),
    ((A, B), (A, B), EQUAL, EQUAL),
    ((A, B), (B, A), EQUAL, EQUAL),
    ((B, A), (A, B), EQUAL, EQUAL),
    ((A, B), (B,), RIGHT, EQUAL),
    ((A, B), (A,), EQUAL, RIGHT),
    ((A, A), (A,), EQUAL, RIGHT),
    ((A, ""), (A, B), EQUAL, WRONG),
    ((A, C), (A, B), EQUAL, WRONG),
    ((A, ""), (B,), WRONG, WRONG),
    ((A, C), (B,), WRONG, WRONG),
    (("", ""), (A,), WRONG, WRONG),
    (("", A), (A,), RIGHT, EQUAL),
    (("TUlJ", ""), (A,), WRONG, WRONG),
    ((A, "TUlJ"), (A,), EQUAL, RIGHT),
    ((A, B), (), UNKNOWN, UNKNOWN),
    ((write(A, Writing.ARMOURED), ""), (A,), EQUAL, EQUAL),
    ((write(A, Writing.LINE_BROKEN), ""), (A,), EQUAL, EQUAL),
]


@pytest.mark.parametrize(("entra", "service", "signing", "following"), CERTIFICATE_PAIRS)
def test_certificates_are_compared_as_sets(
    entra: tuple[str, str], service: tuple[str, ...], signing: Relation, following: Relation
) -> None:
    first, second = entra
    told = {"signing_certificate": first, "next_signing_certificate": second}
    shown = {"signing": tuple(READ[one] for one in service)}
    assert compared(Property.SIGNING, entra=told, service=shown).relation is signing
    assert compared(Property.NEXT_SIGNING, entra=told, service=shown).relation is following


ACTIVE = f"{TRUST}/2005/usernamemixed"
ACTIVE_PAIRS = [
    (ACTIVE, {}, EQUAL),
    (f"{TRUST}/13/usernamemixed", {}, EQUAL),
    (f"{TRUST}/2005/UserNameMixed", {}, RIGHT),
    (f"{TRUST}/13/certificatemixed", {}, WRONG),
    ("https://sts.contoso.com/adfs/services/trust/2005/usernamemixed", {}, WRONG),
    ("", {}, WRONG),
    (ACTIVE, {"mex": None}, UNKNOWN),
    (ACTIVE, {"mex": None, "active": (ACTIVE,)}, EQUAL),
    (ACTIVE, {"mex": None, "metadata": None}, UNKNOWN),
    (ACTIVE, {"mex": Mex((f"{TRUST}/13/certificatemixed",))}, WRONG),
    (f"{TRUST}/13/certificatemixed", {"mex": Mex((f"{TRUST}/13/certificatemixed",))}, WRONG),
]


@pytest.mark.parametrize(("entra", "service", "relation"), ACTIVE_PAIRS)
def test_the_active_address_must_be_one_that_takes_a_password(
    entra: str, service: Mapping[str, Any], relation: Relation
) -> None:
    found = compared(Property.ACTIVE, entra={"active_sign_in_uri": entra}, service=service)
    assert found.relation is relation


def test_saml_needs_no_active_address() -> None:
    told = {"active_sign_in_uri": "", "preferred_authentication_protocol": "saml"}
    assert compared(Property.ACTIVE, entra=told).relation is RIGHT


OTHER_PAIRS = [
    (Property.DISPLAY_NAME, {"display_name": "Contoso Ltd"}, {}, RIGHT),
    (Property.DISPLAY_NAME, {}, {"display_name": ""}, UNKNOWN),
    (Property.METADATA, {"metadata_exchange_uri": f"{TRUST}/mex/"}, {}, RIGHT),
    (
        Property.METADATA,
        {"metadata_exchange_uri": "https://proxy.contoso.com/adfs/services/trust/mex"},
        {},
        RIGHT,
    ),
    (Property.METADATA, {"metadata_exchange_uri": "https://old.contoso.com/mex"}, {"mex": None}, WRONG),
    (Property.METADATA, {}, {"mex": None, "mex_address": ""}, UNKNOWN),
    (Property.SIGN_OUT, {"sign_out_uri": f"{LS}?wa=wsignout1.0"}, {}, RIGHT),
    (Property.SIGN_OUT, {"sign_out_uri": ""}, {}, WRONG),
    (Property.SIGN_OUT, {"sign_out_uri": "https://old.contoso.com/adfs/ls/"}, {}, WRONG),
    (Property.SIGN_OUT, {}, {"sign_out": ()}, EQUAL),
    (Property.PROTOCOL, {"preferred_authentication_protocol": "saml"}, {}, EQUAL),
    (Property.PROTOCOL, {}, {"token_service": False}, WRONG),
    (Property.PROTOCOL, {"preferred_authentication_protocol": "saml"}, {"identity_provider": False}, WRONG),
    (Property.PROTOCOL, {"preferred_authentication_protocol": ""}, {}, RIGHT),
    (Property.PROTOCOL, {"preferred_authentication_protocol": ""}, {"token_service": False}, WRONG),
    (Property.PROTOCOL, {"preferred_authentication_protocol": "oidc"}, {}, WRONG),
]


@pytest.mark.parametrize(("which", "entra", "service", "relation"), OTHER_PAIRS)
def test_the_other_properties(
    which: Property, entra: Mapping[str, str], service: Mapping[str, Any], relation: Relation
) -> None:
    assert compared(which, entra=entra, service=service).relation is relation


def test_what_is_wrong_says_what_people_notice_and_what_to_change() -> None:
    other = Configuration(id="other", signing_certificate=B, preferred_authentication_protocol="oidc")
    wrong = [one for one in compare(replace(SIDES, entra=other, mex=None)) if one.relation is WRONG]
    assert len(wrong) >= 6
    assert all(one.consequence and one.what_to_do for one in wrong)


def test_without_the_service_nothing_can_be_compared() -> None:
    found = compare(replace(SIDES, metadata=None, mex=None, mex_address=""))
    assert {one.relation for one in found if one.property is not Property.SOURCE} == {UNKNOWN}
