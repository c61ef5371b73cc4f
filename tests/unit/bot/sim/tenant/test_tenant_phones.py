"""Phones and the default method in the simulated tenant, as the Graph docs have them."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from bot.sim.tenant import Fault, SimulatedTenant, Stale
from bot.sim.tenant.phones import IDS
from bot.sim.tenant.story import HANNA, LEE

PHONES = f"/v1.0/users/{HANNA}/authentication/phoneMethods"
PREFERENCES = f"/beta/users/{HANNA}/authentication/signInPreferences"
MOBILE = {"phoneNumber": "+31 612345678", "phoneType": "mobile"}


async def test_a_phone_is_created_changed_and_listed(graph: httpx.AsyncClient) -> None:
    made = await graph.post(PHONES, json=MOBILE)
    assert (made.status_code, made.json()["id"]) == (201, IDS["mobile"])
    changed = await graph.patch(f"{PHONES}/{IDS['mobile']}", json={**MOBILE, "phoneNumber": "+31 612345679"})
    assert (changed.status_code, changed.content) == (204, b"")
    [listed] = (await graph.get(PHONES)).json()["value"]
    assert (listed["phoneNumber"], listed["phoneType"]) == ("+31 612345679", "mobile")


@pytest.mark.parametrize(
    "body",
    [
        {"phoneNumber": "+31612345678", "phoneType": "mobile"},
        {"phoneNumber": "0612345678", "phoneType": "mobile"},
        {"phoneNumber": "+31 612345678x1", "phoneType": "mobile"},
        {"phoneNumber": "+31 612345678", "phoneType": "fax"},
        {"phoneNumber": "+31 612345678", "phoneType": "alternateMobile"},
        {"phoneNumber": "+31 612345678"},
        {**MOBILE, "smsSignInState": "ready"},
    ],
)
async def test_what_graph_does_not_take_is_refused(graph: httpx.AsyncClient, body: dict[str, str]) -> None:
    assert (await graph.post(PHONES, json=body)).status_code == 400
    assert (await graph.get(PHONES)).json()["value"] == []


async def test_of_each_type_there_is_one_and_a_type_stays(graph: httpx.AsyncClient) -> None:
    await graph.post(PHONES, json=MOBILE)
    assert (await graph.post(PHONES, json=MOBILE)).status_code == 400
    other = {**MOBILE, "phoneType": "office"}
    assert (await graph.patch(f"{PHONES}/{IDS['mobile']}", json=other)).status_code == 400
    assert (await graph.patch(f"{PHONES}/{IDS['office']}", json=other)).status_code == 404
    second = {**MOBILE, "phoneType": "alternateMobile"}
    assert (await graph.post(PHONES, json=second)).status_code == 201


async def test_a_first_phone_makes_enabled_enforced(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.set_methods(HANNA, lambda _: (), at=tenant.state.now())
    tenant.state.set_mfa(HANNA, "enabled")
    assert tenant.state.mfa(HANNA) == "enabled"
    await graph.post(PHONES, json=MOBILE)
    assert tenant.state.mfa(HANNA) == "enforced"


async def test_numbers_can_be_masked(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.state.masks_numbers = True
    [listed] = (await graph.get(PHONES.replace(HANNA, LEE))).json()["value"]
    assert listed["phoneNumber"] == "+X XXXXXXXX89"


async def test_reads_may_lag(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, advance: Callable[[float], None]
) -> None:
    advance(60)
    await graph.post(PHONES, json=MOBILE)
    await graph.patch(PREFERENCES, json={"userPreferredMethodForSecondaryAuthentication": "sms"})
    advance(1)
    tenant.faults.add(Fault(Stale(by=timedelta(seconds=30)), path=PHONES.removeprefix("/v1.0"), times=1))
    assert (await graph.get(PHONES)).json()["value"] == []
    assert len((await graph.get(PHONES)).json()["value"]) == 1


async def test_the_default_method_is_written_in_beta(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    wanted = {"userPreferredMethodForSecondaryAuthentication": "voiceMobile"}
    assert (await graph.patch(PREFERENCES, json=wanted)).status_code == 204
    assert (await graph.get(PREFERENCES)).json() | wanted == (await graph.get(PREFERENCES)).json()
    unknown = {"userPreferredMethodForSecondaryAuthentication": "fax"}
    assert (await graph.patch(PREFERENCES, json=unknown)).status_code == 400
    assert (await graph.patch(PREFERENCES.replace("beta", "v1.0"), json=wanted)).status_code in {400, 405}
    tenant.state.withdraw("UserAuthenticationMethod.ReadWrite.All")
    assert (await graph.patch(PREFERENCES, json=wanted)).status_code == 403


async def test_the_policy_of_methods_says_what_is_on(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.methods_allowed = frozenset({"Sms"})
    tenant.state.sms_sign_in = True
    body = (await graph.get("/v1.0/policies/authenticationMethodsPolicy")).json()
    states = {one["id"]: one["state"] for one in body["authenticationMethodConfigurations"]}
    assert (states["Sms"], states["Voice"]) == ("enabled", "disabled")
    [sms] = [one for one in body["authenticationMethodConfigurations"] if one["id"] == "Sms"]
    assert sms["includeTargets"][0]["isUsableForSignIn"] is True
