"""The steps of a check that ask a federation host: each returns findings, and what the next ones need."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from typing import Final

import httpx

from bot.federation.board import Found
from bot.federation.fetch import Document, NotFetched, Place, fetch
from bot.federation.guard import Checked, Refused, checked
from bot.federation.metadata import Metadata, NotMetadata, metadata_findings, read_metadata
from bot.federation.mex import Mex, NotMex, mex_findings, read_mex
from bot.federation.network import Network, NoRoute, NotReached, Server, Unresolved, knock
from bot.federation.passive import passive_findings
from bot.federation.products import Product
from bot.federation.targets import Host
from commands.federation_model import Finding, Grade

_XML: Final = frozenset(
    {"application/xml", "text/xml", "application/samlmetadata+xml", "application/wsdl+xml"}
)
_DOWN: Final = "Start the AD FS service (adfssrv) and look at its log; renew the trust of its proxies."


async def find_addresses(network: Network, host: str) -> Found[tuple[Checked, ...]]:
    """Look *host* up, and refuse it whole if one address of it may not be connected to."""
    try:
        addresses = await network.resolve(host)
        allowed = checked(addresses, network.refuse)
    except Unresolved as error:
        grade = Grade.WARNING if error.temporary else Grade.WRONG
        repair = "Try again." if error.temporary else "Publish the federation host in DNS, outside too."
        return Found((Finding(grade, f"{host}: {error}.", repair),), None)
    except Refused as error:
        wrong = Finding(
            Grade.WRONG,
            f"{host} has an address that is not public ({error}); nothing was sent there.",
            "Publish a public address; or, if people sign in from inside only, set [federation] "
            "allow_private_addresses and run this inside.",
        )
        return Found((wrong,), None)
    return Found((Finding(Grade.GOOD, ", ".join(allowed)),), allowed)


async def reach(network: Network, host: Host, addresses: tuple[Checked, ...]) -> Found[Server]:
    """Connect to every address; hand on the first that answers."""
    servers = [Server(host.name, one, host.port) for one in addresses]
    outcomes = await asyncio.gather(*(_knock(network, server) for server in servers))
    answering = [one for one, failed in zip(servers, outcomes, strict=True) if failed is None]
    failures = tuple(failed for failed in outcomes if failed is not None)
    if not answering:
        return Found(tuple(_fatal(failed) for failed in failures), None)
    good = Finding(Grade.GOOD, f"{len(answering)} of {len(addresses)} addresses take connections.")
    return Found((good, *failures), answering[0])


async def _knock(network: Network, server: Server) -> Finding | None:
    try:
        await knock(network, server)
    except NoRoute:
        version = "v6" if isinstance(ip_address(server.address), IPv6Address) else "v4"
        return Finding(
            Grade.NOTE, f"{server.address} could not be tested: no route to IP{version} from here."
        )
    except NotReached as error:
        repair = f"Open port {server.port} there, or take the address out of DNS."
        return Finding(Grade.WARNING, f"{server.address}: {error}.", repair)
    return None


def _fatal(failed: Finding) -> Finding:
    return Finding(Grade.WRONG, failed.what, failed.what_to_do or "Run the check where there is a route.")


async def get_metadata(place: Place, url: httpx.URL) -> Found[Metadata]:
    """Fetch the federation metadata and read it."""
    document = await _fetched(place, url)
    if isinstance(document, Finding):
        return Found((document,), None)
    if document.status != HTTPStatus.OK:
        return Found(
            (_bad_status(document, Grade.WARNING, "Entra cannot fetch new certificates by itself"),), None
        )
    found = await asyncio.to_thread(read_metadata, document.body)
    if isinstance(found, NotMetadata):
        return Found((_not_read(found.why),), None)
    return Found((*metadata_findings(found), *_media_type(document)), found)


async def get_mex(place: Place, url: httpx.URL, product: Product) -> Found[Mex]:
    """Fetch the metadata exchange document and read it."""
    document = await _fetched(place, url)
    if isinstance(document, Finding):
        return Found((document,), None)
    if document.status != HTTPStatus.OK:
        return Found((_bad_status(document, Grade.WRONG, "rich clients cannot sign in"),), None)
    found = await asyncio.to_thread(read_mex, document.body)
    if isinstance(found, NotMex):
        return Found((_not_read(found.why),), None)
    known = mex_findings(found) if product is Product.AD_FS else _listed(found)
    return Found((*known, *_media_type(document)), found)


async def get_passive(place: Place, url: httpx.URL, product: Product) -> Found[bool]:
    """Ask for the sign-in page as a browser that Microsoft sent."""
    document = await _fetched(place, url)
    if isinstance(document, Finding):
        return Found((document,), None)
    return Found(passive_findings(document, product), value=True)


async def _fetched(place: Place, url: httpx.URL) -> Document | Finding:
    try:
        return await fetch(place, url)
    except NotFetched as error:
        return Finding(Grade.WRONG, f"It was not read: {error}.", "Look at what answers there.")


def _bad_status(document: Document, grade: Grade, so: str) -> Finding:
    if document.location:
        where = "another host" if _leaves(document) else "itself without end"
        return Finding(
            grade, f"It redirects to {where}, which was not followed: {so}.", "Answer it directly."
        )
    if document.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Finding(
            Grade.WRONG, f"HTTP {document.status}: the federation service is not well; {so}.", _DOWN
        )
    repair = "Publish it on the proxies (Set-AdfsEndpoint -Proxy $true)."
    return Finding(grade, f"HTTP {document.status} instead of the document: {so}.", repair)


def _leaves(document: Document) -> bool:
    try:
        return document.url.join(document.location).host != document.url.host
    except httpx.InvalidURL:
        return True


def _not_read(why: str) -> Finding:
    return Finding(Grade.WRONG, f"The document cannot be read: {why}.", "Look at what answers there.")


def _media_type(document: Document) -> tuple[Finding, ...]:
    if document.media_type in _XML:
        return ()
    shown = document.media_type[:80] or "no type"
    return (Finding(Grade.NOTE, f"It is sent as {shown}, though it is XML."),)


def _listed(found: Mex) -> tuple[Finding, ...]:
    return (Finding(Grade.GOOD, f"It lists {len(found.endpoints)} endpoints."),)
