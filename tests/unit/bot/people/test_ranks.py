"""Who may ask and decide, over both simulated worlds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.errors import Later, Never
from approvals.model import Caller, ChatId
from bot.people import Directory, MatchBy, Principals
from bot.sim.tenant import FOREVER, Fault, Group, Respond, SimulatedTenant, User
from bot.sim.tenant.story import GUEST, HANNA, NOOR, OMAR, SG_SECURITY
from bot.sim.workspace import SimulatedWorkspace
from bot.sim.workspace.faults import Refuse
from bot.sim.workspace.story import TEAM
from tests.tenants import trips

from .conftest import Build

OUTER = "a2000000-0000-4000-8000-0000000000aa"
TWIN = "a1000000-0000-4000-8000-0000000000aa"


def caller(chat: str = "U0HANNA", workspace: str = TEAM) -> Caller:
    return Caller(ChatId(chat), workspace)


async def test_a_requester_is_one_by_their_user_group(directory: Directory) -> None:
    hanna = await directory.standing(caller())
    assert hanna.person
    assert (hanna.person.id, hanna.person.name, hanna.person.chat) == (HANNA, "Hanna de Boer", "U0HANNA")
    assert (hanna.requester, hanna.approver, hanna.barred) == (True, False, "")


async def test_an_approver_is_one_by_their_user_group(directory: Directory) -> None:
    for chat, person in (("U0OMAR", OMAR), ("U0NOOR", NOOR)):
        found = await directory.standing(caller(chat))
        assert found.person
        assert found.person.id == person
        assert (found.requester, found.approver) == (False, True)


async def test_facts_are_as_old_as_the_start_of_their_reading(build: Build, tenant: SimulatedTenant) -> None:
    before = tenant.state.now()
    found = await build().standing(caller())
    assert before <= found.at <= min(one.at for one in trips(tenant))


@pytest.mark.parametrize(
    ("side", "who"),
    [
        (Principals(users=frozenset({ChatId("U0HANNA")})), "U0HANNA"),
        (Principals(usergroups=frozenset({"S0SECURITY", "S0HELPDESK"})), "U0HANNA"),
        (Principals(groups=frozenset({SG_SECURITY})), "U0OMAR"),
        (Principals(groups=frozenset({OUTER})), "U0OMAR"),
        (Principals(frozenset({ChatId("U0X")}), frozenset({"S0DUTY"}), frozenset({OUTER})), "U0OMAR"),
    ],
)
async def test_the_policy_may_name_people_user_groups_and_nested_groups(
    build: Build, tenant: SimulatedTenant, side: Principals, who: str
) -> None:
    tenant.state.add(Group(id=OUTER, name="outer", members=frozenset({SG_SECURITY})))
    found = await build(requesters=side, approvers=Principals()).standing(caller(who))
    assert (found.requester, found.approver) == (True, False)


async def test_somebody_whom_the_policy_does_not_name_may_do_nothing(build: Build) -> None:
    nobody = Principals(users=frozenset({ChatId("U0LEE")}), groups=frozenset({SG_SECURITY}))
    found = await build(requesters=nobody, approvers=nobody).standing(caller())
    assert (found.requester, found.approver, found.barred) == (False, False, "")


async def test_a_membership_that_ends_counts_at_once(
    directory: Directory, workspace: SimulatedWorkspace
) -> None:
    assert (await directory.standing(caller())).requester
    workspace.groups["S0HELPDESK"] = replace(workspace.groups["S0HELPDESK"], users=())
    assert not (await directory.standing(caller())).requester


@pytest.mark.parametrize(
    ("who", "word"),
    [
        (caller(workspace="T0FABRIKAM"), "another workspace"),
        (caller("U0SAM"), "another workspace"),
        (caller("U0GUEST"), "Guests"),
        (caller("U0NOBODY"), "no such account"),
        (caller("U0LEE"), "people.table"),
    ],
)
async def test_who_does_not_belong_is_barred_in_words(build: Build, *, who: Caller, word: str) -> None:
    named = Principals(users=frozenset({who.chat}))
    found = await build(requesters=named, approvers=named).standing(who)
    assert word in found.barred
    assert (found.person, found.requester, found.approver) == (None, False, False)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "bots"),
        ({"is_ultra_restricted": True}, "Guests"),
        ({"is_stranger": True}, "another workspace"),
        ({"team_id": "T0FABRIKAM"}, "another workspace"),
    ],
)
async def test_an_account_that_changes_is_barred_at_once(
    directory: Directory, workspace: SimulatedWorkspace, change: dict[str, object], word: str
) -> None:
    workspace.people["U0HANNA"] = replace(workspace.people["U0HANNA"], **change)
    found = await directory.standing(caller())
    assert word in found.barred
    assert not found.requester


@pytest.mark.parametrize(("change", "word"), [({"enabled": False}, "disabled"), ({"kind": "Guest"}, "guest")])
async def test_an_account_that_changes_in_entra_is_barred_at_once(
    directory: Directory, tenant: SimulatedTenant, change: dict[str, object], word: str
) -> None:
    tenant.state.add(replace(tenant.state.user(HANNA), **change))
    found = await directory.standing(caller())
    assert word in found.barred
    assert found.person
    assert found.person.id == HANNA
    assert not found.requester


async def test_an_account_deleted_in_entra_is_barred(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.delete_user(HANNA)
    found = await directory.standing(caller())
    assert "does not exist" in found.barred
    assert found.person is None


async def test_a_confirmed_address_binds_to_the_one_member_who_has_it(
    build: Build, tenant: SimulatedTenant
) -> None:
    tenant.state.add(replace(tenant.state.user(HANNA), upn="h.berg@contoso.com"))
    found = await build(match_by=MatchBy.EMAIL).standing(caller())
    assert found.person
    assert found.person.upn == "h.berg@contoso.com"
    assert found.requester


async def test_an_unconfirmed_address_binds_to_nobody(build: Build, workspace: SimulatedWorkspace) -> None:
    workspace.people["U0HANNA"] = replace(workspace.people["U0HANNA"], is_email_confirmed=False)
    found = await build(match_by=MatchBy.EMAIL).standing(caller())
    assert "not confirmed" in found.barred
    assert found.person is None


def _twin(**changes: object) -> User:
    twin = User(id=TWIN, upn="twin@contoso.com", display_name="Twin", proxies=("smtp:Hanna@contoso.com",))
    return replace(twin, **changes)


async def test_an_address_of_two_members_binds_to_nobody(build: Build, tenant: SimulatedTenant) -> None:
    tenant.state.add(_twin())
    found = await build(match_by=MatchBy.EMAIL).standing(caller())
    assert "Several" in found.barred
    assert not found.requester


@pytest.mark.parametrize("change", [{"enabled": False}, {"kind": "Guest"}])
async def test_a_disabled_or_guest_twin_does_not_count(
    build: Build, tenant: SimulatedTenant, change: dict[str, object]
) -> None:
    tenant.state.add(_twin(**change))
    found = await build(match_by=MatchBy.EMAIL).standing(caller())
    assert found.person
    assert found.person.id == HANNA


async def test_mail_alone_binds_to_nobody(build: Build, tenant: SimulatedTenant) -> None:
    hanna = replace(tenant.state.user(HANNA), upn="h@contoso.com", proxies=(), mail="hanna@contoso.com")
    tenant.state.add(hanna)
    found = await build(match_by=MatchBy.EMAIL).standing(caller())
    assert "No enabled member" in found.barred
    assert found.person is None


@pytest.mark.parametrize("change", [{"enabled": False}, {"kind": "Guest"}])
async def test_the_only_holder_of_an_address_must_be_an_enabled_member(
    build: Build, tenant: SimulatedTenant, change: dict[str, object]
) -> None:
    tenant.state.add(replace(tenant.state.user(HANNA), **change))
    found = await build(match_by=MatchBy.EMAIL).standing(caller())
    assert found.barred
    assert not found.requester


@pytest.mark.parametrize("match_by", MatchBy)
@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
async def test_a_chat_that_does_not_answer_raises(
    build: Build, workspace: SimulatedWorkspace, match_by: MatchBy, method: str
) -> None:
    workspace.fault(method, Refuse("internal_error"), times=None)
    with pytest.raises(Later):
        await build(match_by=match_by).standing(caller())


@pytest.mark.parametrize("match_by", MatchBy)
@pytest.mark.parametrize(("status", "error"), [(503, Later), (403, Never)])
async def test_a_directory_that_does_not_answer_raises(
    build: Build, tenant: SimulatedTenant, *, match_by: MatchBy, status: int, error: type[Exception]
) -> None:
    tenant.faults.add(Fault(Respond(status), path="^/users", times=FOREVER))
    with pytest.raises(error):
        await build(match_by=match_by).standing(caller())


async def test_a_membership_that_cannot_be_read_raises(build: Build, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(403), path="checkMemberGroups", times=FOREVER))
    with pytest.raises(Never) as refused:
        await build(approvers=Principals(groups=frozenset({SG_SECURITY}))).standing(caller())
    assert "GroupMember.Read.All" in refused.value.what_to_do


async def test_a_user_group_that_is_not_there_is_a_fault_of_the_policy(build: Build) -> None:
    side = Principals(usergroups=frozenset({"S0GONE"}))
    with pytest.raises(Never) as refused:
        await build(approvers=side).standing(caller())
    assert "S0GONE" in refused.value.why
    with pytest.raises(Never):
        await build(approvers=side).approvers()


async def test_a_group_that_is_not_in_entra_is_a_fault_of_the_policy(build: Build) -> None:
    with pytest.raises(Never) as refused:
        await build(approvers=Principals(groups=frozenset({OUTER}))).approvers()
    assert OUTER in refused.value.why
    assert "policy" in refused.value.what_to_do


async def test_the_approvers_are_those_who_could_decide_now(directory: Directory) -> None:
    found = await directory.approvers()
    assert [(one.id, one.chat) for one in found] == [(NOOR, "U0NOOR"), (OMAR, "U0OMAR")]


@pytest.mark.parametrize("match_by", MatchBy)
async def test_approvers_out_of_standing_are_left_out(
    build: Build, tenant: SimulatedTenant, workspace: SimulatedWorkspace, match_by: MatchBy
) -> None:
    tenant.state.add(replace(tenant.state.user(NOOR), enabled=False))
    workspace.people["U0HANNA"] = replace(workspace.people["U0HANNA"], deleted=True)
    users = frozenset(map(ChatId, ("U0OMAR", "U0NOOR", "U0HANNA", "U0GUEST", "U0SAM", "U0GONE")))
    found = await build(approvers=Principals(users=users), match_by=match_by).approvers()
    assert [one.id for one in found] == [OMAR]


@pytest.mark.parametrize("match_by", MatchBy)
async def test_approvers_in_entra_groups_are_those_with_an_account_in_the_chat(
    build: Build, tenant: SimulatedTenant, workspace: SimulatedWorkspace, match_by: MatchBy
) -> None:
    del workspace.people["U0NOOR"]
    tenant.state.add(Group(id=OUTER, name="outer", members=frozenset({SG_SECURITY, GUEST})))
    found = await build(approvers=Principals(groups=frozenset({OUTER})), match_by=match_by).approvers()
    assert [(one.id, one.chat) for one in found] == [(OMAR, "U0OMAR")]


async def test_approvers_take_two_round_trips_to_graph_at_most(build: Build, tenant: SimulatedTenant) -> None:
    await build(approvers=Principals(groups=frozenset({SG_SECURITY}))).approvers()
    assert len(trips(tenant)) == 2


async def test_approvers_that_cannot_be_read_raise(build: Build, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(503), path="^/users", times=FOREVER))
    with pytest.raises(Later):
        await build().approvers()
