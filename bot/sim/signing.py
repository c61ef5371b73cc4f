"""Token signing certificates: self-signed as AD FS makes them, and written in the ways people paste them.

Only the public halves leave this process; the keys sign simulated documents and are gone with it.
"""

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from textwrap import fill
from typing import Literal, TypeAlias, assert_never

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Kind: TypeAlias = Literal["rsa", "ec"]
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

SERVICE = "fs.contoso.com"
LINE = 64  # characters, as in PEM


class Writing(Enum):
    """How a certificate is written down where base64 of its DER belongs."""

    PLAIN = "plain"
    LINE_BROKEN = "line-broken"
    ARMOURED = "armoured"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and its certificate."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def base64(self) -> str:
        """The certificate as Graph and the metadata carry it: base64 of the DER on one line."""
        return b64encode(self.der).decode()


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key by name, and the life of its certificate around a moment.

    The same name, kind and day always give the same certificate in one process, so that the two sides of a
    federation agree without telling each other.
    """

    name: str = "primary"
    age: timedelta = timedelta(days=100)
    left: timedelta = timedelta(days=265)
    kind: Kind = "rsa"
    writing: Writing = Writing.PLAIN

    def issued(self, now: datetime, service: str = SERVICE) -> Signer:
        """Return key and certificate. *now* counts as the start of its day; ends are whole days from it."""
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return _issued(replace(self, writing=Writing.PLAIN), day, f"ADFS Signing - {service}")

    def written(self, now: datetime, service: str = SERVICE) -> str:
        """Return the certificate in this key's way of writing."""
        return write(self.issued(now, service).base64, self.writing)


def write(base64: str, writing: Writing) -> str:
    """Write a certificate, given as base64 on one line, in another way; truncated loses its last third."""
    match writing:
        case Writing.PLAIN:
            return base64
        case Writing.LINE_BROKEN:
            return fill(base64, LINE)
        case Writing.ARMOURED:
            return f"-----BEGIN CERTIFICATE-----\n{fill(base64, LINE)}\n-----END CERTIFICATE-----\n"
        case Writing.TRUNCATED:
            return base64[: len(base64) * 2 // 3 // 4 * 4]
        case _:
            assert_never(writing)


@cache
def _issued(named: Key, day: datetime, subject: str) -> Signer:
    key = _key(named.name, named.kind)
    owner = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(owner)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(day - named.age)
        .not_valid_after(day + named.left)
        .sign(key, SHA256())
    )
    return Signer(key, certificate)


@cache
def _key(name: str, kind: Kind) -> PrivateKey:  # noqa: ARG001 - the name is what makes one key differ from another
    match kind:
        case "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "ec":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            assert_never(kind)
