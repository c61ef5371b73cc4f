"""The wall clock is set an hour forward or back, as a machine without a time server may find it."""

from __future__ import annotations

import pytest

from bot.sim.tenant import FOREVER, Fault, Respond
from bot.sim.tenant.story import LEE
from tests.scenario.faults.aftermath import nothing_is_lost
from tests.scenario.house import HANNA, OMAR, House

STATE = f"users/{LEE}/authentication/requirements"


async def test_a_clock_set_back_an_hour_makes_no_suspension_longer(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=10)
    house.clock.jump(hours=-1)
    await house.advance(minutes=49)
    assert house.mfa() == "disabled"
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


async def test_a_clock_set_forward_an_hour_ends_a_suspension_early_and_nothing_else(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=10)
    house.clock.jump(hours=1)
    await house.advance(seconds=1)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


async def test_a_clock_set_back_while_a_restore_is_being_tried_delays_no_attempt(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    away = house.tenant.faults.add(Fault(Respond(503), path=STATE, times=FOREVER))
    await house.advance(hours=1)
    await house.advance(minutes=3)
    house.clock.jump(hours=-1)
    house.tenant.faults.remove(away)
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    for _ in range(60):  # what was to be said by the clock before
        await house.advance(minutes=1)
    await nothing_is_lost(house, before)


@pytest.mark.parametrize("by", [1, -1])
async def test_a_clock_that_is_set_while_a_change_is_applied_leaves_nobody_lowered(
    house: House, by: int
) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    away = house.tenant.faults.add(Fault(Respond(503), method="GET", path=STATE, nth=3, times=FOREVER))
    await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "disabled"  # sent, and nobody could read whether it was made
    house.clock.jump(hours=by)
    house.tenant.faults.remove(away)
    for _ in range(12):
        await house.advance(minutes=1)
    await house.types(HANNA, "restore R-1")
    assert house.mfa() == "enforced"
    for _ in range(60):
        await house.advance(minutes=1)
    await nothing_is_lost(house, before)
