"""Graph addresses: built from parts that are quoted one by one, followed only on Graph's own host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NewType, TypeAlias
from urllib.parse import quote, urlencode

import httpx

from approvals.errors import Never

if TYPE_CHECKING:
    from collections.abc import Mapping

Version: TypeAlias = Literal["v1.0", "beta"]

Path = NewType("Path", str)
"""A path below the version, made by ``path()``: the type checker refuses one put together by hand."""

NEXT_LINK: Final = "@odata.nextLink"
_REMOVABLE: Final = re.compile(
    r"/groups/[^/]+/members/[^/]+/\$ref|/users/[^/]+/authentication/temporaryAccessPassMethods/[^/]+"
)
_ODATA: Final = "$,'()@"


def path(template: str, *segments: str) -> Path:
    """Put each segment, quoted, in place of one ``{}`` of *template*: ``path("/users/{}", upn)``.

    A segment stays one segment whatever is in it. Those that no quoting makes safe (empty, ``.`` and
    ``..``, which proxies resolve, a leading ``$``, which OData reads as an operation, lone surrogates)
    raise ``Never``. A wrong number of segments is a fault of the programmer: ``ValueError``.
    """
    first, *rest = template.split("{}")
    parts = [quoted + literal for quoted, literal in zip(map(_quoted, segments), rest, strict=True)]
    return Path(first + "".join(parts))


def _quoted(segment: str) -> str:
    if segment in {"", ".", ".."} or segment.startswith("$") or not _is_text(segment):
        raise Never("this cannot be the name of anything in Microsoft 365", "check how it is written")
    return quote(segment, safe="")


def _is_text(segment: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in segment)


def may_be_removed(where: Path) -> bool:
    """Tell whether a DELETE may go there: to a membership as such, or to one of somebody's methods.

    ``/groups/G/members/P`` without its ``/$ref`` is the person, whom Graph would delete.
    """
    return _REMOVABLE.fullmatch(where) is not None


def target(where: Path, params: Mapping[str, str] | None) -> str:
    """Return *where* with its query; spaces are ``%20``, since a ``+`` is not one everywhere in OData."""
    if not params:
        return where
    return f"{where}?{urlencode(params, safe=_ODATA, quote_via=quote)}"


def following(base: httpx.URL, link: object) -> httpx.URL:
    """Return the next page's address; ``Never`` unless it is on the very host of *base*.

    The bearer token goes where this points, so scheme, host and port must be those of the service.
    """
    try:
        url = httpx.URL(link) if isinstance(link, str) else httpx.URL()
    except httpx.InvalidURL:
        url = httpx.URL()
    if _origin(url) != _origin(base) or url.userinfo:
        raise Never(
            "the link to the next page leads to another host; nothing was sent there",
            "look at proxies between this machine and Microsoft",
        )
    return url


def handed_out(link: object) -> httpx.URL:
    """Return an address that Graph sends us to, on whatever host; ``Never`` unless it is https."""
    try:
        url = httpx.URL(link) if isinstance(link, str) else httpx.URL()
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme != "https" or not url.host or url.userinfo:
        raise Never("Graph does not say where the report is", "report it; nothing was changed")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
