"""Things happen to the subject while their MFA is suspended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.sim.tenant import Tenant
from bot.sim.tenant.story import LEE
from tests.scenario.faults.aftermath import nothing_is_lost
from tests.scenario.house import HANNA, House


def renamed(tenant: Tenant) -> None:
    tenant.add(replace(tenant.user(LEE), upn="lee.smit@contoso.com", display_name="Lee Smit", mail=None))


def made_an_administrator(tenant: Tenant) -> None:
    tenant.assign_role(LEE, "Global Administrator")


def disabled(tenant: Tenant) -> None:
    tenant.add(replace(tenant.user(LEE), enabled=False))


def stripped_of_all_methods(tenant: Tenant) -> None:
    tenant.add(replace(tenant.user(LEE), methods=()))


@pytest.mark.parametrize(
    "happens", [renamed, made_an_administrator, disabled, stripped_of_all_methods], ids=lambda it: it.__name__
)
async def test_whoever_the_subject_has_become_what_was_lowered_is_put_back(
    house: House, happens: Callable[[Tenant], None]
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=20)
    happens(house.tenant.state)
    await house.advance(minutes=30)
    await house.advance(minutes=10)
    assert house.mfa(LEE) == "enforced"
    assert "overdue" not in await house.events()
    await nothing_is_lost(house, before)


async def test_before_the_end_it_is_said_that_no_second_factor_is_left(house: House) -> None:
    await house.suspended()
    stripped_of_all_methods(house.tenant.state)
    await house.advance(minutes=50)
    assert "No second factor is registered" in house.direct(HANNA)


async def test_an_account_that_was_deleted_and_came_back_before_the_end_is_put_back(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=10)
    house.tenant.state.delete_user(LEE)
    await house.advance(minutes=20)
    house.tenant.state.undelete_user(LEE)
    await house.advance(minutes=20)
    await house.advance(minutes=10)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


async def test_an_account_that_is_deleted_for_good_ends_the_request(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.tenant.state.delete_user(LEE)
    await house.advance(hours=1)
    house.tenant.state.purge_user(LEE)
    await house.advance(hours=24)
    assert "subject deleted" in house.shown()
    await nothing_is_lost(house, before, gone=[LEE])


async def test_a_state_without_a_name_is_overwritten_by_nobody_and_people_are_called(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.tenant.state.set_mfa(LEE, "somethingNew")
    await house.advance(hours=1)
    for _ in range(4):
        await house.advance(minutes=1)
    assert house.mfa() == "somethingNew"
    assert "no per-user MFA state that Relatch knows" in house.thread()[-1]
    house.tenant.state.set_mfa(LEE, "enforced")
    await house.advance(minutes=1)
    assert "restored by someone else" in house.shown()
    await nothing_is_lost(house, before)
