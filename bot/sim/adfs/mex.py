"""The WSDL at the metadata exchange address: policies, bindings and ports as AD FS publishes them.

Clients find an endpoint by its port's binding and that binding's policy, so the policies say what the
endpoint wants (WS-SecurityPolicy 1.1 for the 2005 endpoints, 1.2 for the 13 ones).
"""

from dataclasses import dataclass

from lxml import etree
from lxml.builder import ElementMaker

from bot.sim.adfs.farm import USERNAME, Endpoint, Farm
from bot.sim.adfs.vendors import ADFS

CONTENT_TYPE = "text/xml; charset=utf-8"

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
WSP = "http://schemas.xmlsoap.org/ws/2004/09/policy"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSA10 = "http://www.w3.org/2005/08/addressing"
TNS = "http://schemas.microsoft.com/ws/2008/06/identity/securitytokenservice"
XSD = "http://www.w3.org/2001/XMLSchema"
NEGOTIATE = "http://schemas.microsoft.com/ws/06/2004/policy/http"
HTTP = "http://schemas.xmlsoap.org/soap/http"
SCHEMAS = (
    "http://schemas.microsoft.com/Message",
    "http://schemas.xmlsoap.org/ws/2005/02/trust",
    "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
)

_ALL = {"wsdl": WSDL, "soap12": SOAP12, "wsp": WSP, "wsu": WSU, "wsa10": WSA10, "tns": TNS, "xsd": XSD}
_wsdl = ElementMaker(namespace=WSDL, nsmap=_ALL)
_soap = ElementMaker(namespace=SOAP12, nsmap=_ALL)
_wsp = ElementMaker(namespace=WSP, nsmap=_ALL)
_wsa = ElementMaker(namespace=WSA10, nsmap=_ALL)
_xsd = ElementMaker(namespace=XSD, nsmap=_ALL)
_negotiate = ElementMaker(namespace=NEGOTIATE, nsmap={"http": NEGOTIATE})


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What differs between the two versions of WS-Trust."""

    contract: str
    action: str
    policy: str
    tokens: str


DIALECTS = {
    "2005": _Dialect(
        "IWSTrustFeb2005Async",
        "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue",
        "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy",
        "SignedSupportingTokens",
    ),
    "13": _Dialect(
        "IWSTrust13Async",
        "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue",
        "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702",
        "SignedEncryptedSupportingTokens",
    ),
}


def render(farm: Farm, base: str) -> bytes:
    """Return the document with addresses behind *base*; other vendors publish user names alone."""
    published = [one for one in farm.mex.endpoints if farm.vendor == ADFS or one in USERNAME]
    around = farm.mex.around
    root = _wsdl.definitions(
        *map(_policy, published),
        _types(f"{base}{farm.vendor.mex.partition('?')[0]}"),
        *map(_binding, published),
        _wsdl.service(
            *(_port(one, f"{around}{farm.address(one, base)}{around}") for one in published),
            name="SecurityTokenService",
        ),
        name="SecurityTokenService",
        targetNamespace=TNS,
    )
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _policy(endpoint: Endpoint) -> etree._Element:
    dialect = DIALECTS[endpoint.version]
    sp = ElementMaker(namespace=dialect.policy, nsmap={"sp": dialect.policy})
    transport = sp.TransportBinding(_wsp.Policy(sp.TransportToken(_wsp.Policy(sp.HttpsToken()))))
    policy = _wsp.Policy(_wsp.ExactlyOne(_wsp.All(*_wanted(endpoint, dialect, sp), transport)))
    policy.set(f"{{{WSU}}}Id", f"{endpoint.binding}_policy")
    return policy


def _wanted(endpoint: Endpoint, dialect: _Dialect, sp: ElementMaker) -> tuple[etree._Element, ...]:
    match endpoint.binding.split("_")[0]:
        case "UserNameWSTrustBinding":
            token = sp.UsernameToken(_wsp.Policy(sp.WssUsernameToken10()))
            return (sp(dialect.tokens, _wsp.Policy(token)),)
        case "CertificateWSTrustBinding":
            return (sp.EndorsingSupportingTokens(_wsp.Policy(sp.X509Token())),)
        case "CustomBinding":
            return (_negotiate.NegotiateAuthentication(),)
        case _:
            return (sp.EndorsingSupportingTokens(_wsp.Policy(sp.IssuedToken())),)


def _types(mex: str) -> etree._Element:
    imports = (
        _xsd("import", schemaLocation=f"{mex}?xsd=xsd{number}", namespace=namespace)
        for number, namespace in enumerate(SCHEMAS)
    )
    return _wsdl.types(_xsd.schema(*imports, targetNamespace=f"{TNS}/Imports"))


def _binding(endpoint: Endpoint) -> etree._Element:
    dialect = DIALECTS[endpoint.version]
    operation = _wsdl.operation(
        _soap.operation(soapAction=dialect.action, style="document"),
        _wsdl.input(_soap.body(use="literal")),
        _wsdl.output(_soap.body(use="literal")),
        name=f"{dialect.contract.removeprefix('IWS').removesuffix('Async')}IssueAsync",
    )
    return _wsdl.binding(
        _wsp.PolicyReference(URI=f"#{endpoint.binding}_policy"),
        _soap.binding(transport=HTTP),
        operation,
        name=endpoint.binding,
        type=f"tns:{dialect.contract}",
    )


def _port(endpoint: Endpoint, address: str) -> etree._Element:
    return _wsdl.port(
        _soap.address(location=address),
        _wsa.EndpointReference(_wsa.Address(address)),
        name=endpoint.binding,
        binding=f"tns:{endpoint.binding}",
    )
