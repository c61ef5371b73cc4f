"""The readers of metadata and WSDL: what they find, and that nothing makes them raise."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from bot.federation.metadata import Metadata, NotMetadata, metadata_findings, read_metadata
from bot.federation.mex import Mex, NotMex, mex_findings, read_mex
from bot.federation.signature import Signed
from bot.sim.adfs import NAMED, Farm, Signature, metadata, mex, saml_only, signature, spaced
from bot.sim.signing import Key
from commands.federation_model import Certificate, Grade

BASE = "https://fs.contoso.com"
FARM = Farm(base=BASE, now=datetime(2026, 11, 22, 15, 40, tzinfo=UTC))
SERVICE = f"{BASE}/adfs/services/trust"


@cache
def document(name: str = "") -> bytes:
    return metadata.render(NAMED[name](FARM) if name else FARM, BASE)


def read(raw: bytes) -> Metadata:
    found = read_metadata(raw)
    assert isinstance(found, Metadata), found
    return found


def why_not(raw: bytes) -> str:
    found = read_metadata(raw)
    assert isinstance(found, NotMetadata), found
    return found.why


def test_metadata_says_who_the_service_is_and_where() -> None:
    found = read(document())
    assert found.entity_id == "http://fs.contoso.com/adfs/services/trust"
    assert found.display_name == "Contoso"
    assert found.passive == (f"{BASE}/adfs/ls/",)
    assert found.active == (f"{SERVICE}/2005/certificatemixed",)
    assert found.sign_out == (f"{BASE}/adfs/ls/",)
    assert len(found.signing) == 1
    assert found.signature.verdict is Signed.VALID
    assert found.signature.signer == found.signing[0]
    assert {one.grade for one in metadata_findings(found)} == {Grade.GOOD}


@pytest.mark.parametrize("name", ["metadata with a BOM", "metadata in UTF-16"])
def test_the_encoding_changes_nothing_of_what_is_read(name: str) -> None:
    assert read(document(name)) == read(document())


def test_white_space_around_addresses_is_left_out() -> None:
    found = read(metadata.render(spaced(FARM), BASE))
    assert found.passive == (f"{BASE}/adfs/ls/",)


def test_several_signing_certificates_are_each_read_once() -> None:
    assert len(read(document("several signing certificates")).signing) == 3
    assert len(read(document("signing certificate twice")).signing) == 1


def test_a_saml_descriptor_alone_is_enough_for_its_certificates() -> None:
    found = read(metadata.render(saml_only(FARM), BASE))
    assert found.identity_provider
    assert not found.token_service
    assert len(found.signing) == 1
    assert found.passive == ()


def test_encryption_certificates_are_no_signing_certificates() -> None:
    assert [one.subject for one in read(document()).signing if isinstance(one, Certificate)] == [
        "CN=ADFS Signing - fs.contoso.com"
    ]
    assert document().count(b"X509Certificate>") > 4


def test_the_certificate_of_the_signature_is_not_among_the_signing_ones() -> None:
    found = read(metadata.render(signature(Signature.BY_STRANGER)(FARM), BASE))
    assert found.signature.verdict is Signed.VALID
    assert found.signature.signer not in found.signing


def test_an_expired_signer_has_still_signed() -> None:
    assert read(document("signing certificate expired")).signature.verdict is Signed.VALID


def test_a_document_that_was_changed_afterwards_is_found_out() -> None:
    changed = document().replace(b"http://fs.contoso.com/adfs/services/trust", b"http://evil.example/trust")
    assert read(changed).signature.verdict is Signed.INVALID


def test_a_signature_over_another_element_is_not_one_over_the_document() -> None:
    """The signed document is wrapped into one that says something else, with its signature on top."""
    original = etree.fromstring(document())
    (mark,) = original.xpath("ds:Signature", namespaces={"ds": "http://www.w3.org/2000/09/xmldsig#"})
    evil = etree.Element(
        original.tag, {"entityID": "http://evil.example", "ID": "_evil"}, nsmap=original.nsmap
    )
    evil.append(mark)
    evil.append(original)
    found = read(etree.tostring(evil))
    assert found.signature.verdict is Signed.INVALID
    assert found.entity_id == "http://evil.example"


def test_a_signature_by_sha1_holds_and_is_a_warning() -> None:
    root = etree.fromstring(metadata.render(signature(Signature.NONE)(FARM), BASE))
    root.insert(0, etree.Element("{http://www.w3.org/2000/09/xmldsig#}Signature", Id="placeholder"))
    owner = Key().issued(FARM.now)

    class Old(XMLSigner):
        def check_deprecated_methods(self) -> None:
            """Sign as AD FS of 2012 does."""

    maker = Old(
        signature_algorithm=SignatureMethod.RSA_SHA1,
        digest_algorithm=DigestAlgorithm.SHA1,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed = maker.sign(
        root, key=owner.key, cert=[owner.certificate], reference_uri=root.get("ID"), id_attribute="ID"
    )
    found = read(etree.tostring(signed))
    assert found.signature.verdict is Signed.VALID_BY_SHA1
    assert max(one.grade for one in metadata_findings(found)) is Grade.WARNING


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<html><body>It works!<br></body></html>", "a web page"),
        (b"<!DOCTYPE html><html><body/></html>", "DTD"),
        (b"<EntityDescriptor", "not well-formed"),
        (b"<EntityDescriptor/>", "no federation metadata"),
        (b"<a>" * 300 + b"</a>" * 300, "not well-formed"),
        (b"\xff\xfe<\x00", "not well-formed"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "not well-formed"),
        (document("metadata with a DTD"), "DTD"),
        (document("metadata with an external entity"), "DTD"),
    ],
)
def test_what_is_no_metadata_says_why(raw: bytes, why: str) -> None:
    assert why in why_not(raw)


def test_an_entity_bomb_is_not_read() -> None:
    assert why_not(document("metadata with an entity bomb"))


def test_comments_inside_a_certificate_are_left_out() -> None:
    raw = metadata.render(signature(Signature.NONE)(FARM), BASE)
    commented = raw.replace(b"<X509Certificate>", b"<X509Certificate><!-- the new one -->")
    assert read(commented).signing == read(raw).signing


def test_mex_lists_its_endpoints_once_without_white_space() -> None:
    found = read_mex(mex.render(spaced(FARM), BASE))
    assert isinstance(found, Mex)
    assert f"{SERVICE}/13/usernamemixed" in found.endpoints
    assert len(found.endpoints) == 9
    assert [one.grade for one in mex_findings(found)] == [Grade.GOOD]


def test_an_endpoint_that_some_clients_use_is_missed() -> None:
    found = read_mex(mex.render(FARM, BASE))
    assert isinstance(found, Mex)
    fewer = Mex(tuple(one for one in found.endpoints if not one.endswith("13/certificatemixed")))
    (_, missing) = mex_findings(fewer)
    assert missing.grade is Grade.WARNING
    assert "13/certificatemixed" in missing.what


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"<definitions/>", "no WSDL"),
        (b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "without any endpoint"),
        (
            b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>',
            "DTD",
        ),
    ],
)
def test_what_is_no_mex_says_why(raw: bytes, why: str) -> None:
    found = read_mex(raw)
    assert isinstance(found, NotMex)
    assert why in found.why


@given(st.binary(max_size=400))
def test_no_bytes_make_the_readers_raise(raw: bytes) -> None:
    assert isinstance(read_metadata(raw), NotMetadata)
    assert isinstance(read_mex(raw), NotMex)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_change_of_a_document_makes_the_readers_raise(data: st.DataObject) -> None:
    for original, reader in ((document(), read_metadata), (mex.render(FARM, BASE), read_mex)):
        raw = bytearray(original)
        for _ in range(data.draw(st.integers(1, 3))):
            start = data.draw(st.integers(0, len(raw) - 1))
            raw[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
        reader(bytes(raw))


SNIPPETS = st.sampled_from(
    [
        "<ds:Signature/>",
        "<ds:KeyInfo/>",
        "<ds:SignedInfo/>",
        "<md:IDPSSODescriptor/>",
        "<!-- -->",
        "&#x26;",
        "<?pi x?>",
    ]
)


@given(st.lists(SNIPPETS, max_size=6))
def test_no_heap_of_the_right_elements_makes_the_reader_raise(parts: list[str]) -> None:
    names = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    found = read(f"<md:EntityDescriptor {names}>{''.join(parts)}</md:EntityDescriptor>".encode())
    wanted = Signed.INVALID if "<ds:Signature/>" in parts else Signed.ABSENT
    assert found.signature.verdict is wanted
