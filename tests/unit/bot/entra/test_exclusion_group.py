"""The exclusion group: what its addresses, its 400 and its 404 mean, and which groups can be one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from approvals.errors import Gone, Later, Never
from approvals.model import Lever, Means, PersonId, Protection
from bot.config import ConfigurationError, load_policy
from bot.entra.address import path
from bot.entra.client import GraphClient
from bot.entra.exclusion_group import unfit
from bot.entra.levers import Levers
from bot.people import resolve_group
from bot.sim.tenant import Fault, Group, Respond, SimulatedTenant
from bot.sim.tenant.faults import Stale
from bot.sim.tenant.story import LEE, OMAR
from bot.wiring import fit_for_the_lever

from .conftest import Host, graph_error

SUBJECT = PersonId(LEE)
GROUP = "e5000000-0000-4000-8000-000000000001"
NESTED = "e5000000-0000-4000-8000-000000000002"
BY = Means(Lever.EXCLUSION_GROUP, GROUP)
CHECK = f"/v1.0/users/{LEE}/checkMemberGroups"
MEMBERS = f"/v1.0/groups/{GROUP}/members"


@pytest.fixture
def levers(entra: GraphClient, tenant: SimulatedTenant) -> Levers:
    tenant.state.add(Group(id=GROUP, name="mfa-suspended", members=frozenset({OMAR})))
    tenant.state.grant("User.ReadWrite.All")
    return Levers(entra)


def members(tenant: SimulatedTenant) -> frozenset[str]:
    return tenant.state.groups[GROUP].members


async def test_every_address_that_changes_a_membership_ends_in_ref(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(204), httpx.Response(204)]
    levers = Levers(graph)
    await levers.lower(SUBJECT, BY, str(uuid4()))
    await levers.put_back(SUBJECT, BY, Protection.NOT_EXCLUDED, str(uuid4()))
    assert [request.method for request in host.received] == ["POST", "DELETE"]
    assert host.paths() == [f"{MEMBERS}/$ref", f"{MEMBERS}/{LEE}/$ref"]
    assert host.received[0].content.endswith(b"/v1.0/directoryObjects/" + LEE.encode() + b'"}')


@pytest.mark.parametrize(
    "where",
    [
        path("/groups/{}/members/{}", GROUP, LEE),
        path("/groups/{}/members/{}/", GROUP, LEE),
        path("/groups/{}/members/{}/$ref/", GROUP, LEE),
        path("/groups/{}/members/{}", GROUP, f"{LEE}/$ref"),
        path("/users/{}", LEE),
        path("/groups/{}", GROUP),
        path("/directoryObjects/{}", LEE),
    ],
)
async def test_the_client_sends_no_delete_that_could_remove_a_person(
    graph: GraphClient, host: Host, where: str
) -> None:
    with pytest.raises(ValueError, match="not to be removed"):
        await graph.delete("v1.0", where)  # type: ignore[arg-type]  # a Path, by its parameter a text
    assert host.received == []


async def test_others_in_the_group_stay_and_nobody_is_deleted(
    levers: Levers, tenant: SimulatedTenant
) -> None:
    await levers.lower(SUBJECT, BY, str(uuid4()))
    assert members(tenant) == {OMAR, LEE}
    await levers.put_back(SUBJECT, BY, Protection.NOT_EXCLUDED, str(uuid4()))
    assert members(tenant) == {OMAR}
    assert tenant.state.find_user(LEE) is not None


async def test_somebody_whom_a_nested_group_holds_is_excluded(
    levers: Levers, tenant: SimulatedTenant
) -> None:
    tenant.state.add(Group(id=NESTED, name="nested", members=frozenset({LEE})))
    tenant.state.add(replace(tenant.state.groups[GROUP], members=frozenset({NESTED})))
    assert await levers.read(SUBJECT, BY) is Protection.EXCLUDED


async def test_already_a_member_counts_as_made(levers: Levers, tenant: SimulatedTenant) -> None:
    tenant.state.add(replace(tenant.state.groups[GROUP], members=frozenset({LEE})))
    await levers.lower(SUBJECT, BY, str(uuid4()))
    assert members(tenant) == {LEE}


async def test_a_400_for_another_reason_is_no_change(graph: GraphClient, host: Host) -> None:
    host.script = [
        graph_error(400),
        httpx.Response(200, json={"value": []}),
    ]
    with pytest.raises(Never):
        await Levers(graph).lower(SUBJECT, BY, str(uuid4()))
    assert host.paths() == [f"{MEMBERS}/$ref", CHECK]


async def test_a_404_of_somebody_who_is_no_member_is_already_so(
    levers: Levers, tenant: SimulatedTenant
) -> None:
    await levers.put_back(SUBJECT, BY, Protection.NOT_EXCLUDED, str(uuid4()))
    assert members(tenant) == {OMAR}


async def test_a_404_of_somebody_who_is_deleted_is_gone(levers: Levers, tenant: SimulatedTenant) -> None:
    await levers.lower(SUBJECT, BY, str(uuid4()))
    tenant.state.delete_user(LEE)
    with pytest.raises(Gone):
        await levers.put_back(SUBJECT, BY, Protection.NOT_EXCLUDED, str(uuid4()))
    tenant.state.undelete_user(LEE)
    assert await levers.read(SUBJECT, BY) is Protection.EXCLUDED


async def test_a_404_while_a_read_still_shows_the_member_settles_nothing(
    levers: Levers, tenant: SimulatedTenant
) -> None:
    await levers.lower(SUBJECT, BY, str(uuid4()))
    tenant.faults.add(Fault(Respond(404), method="DELETE", path="/members/"))
    with pytest.raises(Later):
        await levers.put_back(SUBJECT, BY, Protection.NOT_EXCLUDED, str(uuid4()))


async def test_a_group_that_is_gone_excludes_nobody_and_takes_nobody(
    levers: Levers, tenant: SimulatedTenant
) -> None:
    await levers.lower(SUBJECT, BY, str(uuid4()))
    del tenant.state.groups[GROUP]
    assert await levers.read(SUBJECT, BY) is Protection.NOT_EXCLUDED
    await levers.put_back(SUBJECT, BY, Protection.NOT_EXCLUDED, str(uuid4()))
    with pytest.raises(Gone):
        await levers.lower(SUBJECT, BY, str(uuid4()))


@pytest.mark.parametrize("value", [Protection.EXCLUDED, Protection.DISABLED, Protection.ENFORCED])
async def test_nobody_is_put_back_into_the_group(
    levers: Levers, tenant: SimulatedTenant, value: Protection
) -> None:
    with pytest.raises(Never):
        await levers.put_back(SUBJECT, BY, value, str(uuid4()))
    assert members(tenant) == {OMAR}


async def test_an_answer_without_groups_proves_nothing(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(200, json={})]
    with pytest.raises(Later):
        await Levers(graph).read(SUBJECT, BY)


async def test_a_read_may_lag(levers: Levers, tenant: SimulatedTenant) -> None:
    await levers.lower(SUBJECT, BY, str(uuid4()))
    tenant.faults.add(Fault(Stale(timedelta(minutes=1)), path="checkMemberGroups", times=1))
    assert await levers.read(SUBJECT, BY) is Protection.NOT_EXCLUDED
    assert await levers.read(SUBJECT, BY) is Protection.EXCLUDED


POLICY = f"""
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
match_by = "email"
[suspend]
lever = "exclusion_group"
group = "{GROUP}"
"""
UNFIT = {
    "a rule": {"types": ("DynamicMembership",), "rule": 'user.department -eq "IT"'},
    "synchronised": {"synchronised": True},
    "directory roles": {"role_assignable": True},
    "managed in Exchange": {"mail": "mfa@contoso.com"},
}


@pytest.mark.parametrize("why", UNFIT)
async def test_a_group_whose_members_cannot_be_moved_is_named_at_the_start(
    levers: Levers, entra: GraphClient, tenant: SimulatedTenant, why: str
) -> None:
    assert await levers.read(SUBJECT, BY) is Protection.NOT_EXCLUDED
    assert await resolve_group(entra, GROUP) is None
    tenant.state.add(replace(tenant.state.groups[GROUP], **UNFIT[why]))  # type: ignore[arg-type]  # fields of Group
    fault = await resolve_group(entra, GROUP)
    assert fault is not None
    assert (fault.place, GROUP in fault.found, why in fault.found) == ("suspend.group", True, True)


async def test_a_group_that_is_missing_is_named_and_none_is_fine(entra: GraphClient) -> None:
    fault = await resolve_group(entra, NESTED)
    assert fault is not None
    assert "no group" in fault.found
    assert await resolve_group(entra, None) is None


async def test_a_group_that_will_not_do_stops_the_start(entra: GraphClient, tmp_path: Path) -> None:
    file = tmp_path / "relatch.toml"
    file.write_text(POLICY, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=GROUP):
        await fit_for_the_lever(entra, load_policy({"RELATCH_POLICY": str(file)}))


async def test_a_microsoft_365_group_will_do(entra: GraphClient, tenant: SimulatedTenant) -> None:
    tenant.state.add(Group(id=GROUP, name="mfa", types=("Unified",), mail="mfa@contoso.com"))
    assert await unfit(entra, GROUP) == ""


async def test_a_group_without_its_properties_will_not_do(graph: GraphClient, host: Host) -> None:
    host.script = [httpx.Response(200, json={"id": GROUP})]
    assert await unfit(graph, GROUP)
