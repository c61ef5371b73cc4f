"""The metadata exchange document (``mex``): a WSDL that lists where WS-Trust answers.

Source: Microsoft support article "Federated users can't sign in after a federation service endpoint is
changed", for the endpoints that clients need; AD FS docs, "Best practices for securing AD FS", for those
that must not be published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.federation.xml import NotXml, addresses, parse
from commands.federation_model import Finding, Grade

_ROOT: Final = "{http://schemas.xmlsoap.org/wsdl/}definitions"
_PORTS: Final = (
    "wsdl:service/wsdl:port/soap12:address/@location",
    "wsdl:service/wsdl:port/soap:address/@location",
    "wsdl:service/wsdl:port/wsa:EndpointReference/wsa:Address",
)
_TRUST: Final = "/adfs/services/trust"
WITH_PASSWORD: Final = (f"{_TRUST}/2005/usernamemixed", f"{_TRUST}/13/usernamemixed")
_WANTED: Final = (
    *WITH_PASSWORD,
    f"{_TRUST}/2005/certificatemixed",
    f"{_TRUST}/13/certificatemixed",
)
_INTERNAL: Final = (f"{_TRUST}/2005/windowstransport", f"{_TRUST}/13/windowstransport")


@dataclass(frozen=True, slots=True)
class Mex:
    """The addresses of the WS-Trust endpoints, without white space around them, each once."""

    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotMex:
    """The document is something else, and why."""

    why: str


def read_mex(document: bytes) -> Mex | NotMex:
    """Read the document; never raises, and never fetches what it refers to."""
    try:
        root = parse(document)
    except NotXml as error:
        return NotMex(str(error))
    if root.tag != _ROOT:
        return NotMex("it is XML, but no WSDL")
    found = [address for xpath in _PORTS for address in addresses(root, xpath)]
    return Mex(tuple(dict.fromkeys(found))) if found else NotMex("it is a WSDL without any endpoint")


def mex_findings(found: Mex) -> tuple[Finding, ...]:
    """Say which endpoints of AD FS are missing for clients, and which should not be seen from outside."""
    paths = {_path(address) for address in found.endpoints}
    public = [path for path in _INTERNAL if path in paths]
    findings = [Finding(Grade.GOOD, f"It lists {len(found.endpoints)} endpoints.")]
    if not paths.intersection(WITH_PASSWORD):
        findings.append(
            Finding(
                Grade.WRONG,
                "No usernamemixed endpoint: clients that ask for the password themselves cannot sign in.",
                _enable(WITH_PASSWORD),
            )
        )
    elif missing := [path for path in _WANTED if path not in paths]:
        findings.append(
            Finding(
                Grade.WARNING,
                f"Endpoints that clients use are missing: {', '.join(missing)}.",
                _enable(missing),
            )
        )
    if public:
        findings.append(
            Finding(
                Grade.WARNING,
                f"{', '.join(public)} should not be published: passwords can be tried there past the "
                "extranet lockout.",
                "Set-AdfsEndpoint -TargetAddressPath <path> -Proxy $false, then restart the service.",
            )
        )
    return tuple(findings)


def _enable(paths: tuple[str, ...] | list[str]) -> str:
    return f"Set-AdfsEndpoint -TargetAddressPath {paths[0]} -Proxy $true, then restart the service."


def _path(address: str) -> str:
    try:
        return urlsplit(address).path.rstrip("/").lower()
    except ValueError:
        return ""
