"""Home realm discovery: what the login host tells anybody about a domain, without a token.

Undocumented but stable; the shapes are those that clients such as MSAL read. A domain that nobody has
verified is unknown, whichever tenant lists it.
"""

from collections.abc import Mapping
from urllib.parse import quote

from bot.sim.tenant.model import Domain, Federation
from bot.sim.tenant.wire import Answer, Call, Json

CLOUD = "microsoftonline.com"
AUDIENCE = "urn:federation:MicrosoftOnline"
WTREALM = "urn%3afederation%3aMicrosoftOnline"  # the escapes are in lower case on the wire
PROTOCOLS = {"wsFed": "WSTrust", "saml": "SAML20"}  # the second is assumed: no capture of one was found

HALF_MADE = Federation(
    display_name=None,
    issuer_uri=None,
    metadata_exchange_uri=None,
    passive_sign_in_uri=None,
    active_sign_in_uri=None,
    sign_out_uri=None,
    signing_certificate=None,
)
"""What is left of a conversion that stopped in the middle: federated, and nowhere to go."""


def answer(call: Call) -> Answer | None:
    """Answer a question about a realm; None when the path is no such question."""
    match call.received.method, tuple(segment.casefold() for segment in call.segments):
        case "GET", ("getuserrealm.srf",):
            return Answer(body=_classic(call, call.query.get("login", "")))
        case "GET", ("common", "userrealm", _):
            return _versioned(call, call.segments[2])
        case "GET", ("common", "userrealm"):
            return _versioned(call, call.query.get("user", ""))
        case _:
            return None


def _versioned(call: Call, login: str) -> Answer:
    match call.query.get("api-version"):
        case "1.0":
            return Answer(body=_first(call, login))
        case "2.0" | "2.1":
            return Answer(body=_second(call, login))
        case _:
            return Answer(status=400, body={"error": {"code": "InvalidApiVersion"}})


def _classic(call: Call, login: str) -> Json:
    """``State`` is 4 for managed and for unknown domains alike."""
    match _realm(call, login):
        case None:
            return {"State": 4, "UserState": 1, "Login": login, "NameSpaceType": "Unknown"}
        case Domain() as domain:
            return {
                "State": 4,
                "UserState": 1,
                "Login": login,
                "NameSpaceType": "Managed",
                "DomainName": domain.id,
                **_brand(call, domain),
            }
        case domain, federation:
            return {
                "State": 3,
                "UserState": 2,
                "Login": login,
                "NameSpaceType": "Federated",
                "DomainName": domain.id,
                "FederationGlobalVersion": -1,
                "AuthURL": _sign_in(federation, login),
                "AuthNForwardType": 1,
                **_brand(call, domain, federation),
            }


def _first(call: Call, login: str) -> Json:
    cloud = {"cloud_instance_name": CLOUD, "cloud_audience_urn": AUDIENCE}
    match _realm(call, login):
        case None:
            return {"ver": "1.0", "account_type": "Unknown", **cloud}
        case Domain() as domain:
            return {"ver": "1.0", "account_type": "Managed", "domain_name": domain.id, **cloud}
        case domain, federation:
            return {
                "ver": "1.0",
                "account_type": "Federated",
                "domain_name": domain.id,
                "federation_protocol": PROTOCOLS.get(federation.protocol or "", "WSTrust"),
                "federation_metadata_url": federation.metadata_exchange_uri,
                "federation_active_auth_url": federation.active_sign_in_uri,
                **cloud,
            }


def _second(call: Call, login: str) -> Json:
    match _realm(call, login):
        case None:
            return {"Login": login, "NameSpaceType": "Unknown"}
        case Domain() as domain:
            return {
                "Login": login,
                "NameSpaceType": "Managed",
                "DomainName": domain.id,
                **_brand(call, domain),
            }
        case domain, federation:
            return {
                "Login": login,
                "NameSpaceType": "Federated",
                "DomainName": domain.id,
                "FederationProtocol": PROTOCOLS.get(federation.protocol or "", "WSTrust"),
                "AuthURL": _sign_in(federation, login),
                "IsDsttBrandingEnabled": False,
                **_brand(call, domain, federation),
            }


def _realm(call: Call, login: str) -> Domain | tuple[Domain, Federation] | None:
    """Any local part will do, and none: only the text behind the last ``@`` matters."""
    name = login.rpartition("@")[2].strip().rstrip(".").casefold()
    domain = call.tenant.public_domain(name)
    if domain is None:
        return None
    if domain.authentication == "Managed":
        return domain
    root = call.tenant.root_of(domain.id)
    inherited = None if root is None else root.federation
    return domain, domain.federation or inherited or HALF_MADE


def _brand(call: Call, domain: Domain, federation: Federation | None = None) -> Mapping[str, object]:
    known = domain.id in call.tenant.domains
    name = federation.display_name if federation else call.tenant.name if known else domain.id
    return {
        "FederationBrandName": name,
        "CloudInstanceName": CLOUD,
        "CloudInstanceIssuerUri": AUDIENCE,
    }


def _sign_in(federation: Federation, login: str) -> str | None:
    address = federation.passive_sign_in_uri
    if address is None:
        return None
    mark = "&" if "?" in address else "?"
    return f"{address}{mark}username={quote(login, safe='')}&wa=wsignin1.0&wtrealm={WTREALM}&wctx="
