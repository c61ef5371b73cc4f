"""What the runbooks share: where things are run, warnings, and the calls that go either way."""

from __future__ import annotations

from typing import Final

from commands.domain_names import DomainName
from commands.federation_model import Configuration, Field
from commands.runbooks.model import Code, Item, Note, Value, Variable, body, hashtable, quoted

POWERSHELL: Final = "Graph PowerShell"
REQUESTS: Final = "Graph requests"
AD_FS: Final = "PowerShell on the AD FS server"
TRUST: Final = "'urn:federation:MicrosoftOnline'"
CERTIFICATE: Final = Variable("certificate")
UNKNOWN_CERTIFICATE: Final = "BASE64-OF-THE-PRIMARY-TOKEN-SIGNING-CERTIFICATE"
UNKNOWN_ID: Final = "ID-OF-THE-CONFIGURATION"

CONNECT: Final = "Connect-MgGraph -Scopes 'Domain.ReadWrite.All', 'Directory.AccessAsUser.All'"
BY_A_PERSON: Final = (
    "Sign in as a person who is Hybrid Identity Administrator or Global Administrator: an app alone is "
    "reported to be refused (403) when it creates or deletes a federation configuration."
)
LIFEBOAT: Final = (
    "Have two Global Administrators in the onmicrosoft.com domain, cloud only, and sign in as each once "
    "today: they get in when federation does not."
)
TRAP: Final = (
    "Never create the configuration without a signing certificate: Graph answers with an error and yet "
    "leaves the domain federated, with no configuration that Graph could change or delete. Nobody of the "
    "domain can sign in then."
)
SLOW: Final = "Entra may take up to two hours until it holds everywhere."


def creating(name: DomainName, wanted: Configuration, certificate: str) -> tuple[Code, Code]:
    """Return how *wanted* is created; *certificate* is what PowerShell reads the certificate from."""
    shell = (
        f"${CERTIFICATE.name} = {certificate}\n"
        f"if (-not ${CERTIFICATE.name}) {{ throw 'no signing certificate: stop here' }}\n"
        f"$settings = {hashtable({**settings(wanted), Field.SIGNING_CERTIFICATE: CERTIFICATE})}\n"
        f"New-MgDomainFederationConfiguration -DomainId {quoted(name)} -BodyParameter $settings"
    )
    whole = {**settings(wanted), Field.SIGNING_CERTIFICATE: wanted.signing_certificate or UNKNOWN_CERTIFICATE}
    if wanted.next_signing_certificate:
        whole[Field.NEXT_SIGNING_CERTIFICATE] = wanted.next_signing_certificate
    post = (
        f"POST /v1.0/domains/{name}/federationConfiguration\nContent-Type: application/json\n\n{body(whole)}"
    )
    return Code(POWERSHELL, shell), Code(REQUESTS, post)


def to_managed(name: DomainName, configuration: str) -> tuple[Item, ...]:
    """Return how *name* is made managed; *configuration* is the id of its configuration, if known."""
    number = configuration or UNKNOWN_ID
    shell = (
        f"{CONNECT}\n"
        f"Update-MgDomain -DomainId {quoted(name)} -BodyParameter @{{ AuthenticationType = 'Managed' }}\n"
        f"Get-MgDomain -DomainId {quoted(name)} | Format-List Id, AuthenticationType"
    )
    requests = (
        f"PATCH /v1.0/domains/{name}\nContent-Type: application/json\n\n"
        f"{body({'authenticationType': 'Managed'})}\n\nGET /v1.0/domains/{name}"
    )
    remove = (
        f"Remove-MgDomainFederationConfiguration -DomainId {quoted(name)} "
        f"-InternalDomainFederationId {quoted(number)}"
    )
    return (
        Code(POWERSHELL, shell),
        Note("Or the same as requests:"),
        Code(REQUESTS, requests),
        Note("If it still says Federated, delete the configuration itself; the answer is 204:"),
        Code(POWERSHELL, remove),
        Code(REQUESTS, f"DELETE /v1.0/domains/{name}/federationConfiguration/{number}"),
    )


def after(name: DomainName, wanted: str) -> tuple[Item, ...]:
    """Return how it is made sure that *name* is *wanted* now, and that people get in."""
    return (
        Note(f"`/domain show {name}`: Graph and realm discovery both say {wanted}."),
        Note(f"`/domain check {name}`: nothing is wrong."),
        Note("Somebody in it signs in to https://myapps.microsoft.com in a private window, and to Outlook."),
        Note(SLOW),
    )


def settings(of: Configuration) -> dict[str, Value]:
    """Return what is set in *of*, by Graph's names, the certificates apart."""
    every: dict[Field, Value | None] = {
        Field.DISPLAY_NAME: of.display_name,
        Field.ISSUER: of.issuer_uri,
        Field.PASSIVE: of.passive_sign_in_uri,
        Field.ACTIVE: of.active_sign_in_uri,
        Field.SIGN_OUT: of.sign_out_uri,
        Field.METADATA_EXCHANGE: of.metadata_exchange_uri,
        Field.PROTOCOL: of.preferred_authentication_protocol,
        Field.MFA_BEHAVIOR: of.federated_idp_mfa_behavior,
        Field.PROMPT_LOGIN: of.prompt_login_behavior,
        Field.PASSWORD_RESET: of.password_reset_uri,
        Field.SIGNED_REQUESTS: of.signed_request_required,
    }
    return {field.value: value for field, value in every.items() if value is not None and value != ""}
