"""X.509 certificates as they are found in settings, metadata and TLS: facts, or why there are none.

Of certificates that load, some fail only when they are read (subject, extensions, public key), and with
errors that are no ``ValueError``: so all facts are read in one place, inside one ``try``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from commands.federation_model import Certificate, CertificateRead, UnreadableCertificate

LARGEST: Final = 64 * 1024
_LONGEST_NAME: Final = 300
_ARMOUR: Final = re.compile(r"-----(?:BEGIN|END) [A-Z0-9 ]{1,40}-----")


class NotBase64(ValueError):
    """The text holds no bytes; the message says why."""


def read_certificate(text: str) -> CertificateRead:
    """Read a certificate from base64, with or without PEM armour and line breaks; never raises."""
    try:
        return read_der(decoded(text))
    except NotBase64 as error:
        return UnreadableCertificate(str(error))


def decoded(text: str) -> bytes:
    """Return the bytes of base64 that may have PEM armour and white space in it; ``NotBase64`` else."""
    if len(text) > 2 * LARGEST:
        raise NotBase64("it is too large to be a certificate")
    bare = "".join(_ARMOUR.sub("", text).split())
    if not bare:
        raise NotBase64("it is empty")
    try:
        return base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        raise NotBase64("it is not whole base64: it may have been cut") from None


def read_der(der: bytes) -> CertificateRead:
    """Read a certificate in DER; never raises."""
    if len(der) > LARGEST:
        return UnreadableCertificate("it is too large to be a certificate")
    try:
        return _facts(x509.load_der_x509_certificate(der))
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return UnreadableCertificate("it is no X.509 certificate, or only a part of one")


def _facts(loaded: x509.Certificate) -> Certificate:
    return Certificate(
        subject=loaded.subject.rfc4514_string()[:_LONGEST_NAME],
        issuer=loaded.issuer.rfc4514_string()[:_LONGEST_NAME],
        # A thumbprint, as Windows and AD FS show it: it identifies, and proves nothing.
        sha1=loaded.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 - the reason is above
        sha256=loaded.fingerprint(hashes.SHA256()).hex().upper(),
        not_before=loaded.not_valid_before_utc,
        not_after=loaded.not_valid_after_utc,
        key=_key(loaded.public_key()),
    )


def _key(key: CertificatePublicKeyTypes) -> str:
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"EC {key.curve.name}"
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return "EdDSA"
        case _:
            return "another kind of key"
