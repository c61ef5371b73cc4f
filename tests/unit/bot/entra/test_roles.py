"""Who is protected: every way to hold a role, and every way in which it cannot be seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from approvals.errors import Gone, Later, Never
from approvals.model import PersonId
from bot.entra.client import GraphClient
from bot.entra.dossier import Dossier, dossier
from bot.entra.lists import Unread
from bot.entra.roles import NOT_LOOKED_UP, Protect, RoleRule
from bot.sim.tenant import (
    FOREVER,
    EmptyPage,
    Fault,
    ForeignLink,
    Group,
    Respond,
    SimulatedTenant,
    Tenant,
)
from bot.sim.tenant.story import BREAK_GLASS, EXCHANGE_ADMIN, LEE
from tests.tenants import trips

INNER = "a2000000-0000-4000-8000-0000000000aa"
OUTER = "a2000000-0000-4000-8000-0000000000bb"
UNIT = "/administrativeUnits/a3000000-0000-4000-8000-000000000001"
IN_UNIT = "(in an administrative unit)"

Look = Callable[..., Awaitable[Dossier]]


@pytest.fixture
def look(entra: GraphClient) -> Look:
    async def run(protect: Protect | None = None, who: str = LEE) -> Dossier:
        return await dossier(entra, PersonId(who), protect or Protect())

    return run


def nested(state: Tenant) -> None:
    """Put Lee into a group within a group."""
    state.add(Group(id=INNER, name="inner", members=frozenset({LEE})))
    state.add(Group(id=OUTER, name="outer", members=frozenset({INNER})))


def through_group(state: Tenant) -> None:
    nested(state)
    state.assign_role(OUTER, "Helpdesk Administrator")


def through_group_in_unit(state: Tenant) -> None:
    nested(state)
    state.assign_role(OUTER, "Helpdesk Administrator", scope=UNIT)


def eligible_through_group(state: Tenant) -> None:
    nested(state)
    state.make_eligible(OUTER, "Helpdesk Administrator")


def eligible_in_unit(state: Tenant) -> None:
    state.make_eligible(LEE, "User Administrator", scope=UNIT)


def member_of_assignable(state: Tenant) -> None:
    nested(state)
    state.add(replace(state.groups[OUTER], role_assignable=True))


def owner_of_assignable(state: Tenant) -> None:
    state.add(Group(id=OUTER, name="outer", owners=frozenset({LEE}), role_assignable=True))


def restricted(state: Tenant) -> None:
    state.add(replace(state.user(LEE), management_restricted=True))


@pytest.mark.parametrize(
    ("arrange", "rule", "why"),
    [
        (lambda state: state.assign_role(LEE, "Directory Readers"), "protect.roles", "Directory Readers"),
        (
            lambda state: state.assign_role(LEE, "User Administrator", scope=UNIT),
            "protect.roles",
            f"User Administrator {IN_UNIT}",
        ),
        (
            lambda state: state.assign_role(LEE, "User Administrator", scope="/some-app"),
            "protect.roles",
            "User Administrator (in a limited scope)",
        ),
        (through_group, "protect.roles", "Helpdesk Administrator"),
        (through_group_in_unit, "protect.roles", f"Helpdesk Administrator {IN_UNIT}"),
        (
            lambda state: state.make_eligible(LEE, "Exchange Administrator"),
            "protect.roles",
            "Exchange Administrator (eligible)",
        ),
        (eligible_through_group, "protect.roles", "Helpdesk Administrator (eligible)"),
        (eligible_in_unit, "protect.roles", "User Administrator (eligible, in an administrative unit)"),
        (member_of_assignable, "protect.roles", "is in the role-assignable group “outer”"),
        (owner_of_assignable, "protect.roles", "owns the role-assignable group “outer”"),
        (restricted, "protect", "is in a restricted management administrative unit"),
    ],
)
async def test_each_way_to_hold_power_protects(
    look: Look, tenant: SimulatedTenant, *, arrange: Callable[[Tenant], None], rule: str, why: str
) -> None:
    arrange(tenant.state)
    found = await look()
    assert [key for key, _ in found.shield.protected] == [rule]
    assert why in found.shield.protected[0][1]
    assert found.shield.unread == ()


async def test_somebody_without_any_of_it_is_not_protected(look: Look) -> None:
    found = await look()
    assert found.shield.protected == ()
    assert found.shield.roles == ()
    assert found.shield.unread == ()


async def test_named_people_and_groups_protect_through_nested_groups(
    look: Look, tenant: SimulatedTenant
) -> None:
    nested(tenant.state)
    found = await look(Protect(groups=frozenset({OUTER}), users=frozenset({PersonId(LEE)})))
    assert found.shield.protected == (
        ("protect.groups", "is in the protected group “outer”"),
        ("protect.users", "is named among the protected people"),
    )


async def test_eligible_roles_count_as_the_policy_says(look: Look, tenant: SimulatedTenant) -> None:
    nested(tenant.state)
    tenant.state.make_eligible(OUTER, "User Administrator")
    found = await look(Protect(RoleRule.ACTIVE), EXCHANGE_ADMIN)
    assert found.shield.protected == ()
    assert (await look(Protect(RoleRule.ACTIVE))).shield.protected == ()
    assert not any("ligib" in one.path for one in tenant.state.journal.requests)


async def test_a_policy_without_roles_asks_for_none_and_says_so(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.withdraw("RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory")
    found = await look(Protect(RoleRule.NONE), BREAK_GLASS)
    assert found.shield.protected == ()
    assert found.shield.unread == ()
    assert found.shield.roles == (NOT_LOOKED_UP,)


async def test_roles_on_a_later_page_protect(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.page_size = 1
    roles = sorted(tenant.state.role_definitions.values(), key=lambda role: role.name)
    for role in roles:
        tenant.state.assign_role(LEE, role.name, scope=UNIT)
    found = await look()
    assert found.shield.roles == tuple(f"{role.name} {IN_UNIT}" for role in roles)


async def test_an_empty_first_page_is_not_the_end(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.assign_role(LEE, "User Administrator", scope=UNIT)
    tenant.faults.add(Fault(EmptyPage(), path="roleAssignments"))
    assert (await look()).shield.roles == (f"User Administrator {IN_UNIT}",)


LISTS = ["transitiveMemberOf", "ownedObjects", "roleAssignments", "roleEligibilityScheduleInstances"]


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_that_leads_to_another_host_is_unreadable(
    look: Look, tenant: SimulatedTenant, path: str
) -> None:
    tenant.faults.add(Fault(ForeignLink("evil.example"), path=path, times=FOREVER))
    [unread] = (await look()).shield.unread
    assert isinstance(unread.error, Never)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
async def test_a_list_that_is_refused_is_unreadable(
    look: Look, tenant: SimulatedTenant, path: str, status: int
) -> None:
    tenant.faults.add(Fault(Respond(status), path=path, times=FOREVER))
    [unread] = (await look()).shield.unread
    assert isinstance(unread.error, Never)
    assert f"{status}" in str(unread)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_list_that_fails_for_now_is_unreadable_for_now(
    look: Look, tenant: SimulatedTenant, path: str, status: int
) -> None:
    tenant.faults.add(Fault(Respond(status), path=path, times=FOREVER))
    [unread] = (await look()).shield.unread
    assert isinstance(unread.error, Later)


async def test_the_roles_of_a_group_that_cannot_be_read_are_told_as_unread(
    look: Look, tenant: SimulatedTenant
) -> None:
    nested(tenant.state)
    tenant.faults.add(Fault(Respond(403), path="roleAssignments", nth=3))
    [unread] = (await look()).shield.unread
    assert unread.what == "directory roles"


@pytest.mark.parametrize(
    ("withdrawn", "what", "named"),
    [
        (["GroupMember.Read.All"], "the properties of groups", "GroupMember.Read.All"),
        (["RoleManagement.Read.Directory"], "directory roles", "RoleManagement.Read.Directory"),
        (
            ["RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory"],
            "eligible roles",
            "RoleEligibilitySchedule.Read.Directory",
        ),
    ],
)
async def test_each_missing_permission_is_named(
    look: Look, tenant: SimulatedTenant, *, withdrawn: list[str], what: str, named: str
) -> None:
    nested(tenant.state)
    tenant.state.withdraw(*withdrawn)
    told = {unread.what: str(unread) for unread in (await look()).shield.unread}
    assert f"grant the app {named} with admin consent" in told[what]


async def test_a_role_whose_name_is_withheld_is_still_a_role(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.withdraw("RoleManagement.Read.Directory")
    found = await look(who=BREAK_GLASS)
    assert ("protect.roles", "holds a directory role") in found.shield.protected
    assert "directory roles" in {unread.what for unread in found.shield.unread}


@pytest.mark.parametrize(
    ("path", "what"), [("transitiveMemberOf", "memberships"), ("ownedObjects", "owned groups")]
)
@pytest.mark.parametrize("item", [{"id": INNER, "displayName": None}, {"@odata.type": None, "id": INNER}])
async def test_an_item_without_its_kind_is_not_passed_over(
    look: Look, tenant: SimulatedTenant, *, path: str, what: str, item: dict[str, object]
) -> None:
    tenant.faults.add(Fault(Respond(200, body={"value": [item]}), path=path, times=FOREVER))
    [unread] = (await look()).shield.unread
    assert unread.what == what


@pytest.mark.parametrize("value", [None, "none", {"a": 1}, [7]])
async def test_something_else_than_a_list_is_unreadable(
    look: Look, tenant: SimulatedTenant, value: object
) -> None:
    tenant.faults.add(Fault(Respond(200, body={"value": value}), path="roleAssignments", times=FOREVER))
    [unread] = (await look()).shield.unread
    assert unread.what == "directory roles"


async def test_an_assignment_without_a_name_is_shown_by_its_id(look: Look, tenant: SimulatedTenant) -> None:
    body = {"value": [{"roleDefinitionId": "abc", "directoryScopeId": "/", "roleDefinition": None}, {}]}
    tenant.faults.add(Fault(Respond(200, body=body), path="roleAssignments"))
    roles = (await look()).shield.roles
    assert roles == ("a directory role (abc)", "a directory role (in a limited scope)")


@pytest.mark.parametrize("status", [400, 403])
async def test_without_p2_nobody_is_eligible(look: Look, tenant: SimulatedTenant, status: int) -> None:
    nested(tenant.state)
    refusal = Respond(status, code="AadPremiumLicenseRequired")
    tenant.faults.add(Fault(refusal, path="roleEligibilityScheduleInstances", times=FOREVER))
    found = await look(who=EXCHANGE_ADMIN)
    assert found.shield.protected == ()
    assert found.shield.unread == ()


async def test_a_tenant_without_p2_still_protects_by_active_roles(
    look: Look, tenant: SimulatedTenant
) -> None:
    tenant.state.entra_id_p2 = False
    found = await look(who=BREAK_GLASS)
    assert found.shield.roles == ("Global Administrator",)
    assert found.shield.unread == ()


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "Authorization_RequestDenied"), (400, "BadRequest"), (404, "AadPremiumLicenseRequired")],
)
async def test_nothing_but_the_missing_licence_counts_as_no_eligible_roles(
    look: Look, tenant: SimulatedTenant, status: int, code: str
) -> None:
    refusal = Respond(status, code=code)
    tenant.faults.add(Fault(refusal, path="roleEligibilityScheduleInstances", times=FOREVER))
    [unread] = (await look(who=EXCHANGE_ADMIN)).shield.unread
    assert unread.what == "eligible roles"


async def test_the_missing_licence_excuses_no_other_list(look: Look, tenant: SimulatedTenant) -> None:
    refusal = Respond(403, code="AadPremiumLicenseRequired")
    tenant.faults.add(Fault(refusal, path="roleAssignments", times=FOREVER))
    [unread] = (await look()).shield.unread
    assert unread.what == "directory roles"


async def test_methods_that_cannot_be_read_do_not_hide_the_rest(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.withdraw("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All")
    found = await look()
    assert isinstance(found.methods, Unread)
    assert "UserAuthenticationMethod.Read.All" in found.methods.what_to_do
    assert found.shield.unread == ()


async def test_nobody_is_gone_and_not_unprotected(look: Look, tenant: SimulatedTenant) -> None:
    tenant.state.delete_user(LEE)
    with pytest.raises(Gone):
        await look()


async def test_a_hostile_directory_is_shown_in_bounds(look: Look, tenant: SimulatedTenant) -> None:
    state = tenant.state
    name = "g\u202e\n" + "x" * 3000
    state.add(Group(id=OUTER, name=name, members=frozenset({LEE}), role_assignable=True))
    state.add(replace(state.user(LEE), display_name=name, methods=state.user(LEE).methods * 20))
    found = await look()
    assert len(found.user.name) == 256
    assert all(len(why) < 200 and why.isprintable() for _, why in found.shield.protected)
    assert not isinstance(found.methods, Unread)
    assert len(found.methods) == 80


@pytest.mark.parametrize(("groups", "most"), [(0, 1), (1, 2), (10, 2), (40, 5)])
async def test_round_trips_stay_few(look: Look, tenant: SimulatedTenant, groups: int, most: int) -> None:
    for number in range(groups):
        group = f"a2000000-0000-4000-8000-0000000001{number:02}"
        tenant.state.add(Group(id=group, name=group, members=frozenset({LEE})))
    await look()
    assert len(trips(tenant)) == most
