"""Whether browsers and Microsoft will trust a host: name, chain, validity and version of its TLS."""

from __future__ import annotations

import ssl
from typing import Final

from bot.federation.board import Found
from bot.federation.certificates import read_der
from bot.federation.health import Moment
from bot.federation.network import Handshake, Network, NoRoute, NotReached, Server, shake_hands
from commands.federation_model import Certificate, Finding, Grade

_NOT_YET: Final = 9
_EXPIRED: Final = 10
_NAME: Final = 62
_ADDRESS: Final = 64
_SELF_SIGNED: Final = 18

_REASONS: Final = {
    _NOT_YET: "is not valid yet",
    _EXPIRED: "has expired",
    _NAME: "is for another name",
    _ADDRESS: "is for another address",
    _SELF_SIGNED: "is self-signed",
}
"""OpenSSL's numbers (``X509_V_ERR_*``) for what is worth telling apart."""


async def look(network: Network, server: Server, moment: Moment) -> Found[ssl.SSLContext]:
    """Make a handshake against the public store; where that fails, find out why, and who else trusts it.

    Hands on whose certificates vouch for the host.
    """
    try:
        seen = await shake_hands(network, server, network.public)
    except ssl.SSLCertVerificationError as error:
        return await _untrusted(network, server, error)
    except ssl.SSLError as error:
        return Found((_no_agreement(error),), None)
    except (NotReached, NoRoute) as error:
        why = Finding(Grade.WRONG, f"The TLS handshake failed: {error}.", "Look at what listens there.")
        return Found((why,), None)
    return Found(_good(seen, moment), network.public)


def _good(seen: Handshake, moment: Moment) -> tuple[Finding, ...]:
    certificate = read_der(seen.certificate)
    if not isinstance(certificate, Certificate):
        return (Finding(Grade.GOOD, f"{seen.version}, trusted."),)
    days = certificate.days_left(moment.now)
    good = Finding(Grade.GOOD, f"{seen.version}, trusted, {_named(certificate)}, {days} days left.")
    if certificate.left(moment.now) >= moment.thresholds.critical:
        return (good,)
    # Not the longer of the two times: certificates that are renewed by themselves are so 30 days before.
    soon = f"The TLS certificate ends in {days} days ({certificate.not_after:%Y-%m-%d})."
    return (good, Finding(Grade.WARNING, soon, "Renew it on every AD FS server and proxy."))


async def _untrusted(
    network: Network, server: Server, error: ssl.SSLCertVerificationError
) -> Found[ssl.SSLContext]:
    if network.own is not None and await _trusts(network, server, network.own):
        only_own = Finding(
            Grade.WARNING,
            "Only SSL_CERT_FILE trusts this host, the public store does not: outside this organisation "
            "browsers warn, and Microsoft cannot read its metadata.",
            "Use a certificate of a public authority.",
        )
        return Found((only_own,), network.own)
    reason = _REASONS.get(error.verify_code, f"is not trusted ({error.verify_message})")
    found = await _shown(network, server)
    repair = "Install a certificate of a public authority for this name, with its whole chain."
    return Found((Finding(Grade.WRONG, f"The TLS certificate {reason}{found}.", repair),), None)


async def _trusts(network: Network, server: Server, trust: ssl.SSLContext) -> bool:
    try:
        await shake_hands(network, server, trust)
    except (ssl.SSLError, NotReached, NoRoute):
        return False
    return True


async def _shown(network: Network, server: Server) -> str:
    """Say which certificate it was, if the host shows it again."""
    try:
        seen = await shake_hands(network, server, None)
    except (ssl.SSLError, NotReached, NoRoute):
        return ""
    certificate = read_der(seen.certificate)
    return f": {_named(certificate)}" if isinstance(certificate, Certificate) else ""


def _named(certificate: Certificate) -> str:
    return (
        f"{certificate.subject or 'no subject'}, issued by {certificate.issuer}, "
        f"valid {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
    )


def _no_agreement(error: ssl.SSLError) -> Finding:
    reason = (error.reason or "").upper()
    if "PROTOCOL" in reason and "WRONG_VERSION" not in reason:
        return Finding(
            Grade.WRONG,
            "It speaks no TLS 1.2 or later, which Microsoft and browsers require.",
            "Enable TLS 1.2 on every AD FS server and proxy.",
        )
    return Finding(
        Grade.WRONG,
        f"The TLS handshake failed ({reason or 'no reason given'}).",
        "Look at what listens there.",
    )
