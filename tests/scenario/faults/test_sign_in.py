"""The login host misbehaves, or the app registration's credential ends, while somebody is suspended."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import msal.individual_cache
import pytest
from pydantic import SecretStr

from bot.config import ClientSecret
from bot.sim.tenant import FOREVER, Cut, Fault, Respond, bad_gateway
from bot.sim.tenant.faults import Effect
from bot.sim.tenant.story import CLIENT_SECRET
from tests.scenario.faults.aftermath import nothing_is_lost
from tests.scenario.house import House

TOKEN = "oauth2/v2.0/token"
PASSING = {
    "throttled": Respond(429, retry_after=30),
    "throttled without a time": Respond(429),
    "busy": Respond(400, body={"error": "temporarily_unavailable", "error_codes": [90033]}),
    "500": Respond(500),
    "502 with HTML": bad_gateway(),
    "200 without a token": Respond(200, body={"token_type": "Bearer", "expires_in": 3599}),
    "200 that is no JSON": Respond(200, body="<html>Sign in</html>"),
    "cut": Cut(),
}


@pytest.fixture(autouse=True)
def _msal_goes_by_the_clock_of_the_house(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """MSAL keeps errors for a minute by a clock of its own, which nobody can inject."""
    began = time.time()
    told = SimpleNamespace(time=lambda: began + house.clock.monotonic())
    monkeypatch.setattr(msal.individual_cache, "time", told)


async def overdue(house: House) -> None:
    """Let the suspension end, and ten minutes pass in which nothing helps."""
    house.tenant.state.revoke_tokens()
    for minutes in (60, *(1,) * 10):
        await house.advance(minutes=minutes)
    assert house.mfa() == "disabled"
    assert "overdue" in house.shown()


@pytest.mark.parametrize("effect", list(PASSING.values()), ids=list(PASSING))
async def test_a_login_host_that_gives_no_token_for_a_while_is_asked_until_it_does(
    house: House, effect: Effect
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    away = house.tenant.faults.add(Fault(effect, api="login", path=TOKEN, times=FOREVER))
    await overdue(house)
    house.tenant.faults.remove(away)
    await house.advance(minutes=2)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


async def test_a_throttled_login_host_is_left_alone_as_long_as_it_asks(house: House) -> None:
    await house.suspended()
    house.tenant.state.revoke_tokens()
    pause = Respond(429, retry_after=50)
    throttled = house.tenant.faults.add(Fault(pause, api="login", path=TOKEN, times=FOREVER))
    await house.advance(hours=1)
    assert throttled.hits == 1
    for _ in range(4):
        await house.advance(seconds=10)
    assert throttled.hits == 1
    await house.advance(seconds=20)
    assert throttled.hits == 2


async def test_an_error_that_msal_replays_is_over_a_minute_after_the_repair(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.tenant.state.revoke_tokens()
    unknown = {"error": "unauthorized_client", "error_codes": [700016]}
    asked = house.tenant.faults.add(Fault(Respond(400, body=unknown), api="login", path=TOKEN))
    await house.advance(hours=1)
    await house.advance(seconds=30)
    assert asked.hits == 1
    assert house.mfa() == "disabled"  # repaired by now, and MSAL has not asked again
    await house.advance(seconds=31)
    await house.advance(seconds=60)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


async def test_an_expired_secret_is_named_and_a_restart_with_a_new_one_restores(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    tenant = house.tenant.state
    tenant.app = replace(
        tenant.app, secrets=frozenset({"new-secret"}), expired_secrets=frozenset({CLIENT_SECRET})
    )
    await overdue(house)
    page = house.thread()[-1]
    assert "the client secret has expired (AADSTS7000222)" in page
    assert "make a new one in the app registration and restart" in page

    renewed = house.configuration.settings.model_copy(
        update={"credential": ClientSecret(AZURE_CLIENT_SECRET=SecretStr("new-secret"))}
    )
    house.configuration = replace(house.configuration, settings=renewed)
    await house.crashes()
    await house.opens()
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


async def test_a_wrong_secret_is_named_until_it_is_right_again(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    tenant = house.tenant.state
    right, tenant.app = tenant.app, replace(tenant.app, secrets=frozenset({"another"}))
    await overdue(house)
    assert "the client secret is wrong (AADSTS7000215)" in house.thread()[-1]
    tenant.app = right
    await house.advance(minutes=2)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)
