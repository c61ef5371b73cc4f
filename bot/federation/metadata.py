"""``FederationMetadata.xml`` of AD FS: who it says it is, where it answers, and what it signs with.

Source: WS-Federation 1.2, "Federation Metadata", and SAML V2.0 Metadata. Signing certificates are those of
``KeyDescriptor use="signing"`` under the token service or the SAML identity provider; the one in the
document's own signature is not among them, and their order means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.federation.certificates import read_certificate
from bot.federation.signature import Signature, Signed, verify
from bot.federation.xml import NAMES, Element, NotXml, addresses, parse, texts
from commands.federation_model import Certificate, CertificateRead, Finding, Grade, UnreadableCertificate

_ROOT: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}EntityDescriptor"
_SERVICE_ROLE: Final = (
    "md:RoleDescriptor[fed:SecurityTokenServiceEndpoint or contains(@xsi:type, 'SecurityTokenServiceType')]"
)
_IDENTITY_PROVIDER: Final = "md:IDPSSODescriptor"
_SIGNING: Final = "md:KeyDescriptor[@use='signing']/ds:KeyInfo/ds:X509Data/ds:X509Certificate"

_COMPARE: Final = "Compare it with the document as an AD FS server has it; look at what lies between."


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the document says; addresses without the white space around them."""

    entity_id: str
    display_name: str
    passive: tuple[str, ...]
    active: tuple[str, ...]
    sign_on: tuple[str, ...]
    sign_out: tuple[str, ...]
    signing: tuple[CertificateRead, ...]
    """Each once, in the order of the document, which means nothing."""
    token_service: bool
    """Whether there is a WS-Federation token service."""
    identity_provider: bool
    """Whether there is a SAML identity provider."""
    signature: Signature


@dataclass(frozen=True, slots=True)
class NotMetadata:
    """The document is something else, and why."""

    why: str


def read_metadata(document: bytes) -> Metadata | NotMetadata:
    """Read the document; never raises.

    With a valid signature, only what it covers is read. It takes milliseconds of processor time a MiB.
    """
    try:
        root = parse(document)
    except NotXml as error:
        return NotMetadata(str(error))
    if root.tag != _ROOT:
        return NotMetadata("it is XML, but no federation metadata")
    signature, covered = verify(document, root)
    return _metadata(covered, signature)


def _metadata(root: Element, signature: Signature) -> Metadata:
    roles = (_SERVICE_ROLE, _IDENTITY_PROVIDER)
    return Metadata(
        entity_id=(root.get("entityID") or "").strip(),
        display_name=next(iter(addresses(root, f"{_SERVICE_ROLE}/@ServiceDisplayName")), ""),
        passive=addresses(root, f"{_SERVICE_ROLE}/fed:PassiveRequestorEndpoint//wsa:Address"),
        active=addresses(root, f"{_SERVICE_ROLE}/fed:SecurityTokenServiceEndpoint//wsa:Address"),
        sign_on=addresses(root, f"{_IDENTITY_PROVIDER}/md:SingleSignOnService/@Location"),
        sign_out=addresses(root, f"{_IDENTITY_PROVIDER}/md:SingleLogoutService/@Location"),
        signing=_each_once([text for role in roles for text in texts(root, f"{role}/{_SIGNING}")]),
        token_service=bool(root.xpath(_SERVICE_ROLE, namespaces=NAMES)),
        identity_provider=bool(root.xpath(_IDENTITY_PROVIDER, namespaces=NAMES)),
        signature=signature,
    )


def _each_once(encoded: list[str]) -> tuple[CertificateRead, ...]:
    return tuple(dict.fromkeys(map(read_certificate, encoded)))


def metadata_findings(found: Metadata) -> tuple[Finding, ...]:
    """Say what strikes about the document itself."""
    return (*_signature(found), *_contents(found))


def _signature(found: Metadata) -> tuple[Finding, ...]:
    signer = found.signature.signer
    match found.signature.verdict:
        case Signed.ABSENT:
            return (Finding(Grade.NOTE, "The document is not signed."),)
        case Signed.INVALID:
            return (
                Finding(
                    Grade.WRONG,
                    "Its signature does not hold: it was changed after it was signed, or cannot be verified.",
                    _COMPARE,
                ),
            )
        case Signed.VALID_BY_SHA1:
            old = Finding(
                Grade.WARNING,
                "Its signature holds, but is made with SHA-1.",
                "Set the signature algorithm of AD FS to SHA-256 (Set-AdfsProperties).",
            )
            return (old, *_stranger(found, signer))
        case Signed.VALID:
            return (Finding(Grade.GOOD, "Its signature holds."), *_stranger(found, signer))


def _stranger(found: Metadata, signer: CertificateRead | None) -> tuple[Finding, ...]:
    if not isinstance(signer, Certificate) or signer in found.signing:
        return ()
    return (
        Finding(
            Grade.WARNING,
            f"It is signed with a certificate that is none of its token-signing ones ({signer.subject}, "
            f"SHA-1 {signer.sha1}).",
            "Find out who signs it: AD FS uses its own token-signing certificate.",
        ),
    )


def _contents(found: Metadata) -> tuple[Finding, ...]:
    readable = [one for one in found.signing if isinstance(one, Certificate)]
    broken = [one for one in found.signing if isinstance(one, UnreadableCertificate)]
    findings = [
        Finding(Grade.WRONG, f"A signing certificate cannot be read: {one.why}.", _COMPARE) for one in broken
    ]
    if not found.entity_id:
        findings.append(Finding(Grade.WRONG, "It names no entity id: no issuer can be compared.", _COMPARE))
    if not readable:
        findings.append(Finding(Grade.WRONG, "It holds no signing certificate that can be read.", _COMPARE))
    if not found.token_service:
        findings.append(
            Finding(
                Grade.NOTE,
                "It describes no WS-Federation token service"
                + (", only a SAML identity provider." if found.identity_provider else ", nor a SAML one."),
            )
        )
    return tuple(findings)
