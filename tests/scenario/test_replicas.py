"""Two processes on one PostgreSQL: everything is done once, whoever does it."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest

from approvals.agenda import LEASE
from approvals.runner import SAFETY_NET
from bot.sim.tenant import Fault, Hold
from bot.sim.tenant.story import LEE
from tests.scenario.house import ASKS, HANNA, LEES, OMAR, House
from tests.scenario.process import Process

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True)


async def test_two_processes_share_deliveries_work_and_the_record(house: House) -> None:
    other = Process(house.configuration, house.clock)
    await other.start()
    doors = [house.workspace.deliver_to, (await other.open()).slack]

    async def settled() -> None:
        for _ in range(2):  # what one has done may make something due for the other
            await asyncio.gather(house.process.settled(), other.settled())

    async def at_both(raw: bytes) -> None:
        headers = house.workspace.sign(raw)
        for door in doors:
            house.workspace.deliver_to = door
            assert (await house.workspace.deliver(raw, headers)).status == 200
        await settled()

    await at_both(urlencode(house.person(HANNA).commanding("/mfa", ASKS)).encode())
    assert len(house.cards()) == 1
    await house.person(OMAR).clicks(house.card(), "Approve")  # at the other door
    await settled()
    assert house.mfa() == "disabled"
    for minutes in (50, 10, 15):
        house.clock.move(minutes=minutes)
        await settled()
    assert "restored Nov 22, 2026 at 16:40:00 to enforced, checked" in house.shown()
    assert [one.method for one in house.touches(LEE)].count("PATCH") == 2
    assert sum("is restored to enforced" in told for told in house.directs(LEES)) == 1
    assert (await house.events()).count("restored") == 1
    await other.stop()


async def test_what_a_dead_process_held_is_in_other_hands_within_its_lease_and_half_a_minute(
    house: House,
) -> None:
    await house.suspended()
    never = asyncio.Event()
    sending = house.tenant.faults.add(
        Fault(Hold(never), method="PATCH", path=f"users/{LEE}/authentication/requirements")
    )
    house.clock.move(hours=1)
    ending = asyncio.create_task(house.settled())
    await sending.hit.wait()  # the first process is at it
    other = Process(house.configuration, house.clock)
    await other.start()
    await house.process.die()
    await asyncio.gather(ending, return_exceptions=True)

    house.clock.move(seconds=LEASE.total_seconds() - 1)
    await other.settled()
    assert house.mfa() == "disabled"
    house.clock.move(seconds=1 + SAFETY_NET.total_seconds())
    await other.settled()
    assert house.mfa() == "enforced"
    assert [one.method for one in house.touches(LEE)].count("PATCH") == 3  # one of them never arrived
    house.process, house.ops = other, other.serving.ops
    assert (await house.events()).count("restored") == 1
    assert (await house.scrape())['relatch_takeovers_total{kind="restore"}'] == 1
