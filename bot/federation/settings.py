"""Every federation setting: its names, its value, and what it means for people, in a sentence.

Source: Graph docs, "internalDomainFederation resource type"; MSOnline docs,
"Get-MsolDomainFederationSettings", for the old names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.entra.domains import MFA_BEHAVIORS
from commands.federation_model import Configuration, Field, Grade, Setting

_MSONLINE: Final[Mapping[Field, str]] = {
    Field.DISPLAY_NAME: "FederationBrandName",
    Field.ISSUER: "IssuerUri",
    Field.PASSIVE: "PassiveLogOnUri",
    Field.ACTIVE: "ActiveLogOnUri",
    Field.SIGN_OUT: "LogOffUri",
    Field.METADATA_EXCHANGE: "MetadataExchangeUri",
    Field.SIGNING_CERTIFICATE: "SigningCertificate",
    Field.NEXT_SIGNING_CERTIFICATE: "NextSigningCertificate",
    Field.PROTOCOL: "PreferredAuthenticationProtocol",
    Field.MFA_BEHAVIOR: "SupportsMfa",
    Field.PROMPT_LOGIN: "PromptLoginBehavior",
    Field.UPDATE_RESULT: "SigningCertificateUpdateStatus",
}
"""The names of the MSOnline module; fields that are not here had none."""

_MEANINGS: Final[Mapping[Field, str]] = {
    Field.ISSUER: "The issuer that tokens must name, letter by letter; no other domain may have the same.",
    Field.PASSIVE: "Where browsers are sent to sign in.",
    Field.ACTIVE: "Where clients that ask for the password themselves sign in (WS-Trust usernamemixed).",
    Field.METADATA_EXCHANGE: "Where rich clients learn the WS-Trust endpoints.",
    Field.SIGN_OUT: "Where browsers are sent to sign out.",
    Field.DISPLAY_NAME: "The name on the sign-in page.",
    Field.PASSWORD_RESET: "Where people are sent to reset a password.",
    Field.SIGNING_CERTIFICATE: "Tokens must be signed by it, or by the next one.",
    Field.NEXT_SIGNING_CERTIFICATE: (
        "Accepted beside the first, so that the service can change over without an outage."
    ),
    Field.UPDATE_RESULT: "How the last attempt to fetch new certificates from the metadata ended.",
    Field.UPDATE_RUN: "When Entra last tried to fetch new certificates.",
}

_CHOICES: Final[Mapping[Field, Mapping[str, str]]] = {
    Field.MFA_BEHAVIOR: MFA_BEHAVIORS,
    Field.PROMPT_LOGIN: {
        "translateToFreshPasswordAuthentication": (
            "An app's prompt=login becomes a request for a fresh password (wauth, and wfresh=0)."
        ),
        "nativeSupport": "An app's prompt=login is passed on as it is; AD FS understands it since 2016.",
        "disabled": "An app's prompt=login is not passed on: only wfresh=0 asks for a fresh sign-in.",
        "": "Not set: Entra turns an app's prompt=login into a request for a fresh password.",
    },
    Field.PROTOCOL: {
        "wsFed": "Browsers sign in by WS-Federation.",
        "saml": "Browsers sign in by SAML 2.0.",
        "": "Not set: browsers sign in by WS-Federation.",
    },
    Field.SIGNED_REQUESTS: {
        "true": "Entra signs the requests that it sends to the federation service.",
        "false": "Entra does not sign the requests that it sends to the federation service.",
        "": "Graph does not say whether Entra signs its requests.",
    },
}
_CUT: Final = 24


def explain(found: Configuration) -> tuple[Setting, ...]:
    """Return every setting, those that decide over MFA and prompts first."""
    return tuple(_setting(field, value) for field, value in _values(found).items())


def _values(found: Configuration) -> dict[Field, str]:
    signed = found.signed_request_required
    return {
        Field.MFA_BEHAVIOR: found.federated_idp_mfa_behavior,
        Field.PROMPT_LOGIN: found.prompt_login_behavior,
        Field.PROTOCOL: found.preferred_authentication_protocol,
        Field.SIGNED_REQUESTS: "" if signed is None else str(signed).lower(),
        Field.ISSUER: found.issuer_uri,
        Field.PASSIVE: found.passive_sign_in_uri,
        Field.ACTIVE: found.active_sign_in_uri,
        Field.METADATA_EXCHANGE: found.metadata_exchange_uri,
        Field.SIGN_OUT: found.sign_out_uri,
        Field.DISPLAY_NAME: found.display_name,
        Field.PASSWORD_RESET: found.password_reset_uri,
        Field.SIGNING_CERTIFICATE: _cut(found.signing_certificate),
        Field.NEXT_SIGNING_CERTIFICATE: _cut(found.next_signing_certificate),
        Field.UPDATE_RESULT: found.update_result,
        Field.UPDATE_RUN: found.update_run,
    }


def _setting(field: Field, value: str) -> Setting:
    return Setting(
        field=field,
        msonline=_MSONLINE.get(field, ""),
        value=value,
        meaning=_meaning(field, value),
        grade=_grade(field, value),
    )


def _meaning(field: Field, value: str) -> str:
    if field in _CHOICES:
        return _CHOICES[field].get(value, "A value that this version does not know.")
    return _MEANINGS[field]


def _grade(field: Field, value: str) -> Grade:
    if field is Field.UPDATE_RESULT:
        return Grade.GOOD if value in {"", "Success"} else Grade.WARNING
    unknown = field in _CHOICES and value not in _CHOICES[field]
    undecided = field is Field.MFA_BEHAVIOR and not value
    return Grade.NOTE if unknown or undecided else Grade.GOOD


def _cut(certificate: str) -> str:
    bare = "".join(certificate.split())
    return f"{bare[:_CUT]}\N{HORIZONTAL ELLIPSIS}" if len(bare) > _CUT else bare
