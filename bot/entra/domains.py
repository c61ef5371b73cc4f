"""The domains of the tenant and their federation configurations, by Graph.

Source: Graph docs, "domain" and "internalDomainFederation". For a managed domain the configuration is a 404
rather than an empty list. A subdomain is federated with its root and has no configuration of its own, so
that those of the domains above it are read in the same batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

from approvals.errors import Gone, Later, Never, PortError
from bot.entra.address import path
from bot.entra.answers import Json, Refused
from bot.entra.batch import LARGEST, Failed, Get, Outcome
from bot.entra.client import GraphClient
from commands.domain_names import DomainName, parents
from commands.federation_model import Authentication, Configuration, Domain, Unread

_READ_DOMAINS: Final = "Domain.Read.All"
_READ_FEDERATION: Final = "Domain-InternalFederation.Read.All"
_AUTHENTICATIONS: Final = {one.value: one for one in Authentication}


MFA_BEHAVIORS: Final[Mapping[str, str]] = {
    "acceptIfMfaDoneByFederatedIdp": (
        "MFA done by the federation service is accepted; where it did none, Entra asks for its own."
    ),
    "enforceMfaByFederatedIdp": (
        "Where MFA is needed and the federation service did none, people are sent back to do it there."
    ),
    "rejectMfaByFederatedIdp": (
        "MFA done by the federation service counts for nothing: Entra always asks for its own."
    ),
    "": (
        "Not set: the older SupportsMfa decides whether MFA done by the federation service is accepted; "
        "once this is set, it is ignored for good."
    ),
}
"""What each ``federatedIdpMfaBehavior`` means for people."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A configuration, and the domain that has it."""

    source: DomainName
    configuration: Configuration


Sources: TypeAlias = Sourced | Unread | None
"""The configuration that holds for a domain; ``None`` for one that is not federated."""


async def list_domains(graph: GraphClient) -> tuple[Domain, ...]:
    """Return every domain of the tenant, the default one first, then by name."""
    try:
        found = await graph.every("v1.0", path("/domains"))
    except Refused as error:
        raise _named(error, _READ_DOMAINS) from None
    return tuple(sorted(map(_domain, found), key=lambda one: (not one.default, one.name)))


async def read_domain_of(graph: GraphClient, name: DomainName) -> tuple[Domain, Sources]:
    """Return one domain and the federation configuration that holds for it, in one round trip.

    Raises ``Gone`` for a domain that this tenant does not have.
    """
    return found_domain(name, await graph.batch("v1.0", domain_reads(name)))


def domain_reads(name: DomainName) -> list[Get]:
    """Return the reads of a domain and of the federations that may hold for it: two a name."""
    return [
        Get(path(template, one))
        for one in _names(name)
        for template in ("/domains/{}", "/domains/{}/federationConfiguration")
    ]


def found_domain(name: DomainName, outcomes: Sequence[Outcome]) -> tuple[Domain, Sources]:
    """Return what ``domain_reads`` found; raises ``Gone`` for a domain that this tenant does not have."""
    try:
        domain = _domain(outcomes[0].take())
    except Refused as error:
        raise _named(error, _READ_DOMAINS) from None
    if domain.authentication is not Authentication.FEDERATED:
        return domain, None
    return domain, _source(_names(name), outcomes[1::2])


def _names(name: DomainName) -> tuple[DomainName, ...]:
    return (name, *parents(name)[: LARGEST // 2 - 1])


def _source(names: Sequence[DomainName], outcomes: Sequence[Outcome]) -> Sourced | Unread:
    """Return the configuration of the nearest domain that has one."""
    for name, outcome in zip(names, outcomes, strict=True):
        if isinstance(outcome, Failed):
            if isinstance(outcome.error, Gone):
                continue
            error = _named(outcome.error, _READ_FEDERATION)
            return Unread(error.why, error.what_to_do if isinstance(error, Never) else "Try again.")
        if (found := _configuration(outcome.body)) is not None:
            return Sourced(name, found)
    return Unread(
        "Graph calls the domain federated, and has no configuration for it or for a domain above it.",
        "Look at the domain in the Entra admin centre: nobody may be able to sign in.",
    )


def _domain(found: Json) -> Domain:
    name = found.get("id")
    if not isinstance(name, str) or not name:
        raise Never("Graph answered something else than a domain", "report it; nothing was changed")
    return Domain(
        name=DomainName(name.lower()),
        authentication=_AUTHENTICATIONS.get(_text(found, "authenticationType"), Authentication.UNKNOWN),
        verified=found.get("isVerified") is True,
        default=found.get("isDefault") is True,
        initial=found.get("isInitial") is True,
        root=found.get("isRoot") is True,
    )


def _configuration(found: Json) -> Configuration | None:
    """Return the one configuration of a list of none or one."""
    match found.get("value"):
        case [dict(one), *_]:
            status = one.get("signingCertificateUpdateStatus")
            return _read(one, status if isinstance(status, dict) else {})
        case _:
            return None


def _read(one: Mapping[str, object], update: Mapping[str, object]) -> Configuration:
    signed = one.get("isSignedAuthenticationRequestRequired")
    return Configuration(
        id=_text(one, "id"),
        display_name=_text(one, "displayName"),
        issuer_uri=_text(one, "issuerUri"),
        passive_sign_in_uri=_text(one, "passiveSignInUri"),
        active_sign_in_uri=_text(one, "activeSignInUri"),
        sign_out_uri=_text(one, "signOutUri"),
        metadata_exchange_uri=_text(one, "metadataExchangeUri"),
        signing_certificate=_text(one, "signingCertificate"),
        next_signing_certificate=_text(one, "nextSigningCertificate"),
        preferred_authentication_protocol=_text(one, "preferredAuthenticationProtocol"),
        federated_idp_mfa_behavior=_text(one, "federatedIdpMfaBehavior"),
        prompt_login_behavior=_text(one, "promptLoginBehavior"),
        signed_request_required=signed if isinstance(signed, bool) else None,
        password_reset_uri=_text(one, "passwordResetUri"),
        update_result=_text(update, "certificateUpdateResult"),
        update_run=_text(update, "lastRunDateTime"),
    )


def _text(found: Mapping[str, object], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""


def _named(error: PortError, permission: str) -> PortError:
    """Return *error*; a 403 says that *permission* is what it takes."""
    if isinstance(error, Refused) and error.trace.status == HTTPStatus.FORBIDDEN:
        return Refused(error.trace, f"grant the app {permission} with admin consent")
    return error


def unread(error: Later | Never) -> Unread:
    """Say in a meaning what could not be read."""
    return Unread(error.why, error.what_to_do if isinstance(error, Never) else "Try again.")
