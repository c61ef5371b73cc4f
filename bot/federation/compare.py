"""Entra and the federation service side by side: the ten properties of ``Get-MsolFederationProperty``.

What differs may be right: a slash at the end, the case of a host, an issuer by domain
(``SupportMultipleDomain``), certificates that were rolled over. What is wrong says what people notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.federation.addresses import bare_address, path_of, same_address, same_issuer
from bot.federation.certificates import read_certificate
from bot.federation.metadata import Metadata
from bot.federation.mex import WITH_PASSWORD, Mex
from bot.federation.products import Product
from bot.federation.sides import UNKNOWN, Certificates, Side
from commands.domain_names import DomainName
from commands.federation_model import (
    Certificate,
    Compared,
    Configuration,
    Property,
    Relation,
)

_UNPUBLISHED: Final = "The service does not publish it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides. *metadata* and *mex* are ``None`` where they could not be read."""

    source: DomainName
    entra: Configuration
    product: Product
    metadata: Metadata | None
    mex: Mex | None
    mex_address: str = ""
    """Where AD FS would have it, by its own metadata; empty while that is not known."""


def compare(sides: Sides) -> tuple[Compared, ...]:
    """Return all ten, in the order of the cmdlet."""
    return (
        _source(sides),
        _active(sides),
        _display_name(sides),
        _identifier(sides),
        _mex(sides),
        _passive(sides),
        _sign_out(sides),
        *_certificates(sides),
        _protocol(sides),
    )


def _source(sides: Sides) -> Compared:
    return Compared(
        property=Property.SOURCE,
        entra="Microsoft Office 365",
        service="ADFS Server" if sides.product is Product.AD_FS else str(sides.product),
        relation=Relation.RIGHT,
        consequence="It names the two sides.",
    )


def _active(sides: Sides) -> Compared:
    entra = sides.entra.active_sign_in_uri
    if sides.mex is not None:
        offered = sides.mex.endpoints
    else:
        offered = sides.metadata.active if sides.metadata else ()
    shown = [one for one in offered if path_of(one).endswith("usernamemixed")] or list(offered)
    side = Side(Property.ACTIVE, entra, tuple(shown))
    if not entra.strip() and sides.entra.preferred_authentication_protocol == "saml":
        return side.right("Clients that ask for the password themselves do not use SAML.")
    # The metadata names one endpoint of many: only the mex can say that an address is not there.
    if sides.mex is None and not any(same_address(entra, one) for one in shown):
        return side.unknown(UNKNOWN)
    found = side.by_address(
        "Clients that ask for the password themselves (older Outlook, phones) cannot sign in; browsers can.",
        "ActiveSignInUri",
    )
    wrong_kind = sides.product is Product.AD_FS and path_of(entra) not in WITH_PASSWORD
    if wrong_kind and found.relation in {Relation.EQUAL, Relation.RIGHT}:
        return side.wrong(
            "That endpoint takes no user name and password: such clients cannot sign in.", "ActiveSignInUri"
        )
    return found


def _display_name(sides: Sides) -> Compared:
    name = sides.metadata.display_name if sides.metadata else ""
    side = Side(Property.DISPLAY_NAME, sides.entra.display_name, (name,) if name else ())
    if not name:
        return side.unknown(_UNPUBLISHED if sides.metadata else UNKNOWN)
    if name == sides.entra.display_name:
        return side.equal()
    return side.right("It is a label on the sign-in page and may be chosen freely on each side.")


def _identifier(sides: Sides) -> Compared:
    issuer = sides.entra.issuer_uri
    entity = sides.metadata.entity_id if sides.metadata else ""
    side = Side(Property.IDENTIFIER, issuer, (entity,) if entity else ())
    if not entity:
        return side.unknown(UNKNOWN)
    if issuer == entity:
        return side.equal()
    if same_issuer(issuer, entity):
        return side.right("Host names have no case.")
    if bare_address(issuer) == f"http://{sides.source}/adfs/services/trust":
        return side.right(
            "It is the domain's own issuer, as with SupportMultipleDomain; an issuance rule has to make it."
        )
    return side.wrong(
        "Tokens name an issuer that Entra does not expect: everybody's sign-in ends with AADSTS50107.",
        "IssuerUri",
    )


def _mex(sides: Sides) -> Compared:
    entra = sides.entra.metadata_exchange_uri
    side = Side(Property.METADATA, entra, (sides.mex_address,) if sides.mex_address else ())
    if side.service and same_address(entra, sides.mex_address):
        return side.by_address("", "")
    if sides.mex is not None:
        return side.right("It answers at the address that Entra has.")
    if not side.service:
        return side.unknown(UNKNOWN)
    return side.wrong(
        "Rich clients do not find the WS-Trust endpoints and cannot sign in; browsers can.",
        "MetadataExchangeUri",
    )


def _passive(sides: Sides) -> Compared:
    found = sides.metadata
    side = Side(
        Property.PASSIVE, sides.entra.passive_sign_in_uri, _all(found.passive, found.sign_on) if found else ()
    )
    return side.by_address("Browsers are sent to the wrong place: nobody can sign in.", "PassiveSignInUri")


def _sign_out(sides: Sides) -> Compared:
    found = sides.metadata
    # AD FS signs out at its passive endpoint too (wa=wsignout1.0).
    offered = _all(found.sign_out, found.passive) if found else ()
    side = Side(Property.SIGN_OUT, sides.entra.sign_out_uri, offered)
    return side.by_address(
        "Who signs out of Microsoft 365 stays signed in at the federation service.", "SignOutUri"
    )


def _protocol(sides: Sides) -> Compared:
    entra, found = sides.entra.preferred_authentication_protocol, sides.metadata
    offers = {"wsFed": found.token_service, "saml": found.identity_provider} if found else {}
    side = Side(Property.PROTOCOL, entra, tuple(name for name, offered in offers.items() if offered))
    if not side.service:
        return side.unknown(UNKNOWN)
    if not entra:
        return side.right("Not set: Entra uses WS-Federation.") if offers["wsFed"] else _no_protocol(side)
    return side.equal() if entra in side.service else _no_protocol(side)


def _no_protocol(side: Side) -> Compared:
    return side.wrong(
        "Entra asks in a protocol that the service does not offer: nobody can sign in.",
        "PreferredAuthenticationProtocol",
    )


def _certificates(sides: Sides) -> tuple[Compared, Compared]:
    first, following = sides.entra.signing_certificate, sides.entra.next_signing_certificate
    both = Certificates(
        first=read_certificate(first) if first.strip() else None,
        following=read_certificate(following) if following.strip() else None,
        service=_readable(sides.metadata),
    )
    return both.signing(), both.next_signing()


def _readable(found: Metadata | None) -> tuple[Certificate, ...]:
    return tuple(one for one in found.signing if isinstance(one, Certificate)) if found else ()


def _all(*groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for group in groups for one in group))
