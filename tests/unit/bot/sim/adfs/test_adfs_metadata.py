from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding as KeyEncoding
from lxml import etree
from signxml.exceptions import InvalidDigest
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bot.sim.adfs import (
    EXPIRED,
    NOT_YET_VALID,
    SECONDARY,
    Dtd,
    Encoding,
    Farm,
    Key,
    Signature,
    SimulatedAdfs,
    Writing,
    dtd,
    encoding,
    saml_only,
    signature,
    signing,
    written,
)

PATH = "/FederationMetadata/2007-06/FederationMetadata.xml"
NS = {
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "fed": "http://docs.oasis-open.org/wsfed/federation/200706",
    "wsa": "http://www.w3.org/2005/08/addressing",
}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
STS = "md:RoleDescriptor[@xsi:type='fed:SecurityTokenServiceType']"
Serve: TypeAlias = Callable[..., Awaitable[tuple[SimulatedAdfs, httpx.AsyncClient]]]


async def document(client: httpx.AsyncClient) -> bytes:
    found = await client.get(PATH)
    assert found.status_code == 200
    return found.content


def parsed(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def texts(root: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in root.iterfind(path, NS)]


def published(root: etree._Element) -> list[str]:
    return texts(root, "md:IDPSSODescriptor/md:KeyDescriptor[@use='signing']//ds:X509Certificate")


def signed_by(root: etree._Element) -> str:
    [text] = texts(root, "ds:Signature/ds:KeyInfo//ds:X509Certificate")
    return b64encode(b64decode(text)).decode()


def verify(content: bytes) -> etree._Element:
    certificate = x509.load_der_x509_certificate(b64decode(signed_by(parsed(content))))
    pem = certificate.public_bytes(KeyEncoding.PEM).decode()
    expected = SignatureConfiguration(location="./", expect_references=1)
    seen = XMLVerifier().verify(content, x509_cert=pem, expect_config=expected)
    assert not isinstance(seen, list)
    assert seen.signed_xml is not None
    return seen.signed_xml


async def test_the_document_has_what_ad_fs_publishes(serve: Serve) -> None:
    _, client = await serve()

    root = parsed(await document(client))

    assert root.get("entityID") == "http://fs.contoso.com/adfs/services/trust"
    assert [etree.QName(child).localname for child in root] == [
        "Signature",
        "RoleDescriptor",
        "RoleDescriptor",
        "SPSSODescriptor",
        "IDPSSODescriptor",
    ]
    [_, service] = root.iterfind("md:RoleDescriptor", NS)
    assert service.get(TYPE) == "fed:SecurityTokenServiceType"
    assert service.nsmap["fed"] == NS["fed"]
    assert texts(service, "fed:PassiveRequestorEndpoint//wsa:Address") == ["https://fs.contoso.com/adfs/ls/"]
    assert texts(service, "fed:SecurityTokenServiceEndpoint//wsa:Address") == [
        "https://fs.contoso.com/adfs/services/trust/2005/certificatemixed"
    ]


async def test_the_document_is_signed_by_the_primary_key_that_it_publishes(serve: Serve) -> None:
    adfs, client = await serve()

    content = await document(client)

    assert verify(content).get("entityID") == "http://fs.contoso.com/adfs/services/trust"
    assert published(parsed(content)) == list(adfs.signing_certificates) == [signed_by(parsed(content))]


async def test_the_signature_is_made_the_way_ad_fs_makes_it(serve: Serve) -> None:
    _, client = await serve()

    root = parsed(await document(client))

    def algorithms(path: str) -> list[str | None]:
        return [
            element.get("Algorithm") for element in root.iterfind(f"ds:Signature/ds:SignedInfo/{path}", NS)
        ]

    assert algorithms("ds:CanonicalizationMethod") == ["http://www.w3.org/2001/10/xml-exc-c14n#"]
    assert algorithms("ds:SignatureMethod") == ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"]
    assert algorithms("ds:Reference/ds:Transforms/ds:Transform") == [
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    ]
    [reference] = root.iterfind("ds:Signature/ds:SignedInfo/ds:Reference", NS)
    assert reference.get("URI") == f"#{root.get('ID')}"


async def test_addresses_lie_where_the_farm_listens_unless_it_is_told_a_base(
    serve: Serve, farm: Farm
) -> None:
    adfs, client = await serve(of=replace(farm, base=None))

    root = parsed(await document(client))

    assert {element.get("Location") for element in root.iterfind(".//md:SingleSignOnService", NS)} == {
        f"{adfs.url}/adfs/ls/"
    }


async def test_the_path_matches_without_regard_to_case(serve: Serve) -> None:
    _, client = await serve()

    found = await client.get(PATH.lower())

    assert found.headers["Content-Type"] == "application/samlmetadata+xml"
    assert parsed(found.content).get("ID")


@pytest.mark.parametrize("how", Encoding)
async def test_every_encoding_says_the_same_and_keeps_its_signature(serve: Serve, how: Encoding) -> None:
    _, client = await serve(encoding(how))

    content = await document(client)

    assert verify(content).get("entityID") == "http://fs.contoso.com/adfs/services/trust"
    starts = {
        Encoding.UTF_8: b"<?xml",
        Encoding.UTF_8_BOM: b"\xef\xbb\xbf<?xml",
        Encoding.UTF_16: b"\xff\xfe<\x00",
    }
    assert content.startswith(starts[how])


async def test_a_tampered_document_fails_its_signature(serve: Serve) -> None:
    _, client = await serve(signature(Signature.TAMPERED))

    content = await document(client)

    assert b"https://evil.example/adfs/ls/" in content
    with pytest.raises(InvalidDigest):
        verify(content)


async def test_a_strangers_signature_is_right_but_by_none_of_the_published_keys(serve: Serve) -> None:
    _, client = await serve(signature(Signature.BY_STRANGER))

    content = await document(client)

    assert verify(content).get("ID")
    assert signed_by(parsed(content)) not in published(parsed(content))


async def test_an_unsigned_document_has_no_signature(serve: Serve) -> None:
    _, client = await serve(signature(Signature.NONE))

    assert parsed(await document(client)).find("ds:Signature", NS) is None


async def test_a_document_with_saml_alone_is_signed_too(serve: Serve) -> None:
    adfs, client = await serve(saml_only)

    content = await document(client)

    assert parsed(content).find("md:RoleDescriptor", NS) is None
    assert published(verify(content)) == list(adfs.signing_certificates)


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        (Dtd.DECLARED, "<!DOCTYPE EntityDescriptor []>"),
        (Dtd.ENTITY_BOMB, 'ServiceDisplayName="&e9;"'),
        (Dtd.EXTERNAL_ENTITY, 'SYSTEM "https://fs.contoso.com/entity"'),
    ],
)
async def test_a_document_type_is_there_and_used(serve: Serve, kind: Dtd, sign: str) -> None:
    _, client = await serve(dtd(kind))

    content = await document(client)

    assert sign in content.decode()
    if kind is Dtd.EXTERNAL_ENTITY:
        assert b"&there;</wsa:Address>" in content
    if kind is not Dtd.ENTITY_BOMB:
        assert parsed(content).getroottree().docinfo.internalDTD is not None


