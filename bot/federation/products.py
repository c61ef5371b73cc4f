"""Whose product a federation service is, as far as its addresses tell.

Only AD FS has its documents at fixed addresses. Others (PingFederate, Okta) are checked as far as the
addresses in Entra lead, and no further.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final

import httpx

_METADATA_PATH: Final = "/FederationMetadata/2007-06/FederationMetadata.xml"
_MEX_PATH: Final = "/adfs/services/trust/mex"
_OKTA_HOSTS: Final = (".okta.com", ".oktapreview.com", ".okta-emea.com", ".okta-gov.com")


@unique
class Product(StrEnum):
    """The product, as it is called."""

    AD_FS = "AD FS"
    PING_FEDERATE = "PingFederate"
    OKTA = "Okta"
    OTHER = "another product than AD FS"


def product_of(*urls: httpx.URL) -> Product:
    """Return whose addresses *urls* are."""
    paths = [url.path.lower() for url in urls]
    if any(path.startswith("/adfs/") for path in paths):
        return Product.AD_FS
    if any(url.host.endswith(_OKTA_HOSTS) or "/app/office365/" in url.path.lower() for url in urls):
        return Product.OKTA
    if any(path.endswith((".ping", ".wst")) or path.startswith(("/pf/", "/idp/")) for path in paths):
        return Product.PING_FEDERATE
    return Product.OTHER


def metadata_url(service: httpx.URL) -> httpx.URL:
    """Return where AD FS has its metadata, on the host of *service*."""
    return service.copy_with(raw_path=_METADATA_PATH.encode())


def mex_url(service: httpx.URL) -> httpx.URL:
    """Return where AD FS has its metadata exchange document, on the host of *service*."""
    return service.copy_with(raw_path=_MEX_PATH.encode())
