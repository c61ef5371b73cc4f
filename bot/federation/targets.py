"""What a check asks whom: the hosts and documents that follow from a domain's settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from bot.federation.board import Key
from bot.federation.fetch import https_url
from bot.federation.passive import passive_url
from bot.federation.products import Product, metadata_url, mex_url, product_of
from commands.federation_model import (
    Configuration,
    Finding,
    Grade,
    NotTested,
    Outcome,
    Realm,
    StepKind,
    Tested,
)

_HTTPS: Final = 443
_NO_TIME: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Page:
    """A document to fetch in a step of *kind*."""

    kind: StepKind
    url: httpx.URL

    @property
    def key(self) -> Key:
        """Return the step."""
        return self.kind, address(self.url)


@dataclass(frozen=True, slots=True)
class Host:
    """A host to reach, and the documents to fetch from it."""

    name: str
    port: int
    pages: tuple[Page, ...]

    @property
    def shown(self) -> str:
        """Return the host as the steps show it."""
        return self.name if self.port == _HTTPS else f"{self.name}:{self.port}"

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return every step that is about this host, in order."""
        kinds = (StepKind.DNS, StepKind.TCP, StepKind.TLS)
        return (*((kind, self.shown) for kind in kinds), *(page.key for page in self.pages))


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The whole plan; *settled* are steps that need not, or cannot, be tried."""

    product: Product
    hosts: tuple[Host, ...]
    settled: tuple[tuple[Key, Outcome], ...]


def address(url: httpx.URL) -> str:
    """Return *url* as the steps show it: without its query."""
    return str(url.copy_with(query=None))


def from_realm(realm: Realm) -> Configuration:
    """Return what realm discovery gives away of a configuration, for when Graph does not answer."""
    return Configuration(
        id="",
        passive_sign_in_uri=realm.sign_in_url,
        active_sign_in_uri=realm.active_url,
        metadata_exchange_uri=realm.metadata_url,
    )


def targets(configuration: Configuration) -> Targets:
    """Return what to ask whom."""
    passive = https_url(configuration.passive_sign_in_uri)
    active = https_url(configuration.active_sign_in_uri)
    mex = https_url(configuration.metadata_exchange_uri)
    known = [url for url in (passive, active, mex) if url is not None]
    product = product_of(*known)
    service = known[0] if known and product is Product.AD_FS else None
    planned = (
        _metadata(service, product),
        _mex(mex, configuration.metadata_exchange_uri, service),
        _passive(passive, configuration, product),
    )
    pages = tuple(one for one in planned if isinstance(one, Page))
    return Targets(
        product=product,
        hosts=_hosts(known, pages),
        settled=tuple(one for one in planned if not isinstance(one, Page)),
    )


def _metadata(service: httpx.URL | None, product: Product) -> Page | tuple[Key, Outcome]:
    if service is not None:
        return Page(StepKind.METADATA, metadata_url(service))
    why = f"By its addresses it is {product}: its metadata has no address that is known."
    return (StepKind.METADATA, ""), NotTested(why)


def _mex(url: httpx.URL | None, given: str, service: httpx.URL | None) -> Page | tuple[Key, Outcome]:
    if url is not None:
        return Page(StepKind.MEX, url)
    if given.strip():
        return (StepKind.MEX, ""), _not_https("metadataExchangeUri")
    if service is not None:
        return Page(StepKind.MEX, mex_url(service))
    return (StepKind.MEX, ""), NotTested("Entra has no address of it.")


def _passive(
    url: httpx.URL | None, configuration: Configuration, product: Product
) -> Page | tuple[Key, Outcome]:
    if url is None:
        return (StepKind.PASSIVE, ""), _not_https("passiveSignInUri")
    if configuration.preferred_authentication_protocol == "saml" and product is not Product.AD_FS:
        why = "Browsers sign in by SAML, which cannot be asked for without a request of Entra's."
        return (StepKind.PASSIVE, ""), NotTested(why)
    return Page(StepKind.PASSIVE, passive_url(url))


def _not_https(setting: str) -> Tested:
    wrong = Finding(
        Grade.WRONG,
        f"{setting} is not set, or is no https address; nothing was sent there.",
        f"Correct {setting} (Update-MgDomainFederationConfiguration).",
    )
    return Tested(tried=f"{setting} was read", findings=(wrong,), took=_NO_TIME)


def _hosts(urls: list[httpx.URL], pages: tuple[Page, ...]) -> tuple[Host, ...]:
    places = dict.fromkeys(_place(url) for url in (*urls, *(page.url for page in pages)))
    return tuple(
        Host(name, port, tuple(page for page in pages if _place(page.url) == (name, port)))
        for name, port in places
    )


def _place(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii").lower().rstrip("."), url.port or _HTTPS
