"""Access passes over Graph: made once, never in a text, and what the tenant's policy lets one be."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from approvals.errors import Gone, Later, Never, PortError
from approvals.model import IssuePass, PersonId, StandingPass
from bot.entra.client import GraphClient
from bot.entra.factors import EntraRegistrations
from bot.entra.passes import NOT_THEIRS, OFF, EntraPasses
from bot.sim.tenant import EmptyPage, Fault, Group, PassRules, Respond, SimulatedTenant
from bot.sim.tenant.story import LEE, OMAR, SG_SECURITY
from commands import passes_model
from commands.factors_model import Unknown
from commands.passes_model import PassPolicy
from tests.tenants import trips
from tests.unit.bot.entra.conftest import Host, Reply, graph_error

WHO = PersonId(LEE)
SECRET = "planted+hush"
HOUR = timedelta(hours=1)
ASKED = IssuePass(HOUR, once=True)
PASSES = f"/v1.0/users/{LEE}/authentication/temporaryAccessPassMethods"
MADE = {
    "id": "6f1967b7-15e8-4935-ac26-d50770ed07a7",
    "temporaryAccessPass": SECRET,
    "createdDateTime": "2026-11-22T15:40:09.7651734Z",
    "lifetimeInMinutes": 60,
    "isUsableOnce": True,
    "isUsable": True,
    "methodUsabilityReason": "EnabledByPolicy",
}


def page(*items: object) -> httpx.Response:
    return httpx.Response(200, json={"value": list(items)})


# Making one


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (ASKED, {"lifetimeInMinutes": 60, "isUsableOnce": True}),
        (IssuePass(timedelta(minutes=90), once=False), {"lifetimeInMinutes": 90, "isUsableOnce": False}),
        (
            IssuePass(timedelta(minutes=61, seconds=59), once=True),
            {"lifetimeInMinutes": 61, "isUsableOnce": True},
        ),
    ],
)
async def test_a_pass_is_asked_for_in_whole_minutes_under_the_recorded_id(
    graph: GraphClient, host: Host, asked: IssuePass, body: Mapping[str, object]
) -> None:
    host.script = [httpx.Response(201, json=MADE)]
    made = await EntraPasses(graph).issue(WHO, asked, "c-1")
    assert (made.id, made.secret, made.unusable) == (MADE["id"], SECRET, "")
    assert SECRET not in f"{made!r} {made} {[made]}"
    [sent] = host.received
    assert (sent.method, sent.url.path, sent.headers["client-request-id"]) == ("POST", PASSES, "c-1")
    assert json.loads(sent.content) == body


@pytest.mark.parametrize(
    ("answer", "unusable"),
    [
        ({"isUsable": False, "methodUsabilityReason": "DisabledByPolicy"}, "DisabledByPolicy"),
        ({"isUsable": False, "methodUsabilityReason": "NotYetValid"}, "NotYetValid"),
        ({"isUsable": False, "methodUsabilityReason": None}, "for a reason that it does not name"),
        ({"isUsable": None, "methodUsabilityReason": "EnabledByPolicy"}, ""),
        ({"isUsable": None, "methodUsabilityReason": {"a": 1}}, "for a reason that it does not name"),
    ],
)
async def test_a_pass_that_nobody_can_use_says_why(
    graph: GraphClient, host: Host, answer: Mapping[str, object], unusable: str
) -> None:
    host.script = [httpx.Response(201, json={**MADE, **answer})]
    assert (await EntraPasses(graph).issue(WHO, ASKED, "c-1")).unusable == unusable


OPEN: Mapping[str, Reply] = {
    "time-out": httpx.ReadTimeout("slow"),
    "cut": httpx.RemoteProtocolError("cut"),
    "throttled": graph_error(429),
    "broken": graph_error(500),
    "gateway": httpx.Response(502, html="<html>"),
    "conflict": graph_error(409),
    "a 404 of a proxy": httpx.Response(404, html="<html>"),
    "empty": httpx.Response(204),
    "no JSON": httpx.Response(201, text=f"{SECRET}"),
    "a list": httpx.Response(201, json=[MADE]),
    "no id": httpx.Response(201, json={**MADE, "id": None}),
    "an empty id": httpx.Response(201, json={**MADE, "id": ""}),
    "a number as id": httpx.Response(201, json={**MADE, "id": 7}),
    "no secret": httpx.Response(201, json={**MADE, "temporaryAccessPass": None}),
    "an empty secret": httpx.Response(201, json={**MADE, "temporaryAccessPass": ""}),
    "the secret in a list": httpx.Response(201, json={**MADE, "temporaryAccessPass": [SECRET]}),
    "the secret in an error": httpx.Response(500, json={"error": {"code": f"a {SECRET}", "message": SECRET}}),
}


@pytest.mark.parametrize("reply", OPEN.values(), ids=OPEN)
async def test_every_answer_without_a_pass_is_open_sent_once_and_holds_no_secret(
    graph: GraphClient, host: Host, reply: Reply
) -> None:
    host.script = [reply]
    with capture_logs() as logged, pytest.raises(Later) as caught:
        await EntraPasses(graph).issue(WHO, ASKED, "c-1")
    assert len(host.received) == 1
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in str(logged)


@pytest.mark.parametrize(
    ("status", "kind", "advice"),
    [
        (400, Never, "the tenant's policy of Temporary Access Passes"),
        (403, Never, "UserAuthMethod-TAP.ReadWrite.All"),
        (404, Gone, "whether it was deleted"),
    ],
)
async def test_a_refusal_says_what_to_do(  # noqa: PLR0917 (a row of the table)
    graph: GraphClient, host: Host, status: int, kind: type[Never], advice: str
) -> None:
    host.script = [graph_error(status)]
    with pytest.raises(kind) as refused:
        await EntraPasses(graph).issue(WHO, ASKED, "c-1")
    assert advice in refused.value.what_to_do
    assert len(host.received) == 1


# Those that are there


async def test_all_pages_are_read_and_times_are_utc(graph: GraphClient, host: Host) -> None:
    following = {"value": [], "@odata.nextLink": f"https://graph.contoso.test{PASSES}?$skiptoken=2"}
    odd = [{"id": "b", "createdDateTime": text} for text in (None, "yesterday", "2026-11-22T15:40:09")]
    host.script = [httpx.Response(200, json=following), page(MADE, *odd)]
    found = await EntraPasses(graph).list(WHO)
    made_at = datetime(2026, 11, 22, 15, 40, 9, 765173, UTC)
    assert found == (StandingPass(str(MADE["id"]), made_at), *[StandingPass("b", None)] * 3)


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": ""}, {"id": 7}])
async def test_one_that_could_not_be_removed_is_not_passed_over(
    graph: GraphClient, host: Host, item: Mapping[str, object]
) -> None:
    host.script = [page(MADE, item)]
    with pytest.raises(Later, match="without its id"):
        await EntraPasses(graph).list(WHO)


async def test_the_permission_to_list_is_named(graph: GraphClient, host: Host) -> None:
    host.script = [graph_error(403)]
    with pytest.raises(Never) as refused:
        await EntraPasses(graph).list(WHO)
    assert "UserAuthenticationMethod.Read.All" in refused.value.what_to_do


# Removing


async def test_one_is_removed_at_its_own_address(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(204)]
    await EntraPasses(graph).remove(WHO, "a/b", "c-2")
    [sent] = host.received
    assert (sent.method, sent.headers["client-request-id"]) == ("DELETE", "c-2")
    assert host.paths() == [f"{PASSES}/a%2Fb"]


async def test_one_that_is_not_there_is_as_good_as_removed(graph: GraphClient, host: Host) -> None:
    host.script = [graph_error(404)]
    await EntraPasses(graph).remove(WHO, "b", "c-2")
    assert len(host.received) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (graph_error(403), Never),
        (graph_error(429), Later),
        (graph_error(500), Later),
        (httpx.Response(404, html="<html>"), Later),
        (httpx.ReadTimeout("slow"), Later),
    ],
)
async def test_a_removal_that_fails_says_so(
    graph: GraphClient, host: Host, reply: Reply, kind: type[PortError]
) -> None:
    host.script = [reply]
    with pytest.raises(kind) as failed:
        await EntraPasses(graph).remove(WHO, "b", "c-2")
    assert len(host.received) == 1
    if isinstance(failed.value, Never):
        assert "UserAuthMethod-TAP.ReadWrite.All" in failed.value.what_to_do


@pytest.mark.parametrize("one", ["", ".", "..", "$ref"])
async def test_what_is_no_id_leads_nowhere(graph: GraphClient, host: Host, one: str) -> None:
    with pytest.raises(Never):
        await EntraPasses(graph).remove(WHO, one, "c-2")
    assert host.received == []


# What the tenant's policy lets one be, in the simulated tenant


async def policy_of(entra: GraphClient, who: str = LEE) -> PassPolicy:
    return await EntraRegistrations(entra, lambda: 0.0).passes(PersonId(who))


def rules(*minutes: int, once: bool = False, replaces: bool | None = False) -> passes_model.PassRules:
    shortest, longest, usual = (timedelta(minutes=one) for one in minutes)
    return passes_model.PassRules(
        shortest=shortest, longest=longest, usual=usual, once=once, replaces=replaces
    )


async def test_the_lengths_are_the_tenants_in_one_trip(entra: GraphClient, tenant: SimulatedTenant) -> None:
    assert await policy_of(entra) == rules(60, 480, 60)
    tenant.state.pass_rules = PassRules(shortest=10, longest=43_200, usual=90, once=True)
    assert await policy_of(entra) == rules(10, 43_200, 90, once=True)
    assert len(trips(tenant)) == 2


async def test_a_method_that_is_off_makes_none(entra: GraphClient, tenant: SimulatedTenant) -> None:
    tenant.state.methods_allowed -= {"TemporaryAccessPass"}
    assert await policy_of(entra) == OFF


@pytest.mark.parametrize(
    ("included", "excluded", "omar", "lee"),
    [
        (("all_users",), (), True, True),
        ((SG_SECURITY.upper(),), (), True, False),
        (("a4000000-0000-4000-8000-000000000001",), (), True, False),
        (("all_users",), (SG_SECURITY,), False, True),
        ((SG_SECURITY,), ("a4000000-0000-4000-8000-000000000001",), False, False),
        (("all_users",), ("all_users",), False, False),
        ((LEE,), (), False, True),
        (("all_users",), (LEE,), True, False),
        ((), (), False, False),
    ],
)
async def test_whom_the_policy_is_for(  # noqa: PLR0917 (a row of the table)
    entra: GraphClient,
    tenant: SimulatedTenant,
    included: tuple[str, ...],
    excluded: tuple[str, ...],
    omar: bool,  # noqa: FBT001 (a row of the table)
    lee: bool,  # noqa: FBT001 (a row of the table)
) -> None:
    outer = Group(id="a4000000-0000-4000-8000-000000000001", name="outer", members=frozenset({SG_SECURITY}))
    tenant.state.add(outer)
    tenant.state.pass_rules = PassRules(included=included, excluded=excluded)
    for who, theirs in ((OMAR, omar), (LEE, lee)):
        assert await policy_of(entra, who) == (rules(60, 480, 60) if theirs else NOT_THEIRS)


async def test_more_groups_than_graph_checks_at_once_are_all_checked(
    entra: GraphClient, tenant: SimulatedTenant
) -> None:
    others = tuple(f"a5000000-0000-4000-8000-0000000000{n:02}" for n in range(45))
    tenant.state.pass_rules = PassRules(included=(*others, SG_SECURITY))
    assert await policy_of(entra, OMAR) == rules(60, 480, 60)
    assert await policy_of(entra) == NOT_THEIRS


async def test_one_that_would_be_replaced_is_told(entra: GraphClient, tenant: SimulatedTenant) -> None:
    await EntraPasses(entra).issue(WHO, ASKED, "c7b8f0a2-3f5e-4d1a-9c55-0d7c1f0a9e11")
    assert await policy_of(entra) == rules(60, 480, 60, replaces=True)
    tenant.faults.add(Fault(EmptyPage(), path=r".*temporaryAccessPassMethods", times=1))
    assert await policy_of(entra) == rules(60, 480, 60, replaces=True)
    [method] = [one for one in tenant.state.user(LEE).methods if "lifetimeInMinutes" in one]
    ended = {**method, "startDateTime": "2026-01-01T00:00:00Z"}
    tenant.state.set_methods(LEE, lambda _: (ended,), at=tenant.state.now())
    assert await policy_of(entra) == rules(60, 480, 60)


async def test_where_passes_cannot_be_listed_it_is_open_whether_one_is_replaced(
    entra: GraphClient, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw(*[one for one in tenant.state.granted if one.startswith("UserAuth")])
    assert await policy_of(entra) == rules(60, 480, 60, replaces=None)


async def test_what_cannot_be_read_is_unknown_with_what_to_do(
    entra: GraphClient, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod")
    found = await policy_of(entra)
    assert isinstance(found, Unknown)
    assert "Policy.Read.All" in found.what_to_do


async def test_a_group_that_cannot_be_checked_leaves_it_unknown(
    entra: GraphClient, tenant: SimulatedTenant
) -> None:
    tenant.state.pass_rules = PassRules(included=(SG_SECURITY,))
    tenant.faults.add(Fault(Respond(403), path=r".*/checkMemberGroups", times=1))
    found = await policy_of(entra)
    assert isinstance(found, Unknown)
    assert "GroupMember.Read.All" in found.what_to_do


# Odd answers


def answering(configuration: object, listed: object = None, status: int = 200) -> Reply:
    """Answer the batch: the policy, then the list of passes."""
    responses = [
        {"id": "1", "status": status, "headers": {}, "body": configuration},
        {"id": "2", "status": 200, "headers": {}, "body": listed or {"value": []}},
    ]
    return httpx.Response(200, json={"responses": responses})


EVERYBODY = {"state": "enabled", "includeTargets": [{"id": "all_users"}]}
LENGTHS = ("minimumLifetimeInMinutes", "maximumLifetimeInMinutes", "defaultLifetimeInMinutes")


@pytest.mark.parametrize(
    ("lengths", "minutes"),
    [
        ((None, None, None), (60, 480, 60)),
        (("60", 480.0, [60]), (60, 480, 60)),
        ((True, 480, 60), (60, 480, 60)),
        ((9, 43_201, 60), (60, 480, 60)),
        ((-60, 2**70, 0), (60, 480, 60)),
        ((480, 60, 90), (60, 480, 60)),
        ((120, 240, 60), (120, 240, 120)),
        ((10, 30, 60), (10, 30, 30)),
        ((60, 60, 60), (60, 60, 60)),
    ],
)
async def test_lengths_that_are_none_are_the_documented_ones(
    graph: GraphClient, host: Host, lengths: tuple[object, ...], minutes: tuple[int, ...]
) -> None:
    found = dict(zip(LENGTHS, lengths, strict=True))
    host.script = [answering({**EVERYBODY, **found, "isUsableOnce": False})]
    assert await policy_of(graph) == rules(*minutes)


@pytest.mark.parametrize("value", [None, "false", 0, True])
async def test_a_pass_is_for_one_sign_in_unless_the_policy_says_otherwise(
    graph: GraphClient, host: Host, value: object
) -> None:
    host.script = [answering({**EVERYBODY, "isUsableOnce": value})]
    assert await policy_of(graph) == rules(60, 480, 60, once=True)


@pytest.mark.parametrize("state", [None, "disabled", "unknownFutureValue", "Enabled", True])
async def test_only_what_is_enabled_is_on(graph: GraphClient, host: Host, state: object) -> None:
    host.script = [answering({**EVERYBODY, "state": state})]
    assert await policy_of(graph) == OFF


@pytest.mark.parametrize("targets", [None, "all_users", {}, [], [None], ["all_users"], [{}], [{"id": None}]])
async def test_targets_that_are_none_include_nobody(graph: GraphClient, host: Host, targets: object) -> None:
    host.script = [answering({"state": "enabled", "includeTargets": targets})]
    assert await policy_of(graph) == NOT_THEIRS


@pytest.mark.parametrize("targets", [None, "all_users", [None]])
async def test_targets_that_are_none_exclude_nobody(graph: GraphClient, host: Host, targets: object) -> None:
    host.script = [answering({**EVERYBODY, "isUsableOnce": False, "excludeTargets": targets})]
    assert await policy_of(graph) == rules(60, 480, 60)


@pytest.mark.parametrize(
    "reply",
    [
        answering({"error": {"code": "notFound"}}, status=404),
        answering({"error": {"code": "accessDenied"}}, status=403),
        graph_error(400),
        graph_error(404),
        httpx.Response(200, json={"responses": None}),
        httpx.Response(200, html="<html>"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_no_answer_to_the_question_is_unknown_and_raises_nothing(
    graph: GraphClient, host: Host, reply: Reply
) -> None:
    host.script = [reply]
    assert isinstance(await policy_of(graph), Unknown)


async def test_a_person_that_cannot_be_an_address_is_unknown(graph: GraphClient, host: Host) -> None:
    assert isinstance(await policy_of(graph, ".."), Unknown)
    assert host.received == []


@pytest.mark.parametrize("listed", [{"value": None}, {"value": [7]}, {"nothing": 1}])
async def test_a_list_that_is_none_leaves_open_what_is_replaced(
    graph: GraphClient, host: Host, listed: object
) -> None:
    host.script = [answering({**EVERYBODY, "isUsableOnce": False}, listed), httpx.Response(200, json=listed)]
    assert await policy_of(graph) == rules(60, 480, 60, replaces=None)