async def test_the_entity_bomb_goes_off_in_a_parser_that_lets_it(serve: Serve) -> None:
    _, client = await serve(dtd(Dtd.ENTITY_BOMB))
    content = (await document(client)).replace(b"&e9;", b"&e3;")

    [_, service, *_] = parsed(content).iterfind("md:RoleDescriptor", NS)

    assert service.get("ServiceDisplayName") == "ha" * 1000


# Signing certificates


def certificate(text: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(b64decode(text, validate=True))


async def test_a_healthy_certificate_is_valid_now_and_for_months(serve: Serve, farm: Farm) -> None:
    adfs, _ = await serve()

    found = certificate(adfs.signing_certificates[0])

    assert found.not_valid_before_utc < farm.now < found.not_valid_after_utc
    assert (found.not_valid_after_utc - farm.now).days > 200
    assert found.subject.rfc4514_string() == "CN=ADFS Signing - fs.contoso.com"


@pytest.mark.parametrize(("key", "valid"), [(EXPIRED, "before"), (NOT_YET_VALID, "after")])
async def test_a_certificate_may_be_out_of_date_and_still_signs(
    serve: Serve, farm: Farm, key: Key, valid: str
) -> None:
    _, client = await serve(signing(key))

    [text] = published(parsed(await document(client)))

    found = certificate(text)
    assert (found.not_valid_after_utc < farm.now) == (valid == "before")
    assert (found.not_valid_before_utc > farm.now) == (valid == "after")


async def test_a_key_on_a_curve_signs_too(serve: Serve) -> None:
    _, client = await serve(signing(Key("curve", kind="ec")))

    content = await document(client)

    assert isinstance(certificate(signed_by(parsed(content))).public_key(), ec.EllipticCurvePublicKey)
    assert verify(content).get("ID")


@pytest.mark.parametrize(
    ("keys", "count"),
    [((Key(), Key()), 1), ((Key(), SECONDARY), 2), ((Key(), SECONDARY, Key("third")), 3)],
    ids=["twice", "rolling over", "several"],
)
async def test_several_keys_are_published_and_the_first_signs(
    serve: Serve, keys: tuple[Key, ...], count: int
) -> None:
    adfs, client = await serve(signing(*keys))

    root = parsed(await document(client))

    assert len(published(root)) == len(keys)
    assert len(set(published(root))) == count
    assert signed_by(root) == adfs.signing_certificates[0]


async def test_entra_knows_the_old_key_after_a_rollover(serve: Serve) -> None:
    adfs, client = await serve(signing(SECONDARY, Key()))

    root = parsed(await document(client))

    assert adfs.federation().signing_certificate == published(root)[1]
    assert signed_by(root) != adfs.federation().signing_certificate


@pytest.mark.parametrize("writing", Writing)
async def test_a_certificate_is_printed_in_every_way_and_the_signature_holds(
    serve: Serve, writing: Writing
) -> None:
    adfs, client = await serve(written(writing))

    content = await document(client)

    assert verify(content).get("ID")
    [text] = published(parsed(content))
    whole = adfs.federation().signing_certificate or ""
    match writing:
        case Writing.PLAIN:
            assert text == whole
        case Writing.LINE_BROKEN:
            assert "\n" in text
            assert "".join(text.split()) == whole
        case Writing.ARMOURED:
            assert certificate(whole) == x509.load_pem_x509_certificate(text.encode())
        case Writing.TRUNCATED:
            assert len(text) < len(whole)
            with pytest.raises(ValueError, match="parsing"):
                certificate(text)
