"""Access tokens for the app itself (client credentials), by MSAL, off the event loop.

MSAL's application object asks the network in its constructor and keeps the tokens, so there is one a
process, made at the first need. It is synchronous: one worker thread serves all callers in turn, and
a caller that gives up leaves the thread to finish alone.

Answers 429 and 5xx never reach MSAL (``_Wire`` raises ``Later`` first): it would replay them from memory
without saying for how long. A 400 does reach it, and an identical request gets it again for up to a
minute, which is why each final error says that a repair may take that long to show.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx
import msal
from cryptography.exceptions import UnsupportedAlgorithm
from jwt import PyJWTError

from approvals.errors import Later, Never
from bot.entra.answers import Now, describe, parsed, retry_after
from bot.entra.credentials import Credential, for_msal

TIMEOUT: Final = httpx.Timeout(10.0)
_TRANSIENT: Final = frozenset({90006, 90024, 90033})
_AADSTS: Final = re.compile(r"\bAADSTS(\d{4,8})\b")
_ERROR: Final = re.compile(r"[a-z_]{1,60}")
_PATIENCE: Final = "; it can take a minute until the next attempt is made in earnest"

# Source: Microsoft identity platform docs, "Microsoft Entra authentication and authorization error codes".
_FINAL: Final[Mapping[int, tuple[str, str]]] = {
    7000215: ("the client secret is wrong", "set AZURE_CLIENT_SECRET to the secret's value, not its id"),
    7000222: ("the client secret has expired", "make a new one in the app registration and restart"),
    700027: ("the certificate is not the registered one", "upload it to the app registration"),
    700024: ("the assertion is outside its time", "set this machine's clock"),
    700016: ("the tenant does not know this app", "check AZURE_CLIENT_ID and AZURE_TENANT_ID"),
    7000112: ("the app is disabled in this tenant", "enable it among the enterprise applications"),
    7000229: ("the app has no service principal here", "give it admin consent in this tenant"),
    90002: ("there is no such tenant", "check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST"),
    500011: (
        "the tenant does not know this service",
        "check RELATCH_GRAPH_URL and RELATCH_EXCHANGE_URL against the national cloud",
    ),
    53003: ("Conditional Access blocks the app", "look at the policies for workload identities"),
    70021: ("no federated credential fits", "compare issuer, subject and audience in the app registration"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The app registration: whose token is asked for, where, and by what proof."""

    tenant: str
    client_id: str
    authority: str
    credential: Credential

    @property
    def authority_url(self) -> str:
        """The tenant's authority, as MSAL wants it."""
        return f"{self.authority.rstrip('/')}/{quote(self.tenant, safe='')}"


def login_http(trust: ssl.SSLContext) -> httpx.Client:
    """Make the client for the login host; proxies come from the environment."""
    return httpx.Client(verify=trust, timeout=TIMEOUT)


class Tokens:
    """Gives out tokens by scope. Errors are ``Later`` or ``Never`` and hold no secret and no token."""

    def __init__(
        self,
        app: App,
        http: httpx.Client,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Now = lambda: datetime.now(UTC),
    ) -> None:
        self._app = app
        self._http = http
        self._wire = _Wire(http, monotonic, now)
        self._msal: Any = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="entra-login")

    async def token(self, scope: str) -> str:
        """Return a token for *scope* with at least five minutes left, from memory when there is one."""
        return await self._run(lambda: self._acquire(scope, None))

    async def renew(self, scope: str, *, rejected: str, claims: str = "") -> str:
        """Return another token than *rejected*, which a service answered with 401.

        *claims* is what the service demanded of the next one (continuous access evaluation). Of several
        callers whose token was rejected, the first fetches a new one for all.
        """
        return await self._run(lambda: self._replace(scope, rejected, claims))

    def of(self, resource: str) -> Sign:
        """Return what signs calls of the service at *resource*, a base URL."""
        return Sign(self, f"{resource.rstrip('/')}/.default")

    async def aclose(self) -> None:
        """Close the connections and let the worker go."""
        self._http.close()
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _run(self, ask: Callable[[], str]) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._worker, ask)

    def _replace(self, scope: str, rejected: str, claims: str) -> str:
        current = self._acquire(scope, None)
        if current != rejected:
            return current
        self._msal.remove_tokens_for_client()
        return self._acquire(scope, claims or None)

    def _acquire(self, scope: str, claims: str | None) -> str:
        try:
            if self._msal is None:
                self._msal = self._build()
            result = self._msal.acquire_token_for_client(
                # A token that ages but still holds is better than none while the login host is down.
                [scope],
                claims_challenge=claims,
                http_exceptions=(Later,),
            )
        except LookupError as error:
            raise Later(f"the login service describes itself incompletely ({error})") from None
        except (ValueError, TypeError, OSError, PyJWTError, UnsupportedAlgorithm) as error:
            # Whatever the login host answered, the wire has judged: what is left is the credential.
            raise Never(
                f"the credential cannot be used ({type(error).__name__})",
                "check the file, that it holds key and certificate, and its password; then restart",
            ) from None
        return _judge(result)

    def _build(self) -> Any:  # noqa: ANN401 - msal carries no types
        return msal.ConfidentialClientApplication(
            self._app.client_id,
            client_credential=for_msal(self._app.credential),
            authority=self._app.authority_url,
            http_client=self._wire,
            # The host is the operator's own setting: asking another host about it proves nothing.
            instance_discovery=False,
        )


