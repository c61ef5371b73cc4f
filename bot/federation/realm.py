"""Home realm discovery: what Microsoft tells anybody about a domain, without credentials.

Both endpoints are undocumented for most of what they say, and stable: ``getuserrealm.srf``, and
``common/userrealm``, which MSAL uses. ``NameSpaceType`` (``account_type``) is the only field that tells
managed, federated and unknown apart. Any local part works; none of ours is sent.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import httpx

from bot.federation.fetch import NotFetched, bounded
from commands.domain_names import DomainName
from commands.federation_model import NameSpace, Realm, Unread

SECONDS: Final = 8.0
_ANYBODY: Final = "user"
_LONGEST: Final = 2_000
_LARGEST: Final = 64 * 1024
_NAME_SPACES: Final = {one.lower(): one for one in NameSpace}


class Realms:
    """Asks the login host at *authority* (``https://login.microsoftonline.com``), by proxy if one is set."""

    def __init__(self, authority: str, trust: ssl.SSLContext) -> None:
        self._authority = authority.rstrip("/")
        self._trust = trust

    async def discover(self, name: DomainName) -> Realm | Unread:
        """Return what both endpoints say together; ``Unread`` when neither can be read."""
        login = f"{_ANYBODY}@{name}"
        page, service = await asyncio.gather(
            self._read("/getuserrealm.srf", {"login": login, "json": "1"}, _from_page),
            self._read(f"/common/userrealm/{login}", {"api-version": "1.0"}, _from_service),
        )
        return together(page, service)

    async def _read(
        self,
        path: str,
        params: Mapping[str, str],
        understand: Callable[[Mapping[str, object]], Realm | Unread],
    ) -> Realm | Unread:
        try:
            answer = await self._get(path, params)
        except NotFetched as error:
            asked = path.partition(f"/{_ANYBODY}@")[0]
            return Unread(f"{asked}: {error}", "Try again; look at the way to Microsoft.")
        return understand(answer)

    async def _get(self, path: str, params: Mapping[str, str]) -> Mapping[str, object]:
        headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "relatch"}
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx.AsyncClient(verify=self._trust, headers=headers, timeout=SECONDS) as http,
                http.stream("GET", f"{self._authority}{path}", params=params) as answer,
            ):
                return _object(answer.status_code, await bounded(answer, _LARGEST))
        except TimeoutError:
            raise NotFetched(f"no answer within {SECONDS:g} s") from None
        except httpx.HTTPError as error:
            raise NotFetched(f"no answer ({type(error).__name__})") from None


def _object(status: int, body: bytes) -> Mapping[str, object]:
    if status != httpx.codes.OK:
        raise NotFetched(f"HTTP {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotFetched("the answer is no JSON object")
    return found


def _from_page(found: Mapping[str, object]) -> Realm | Unread:
    name_space = _name_space(found, "NameSpaceType")
    if isinstance(name_space, Unread):
        return name_space
    return Realm(
        name_space=name_space,
        brand=_text(found, "FederationBrandName"),
        sign_in_url=_without_query(_text(found, "AuthURL")),
    )


def _from_service(found: Mapping[str, object]) -> Realm | Unread:
    name_space = _name_space(found, "account_type")
    if isinstance(name_space, Unread):
        return name_space
    return Realm(
        name_space=name_space,
        protocol=_text(found, "federation_protocol"),
        metadata_url=_text(found, "federation_metadata_url"),
        active_url=_text(found, "federation_active_auth_url"),
    )


def together(page: Realm | Unread, service: Realm | Unread) -> Realm | Unread:
    """Put both answers together: the first decides what the domain is, since browsers follow it."""
    if isinstance(page, Unread):
        if isinstance(service, Unread):
            return Unread(f"{page.why}; {service.why}", page.what_to_do or service.what_to_do)
        return replace(service, unread=(page,))
    if isinstance(service, Unread):
        return replace(page, unread=(service,))
    return replace(
        page,
        protocol=service.protocol,
        metadata_url=service.metadata_url,
        active_url=service.active_url,
        unread=_disagreement(page, service),
    )


def _disagreement(page: Realm, service: Realm) -> tuple[Unread, ...]:
    if page.name_space is service.name_space:
        return ()
    said = f"the two endpoints disagree: {page.name_space} and {service.name_space}"
    return (Unread(said, "A change of the domain spreads: look again in an hour."),)


def _name_space(found: Mapping[str, object], key: str) -> NameSpace | Unread:
    said = _text(found, key)
    return _NAME_SPACES.get(said.lower()) or Unread(f"{key} is {said[:40]!r}, which is not known")


def _text(found: Mapping[str, object], key: str) -> str:
    value = found.get(key)
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _without_query(url: str) -> str:
    return url.partition("?")[0].partition("#")[0]
