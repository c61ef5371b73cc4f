"""A login host and a Graph host behind httpx's own mock transport, and the product's client over them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
import pytest
import stamina

from bot.entra.client import GraphClient
from bot.entra.credentials import Secret
from bot.entra.tokens import App, Tokens
from bot.entra.wire import Observed, Wire

LOGIN = "https://login.contoso.test"
GRAPH = "https://graph.contoso.test"
NOW = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)

Reply: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Host:
    """Answers with the scripted replies in turn, then with the last one; keeps what it received."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.received: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else reply

    def paths(self) -> list[str]:
        return [request.url.raw_path.decode() for request in self.received]

    def headers(self, name: str) -> list[str | None]:
        return [request.headers.get(name) for request in self.received]


class Login(Host):
    """The discovery document, and numbered tokens unless the script says otherwise."""

    def __init__(self) -> None:
        super().__init__(self.numbered)
        self.given = 0
        self.discovery: Reply = httpx.Response(
            200,
            json={
                "issuer": f"{LOGIN}/contoso/v2.0",
                "authorization_endpoint": f"{LOGIN}/contoso/oauth2/v2.0/authorize",
                "token_endpoint": f"{LOGIN}/contoso/oauth2/v2.0/token",
            },
        )

    def numbered(self, _: httpx.Request) -> httpx.Response:
        self.given += 1
        token = f"token-{self.given}"
        return httpx.Response(200, json={"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return super().__call__(request)
        if isinstance(self.discovery, Exception):
            raise self.discovery
        return self.discovery(request) if callable(self.discovery) else self.discovery


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(testing=True, attempts=99, cap=True):
        yield


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
async def tokens(login: Login) -> AsyncGenerator[Tokens, None]:
    app = App(tenant="contoso", client_id="app", authority=LOGIN, credential=Secret("planted-secret"))
    made = Tokens(app, httpx.Client(transport=httpx.MockTransport(login)))
    yield made
    await made.aclose()


@pytest.fixture
def host() -> Host:
    return Host(httpx.Response(200, json={}))


@pytest.fixture
def observed() -> list[Observed]:
    return []


@pytest.fixture
async def graph(tokens: Tokens, host: Host, observed: list[Observed]) -> AsyncGenerator[GraphClient, None]:
    http = httpx.AsyncClient(transport=httpx.MockTransport(host))
    wire = Wire(tokens.of(GRAPH), http, observe=observed.append, now=lambda: NOW)
    made = GraphClient(GRAPH, wire)
    yield made
    await made.aclose()


def graph_error(status: int, code: str = "code", **headers: str) -> httpx.Response:
    body: dict[str, Any] = {"error": {"code": code, "message": "Lee Jansen +31 612345678", "innerError": {}}}
    return httpx.Response(status, json=body, headers=headers)
