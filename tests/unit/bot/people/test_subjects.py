"""Whose MFA it is, over both simulated worlds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from approvals.errors import Gone, Later, Never
from approvals.model import ChatId, Person, PersonId, Protection
from bot.entra.client import GraphClient
from bot.entra.roles import Protect
from bot.entra.users import Users
from bot.people import Directory, resolve_protected
from bot.sim.tenant import FOREVER, Fault, Group, Respond, SimulatedTenant, User
from bot.sim.tenant.story import BREAK_GLASS, EXCHANGE_ADMIN, GUEST, HANNA, LEE, OMAR
from bot.sim.workspace import SimulatedWorkspace
from bot.sim.workspace.faults import Refuse
from commands.person_model import Unreadable, Use
from commands.ports import ByAddress, ByChat, ById
from tests.tenants import trips

from .conftest import Build

SUBJECT = PersonId(LEE)
PERSON = Person(SUBJECT, "Lee Jansen", "lee@contoso.com")
EVA = Person(PersonId(EXCHANGE_ADMIN), "Eva Lind", "eva@contoso.com")
OUTER = "a2000000-0000-4000-8000-0000000000aa"


async def test_a_subject_comes_with_their_account_in_the_chat(directory: Directory) -> None:
    facts = await directory.subject(SUBJECT)
    assert (facts.person.name, facts.person.upn, facts.person.chat) == (
        "Lee Jansen",
        "lee@contoso.com",
        "U0LEE",
    )
    assert (facts.guest, facts.enabled, facts.roles, facts.protected, facts.unreadable) == (
        False,
        True,
        (),
        (),
        (),
    )
    assert facts.second_factors == 2


async def test_the_table_names_a_subjects_account_first(build: Build) -> None:
    found = await build(table={ChatId("U0X"): "LEE@contoso.com"}).subject(SUBJECT)
    assert found.person.chat == "U0X"


@pytest.mark.parametrize(
    "change",
    [
        {"email": "other@contoso.com"},
        {"is_email_confirmed": False},
        {"deleted": True},
        {"is_bot": True},
        {"team_id": "T0FABRIKAM"},
    ],
)
async def test_a_subject_without_a_sure_account_has_none(
    directory: Directory, workspace: SimulatedWorkspace, change: dict[str, object]
) -> None:
    workspace.people["U0LEE"] = replace(workspace.people["U0LEE"], **change)
    assert (await directory.subject(SUBJECT)).person.chat is None


async def test_a_chat_that_does_not_answer_is_not_a_subject_without_account(
    directory: Directory, workspace: SimulatedWorkspace
) -> None:
    workspace.fault("users.lookupByEmail", Refuse("internal_error"), times=None)
    with pytest.raises(Later):
        await directory.subject(SUBJECT)


async def test_a_chat_that_will_not_tell_leaves_the_subject_without_account(
    directory: Directory, workspace: SimulatedWorkspace
) -> None:
    workspace.fault("users.lookupByEmail", Refuse("missing_scope"), times=None)
    assert (await directory.subject(SUBJECT)).person.chat is None


async def test_a_subject_takes_one_round_trip_to_graph_and_two_in_groups(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    await directory.subject(SUBJECT)
    assert len(trips(tenant)) == 1
    tenant.state.add(Group(id=OUTER, name="outer", members=frozenset({LEE})))
    await directory.subject(SUBJECT)
    assert len(trips(tenant)) == 3


@pytest.mark.parametrize(
    ("who", "rule"),
    [(EXCHANGE_ADMIN, "protect.roles"), (BREAK_GLASS, "protect.roles"), (OMAR, "protect.users")],
)
async def test_protected_people_are_told_by_rule(build: Build, who: str, rule: str) -> None:
    directory = build(protect=Protect(users=frozenset({PersonId(OMAR)})))
    facts = await directory.subject(PersonId(who))
    assert [key for key, _ in facts.protected] == [rule]


async def test_a_guest_and_a_disabled_account_are_told(directory: Directory, tenant: SimulatedTenant) -> None:
    assert (await directory.subject(PersonId(GUEST))).guest
    tenant.state.add(replace(tenant.state.user(LEE), enabled=False))
    assert not (await directory.subject(SUBJECT)).enabled


async def test_nobody_is_gone(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.delete_user(LEE)
    for ask in (directory.subject(SUBJECT), directory.status(PERSON), directory.find(ById(SUBJECT))):
        with pytest.raises(Gone):
            await ask


async def test_what_stays_unreadable_is_named_with_its_permission(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("RoleManagement.Read.Directory")
    [unreadable] = (await directory.subject(SUBJECT)).unreadable
    assert "RoleManagement.Read.Directory" in unreadable


async def test_what_is_unreadable_for_now_raises(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.faults.add(Fault(Respond(503), path="roleAssignments", times=FOREVER))
    with pytest.raises(Later):
        await directory.subject(SUBJECT)


async def test_methods_that_cannot_be_read_are_not_counted(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.withdraw("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All")
    facts = await directory.subject(SUBJECT)
    assert facts.second_factors is None
    assert facts.unreadable == ()


@pytest.mark.parametrize(
    ("who", "person"),
    [
        (ById(SUBJECT), LEE),
        (ByAddress("Lee.Jansen@contoso.com"), LEE),
        (ByChat(ChatId("U0LEE")), LEE),
        (ByChat(ChatId("U0OMAR")), OMAR),
        (ByAddress("pat@fabrikam.com"), GUEST),
    ],
)
async def test_people_are_found_however_they_are_written(
    directory: Directory, who: ById | ByAddress | ByChat, person: str
) -> None:
    assert (await directory.find(who)).id == person


@pytest.mark.parametrize(
    "who",
    [
        ById(PersonId("a1000000-0000-4000-8000-00000000ffff")),
        ByAddress("nobody@contoso.com"),
        ByChat(ChatId("U0NOBODY")),
        ByChat(ChatId("U0SAM")),
    ],
)
async def test_nobody_is_found_by_what_is_nobodys(
    directory: Directory, who: ById | ByAddress | ByChat
) -> None:
    with pytest.raises(Gone):
        await directory.find(who)


async def test_a_mention_of_an_unconfirmed_account_finds_nobody(
    directory: Directory, workspace: SimulatedWorkspace
) -> None:
    workspace.people["U0LEE"] = replace(workspace.people["U0LEE"], is_email_confirmed=False)
    with pytest.raises(Gone):
        await directory.find(ByChat(ChatId("U0LEE")))


async def test_an_ambiguous_address_is_refused(directory: Directory, tenant: SimulatedTenant) -> None:
    tenant.state.add(replace(tenant.state.user(HANNA), mail="lee@contoso.com"))
    with pytest.raises(Never) as refused:
        await directory.find(ByAddress("lee@contoso.com"))
    assert not isinstance(refused.value, Gone)


async def test_status_tells_everything(directory: Directory) -> None:
    status = await directory.status(PERSON)
    assert status.protection is Protection.ENFORCED
    assert (status.guest, status.enabled, status.synchronised) == (False, True, True)
    assert (status.roles, status.protected) == ((), ())
    assert not isinstance(status.methods, Unreadable)
    assert [method.use for method in status.methods].count(Use.SECOND_FACTOR) == 2


async def test_status_holds_no_number_and_no_whole_address(directory: Directory) -> None:
    told = repr(await directory.status(PERSON))
    assert not any(secret in told for secret in ("2065550189", "550189", "lee.private"))


async def test_status_says_what_protects(directory: Directory) -> None:
    status = await directory.status(EVA)
    assert status.roles == ("Exchange Administrator (eligible)",)
    assert status.protected == ("holds Exchange Administrator (eligible)",)


@pytest.mark.parametrize(
    ("withdrawn", "part"),
    [
        (["Policy.Read.All", "Policy.ReadWrite.AuthenticationMethod"], "protection"),
        (["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"], "methods"),
        (["RoleManagement.Read.Directory"], "roles"),
        (["RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory"], "roles"),
        (["GroupMember.Read.All"], "roles"),
    ],
)
async def test_status_names_what_each_unreadable_part_takes(
    directory: Directory, tenant: SimulatedTenant, withdrawn: list[str], part: str
) -> None:
    tenant.state.add(Group(id=OUTER, name="outer", members=frozenset({LEE})))
    tenant.state.withdraw(*withdrawn)
    status = await directory.status(PERSON)
    shown = {name: getattr(status, name) for name in ("protection", "methods", "roles")}
    assert [name for name, value in shown.items() if isinstance(value, Unreadable)] == [part]
    assert withdrawn[0] in shown[part].what_to_do


@pytest.mark.parametrize("status", [404, 429, 500])
async def test_status_shows_the_rest_while_one_part_fails(
    directory: Directory, tenant: SimulatedTenant, status: int
) -> None:
    tenant.faults.add(Fault(Respond(status), path="requirements|roleAssignments", times=FOREVER))
    shown = await directory.status(PERSON)
    assert isinstance(shown.protection, Unreadable)
    assert isinstance(shown.roles, Unreadable)
    assert not isinstance(shown.methods, Unreadable)


async def test_a_state_that_cannot_be_named_is_unreadable(
    directory: Directory, tenant: SimulatedTenant
) -> None:
    tenant.state.add(replace(tenant.state.user(LEE), mfa="unknownFutureValue"))
    assert isinstance((await directory.status(PERSON)).protection, Unreadable)


async def test_protected_people_are_resolved_to_ids(entra: GraphClient, tenant: SimulatedTenant) -> None:
    found = await resolve_protected(Users(entra), ["LEE@contoso.com", HANNA, "hanna@contoso.com"])
    assert found == {LEE, HANNA}
    assert len(trips(tenant)) == 1


async def test_each_protected_name_that_is_nobodys_is_a_fault(entra: GraphClient) -> None:
    entries = ["nobody@contoso.com", "lee@contoso.com", "a1000000-0000-4000-8000-00000000ffff"]
    faults = await resolve_protected(Users(entra), entries)
    assert isinstance(faults, tuple)
    assert [fault.place for fault in faults] == ["protect.users"] * 2
    assert "nobody@contoso.com" in str(faults[0])


@pytest.mark.parametrize(("status", "error"), [(503, Later), (403, Never)])
async def test_protected_people_who_cannot_be_read_are_no_fault_of_the_policy(
    entra: GraphClient, tenant: SimulatedTenant, status: int, error: type[Exception]
) -> None:
    tenant.faults.add(Fault(Respond(status), path="^/users", times=FOREVER))
    with pytest.raises(error):
        await resolve_protected(Users(entra), ["lee@contoso.com"])


async def test_no_protected_people_need_no_call(entra: GraphClient, tenant: SimulatedTenant) -> None:
    assert await resolve_protected(Users(entra), []) == frozenset()
    assert trips(tenant) == []


async def test_a_hostile_subject_is_read_in_bounds(directory: Directory, tenant: SimulatedTenant) -> None:
    lee = tenant.state.user(LEE)
    tenant.state.add(replace(lee, display_name="x" * 3000, methods=lee.methods * 15))
    tenant.state.add(User(id=OUTER, upn="other@contoso.com", display_name="Other"))
    facts = await directory.subject(SUBJECT)
    assert len(facts.person.name) == 256
    assert facts.second_factors == 30
