"""Temporary Access Passes in the simulated tenant, as the Graph docs have them."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from bot.sim.tenant import AFTER, BEFORE, Cut, Fault, Group, Late, PassRules, Respond, SimulatedTenant, Stale
from bot.sim.tenant.faults import Effect
from bot.sim.tenant.passes import usable_pass
from bot.sim.tenant.story import AUTHENTICATOR, HANNA, LEE, OMAR, SG_SECURITY

PASSES = f"/v1.0/users/{LEE}/authentication/temporaryAccessPassMethods"
POLICY = "/v1.0/policies/authenticationMethodsPolicy"
TYPE = "#microsoft.graph.temporaryAccessPassAuthenticationMethod"
ASKED = {"lifetimeInMinutes": 60, "isUsableOnce": False}
# The answer of the Graph docs' example, as the facts about Microsoft hold it.
SAMPLE = {
    "@odata.type": TYPE,
    "id": "6f1967b7-15e8-4935-ac26-d50770ed07a7",
    "temporaryAccessPass": "+drkzqAD",
    "createdDateTime": "2022-06-02T16:21:09.765173Z",
    "startDateTime": "2022-06-05T00:00:00Z",
    "lifetimeInMinutes": 60,
    "isUsableOnce": False,
    "isUsable": False,
    "methodUsabilityReason": "NotYetValid",
}


def wire(path: str) -> str:
    return path.removeprefix("/v1.0")


@pytest.mark.parametrize("api", ["v1.0", "beta"])
async def test_a_pass_is_made_in_the_documented_shape(graph: httpx.AsyncClient, api: str) -> None:
    asked = {"startDateTime": "2036-06-05T00:00:00.000Z", **ASKED}
    made = await graph.post(PASSES.replace("v1.0", api), json=asked)
    body = {name: value for name, value in made.json().items() if name != "@odata.context"}
    same = ("@odata.type", "lifetimeInMinutes", "isUsableOnce", "isUsable", "methodUsabilityReason")
    assert made.status_code == 201
    assert {name: type(value) for name, value in body.items()} == {k: type(v) for k, v in SAMPLE.items()}
    assert {name: body[name] for name in same} == {name: SAMPLE[name] for name in same}
    assert body["startDateTime"] == "2036-06-05T00:00:00Z"
    assert len(body["temporaryAccessPass"]) >= 8


async def test_the_secret_is_in_the_answer_to_the_creation_alone(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    made = (await graph.post(PASSES, json=ASKED)).json()
    secret = made["temporaryAccessPass"]
    for where in (PASSES, f"{PASSES}/{made['id']}", f"/v1.0/users/{LEE}/authentication/methods"):
        later = await graph.get(where)
        assert made["id"] in later.text
        assert '"temporaryAccessPass":null' in later.text.replace(" ", "")
        assert secret not in later.text
    assert usable_pass(tenant.state, LEE) == secret
    assert tenant.state.passes == {made["id"]: secret}


async def test_another_pass_replaces_the_former_and_both_secrets_are_remembered(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    first, second = [(await graph.post(PASSES, json=ASKED)).json() for _ in range(2)]
    assert [one["id"] for one in (await graph.get(PASSES)).json()["value"]] == [second["id"]]
    assert (await graph.get(f"{PASSES}/{first['id']}")).status_code == 404
    assert usable_pass(tenant.state, LEE) == second["temporaryAccessPass"]
    assert set(tenant.state.passes.values()) == {
        first["temporaryAccessPass"],
        second["temporaryAccessPass"],
    }
    assert AUTHENTICATOR in tenant.state.user(LEE).methods


async def test_a_pass_is_removed_once(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    where = f"{PASSES}/{(await graph.post(PASSES, json=ASKED)).json()['id']}"
    removed = await graph.delete(where)
    assert (removed.status_code, removed.content) == (204, b"")
    assert (await graph.get(PASSES)).json()["value"] == []
    assert usable_pass(tenant.state, LEE) is None
    assert (await graph.delete(where)).status_code == 404
    assert len(tenant.state.passes) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"lifetimeInMinutes": 59},
        {"lifetimeInMinutes": 481},
        {"lifetimeInMinutes": 60.5},
        {"lifetimeInMinutes": "60"},
        {"lifetimeInMinutes": True},
        {"lifetimeInMinutes": None},
        {"isUsableOnce": "yes"},
        {"startDateTime": "tomorrow"},
        {"startDateTime": "2036-06-05T00:00:00"},
        {"temporaryAccessPass": "chosen-by-us"},
    ],
)
async def test_what_the_policy_does_not_allow_is_refused(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, body: dict[str, object]
) -> None:
    assert (await graph.post(PASSES, json=body)).status_code == 400
    assert tenant.state.passes == {}


async def test_a_policy_may_be_wider_than_graph(tenant: SimulatedTenant, graph: httpx.AsyncClient) -> None:
    tenant.state.pass_rules = PassRules(shortest=1, longest=99_999)
    for minutes, status in ((9, 400), (10, 201), (43_200, 201), (43_201, 400)):
        assert (await graph.post(PASSES, json={"lifetimeInMinutes": minutes})).status_code == status


async def test_what_is_left_out_is_as_the_policy_has_it(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.pass_rules = PassRules(usual=90, once=True, length=12)
    made = (await graph.post(PASSES, json={})).json()
    assert (made["lifetimeInMinutes"], made["isUsableOnce"]) == (90, True)
    assert len(made["temporaryAccessPass"]) == 12


async def test_one_sign_in_is_all_where_the_policy_says_so(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.pass_rules = PassRules(once=True)
    assert (await graph.post(PASSES, json=ASKED)).status_code == 400
    assert (await graph.post(PASSES, json={**ASKED, "isUsableOnce": True})).status_code == 201


async def test_while_the_method_is_off_none_is_made_and_none_can_be_used(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    await graph.post(PASSES, json=ASKED)
    tenant.state.methods_allowed -= {"TemporaryAccessPass"}
    assert (await graph.post(PASSES, json=ASKED)).status_code == 400
    [listed] = (await graph.get(PASSES)).json()["value"]
    assert (listed["isUsable"], listed["methodUsabilityReason"]) == (False, "DisabledByPolicy")
    assert usable_pass(tenant.state, LEE) is None


@pytest.mark.parametrize(
    ("rules", "who", "reason"),
    [
        (PassRules(included=(SG_SECURITY,)), OMAR, "EnabledByPolicy"),
        (PassRules(included=(SG_SECURITY,)), LEE, "DisabledByPolicy"),
        (PassRules(included=("outer",)), OMAR, "EnabledByPolicy"),
        (PassRules(excluded=(SG_SECURITY,)), OMAR, "DisabledByPolicy"),
        (PassRules(excluded=(SG_SECURITY,)), LEE, "EnabledByPolicy"),
        (PassRules(included=(SG_SECURITY,), excluded=("outer",)), OMAR, "DisabledByPolicy"),
        (PassRules(included=()), LEE, "DisabledByPolicy"),
    ],
)
async def test_whoever_is_no_target_is_given_one_that_cannot_be_used(  # noqa: PLR0917 (a row of the table)
    tenant: SimulatedTenant, graph: httpx.AsyncClient, rules: PassRules, who: str, reason: str
) -> None:
    tenant.state.add(Group(id="outer", name="outer", members=frozenset({SG_SECURITY})))
    tenant.state.pass_rules = rules
    made = await graph.post(PASSES.replace(LEE, who), json=ASKED)
    assert (made.status_code, made.json()["methodUsabilityReason"]) == (201, reason)
    assert (usable_pass(tenant.state, who) is not None) == (reason == "EnabledByPolicy")


async def test_a_pass_begins_and_ends_by_the_tenants_clock(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, advance: Callable[[float], None]
) -> None:
    tenant.state.pass_rules = PassRules(shortest=10)
    start = (tenant.state.now() + timedelta(minutes=10)).isoformat()
    await graph.post(PASSES, json={"lifetimeInMinutes": 10, "startDateTime": start})
    seen = []
    for minutes in (0, 10, 9, 1):
        advance(minutes * 60)
        [listed] = (await graph.get(PASSES)).json()["value"]
        seen.append((listed["methodUsabilityReason"], usable_pass(tenant.state, LEE) is not None))
    assert seen == [
        ("NotYetValid", False),
        ("EnabledByPolicy", True),
        ("EnabledByPolicy", True),
        ("Expired", False),
    ]


async def test_reads_may_lag(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, advance: Callable[[float], None]
) -> None:
    advance(60)
    made = (await graph.post(PASSES, json=ASKED)).json()
    advance(1)
    stale = Fault(Stale(by=timedelta(seconds=30)), path=wire(PASSES), times=2)
    tenant.faults.add(stale)
    assert (await graph.get(PASSES)).json()["value"] == []
    assert (await graph.get(f"{PASSES}/{made['id']}")).status_code == 404
    assert len((await graph.get(PASSES)).json()["value"]) == 1


@pytest.mark.parametrize(
    ("effect", "there"),
    [
        (Cut(BEFORE), False),
        (Cut(AFTER), True),
        (Respond(429, BEFORE), False),
        (Respond(429, AFTER), True),
        (Late(timedelta(seconds=30)), False),
    ],
)
async def test_whether_it_is_there_is_apart_from_what_was_answered(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, *, effect: Effect, there: bool
) -> None:
    tenant.faults.add(Fault(effect, method="POST", path=wire(PASSES), times=1))
    try:
        await graph.post(PASSES, json=ASKED)
    except httpx.RemoteProtocolError:
        assert isinstance(effect, Cut)
    assert (usable_pass(tenant.state, LEE) is not None) == there


async def test_a_late_pass_replaces_the_one_made_meanwhile(
    tenant: SimulatedTenant, graph: httpx.AsyncClient, advance: Callable[[float], None]
) -> None:
    tenant.faults.add(Fault(Late(timedelta(seconds=30)), method="POST", path=wire(PASSES), times=1))
    late, soon = [(await graph.post(PASSES, json=ASKED)).json() for _ in range(2)]
    assert usable_pass(tenant.state, LEE) == soon["temporaryAccessPass"]
    advance(31)
    assert usable_pass(tenant.state, LEE) == late["temporaryAccessPass"]


async def test_a_pass_is_no_second_factor_that_makes_enabled_enforced(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.set_methods(HANNA, lambda _: (), at=tenant.state.now())
    tenant.state.set_mfa(HANNA, "enabled")
    await graph.post(PASSES.replace(LEE, HANNA), json=ASKED)
    assert tenant.state.mfa(HANNA) == "enabled"


async def test_a_person_or_pass_that_is_not_there_is_404(graph: httpx.AsyncClient) -> None:
    nobody = PASSES.replace(LEE, "a1000000-0000-4000-8000-00000000dead")
    assert (await graph.get(nobody)).status_code == 404
    assert (await graph.post(nobody, json=ASKED)).status_code == 404
    assert (await graph.get(f"{PASSES}/{SAMPLE['id']}")).status_code == 404


async def test_the_policy_is_read_whole_or_for_one_method(
    tenant: SimulatedTenant, graph: httpx.AsyncClient
) -> None:
    tenant.state.pass_rules = PassRules(
        longest=600, usual=120, once=True, included=(SG_SECURITY,), excluded=("outer",)
    )
    one = (await graph.get(f"{POLICY}/authenticationMethodConfigurations/temporaryaccesspass")).json()
    context = one.pop("@odata.context")
    assert context.endswith("#authenticationMethodConfigurations/$entity")
    assert one == {
        "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
        "id": "TemporaryAccessPass",
        "state": "enabled",
        "defaultLifetimeInMinutes": 120,
        "defaultLength": 8,
        "minimumLifetimeInMinutes": 60,
        "maximumLifetimeInMinutes": 600,
        "isUsableOnce": True,
        "includeTargets": [{"targetType": "group", "id": SG_SECURITY, "isRegistrationRequired": False}],
        "excludeTargets": [{"targetType": "group", "id": "outer"}],
    }
    assert one in (await graph.get(POLICY)).json()["authenticationMethodConfigurations"]
    sms = (await graph.get(f"{POLICY}/authenticationMethodConfigurations/Sms")).json()
    assert sms["includeTargets"][0]["isUsableForSignIn"] is False
    assert (await graph.get(f"{POLICY}/authenticationMethodConfigurations/Pigeon")).status_code == 404
