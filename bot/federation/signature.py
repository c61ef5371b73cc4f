"""The signature of a metadata document: whether it holds, and whose it is.

Only the certificate in the signature itself is tried, pinned: AD FS signs with a self-signed one, so no
authority vouches for it, and what it is worth is decided by comparing it with those that Entra knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto, unique
from typing import Final

from cryptography import x509
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier

from bot.federation.certificates import decoded, read_certificate
from bot.federation.xml import DS, Element, texts
from commands.federation_model import Certificate, CertificateRead

_STRICT: Final = SignatureConfiguration(location="./", expect_references=1)
_OLD: Final = replace(
    _STRICT,
    signature_methods=_STRICT.signature_methods | {SignatureMethod.RSA_SHA1, SignatureMethod.ECDSA_SHA1},
    digest_algorithms=_STRICT.digest_algorithms | {DigestAlgorithm.SHA1},
)


@unique
class Signed(Enum):
    """How a document's signature turned out."""

    VALID = auto()
    VALID_BY_SHA1 = auto()
    """It holds, by a hash that no longer proves much."""
    INVALID = auto()
    ABSENT = auto()


@dataclass(frozen=True, slots=True)
class Signature:
    """The verdict, and the certificate that stands in the signature, if one does."""

    verdict: Signed
    signer: CertificateRead | None


def verify(document: bytes, root: Element) -> tuple[Signature, Element]:
    """Verify the signature in *root*, which is *document* parsed; never raises.

    Returns what may be read too: exactly what the signature covers if it holds, else *root*.
    """
    if root.find(f"{{{DS}}}Signature") is None:
        return Signature(Signed.ABSENT, None), root
    found = texts(root, "ds:Signature/ds:KeyInfo/ds:X509Data/ds:X509Certificate")
    signer = read_certificate(found[0]) if found else None
    if isinstance(signer, Certificate):
        loaded = x509.load_der_x509_certificate(decoded(found[0]))
        for verdict, config in ((Signed.VALID, _STRICT), (Signed.VALID_BY_SHA1, _OLD)):
            covered = _covered(document, loaded, config)
            if covered is not None and _same(covered, root):
                return Signature(verdict, signer), covered
    return Signature(Signed.INVALID, signer), root


def _same(covered: Element, root: Element) -> bool:
    """Return whether the signature is over the root, and not over something that was wrapped into it."""
    return covered.tag == root.tag and covered.get("ID") == root.get("ID")


def _covered(document: bytes, signer: x509.Certificate, config: SignatureConfiguration) -> Element | None:
    # An expired signer is a finding of its own; here the question is whether the document was changed.
    at = replace(config, verification_time=signer.not_valid_after_utc)
    try:
        found = XMLVerifier().verify(document, x509_cert=signer, expect_config=at)
    except Exception:  # noqa: BLE001 - two trees of errors, and TypeError or KeyError for hostile input
        return None
    # A list is what more references than one would make, and the configuration asks for one.
    return None if isinstance(found, list) else found.signed_xml
