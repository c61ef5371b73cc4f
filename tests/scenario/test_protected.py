"""Whom nobody may touch. The rules never reach SQL, so all but one of these run on SQLite alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.sim.tenant import EmptyPage, Fault, ForeignLink, Group, Respond, Tenant
from bot.sim.tenant.story import EXCHANGE_ADMIN, GUEST, LEE
from bot.sim.tenant.story import OMAR as OMARS
from tests.scenario.conftest import OpenHouse
from tests.scenario.house import ASKS, HANNA, OMAR, House

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

TEAM = "a2000000-0000-4000-8000-00000000000a"
DIVISION = "a2000000-0000-4000-8000-00000000000b"


def through_a_group(tenant: Tenant) -> None:
    tenant.add(Group(id=TEAM, name="Team", members=frozenset({LEE})))
    tenant.add(Group(id=DIVISION, name="Division", members=frozenset({TEAM})))
    tenant.assign_role(DIVISION, "User Administrator")


def eligible_through_a_group(tenant: Tenant) -> None:
    tenant.add(Group(id=TEAM, name="Team", members=frozenset({LEE})))
    tenant.make_eligible(TEAM, "User Administrator")


def in_a_unit(tenant: Tenant) -> None:
    tenant.assign_role(LEE, "Helpdesk Administrator", scope="/administrativeUnits/1")


def in_a_role_assignable_group(tenant: Tenant) -> None:
    tenant.add(Group(id=TEAM, name="Tier zero", members=frozenset({LEE}), role_assignable=True))


def owner_of_a_role_assignable_group(tenant: Tenant) -> None:
    tenant.add(Group(id=TEAM, name="Tier zero", owners=frozenset({LEE}), role_assignable=True))


def in_a_restricted_unit(tenant: Tenant) -> None:
    tenant.add(replace(tenant.user(LEE), management_restricted=True))


def disabled(tenant: Tenant) -> None:
    tenant.add(replace(tenant.user(LEE), enabled=False))


def a_guest(tenant: Tenant) -> None:
    tenant.add(replace(tenant.user(LEE), kind="Guest"))


def without_the_right_to_read_groups(tenant: Tenant) -> None:
    tenant.withdraw("GroupMember.Read.All")
    tenant.add(Group(id=TEAM, name="Team", members=frozenset({LEE})))


def without_the_right_to_read_roles(tenant: Tenant) -> None:
    tenant.withdraw("RoleManagement.Read.Directory")


def without_the_right_to_read_eligible_roles(tenant: Tenant) -> None:
    tenant.withdraw("RoleManagement.Read.Directory", "RoleEligibilitySchedule.Read.Directory")


def with_a_state_that_has_no_name(tenant: Tenant) -> None:
    tenant.set_mfa(LEE, "somethingNew")


@on_sqlite
@pytest.mark.parametrize(
    ("why", "rule", "says"),
    [
        (through_a_group, "protect.roles", "holds User Administrator"),
        (eligible_through_a_group, "protect.roles", "holds User Administrator (eligible)"),
        (in_a_unit, "protect.roles", "holds Helpdesk Administrator (in an administrative unit)"),
        (in_a_role_assignable_group, "protect.roles", "is in the role-assignable group “Tier zero”"),
        (owner_of_a_role_assignable_group, "protect.roles", "owns the role-assignable group “Tier zero”"),
        (in_a_restricted_unit, "protect", "is in a restricted management administrative unit"),
        (disabled, "subject", "The account of Lee Jansen is disabled"),
        (a_guest, "subject", "Lee Jansen is a guest"),
        (without_the_right_to_read_groups, "protect", "could not be read in full"),
        (without_the_right_to_read_roles, "protect", "RoleManagement.Read.Directory"),
        (without_the_right_to_read_eligible_roles, "protect", "could not be read in full"),
        (with_a_state_that_has_no_name, "facts", "no per-user MFA state that Relatch knows"),
    ],
)
async def test_who_is_protected_or_cannot_be_judged_is_refused_by_a_rule_with_a_name(
    house: House, why: Callable[[Tenant], None], rule: str, says: str
) -> None:
    why(house.tenant.state)
    before = house.tenant.state.snapshot()
    refused = await house.types(HANNA, ASKS)
    assert refused.startswith("Not done, nothing changed.")
    assert says in refused
    assert f"(`{rule}`)" in refused
    await nothing_happened(house, before)
    assert [by for _, by in await house.refusals()] == [rule]


async def nothing_happened(house: House, before: object) -> None:
    assert house.tenant.state.snapshot() == before
    assert house.cards() == []
    assert house.workspace.pinged() == frozenset()


async def test_the_exchange_administrator_of_the_story_is_protected_by_an_eligible_role(house: House) -> None:
    refused = await house.types(HANNA, "disable eva@contoso.com for 1h ticket INC-7 because new phone")
    assert refused == (
        "Not done, nothing changed. Eva Lind holds Exchange Administrator (eligible); "
        "such people are protected (`protect.roles`). Ask identity operations. R-1 · 2026-11-22 15:40 UTC"
    )
    [line] = [line for line in await house.lines() if line["event"] == "refused"]
    assert line["request"] == 1
    assert line["facts"] == {"to": "suspend", "rule": "protect.roles"}

    status = await house.types(HANNA, "status eva@contoso.com")
    assert "MFA enforced" in status
    assert "Second factors not shown: this person is protected" in status
    assert "Phone" not in status
    assert house.tenant.state.changes(EXCHANGE_ADMIN) == ()


@on_sqlite
async def test_people_and_groups_that_the_policy_names_are_protected(open_house: OpenHouse) -> None:
    house = await open_house(f'[protect]\nusers = ["lee@contoso.com"]\ngroups = ["{TEAM}"]\n')
    assert "Lee Jansen is named among the protected people" in await house.types(HANNA, ASKS)
    house.tenant.state.add(Group(id=DIVISION, name="Board", members=frozenset({OMARS})))
    house.tenant.state.add(Group(id=TEAM, name="Very important", members=frozenset({DIVISION})))
    refused = await house.types(HANNA, "disable omar@contoso.com for 1h because new phone")
    assert "is in the protected group “Very important”" in refused
    assert "(`protect.groups`)" in refused
    assert house.cards() == []


@on_sqlite
async def test_a_tenant_without_p2_has_nobody_eligible_and_still_protects_active_roles(house: House) -> None:
    house.tenant.state.entra_id_p2 = False
    await house.asks()
    house.tenant.state.assign_role(LEE, "Directory Readers")
    assert "holds Directory Readers" in await house.presses(OMAR, house.card(), "Approve")
    assert house.tenant.state.changes() == ()


@on_sqlite
async def test_every_page_is_read_and_a_page_elsewhere_is_not_followed(house: House) -> None:
    state = house.tenant.state
    state.page_size = 1
    for number in range(4):
        state.add(Group(id=f"{TEAM[:-1]}{number}", name=f"Team {number}", members=frozenset({LEE})))
    state.add(Group(id=DIVISION, name="Tier zero", members=frozenset({LEE}), role_assignable=True))
    house.tenant.faults.add(Fault(EmptyPage(), path=f"users/{LEE}/transitiveMemberOf"))
    assert "is in the role-assignable group “Tier zero”" in await house.types(HANNA, ASKS)

    house.clock.move(minutes=2)
    house.tenant.faults.add(Fault(ForeignLink("evil.example"), path=f"users/{LEE}/ownedObjects", times=2))
    refused = await house.types(HANNA, ASKS)
    assert "could not be read in full: owned groups" in refused
    assert house.cards() == []


@on_sqlite
async def test_guests_and_people_who_are_nobody_get_a_clear_answer(house: House) -> None:
    pat = house.tenant.state.user(GUEST).upn
    assert "is a guest: their own organisation answers for their MFA" in await house.types(
        HANNA, f"disable {pat} for 1h because new phone"
    )
    assert "Not found: nobody@contoso.com." in await house.types(HANNA, "status nobody@contoso.com")
    house.tenant.faults.add(Fault(Respond(403), path="/users", times=9))
    refused = await house.types(HANNA, "status lee@contoso.com")
    assert "A fact that decides this could not be read: Graph answered 403" in refused
    assert "(`facts`). Grant the app User.Read.All with admin consent" in refused
