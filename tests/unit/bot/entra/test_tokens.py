"""Tokens from MSAL, against a scripted login host."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from approvals.errors import Later, Never, PortError
from bot.entra.credentials import Certificate, Credential, FederatedFile, Secret
from bot.entra.tokens import App, Tokens

from .conftest import LOGIN, Login

if TYPE_CHECKING:
    from pathlib import Path

SCOPE = "https://graph.contoso.test/.default"


@asynccontextmanager
async def tokens_with(
    login: Login, credential: Credential, monotonic: Callable[[], float] = lambda: 0.0
) -> AsyncGenerator[Tokens, None]:
    app = App(tenant="contoso", client_id="app", authority=f"{LOGIN}/", credential=credential)
    tokens = Tokens(app, httpx.Client(transport=httpx.MockTransport(login)), monotonic=monotonic)
    yield tokens
    await tokens.aclose()


def form(login: Login) -> httpx.QueryParams:
    return httpx.QueryParams(login.received[-1].content.decode())


def refusal(status: int, error: str, code: int) -> httpx.Response:
    body = {
        "error": error,
        "error_description": f"AADSTS{code}: planted-secret of Lee. Trace ID: x",
        "error_codes": [code],
    }
    return httpx.Response(status, json=body)


async def failure(tokens: Tokens) -> PortError:
    with pytest.raises(PortError) as caught:
        await tokens.token(SCOPE)
    return caught.value


async def test_a_secret_buys_a_token_which_is_kept(tokens: Tokens, login: Login) -> None:
    assert [await tokens.token(SCOPE) for _ in range(3)] == ["token-1"] * 3
    sent = form(login)
    assert (sent["grant_type"], sent["client_secret"], sent["scope"]) == (
        "client_credentials",
        "planted-secret",
        SCOPE,
    )


async def test_nothing_is_asked_before_the_first_need(tokens: Tokens, login: Login) -> None:
    assert tokens.of("https://graph.contoso.test/").scope == SCOPE
    assert login.received == []


async def test_only_the_configured_host_is_asked(tokens: Tokens, login: Login) -> None:
    first = await tokens.token(SCOPE)
    await tokens.renew(SCOPE, rejected=first)
    assert {request.url.host for request in login.received} == {httpx.URL(LOGIN).host}


async def test_the_event_loop_is_free_and_callers_take_turns(tokens: Tokens, login: Login) -> None:
    asked, go, running = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def slow(request: httpx.Request) -> httpx.Response:
        running.call_soon_threadsafe(asked.set)
        assert go.wait(10)
        return login.numbered(request)

    login.script = [slow]
    callers = [asyncio.create_task(tokens.token(SCOPE)) for _ in range(5)]
    await asked.wait()
    callers[0].cancel()
    go.set()
    assert await asyncio.gather(*callers[1:]) == ["token-1"] * 4


async def test_each_service_has_its_own_token(tokens: Tokens) -> None:
    assert await tokens.token(SCOPE) == "token-1"
    assert await tokens.token("https://outlook.contoso.test/.default") == "token-2"
    assert await tokens.token(SCOPE) == "token-1"


# --- renewal ------------------------------------------------------------------------------------------


async def test_of_many_rejected_callers_one_fetches_for_all(tokens: Tokens) -> None:
    first = await tokens.token(SCOPE)
    renewed = await asyncio.gather(*(tokens.renew(SCOPE, rejected=first) for _ in range(5)))
    assert renewed == ["token-2"] * 5


async def test_a_challenge_is_answered_once_for_all(tokens: Tokens, login: Login) -> None:
    first = await tokens.token(SCOPE)
    claims = '{"access_token": {"nbf": {"value": "1"}}}'
    renewed = await asyncio.gather(*(tokens.renew(SCOPE, rejected=first, claims=claims) for _ in range(3)))
    assert (renewed, form(login)["claims"]) == (["token-2"] * 3, claims)


async def test_an_ageing_token_outlives_a_login_that_is_down(tokens: Tokens, login: Login) -> None:
    body = {"token_type": "Bearer", "expires_in": 3599, "refresh_in": -1, "access_token": "ageing"}
    login.script = [httpx.Response(200, json=body), httpx.Response(503, html="down"), httpx.ConnectError("")]
    assert [await tokens.token(SCOPE) for _ in range(3)] == ["ageing"] * 3
    assert login.script == [login.script[-1]]


# --- what to wait for ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(500, json={}),
        httpx.Response(502, html="<html>gateway</html>"),
        httpx.Response(503),
        httpx.Response(429, html="<html>slow down</html>"),
        httpx.Response(200, html="<html>welcome to the hotel</html>"),
        httpx.Response(302, headers={"location": "https://evil.example/"}),
        httpx.Response(200, json={}),
        httpx.Response(200, json=["x"]),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": None}),
        httpx.Response(400, json={"error": "temporarily_unavailable", "error_codes": [90033]}),
        httpx.ConnectTimeout(""),
        httpx.ReadError(""),
    ],
)
async def test_a_passing_failure_is_temporary_and_then_passes(
    tokens: Tokens, login: Login, reply: httpx.Response | Exception
) -> None:
    login.script = [reply]
    assert type(await failure(tokens)) is Later


async def test_after_a_failure_the_next_request_is_a_real_one(tokens: Tokens, login: Login) -> None:
    login.script = [httpx.Response(503), httpx.ConnectError(""), login.numbered]
    await failure(tokens)
    await failure(tokens)
    assert await tokens.token(SCOPE) == "token-1"


async def test_a_pause_that_the_login_asks_for_is_kept(login: Login) -> None:
    clock = [100.0]
    login.script = [httpx.Response(429, json={}, headers={"Retry-After": "30"}), login.numbered]
    async with tokens_with(login, Secret("s"), lambda: clock[0]) as tokens:
        first = await failure(tokens)
        clock[0] += 10
        second = await failure(tokens)
        assert [isinstance(e, Later) and e.after for e in (first, second)] == [
            timedelta(seconds=30),
            timedelta(seconds=20),
        ]
        clock[0] += 20
        assert await tokens.token(SCOPE) == "token-1"


@pytest.mark.parametrize(
    "reply", [httpx.Response(503), httpx.ConnectError(""), httpx.Response(200, json={}), httpx.Response(404)]
)
async def test_a_start_without_the_login_host_is_made_good_later(
    tokens: Tokens, login: Login, reply: httpx.Response | Exception
) -> None:
    good, login.discovery = login.discovery, reply
    assert type(await failure(tokens)) in {Later, Never}
    login.discovery = good
    assert await tokens.token(SCOPE) == "token-1"


# --- what to repair -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (refusal(401, "invalid_client", 7000215), r"the client secret is wrong \(AADSTS7000215\)"),
        (refusal(401, "invalid_client", 7000222), "expired"),
        (refusal(401, "invalid_client", 700027), "certificate is not the registered one"),
        (refusal(400, "unauthorized_client", 700016), "does not know this app"),
        (refusal(400, "invalid_request", 90002), "no such tenant"),
        (refusal(400, "invalid_client", 4242), r"refused the app \(AADSTS4242\)"),
        (httpx.Response(400, json={"error": "invalid_scope"}), r"refused the app \(invalid_scope\)"),
        (httpx.Response(400, json={"error": "Lee +31 612345678"}), r"refused the app \(refused\)"),
    ],
)
async def test_a_final_refusal_says_what_to_repair(
    tokens: Tokens, login: Login, reply: httpx.Response, why: str
) -> None:
    login.script = [reply]
    error = await failure(tokens)
    assert type(error) is Never
    assert error.what_to_do.endswith("it can take a minute until the next attempt is made in earnest")
    with pytest.raises(Never, match=why):
        raise error


async def test_an_unknown_tenant_is_said_at_discovery(tokens: Tokens, login: Login) -> None:
    body = {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant 'x' not found."}
    login.discovery = httpx.Response(400, json=body)
    error = await failure(tokens)
    assert (type(error), error.why) == (Never, "there is no such tenant (AADSTS90002)")


async def test_neither_secrets_nor_descriptions_are_shown_or_logged(
    tokens: Tokens, login: Login, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "msal")
    login.script = [
        refusal(401, "invalid_client", 7000215),
        httpx.Response(200, html="token-1 <html>"),
        login.numbered,
    ]
    seen = [repr(await failure(tokens)), repr(await failure(tokens))]
    await tokens.token(SCOPE)
    seen += [
        caplog.text,
        repr(Secret("planted-secret")),
        repr(App(tenant="t", client_id="c", authority=LOGIN, credential=Secret("planted-secret"))),
    ]
    for text in seen:
        assert "planted-secret" not in text
        assert "Lee" not in text
        assert "token-1" not in text


# --- certificates and federation ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relatch")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    draft = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=9999))
    return draft.sign(key, hashes.SHA256())


def encryption(password: str) -> KeySerializationEncryption:
    return BestAvailableEncryption(password.encode()) if password else NoEncryption()


def write(file: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate, password: str) -> None:
    if file.suffix == ".pem":
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption(password))
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    else:
        file.write_bytes(
            pkcs12.serialize_key_and_certificates(b"relatch", key, certificate, None, encryption(password))
        )


@pytest.mark.parametrize("kind", ["pem", "pfx"])
@pytest.mark.parametrize("password", ["", "hunter2"])
async def test_a_certificate_signs_the_assertion(  # noqa: PLR0917 - fixtures are parameters
    login: Login,
    tmp_path: Path,
    key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    kind: str,
    password: str,
) -> None:
    file = tmp_path / f"app.{kind}"
    write(file, key, certificate, password)
    async with tokens_with(login, Certificate(file, password)) as tokens:
        assert await tokens.token(SCOPE) == "token-1"
    claims: dict[str, Any] = jwt.decode(
        form(login)["client_assertion"],
        key.public_key(),
        ["PS256"],
        audience=f"{LOGIN}/contoso/oauth2/v2.0/token",
    )
    assert claims["iss"] == "app"


@pytest.mark.parametrize("kind", ["pem", "pfx"])
async def test_a_wrong_password_is_final_and_not_shown(  # noqa: PLR0917 - fixtures are parameters
    login: Login, tmp_path: Path, key: rsa.RSAPrivateKey, certificate: x509.Certificate, kind: str
) -> None:
    file = tmp_path / f"app.{kind}"
    write(file, key, certificate, "right")
    async with tokens_with(login, Certificate(file, "planted-wrong")) as tokens:
        error = await failure(tokens)
    assert isinstance(error, Never)
    assert "password" in error.what_to_do
    assert "planted-wrong" not in repr(error)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"]
)
async def test_a_file_that_is_no_certificate_is_final(login: Login, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "app.pem"
    file.write_bytes(content)
    async with tokens_with(login, Certificate(file)) as tokens:
        assert type(await failure(tokens)) is Never


async def test_a_missing_file_is_final_and_says_so(login: Login, tmp_path: Path) -> None:
    async with tokens_with(login, Certificate(tmp_path / "gone.pem")) as tokens:
        assert "No such file" in (await failure(tokens)).why


async def test_the_federated_token_is_read_anew_each_time(login: Login, tmp_path: Path) -> None:
    file = tmp_path / "token"
    async with tokens_with(login, FederatedFile(file)) as tokens:
        assert type(await failure(tokens)) is Never
        file.write_text("assertion-1\n")
        first = await tokens.token(SCOPE)
        assert form(login)["client_assertion"] == "assertion-1"
        file.write_text("assertion-2\n")
        await tokens.renew(SCOPE, rejected=first)
        assert form(login)["client_assertion"] == "assertion-2"
