"""The process dies at an awkward moment, and another one is started on the same database."""

from __future__ import annotations

import asyncio

from bot.sim.tenant import AFTER, Fault, Hold
from bot.sim.tenant.faults import Effect
from bot.sim.tenant.story import LEE
from bot.sim.workspace import Hold as HoldChat
from tests.scenario.house import HANNA, NOOR, OMAR, House


def writing(effect: Effect) -> Fault:
    """Return what befalls the next write of Lee's state."""
    return Fault(effect, method="PATCH", path=f"users/{LEE}/authentication/requirements")


async def test_a_request_waits_through_a_crash_and_its_buttons_still_work(house: House) -> None:
    card = await house.asks()
    await house.crashes()
    house.clock.move(minutes=14)
    await house.opens()
    assert "waiting for approval" in house.shown()
    await house.advance(minutes=1)
    assert "Still waiting for approval" in house.thread()[-1]
    await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "disabled"
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    assert (await house.events()).count("started") == 2


async def test_a_card_that_was_never_posted_is_posted_after_the_crash(house: House) -> None:
    never = asyncio.Event()
    held = house.workspace.fault("chat.postMessage", HoldChat(never))
    await house.person(HANNA).types("/mfa", "disable lee@contoso.com for 1h because phone broken")
    await house.until(lambda: held.taken)
    await house.crashes()
    assert house.cards() == []
    house.clock.move(seconds=61)  # the dead process's lease
    await house.opens()
    assert "waiting for approval" in house.shown()


async def test_a_change_that_was_sent_and_landed_is_found_and_ends_in_time(house: House) -> None:
    card = await house.asks()
    gate = asyncio.Event()
    sending = house.tenant.faults.add(writing(Hold(gate, AFTER)))
    await house.person(OMAR).clicks(card, "Approve")
    await sending.hit.wait()
    await house.until(lambda: house.mfa() == "disabled")
    await house.crashes()
    assert "waiting for approval" not in house.shown()
    house.clock.move(seconds=50)
    await house.opens()
    assert "being applied" in house.shown()
    await house.advance(seconds=11)
    assert "active until Nov 22, 2026 at 16:41" in house.shown()
    assert [one.method for one in house.touches(LEE)].count("PATCH") == 1
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 16:41:01 to enforced, checked" in house.shown()


async def test_a_change_that_never_arrived_counts_as_made_and_a_late_one_is_taken_back(house: House) -> None:
    card = await house.asks()
    gate = asyncio.Event()
    sending = house.tenant.faults.add(writing(Hold(gate)))
    await house.person(OMAR).clicks(card, "Approve")
    await sending.hit.wait()
    await house.crashes()
    house.clock.move(minutes=2)
    await house.opens()
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 15:42:00 to enforced, checked" in house.shown()
    assert any("It counts as off and is being restored" in line for line in house.thread())
    assert [one.method for one in house.touches(LEE)].count("PATCH") == 2  # the lost one, and putting back

    gate.set()  # the change of the dead process arrives after all
    await house.until(lambda: house.mfa() == "disabled")
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    assert any("had been restored and is weaker again" in line for line in house.thread())
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]


async def test_a_suspension_that_ended_while_nothing_ran_is_put_back_and_says_why_it_is_late(
    house: House,
) -> None:
    await house.suspended()
    await house.advance(minutes=47)
    await house.crashes()
    house.clock.move(minutes=26)
    assert house.mfa() == "disabled"
    await house.opens()
    assert house.mfa() == "enforced"
    late = "13 minutes late: Relatch was down from 16:27 UTC"
    assert f"restored Nov 22, 2026 at 16:53:00 to enforced, checked, {late}" in house.shown()
    assert house.thread()[-1].endswith(f"checked Nov 22, 2026 at 16:53:00, {late}.")
    assert late in house.direct(HANNA)
    assert (await house.scrape())["relatch_restore_lateness_seconds_sum"] == 13 * 60


async def test_a_restore_that_was_under_way_is_finished_by_the_next_process(house: House) -> None:
    await house.suspended()
    never = asyncio.Event()
    sending = house.tenant.faults.add(writing(Hold(never)))
    house.clock.move(hours=1)
    pressed = await house.person(NOOR).types("/mfa", "restore R-1")
    assert pressed.status == 200
    await sending.hit.wait()
    await house.crashes()
    assert house.mfa() == "disabled"
    await house.opens()
    await house.advance(seconds=61)
    assert house.mfa() == "enforced"
    assert "restored Nov 22, 2026 at 16:41:01 to enforced, checked" in house.shown()
    assert (await house.events()).count("restored") == 1
