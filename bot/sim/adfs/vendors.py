"""Whose product plays the identity provider: the addresses differ, the documents' shape does not.

AD FS's paths are fixed. PingFederate's are those that its guides for Office 365 print, Okta's those of its
Office 365 app (Okta docs, rate limits); where these two keep a metadata document, and Okta its exchange and
sign-out addresses, is assumed. Paths match without regard to case.
"""

from dataclasses import dataclass

TRUST = "/adfs/services/trust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Paths behind the origin, a query allowed; ``issuer`` has ``{host}`` where the host belongs."""

    issuer: str
    metadata: str
    mex: str
    passive: str
    active: str
    sign_out: str


ADFS = Vendor(
    issuer=f"http://{{host}}{TRUST}",
    metadata="/FederationMetadata/2007-06/FederationMetadata.xml",
    mex=f"{TRUST}/mex",
    passive="/adfs/ls/",
    active=f"{TRUST}/2005/usernamemixed",
    sign_out="/adfs/ls/",
)
PING = Vendor(
    issuer="urn:{host}",
    metadata="/pf/federation_metadata.ping?PartnerSpId=urn:federation:MicrosoftOnline",
    mex="/pf/sts_mex.ping?PartnerSpId=urn:federation:MicrosoftOnline",
    passive="/idp/prp.wsf",
    active="/idp/sts.wst",
    sign_out="/idp/prp.wsf",
)
OKTA = Vendor(
    issuer="http://www.okta.com/exk1contoso2relatch3",
    metadata="/FederationMetadata/2007-06/exk1contoso2relatch3/FederationMetadata.xml",
    mex="/app/office365/exk1contoso2relatch3/sso/wsfed/mex",
    passive="/app/office365/exk1contoso2relatch3/sso/wsfed/passive",
    active="/app/office365/exk1contoso2relatch3/sso/wsfed/active",
    sign_out="/app/office365/exk1contoso2relatch3/sso/wsfed/signout",
)
