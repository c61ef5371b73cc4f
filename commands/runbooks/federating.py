"""From managed to federated: with the AD FS that another domain of the tenant uses, if there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from commands.domain_names import DomainName
from commands.federation_model import Configuration, Domain
from commands.runbooks.model import Code, Item, Note, Part, Runbook, quoted
from commands.runbooks.pieces import (
    AD_FS,
    BY_A_PERSON,
    CONNECT,
    LIFEBOAT,
    POWERSHELL,
    SLOW,
    TRAP,
    TRUST,
    after,
    creating,
    to_managed,
)

UNKNOWN_HOST: Final = "FEDERATION-SERVICE-NAME"
TRUST_NAME: Final = "'Microsoft Office 365 Identity Platform'"
TRUST_METADATA: Final = (
    "'https://nexus.microsoftonline-p.com/federationmetadata/2007-06/federationmetadata.xml'"
)
PREFER: Final = (
    "Microsoft Entra Connect (Manage federation, Add a Microsoft Entra domain) does parts 2 and 3 in one: "
    "prefer it where it is installed."
)
FROM_AD: Final = (
    "Everybody in it must come from Active Directory through Microsoft Entra Connect: whoever has no "
    "onPremisesImmutableId cannot sign in once it is federated."
)
NOT_DEFAULT: Final = (
    "It is the tenant's default domain: make another one the default first, or people who are created "
    "without a domain have to sign in with AD FS."
)
MANY: Final = (
    "With more than one federated domain, that trust's rule for the issuerid claim has to be this one "
    "(people in subdomains need the longer pattern that Microsoft Entra Connect writes):"
)


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another domain of the tenant that is federated already, and its configuration."""

    name: DomainName
    configuration: Configuration

    @property
    def ad_fs(self) -> bool:
        """Return whether it is AD FS that signs its people in."""
        return "/adfs/" in self.configuration.passive_sign_in_uri.lower()


def federating(domain: Domain, sibling: Sibling | None) -> Runbook:
    """Return how *domain*, a managed root, is federated as *sibling* is."""
    name, wanted = domain.name, _wanted(domain.name, sibling)
    passwords = (
        f"{SLOW} People then sign in with the password that Entra has of them: a synchronised one, or none."
    )
    return Runbook(
        domain=name,
        title=f"Federate {domain.shown}",
        warnings=(TRAP, f"It changes the sign-in of everybody in {domain.shown} at once. {PREFER}"),
        parts=(
            Part("1. Before", _before(domain, sibling)),
            Part("2. AD FS", _trust(wanted, name)),
            Part("3. Entra", _entra(name, wanted)),
            Part("4. After", after(name, "Federated")),
            Part("The way back", (*to_managed(name, ""), Note(passwords))),
        ),
    )


def _wanted(name: DomainName, sibling: Sibling | None) -> Configuration:
    """Return what to create: the sibling's, but for the issuer, of which every domain has its own."""
    if sibling is not None and sibling.ad_fs:
        return replace(sibling.configuration, id="", issuer_uri=_issuer(name, sibling))
    service = f"https://{UNKNOWN_HOST}/adfs"
    return Configuration(
        id="",
        display_name=name,
        issuer_uri=f"http://{name}/adfs/services/trust/",
        passive_sign_in_uri=f"{service}/ls/",
        active_sign_in_uri=f"{service}/services/trust/2005/usernamemixed",
        sign_out_uri=f"{service}/ls/",
        metadata_exchange_uri=f"{service}/services/trust/mex",
        preferred_authentication_protocol="wsFed",
        federated_idp_mfa_behavior="acceptIfMfaDoneByFederatedIdp",
    )


def _issuer(name: DomainName, sibling: Sibling) -> str:
    """Return the issuer in the sibling's manner: with or without a slash at the end."""
    bare = sibling.configuration.issuer_uri.endswith(f"//{sibling.name}/adfs/services/trust")
    return f"http://{name}/adfs/services/trust{'' if bare else '/'}"


def _before(domain: Domain, sibling: Sibling | None) -> tuple[Item, ...]:
    notes = (
        ""
        if domain.verified
        else f"{domain.shown} is not verified, and Entra federates no such domain: verify it.",
        NOT_DEFAULT if domain.default else "",
        LIFEBOAT,
        FROM_AD,
        _origin(sibling),
    )
    look = (
        "Get-AdfsProperties | Format-List HostName, Identifier, DisplayName, AutoCertificateRollover\n"
        "Get-AdfsCertificate -CertificateType Token-Signing | Format-List IsPrimary, Thumbprint\n"
        f"Get-AdfsRelyingPartyTrust -Identifier {TRUST} | Format-List Name, Enabled"
    )
    return (*(Note(text) for text in notes if text), Code(AD_FS, look))


def _origin(sibling: Sibling | None) -> str:
    """Return where the values are from."""
    if sibling is None:
        return f"No domain of this tenant is federated yet: put the name of the service for {UNKNOWN_HOST}."
    if sibling.ad_fs:
        known = f"The values below are those of {sibling.name}, which is federated already."
        return f"{known} `/domain check {sibling.name}` must find nothing wrong."
    other = sibling.configuration.passive_sign_in_uri
    return (
        f"{sibling.name} is federated with something else than AD FS ({other}); what follows is for AD FS. "
        f"For that provider take its own values; for an AD FS put its name for {UNKNOWN_HOST}."
    )


def _trust(wanted: Configuration, name: DomainName) -> tuple[Item, ...]:
    create = (
        f"Add-AdfsRelyingPartyTrust -Name {TRUST_NAME} -MetadataUrl {TRUST_METADATA} "
        "-MonitoringEnabled $true -AutoUpdateEnabled $true"
    )
    issued = wanted.issuer_uri.replace(f"//{name}/", "//${domain}/")
    rule = (
        'c:[Type == "http://schemas.xmlsoap.org/claims/UPN"]\n'
        ' => issue(Type = "http://schemas.microsoft.com/ws/2008/06/identity/claims/issuerid",\n'
        f'          Value = regexreplace(c.Value, ".+@(?<domain>.+)", "{issued}"));'
    )
    export = (
        "$signing = Get-AdfsCertificate -CertificateType Token-Signing | Where-Object IsPrimary\n"
        "[Convert]::ToBase64String($signing.Certificate.RawData) | Set-Content signing.txt"
    )
    return (
        Note("Only if the trust is not there yet (the last line of part 1 printed nothing):"),
        Code(AD_FS, create),
        Note(MANY),
        Code("claim rule", rule),
        Note("Export the certificate that AD FS signs with now, on one line and without PEM armour:"),
        Code(AD_FS, export),
    )


def _entra(name: DomainName, wanted: Configuration) -> tuple[Item, ...]:
    look = (
        f"Get-MgDomain -DomainId {quoted(name)} | Format-List Id, AuthenticationType, IsVerified, IsDefault"
    )
    known = wanted.signing_certificate
    shell, post = creating(name, wanted, quoted(known) if known else "(Get-Content signing.txt -Raw).Trim()")
    same = (
        "It must be the certificate that part 2 has exported: compare."
        if known
        else "It is what part 2 exported."
    )
    return (
        Note(BY_A_PERSON),
        Code(POWERSHELL, f"{CONNECT}\n{look}"),
        Note(f"Create the configuration. {same}"),
        shell,
        Note("Or the same as a request; the answer is 201:"),
        post,
    )
