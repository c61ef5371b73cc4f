"""The federation metadata document, really signed as AD FS signs it.

Enveloped signature as the first child, exclusive canonicalisation, RSA with SHA-256 (ECDSA for a key on a
curve), the certificate in its ``KeyInfo``. Shape: WS-Federation 1.2, section 3.1, and SAML metadata.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never
from uuid import NAMESPACE_URL, uuid5

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding as KeyEncoding
from lxml import etree
from lxml.builder import ElementMaker
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from bot.sim.adfs.farm import Dtd, Encoding, Farm, Roles, Signature
from bot.sim.adfs.vendors import ADFS, TRUST
from bot.sim.signing import Key, Signer

CONTENT_TYPE = "application/samlmetadata+xml"
STRANGER = Key("stranger")
DECRYPTING = Key("token-decrypting")
EVIL = "https://evil.example/adfs/ls/"

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
FED = "http://docs.oasis-open.org/wsfed/federation/200706"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
WSA = "http://www.w3.org/2005/08/addressing"
AUTH = "http://docs.oasis-open.org/wsfed/authorization/200706"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings"
PROTOCOLS = (
    f"http://docs.oasis-open.org/ws-sx/ws-trust/200512 http://schemas.xmlsoap.org/ws/2005/02/trust {FED}"
)
CLAIMS = (
    "http://schemas.xmlsoap.org/claims/UPN",
    "http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID",
)

_md = ElementMaker(namespace=MD, nsmap={None: MD})
_typed = ElementMaker(namespace=MD, nsmap={None: MD, "xsi": XSI, "fed": FED})
_ds = ElementMaker(namespace=DS, nsmap={None: DS})
_placeholder = ElementMaker(namespace=DS, nsmap={"ds": DS})
_fed = ElementMaker(namespace=FED, nsmap={"fed": FED})
_wsa = ElementMaker(namespace=WSA, nsmap={"wsa": WSA})
_auth = ElementMaker(namespace=AUTH, nsmap={"auth": AUTH})


def render(farm: Farm, base: str) -> bytes:
    """Return the document with addresses behind *base*, in every way the farm wants it wrong."""
    root = _Entity(farm, base).element()
    match farm.metadata.signature:
        case Signature.BY_PRIMARY:
            root = _signed(root, farm.signer())
        case Signature.BY_STRANGER:
            root = _signed(root, STRANGER.issued(farm.now, farm.host))
        case Signature.TAMPERED:
            root = _signed(root, farm.signer())
            _tamper(root)
        case Signature.NONE:
            pass
        case _ as never:
            assert_never(never)
    return _encoded(_declared(etree.tostring(root, encoding="unicode"), farm, base), farm.metadata.encoding)


@dataclass(frozen=True, slots=True)
class _Entity:
    farm: Farm
    base: str

    def element(self) -> etree._Element:
        identity = f"_{uuid5(NAMESPACE_URL, self.farm.issuer)}"
        children = [self._saml()]
        if self.farm.metadata.roles is Roles.ALL:
            children = [self._application(), self._token_service(), self._service_provider(), self._saml()]
        if self.farm.metadata.signature is not Signature.NONE:
            children.insert(0, _placeholder.Signature(Id="placeholder"))
        return _md.EntityDescriptor(*children, ID=identity, entityID=self.farm.issuer)

    def _application(self) -> etree._Element:
        return self._role(
            "ApplicationServiceType",
            self._encryption(),
            _fed.ApplicationServiceEndpoint(self._reference(self._active)),
            _fed.PassiveRequestorEndpoint(self._reference(self._passive)),
        )

    def _token_service(self) -> etree._Element:
        return self._role(
            "SecurityTokenServiceType",
            self._encryption(),
            *self._signing(),
            _fed.TokenTypesOffered(_fed.TokenType(Uri="urn:oasis:names:tc:SAML:1.0:assertion")),
            _fed.ClaimTypesOffered(*(_auth.ClaimType(Uri=uri, Optional="true") for uri in CLAIMS)),
            _fed.SecurityTokenServiceEndpoint(self._reference(self._active)),
            _fed.PassiveRequestorEndpoint(self._reference(self._passive)),
        )

    def _role(self, kind: str, *children: etree._Element) -> etree._Element:
        role = _typed.RoleDescriptor(
            *children, protocolSupportEnumeration=PROTOCOLS, ServiceDisplayName=self.farm.display_name
        )
        role.set(f"{{{XSI}}}type", f"fed:{kind}")
        return role

    def _service_provider(self) -> etree._Element:
        consumer = _md.AssertionConsumerService(
            Binding=f"{BINDINGS}:HTTP-POST", Location=self._passive, index="0", isDefault="true"
        )
        return _md.SPSSODescriptor(self._encryption(), consumer, protocolSupportEnumeration=SAMLP)

    def _saml(self) -> etree._Element:
        return _md.IDPSSODescriptor(
            self._encryption(),
            *self._signing(),
            _md.SingleLogoutService(
                Binding=f"{BINDINGS}:HTTP-Redirect", Location=f"{self.base}{self.farm.vendor.sign_out}"
            ),
            _md.SingleSignOnService(Binding=f"{BINDINGS}:HTTP-Redirect", Location=self._passive),
            _md.SingleSignOnService(Binding=f"{BINDINGS}:HTTP-POST", Location=self._passive),
            protocolSupportEnumeration=SAMLP,
        )

    def _encryption(self) -> etree._Element:
        return _key("encryption", DECRYPTING.written(self.farm.now, self.farm.host))

    def _signing(self) -> Iterator[etree._Element]:
        return (_key("signing", text) for text in self.farm.signing_certificates)

    def _reference(self, address: str) -> etree._Element:
        around = self.farm.metadata.around
        return _wsa.EndpointReference(_wsa.Address(f"{around}{address}{around}"))

    @property
    def _passive(self) -> str:
        return f"{self.base}{self.farm.vendor.passive}"

    @property
    def _active(self) -> str:
        """AD FS names its endpoint for certificates here, not the one for passwords."""
        vendor = self.farm.vendor
        return (
            f"{self.base}{TRUST}/2005/certificatemixed" if vendor == ADFS else f"{self.base}{vendor.active}"
        )


def _key(use: str, certificate: str) -> etree._Element:
    return _md.KeyDescriptor(_ds.KeyInfo(_ds.X509Data(_ds.X509Certificate(certificate))), use=use)


def _signed(root: etree._Element, signer: Signer) -> etree._Element:
    curve = not isinstance(signer.key, rsa.RSAPrivateKey)
    maker = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256 if curve else SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return maker.sign(
        root,
        key=signer.key,
        cert=signer.certificate.public_bytes(KeyEncoding.PEM).decode(),
        reference_uri=root.get("ID"),
        id_attribute="ID",
    )


def _tamper(root: etree._Element) -> None:
    for element in root.iter(f"{{{MD}}}SingleSignOnService"):
        element.set("Location", EVIL)


def _declared(text: str, farm: Farm, base: str) -> str:
    name = f'ServiceDisplayName="{farm.display_name}"'
    start = "<!DOCTYPE EntityDescriptor"
    match farm.metadata.dtd:
        case Dtd.NONE:
            return text
        case Dtd.DECLARED:
            return f"{start} []>{text}"
        case Dtd.ENTITY_BOMB:
            steps = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
            used = text.replace(name, 'ServiceDisplayName="&e9;"')
            return f'{start} [<!ENTITY e0 "ha">{steps}]>{used}'
        case Dtd.EXTERNAL_ENTITY:
            entity = f'<!ENTITY there SYSTEM "{base}/entity">'
            return f"{start} [{entity}]>{text.replace('</wsa:Address>', '&there;</wsa:Address>', 1)}"
        case _ as never:
            assert_never(never)


def _encoded(text: str, encoding: Encoding) -> bytes:
    declared = encoding.value.removesuffix("-sig")
    return f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding.value)