@dataclass(frozen=True, slots=True)
class Sign:
    """The tokens of one service; errors as in ``Tokens``."""

    tokens: Tokens
    scope: str

    async def token(self) -> str:
        """Return a token with at least five minutes left."""
        return await self.tokens.token(self.scope)

    async def renew(self, rejected: str, claims: str) -> str:
        """Return another token than *rejected*."""
        return await self.tokens.renew(self.scope, rejected=rejected, claims=claims)


class _Wire:
    """httpx as MSAL wants it; whatever is no plain answer of the login service is raised here."""

    def __init__(self, http: httpx.Client, monotonic: Callable[[], float], now: Now) -> None:
        self._http = http
        self._monotonic = monotonic
        self._now = now
        self._closed_until = 0.0

    def get(self, url: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - MSAL's keyword arguments
        """Fetch the tenant's discovery document."""
        response = self._send("GET", url, request)
        if response.status_code != HTTPStatus.OK:
            raise _refusal(_codes_of(response.json()), f"HTTP {response.status_code}")
        return response

    def post(self, url: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - MSAL's keyword arguments
        """Ask for a token."""
        # PyJWT's assertion reaches us as bytes, of which httpx would send the repr, b'…' and all.
        data = {key: _text(value) for key, value in request.pop("data").items()}
        return self._send("POST", url, {**request, "data": data})

    def close(self) -> None:
        """Keep open: the owner of the ``httpx.Client`` closes it."""

    def _send(self, method: str, url: str, request: dict[str, Any]) -> httpx.Response:
        self._mind_the_pause()
        try:
            response = self._http.request(method, url, **request)
        except httpx.RequestError as error:
            raise Later(f"the login service was not reached: {describe(error)}") from None
        self._check(response)
        return response

    def _mind_the_pause(self) -> None:
        left = self._closed_until - self._monotonic()
        if left > 0:
            raise Later("the login service asked for a pause", timedelta(seconds=left))

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status // 100 not in {2, 4}:
            after = retry_after(response.headers, self._now())
            self._closed_until = self._monotonic() + (after.total_seconds() if after else 0.0)
            raise Later(f"the login service answered {status}", after)
        # MSAL would log a body that it cannot read.
        if not response.content or not isinstance(parsed(response.content), dict):
            raise Later(f"the login service answered {status} and no JSON object")


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value


def _judge(result: object) -> str:
    match result:
        case {"access_token": str(token)} if token:
            return token
        case {"error": str(error), **details}:
            raise _refusal(_codes_of(details), error if _ERROR.fullmatch(error) else "refused")
        case _:
            raise Later("the login service answered without a token")


def _codes_of(body: Mapping[Any, Any]) -> tuple[int, ...]:
    """Return the AADSTS numbers of an error, as a list or (discovery) within its description."""
    match body.get("error_codes"):
        case [*codes] if codes and all(type(code) is int for code in codes):
            return tuple(codes)
        case _:
            return tuple(map(int, _AADSTS.findall(str(body.get("error_description", "")))))


def _refusal(codes: tuple[int, ...], error: str) -> Later | Never:
    """Return the failure of a token request as something to wait for or something to repair."""
    shown = f"AADSTS{codes[0]}" if codes else error
    if error == "temporarily_unavailable" or _TRANSIENT.intersection(codes):
        return Later(f"the login service is busy ({shown})")
    known = next((_FINAL[code] for code in codes if code in _FINAL), None)
    unknown = "the login service refused the app", "look the code up among Microsoft's AADSTS codes"
    why, what_to_do = known or unknown
    return Never(f"{why} ({shown})", what_to_do + _PATIENCE)
