import json
from base64 import b64decode
from collections.abc import Callable

import httpx
import pytest

from bot.sim.tenant import SimulatedTenant

LEE = "/v1.0/users/lee@contoso.com"


async def test_a_call_without_a_token_is_refused(graph: httpx.AsyncClient) -> None:
    del graph.headers["Authorization"]

    answer = await graph.get(LEE)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"


@pytest.mark.parametrize("header", ["Bearer made-up", "Basic bWFkZTp1cA==", "Bearer"])
async def test_an_unknown_token_is_refused(graph: httpx.AsyncClient, header: str) -> None:
    assert (await graph.get(LEE, headers={"Authorization": header})).status_code == 401


async def test_a_token_ends_on_the_tenants_clock(
    graph: httpx.AsyncClient, advance: Callable[[float], None]
) -> None:
    advance(3598)
    assert (await graph.get(LEE)).status_code == 200

    advance(1)
    answer = await graph.get(LEE)

    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]


async def test_a_revoked_token_is_refused(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.state.revoke_tokens()

    assert (await graph.get(LEE)).status_code == 401


async def test_a_challenge_asks_for_a_newer_token_and_takes_one(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.challenge_tokens()

    answer = await graph.get(LEE)

    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in challenge
    claims = json.loads(b64decode(challenge.split('claims="')[1].rstrip('"')))
    assert claims["access_token"]["nbf"]["essential"] is True
    newer = {"Authorization": f"Bearer {tenant.state.issue_token()}"}
    assert (await graph.get(LEE, headers=newer)).status_code == 200
