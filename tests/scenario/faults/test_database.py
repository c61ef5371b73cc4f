"""The database goes away, comes back, takes no writes, or fails one of them, in the middle of it all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import URL

from bot.sim.workspace import Message
from tests.scenario.faults import databases
from tests.scenario.faults.aftermath import nothing_is_lost
from tests.scenario.house import ASKS, HANNA, OMAR, House

on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True)
Failing = Callable[[URL], AbstractContextManager[None]]


def url(house: House) -> URL:
    return house.configuration.settings.database.url


async def insisting(house: House, who: str, text: str) -> str:
    """Let *who* type a command until it is done, as the answer advises; a second passes in between."""
    for _ in range(20):
        answer = await house.types(who, text)
        await house.advance(seconds=1)
        if "The database" not in answer and "Something unexpected" not in answer and answer:
            return answer
    raise AssertionError(answer)


def newest(house: House, label: str) -> Message:
    """Return the newest card of *label*: one whose place could not be written down is posted again."""
    return [card for card in house.cards() if card.text.startswith(f"{label} ")][-1]


async def story(house: House) -> None:
    """Let Lee be suspended, with a bit more time, whatever has to be tried again."""
    answer = await insisting(house, HANNA, ASKS)
    label = "R-" + answer.partition("R-")[2].partition(" ")[0]
    for _ in range(20):
        await house.advance(seconds=1)
        card = newest(house, label)
        if "Approve" not in house.buttons(card):
            break
        await house.presses(OMAR, card, "Approve")
    for _ in range(12):
        await house.advance(seconds=5)
    assert "active until" in house.reads(newest(house, label))
    await house.advance(hours=1)
    for _ in range(12):
        await house.advance(seconds=5)


@on_postgres
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_connections_that_are_ended_under_load_lose_nothing(house: House, seed: int) -> None:
    before = house.tenant.state.snapshot()
    with databases.restarting(url(house), seed) as cut:
        await story(house)
    assert len(cut) > 5
    await nothing_is_lost(house, before)


@on_postgres
@pytest.mark.parametrize("state", ["40001", "40P01"], ids=["serialisation", "deadlock"])
async def test_transactions_that_have_to_be_repeated_are_repeated(house: House, state: str) -> None:
    before = house.tenant.state.snapshot()
    with databases.hiccuping(url(house), state=state, every=25):
        await story(house)
    assert f"SQLSTATE {state}" in house.logs.text
    await nothing_is_lost(house, before)


@on_postgres
async def test_without_a_database_mfa_comes_back_from_memory_and_is_written_down_later(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=50)
    with databases.away(url(house)):
        await house.advance(minutes=10)
        assert "does not answer" in (await house.types(HANNA, "list"))
        assert house.mfa() == "disabled"
        await house.advance(minutes=2)
        assert house.mfa() == "enforced"
        assert house.pages() == 1
        await house.advance(minutes=30)
        assert house.pages() == 1
    await house.advance(seconds=1)
    assert "restored" in house.shown()
    assert "put back from memory" in await house.events()
    await nothing_is_lost(house, before)


@pytest.mark.parametrize(
    ("backend", "failing"),
    [("sqlite", databases.locked), ("sqlite", databases.full), ("postgres", databases.standing_by)],
    indirect=["backend"],
    ids=["a lock that is kept", "a full disk", "a standby"],
)
async def test_a_database_that_takes_no_writes_keeps_nobody_lowered(house: House, failing: Failing) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    with failing(url(house)):
        for number in range(100):  # there may be room left for a while
            if "database" in await house.types(HANNA, f"disable lee@contoso.com because no. {number}"):
                break
            await house.advance(seconds=10)
        await house.advance(hours=1)
        for _ in range(8):
            await house.advance(seconds=30)
        assert house.mfa() == "enforced"
    for _ in range(5):
        await house.advance(minutes=1)
    assert "restored" in house.shown()
    await nothing_is_lost(house, before)


async def test_a_lock_that_is_held_for_half_a_minute_delays_a_restore_and_no_more(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    with databases.locked(url(house)):
        await house.advance(hours=1)
        for _ in range(6):
            await house.advance(seconds=5)
        assert house.mfa() == "disabled"
        assert "SQLITE_BUSY" in await house.types(HANNA, "restore R-1") or "SQLITE_BUSY" in house.logs.text
    await house.advance(seconds=1)
    assert house.mfa() == "enforced"
    assert "put back from memory" not in await house.events()
    await nothing_is_lost(house, before)
