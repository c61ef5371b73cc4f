"""Many people at once, and moments that coincide."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.sim.tenant import Fault, Hold
from bot.sim.tenant.story import HANNA as HANNAS_ACCOUNT
from bot.sim.tenant.story import LEE
from bot.sim.workspace import Message
from tests.scenario.conftest import OpenHouse
from tests.scenario.faults.aftermath import CHATS, nothing_is_lost
from tests.scenario.faults.people import hire_approver
from tests.scenario.house import HANNA, NOOR, OMAR, House

STATE = f"users/{LEE}/authentication/requirements"
CROWD = 10
CLICKS = 200
both = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)


@both
async def test_two_hundred_clicks_of_ten_people_approve_once_and_everybody_is_answered(
    house: House,
) -> None:
    before = house.tenant.state.snapshot()
    crowd = [hire_approver(house, number) for number in range(CROWD)]
    card = await house.asks()
    clicks = [house.person(who).clicks(card, "Approve") for who in crowd * (CLICKS // CROWD)]
    acks = await asyncio.gather(*clicks)
    assert {(ack.status, ack.body) for ack in acks} == {(200, "")}
    await house.advance(seconds=1)  # who found no connection to the database is tried again

    answers = [house.reads(one) for who in crowd for one in house.workspace.seen_by(who)]
    assert len(answers) == CLICKS
    assert sum("R-1 is being applied" in answer for answer in answers) == 1
    assert [one.method for one in house.touches(LEE)].count("PATCH") == 1
    assert (await house.events()).count("applying") == 1
    await house.advance(hours=1)
    await nothing_is_lost(house, before)


@both
@pytest.mark.parametrize("first", ["approve", "deny"])
async def test_approved_and_denied_at_one_instant_is_one_of_both(house: House, first: str) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    await house.presses(NOOR, card, "Deny")
    noor = house.person(NOOR)
    deny = noor.submits(noor.view, {"Reason": "not today"})
    approve = house.person(OMAR).clicks(card, "Approve")
    await asyncio.gather(*((approve, deny) if first == "approve" else (deny, approve)))
    await house.settled()
    decided = [event for event in await house.events() if event in {"applying", "denied"}]
    assert len(decided) == 1
    told = {OMAR: house.private(OMAR), NOOR: house.direct(NOOR)}
    loser = NOOR if decided == ["applying"] else OMAR
    assert "R-1 is decided already" in told[loser]
    await house.advance(hours=1)
    await nothing_is_lost(house, before)


@both
async def test_an_extension_that_is_approved_while_it_is_being_restored_comes_too_late(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=30)
    card = await more_time(house)
    gate = asyncio.Event()
    putting_back = house.tenant.faults.add(Fault(Hold(gate), method="PATCH", path=STATE))
    house.clock.move(minutes=30)
    ending = asyncio.create_task(house.settled())
    await putting_back.hit.wait()
    late = house.person(OMAR).pressing(card, "Approve", version=card.versions[0])
    await house.workspace.interact(late)
    await house.until(lambda: "R-2" in house.private(OMAR))
    assert "R-2 is decided already: lapsed" in house.private(OMAR)
    gate.set()
    await ending
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


@both
async def test_an_extension_that_is_approved_a_moment_before_the_end_moves_it(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=30)
    card = await more_time(house)
    await house.advance(minutes=29)
    house.clock.move(seconds=59, microseconds=999_999)
    await house.presses(OMAR, card, "Approve")
    await house.advance(seconds=1)
    assert house.mfa() == "disabled"
    await house.advance(minutes=30)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)


@both
async def test_an_extension_that_is_approved_at_the_very_end_is_taken_or_refused_whole(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=30)
    card = await more_time(house)
    house.clock.move(minutes=30)
    await asyncio.gather(house.person(OMAR).clicks(card, "Approve"), house.settled())
    await house.settled()
    moved = "prolonged" in await house.events()
    assert house.mfa() == ("disabled" if moved else "enforced")
    assert ("done" if moved else "lapsed") in house.shown("R-2")
    await house.advance(minutes=30)
    await nothing_is_lost(house, before)


async def more_time(house: House) -> Message:
    """Let Hanna ask for half an hour more; return the card."""
    await house.types(HANNA, "extend R-1 by 30m because it takes longer")
    return house.card("R-2")


async def test_requester_and_approver_who_leave_before_the_quorum_leave_nothing_behind(
    open_house: OpenHouse,
) -> None:
    house = await open_house("approvals = 2\n")
    before = house.tenant.state.snapshot()
    card = await house.asks()
    await house.presses(OMAR, card, "Approve")
    house.workspace.change_person(OMAR, deleted=True)
    state = house.tenant.state
    state.add(replace(state.user(HANNAS_ACCOUNT), enabled=False))
    third = hire_approver(house, 1)
    await house.presses(NOOR, card, "Approve")
    assert "The requester may no longer ask" in await house.presses(third, card, "Approve")
    assert state.changes() == ()
    await house.advance(hours=8)
    assert "lapsed" in house.shown()
    assert CHATS[HANNAS_ACCOUNT] == HANNA
    await nothing_is_lost(house, before)
