"""Judging a client assertion: signed by a registered certificate, or the token of a trusted workload.

``exp`` is not looked at: clients stamp it with the machine's clock, and the tenant's clock is injected.
"""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from bot.sim.tenant.model import App


def accepted(app: App, assertion: str, *, audience: str) -> bool:
    """Tell whether *assertion* proves that its sender is *app*; *audience* is the token endpoint."""
    return assertion in app.federated_tokens or any(
        _signed(assertion, pem, app.client_id, audience) for pem in app.certificates
    )


def _signed(assertion: str, pem: str, client_id: str, audience: str) -> bool:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    match assertion.split("."):
        case [head, body, signature]:
            header, claims = _decoded(head), _decoded(body)
        case _:
            return False
    thumbprint = urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).rstrip(b"=").decode()
    who = (claims.get("iss"), claims.get("sub"), claims.get("aud"))
    # MSAL 1.39 leaves the padding on, which RFC 7515 takes off.
    if str(header.get("x5t#S256")).rstrip("=") != thumbprint or who != (client_id, client_id, audience):
        return False
    key = certificate.public_key()
    return isinstance(key, rsa.RSAPublicKey) and _verifies(
        key, _bytes(signature), f"{head}.{body}".encode(), str(header.get("alg"))
    )


def _verifies(key: rsa.RSAPublicKey, signature: bytes, signed: bytes, algorithm: str) -> bool:
    pads = {
        "RS256": padding.PKCS1v15(),
        "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
    }
    if algorithm not in pads:
        return False
    try:
        key.verify(signature, signed, pads[algorithm], hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _decoded(part: str) -> dict[str, object]:
    try:
        found = json.loads(_bytes(part))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _bytes(part: str) -> bytes:
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""
