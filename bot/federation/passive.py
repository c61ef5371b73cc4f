"""The browser's sign-in page, asked for as Microsoft does: it proves or denies the relying party trust.

A federation service that does not know ``urn:federation:MicrosoftOnline``, or has the trust disabled, answers
with an error page instead of a form; nobody has to sign in to learn that.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import httpx

from bot.federation.fetch import Document
from bot.federation.products import Product
from commands.federation_model import Finding, Grade

WTREALM: Final = "urn:federation:MicrosoftOnline"

_DENIED: Final = re.compile(rb"MSIS(?:7007|3020|7000)\b")
_CODE: Final = re.compile(rb"MSIS[0-9]{4,5}")
_ERROR_PAGE: Final = re.compile(rb"""\bid\s*=\s*["']?errorArea\b""", re.IGNORECASE)
_FORM: Final = re.compile(
    rb"""<input\b[^>]{0,500}\btype\s*=\s*["']?password\b|\bid\s*=\s*["']?(?:loginForm|hrd)\b""", re.IGNORECASE
)
_TRUST_REPAIR: Final = (
    "On AD FS: Get-AdfsRelyingPartyTrust -Identifier urn:federation:MicrosoftOnline; it has to exist and be "
    "enabled (event 364 in the AD FS log names the cause)."
)


def passive_url(sign_in: httpx.URL) -> httpx.URL:
    """Return the address that a browser is sent to, without a user."""
    return sign_in.copy_merge_params({"wa": "wsignin1.0", "wtrealm": WTREALM})


def passive_findings(answer: Document, product: Product) -> tuple[Finding, ...]:
    """Say what the answer proves."""
    if answer.location:
        return (_elsewhere(answer),)
    match answer.status:
        case HTTPStatus.OK:
            return (_page(answer.body, product),)
        case HTTPStatus.UNAUTHORIZED if answer.challenges:
            return (Finding(Grade.GOOD, "It asks for a Windows sign-in: the relying party trust is there."),)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return (
                Finding(
                    Grade.WRONG,
                    "HTTP 503: the federation service, or its proxy's trust, is down.",
                    "Start adfssrv; renew the proxy's trust (Install-WebApplicationProxy).",
                ),
            )
        case status:
            denied = _error(answer.body)
            return (
                denied or Finding(Grade.WRONG, f"HTTP {status} instead of a sign-in page.", _TRUST_REPAIR),
            )


def _page(body: bytes, product: Product) -> Finding:
    if denied := _error(body):
        return denied
    if _FORM.search(body):
        return Finding(Grade.GOOD, "It shows a sign-in form: the relying party trust is there.")
    if product is Product.AD_FS:
        return Finding(
            Grade.WARNING,
            "It answers with a page that is neither AD FS's sign-in form nor its error page.",
            "Open it in a browser.",
        )
    return Finding(Grade.NOTE, f"It answers; what the page of {product} means is not known here.")


def _error(body: bytes) -> Finding | None:
    if _DENIED.search(body):
        return Finding(
            Grade.WRONG,
            f"The service knows no enabled relying party trust for {WTREALM}: nobody can sign in to "
            "Microsoft 365 by it.",
            _TRUST_REPAIR,
        )
    if _ERROR_PAGE.search(body) or _CODE.search(body):
        code = _CODE.search(body)
        said = f" ({code[0].decode()})" if code else ", most likely since the relying party trust is missing"
        return Finding(Grade.WRONG, f"The service answers with an error page{said}.", _TRUST_REPAIR)
    return None


def _elsewhere(answer: Document) -> Finding:
    try:
        there = answer.url.join(answer.location)
    except httpx.InvalidURL:
        return Finding(
            Grade.WARNING, "It redirects to something that is no address.", "Open it in a browser."
        )
    if there.host == answer.url.host and there.scheme == "https":
        return Finding(Grade.WARNING, "It redirects without end.", "Open it in a browser.")
    if there.scheme != "https":
        return Finding(Grade.WRONG, "It redirects to an address without TLS.", "Correct it on the service.")
    return Finding(Grade.NOTE, f"It passes people on to {there.host}, which was not followed.")
