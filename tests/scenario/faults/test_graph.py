"""Microsoft Graph misbehaves: throttles, breaks off, lags, forgets who we are."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sim.tenant import AFTER, Cut, Fault, Hold, Late, Respond, Stale, bad_gateway
from bot.sim.tenant.faults import Effect
from bot.sim.tenant.story import LEE
from tests.scenario.clock import START
from tests.scenario.faults.aftermath import nothing_is_lost
from tests.scenario.house import HANNA, OMAR, House

STATE = f"users/{LEE}/authentication/requirements"
IN_AN_HOUR = START + timedelta(hours=1)

NOT_MADE = {
    "429 with Retry-After": Respond(429, retry_after=20),
    "429 without Retry-After": Respond(429),
    "429 with a date as Retry-After": Respond(429, retry_after=IN_AN_HOUR + timedelta(seconds=20)),
    "500": Respond(500),
    "502 with HTML": bad_gateway(),
    "503": Respond(503, retry_after=5),
    "504": Respond(504),
    "connection cut before the change": Cut(),
}
MADE = {
    "connection cut after the change": Cut(AFTER),
    "429 after the change": Respond(429, AFTER, retry_after=20),
    "504 after the change": Respond(504, AFTER),
}
ALL = {**NOT_MADE, **MADE}


def each(faults: dict[str, Effect]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("effect", list(faults.values()), ids=list(faults))


@each(ALL)
async def test_an_unclear_answer_to_lowering_counts_as_lowered_and_is_put_back(
    house: House, effect: Effect
) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    house.tenant.faults.add(Fault(effect, method="PATCH", path=STATE))
    await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "enforced"
    assert [one.body for one in house.touches(LEE) if one.method == "PATCH"] == [
        {"perUserMfaState": "disabled"},
        {"perUserMfaState": "enforced"},
    ]
    await nothing_is_lost(house, before)
    assert "Entra did not confirm that MFA for Lee Jansen was turned off" in "\n".join(house.directs(HANNA))
    assert {"unconfirmed", "restored"} <= set(await house.events())
    assert before.differences(house.tenant.state.snapshot()) == ()


@each(ALL)
async def test_an_unclear_answer_to_putting_back_is_followed_by_another_attempt(
    house: House, effect: Effect
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    fault = house.tenant.faults.add(Fault(effect, method="PATCH", path=STATE))
    await house.advance(hours=1)
    assert fault.hits == 1
    assert "restored" not in await house.events()
    await house.advance(seconds=21)
    assert house.mfa() == "enforced"
    assert "restored" in await house.events()
    await nothing_is_lost(house, before)
    assert "overdue" not in await house.events()


async def test_graph_is_not_asked_again_before_the_time_it_names(house: House) -> None:
    await house.suspended()
    date = IN_AN_HOUR + timedelta(seconds=20)
    house.tenant.faults.add(Fault(Respond(429, retry_after=date), method="PATCH", path=STATE))
    await house.advance(hours=1)
    asked = len(house.touches(LEE))
    await house.advance(seconds=19)
    assert len(house.touches(LEE)) == asked
    await house.advance(seconds=1)
    assert house.mfa() == "enforced"


@each({name: ALL[name] for name in ("429 without Retry-After", "502 with HTML", "503")})
async def test_a_read_that_fails_for_a_while_proves_nothing_and_people_are_called(
    house: House, effect: Effect
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    away = house.tenant.faults.add(Fault(effect, method="GET", path=STATE, times=1000))
    await house.advance(hours=1)
    for _ in range(4):
        await house.advance(minutes=1)
        assert "restored" not in await house.events()
        assert "being restored" in house.shown()
    assert "overdue" in house.shown()
    house.tenant.faults.remove(away)
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    assert "5 minutes late" in house.shown()
    await nothing_is_lost(house, before)


@pytest.mark.parametrize("after", [30, 600])
async def test_a_lowering_that_lands_after_the_restore_is_found_and_put_back(
    house: House, after: int
) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    landed = asyncio.Event()
    house.tenant.faults.add(Fault(Late(landed), method="PATCH", path=STATE))
    await house.presses(OMAR, card, "Approve")
    while "restored Nov" not in house.shown():
        await house.advance(seconds=5)
    assert house.tenant.state.changes(LEE) == ()
    await house.advance(seconds=after)
    landed.set()
    assert house.mfa() == "disabled"
    for _ in range(16):
        await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]
    assert "slipped" in await house.events()
    assert any("is weaker again (found: disabled)" in line for line in house.thread())
    await nothing_is_lost(house, before)


async def test_reads_that_lag_twenty_seconds_delay_the_announcements_and_nothing_else(house: House) -> None:
    before = house.tenant.state.snapshot()
    house.tenant.faults.add(Fault(Stale(timedelta(seconds=20)), method="GET", path=STATE, times=10_000))
    card = await house.asks()
    await house.presses(OMAR, card, "Approve")
    assert "being applied" in house.shown()
    for _ in range(40):
        await house.advance(seconds=1)
    assert "active until" in house.shown()
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    assert "being restored" in house.shown()
    for _ in range(40):
        await house.advance(seconds=1)
    assert "restored" in house.shown()
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]
    await nothing_is_lost(house, before)


async def test_a_suspension_that_is_ended_at_once_is_put_back_whatever_lagging_reads_show(
    house: House,
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.tenant.faults.add(Fault(Stale(timedelta(seconds=20)), method="GET", path=STATE, times=10_000))
    await house.types(HANNA, "restore R-1")
    assert house.mfa() == "enforced"
    assert [change.new for change in house.tenant.state.changes(LEE)] == ["disabled", "enforced"]
    for _ in range(40):
        await house.advance(seconds=1)
    await nothing_is_lost(house, before)


async def test_a_token_that_ends_between_the_read_and_the_write_is_replaced(house: House) -> None:
    before = house.tenant.state.snapshot()
    house.tenant.state.token_lifetime = timedelta(hours=2)  # it does not end by itself meanwhile
    house.tenant.state.revoke_tokens()
    await house.suspended()
    await house.advance(minutes=58)  # the periodic look is over, so that the next read is the restore's
    gate = asyncio.Event()
    reading = house.tenant.faults.add(Fault(Hold(gate, AFTER), method="GET", path=STATE))
    house.clock.move(minutes=2)
    ending = asyncio.create_task(house.settled())
    await reading.hit.wait()
    gate.set()
    house.tenant.state.revoke_tokens()
    await ending
    assert house.mfa() == "enforced"
    assert [(one.method, one.status) for one in house.touches(LEE)][-3:] == [
        ("PATCH", 401),
        ("PATCH", 204),
        ("GET", 200),
    ]
    await nothing_is_lost(house, before)


async def test_a_claims_challenge_is_answered_with_a_newer_token(house: House) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    house.tenant.state.challenge_tokens()
    await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "disabled"
    house.tenant.state.challenge_tokens()
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    assert "overdue" not in await house.events()
    await nothing_is_lost(house, before)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_refusal_inside_a_batch_that_is_answered_200_decides_nothing(
    house: House, status: int
) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    within = house.tenant.faults.add(Fault(Respond(status), path=f"users/{LEE}/transitiveMemberOf", times=1))
    refused = await house.presses(OMAR, card, "Approve")
    assert within.hits == 1
    assert "could not be read in full" in refused
    assert house.tenant.state.changes() == ()
    await house.presses(OMAR, card, "Approve")
    assert house.mfa() == "disabled"
    await house.advance(hours=1)
    await nothing_is_lost(house, before)


async def test_what_a_batch_throttles_is_asked_again_without_the_rest(house: House) -> None:
    before = house.tenant.state.snapshot()
    card = await house.asks()
    asked = len(house.tenant.state.journal.requests)
    path = f"users/{LEE}/transitiveMemberOf"
    within = house.tenant.faults.add(Fault(Respond(429, retry_after=1), path=path, times=2))
    await house.presses(OMAR, card, "Approve")
    assert within.hits == 2
    assert house.mfa() == "disabled"
    paths = [one.path for one in house.tenant.state.journal.requests[asked:] if one.batched]
    assert paths.count(f"/{path}") == 2 + 2  # both looks at the subject, and twice again
    assert paths.count(f"/users/{LEE}/ownedObjects") == 2
    await house.advance(hours=1)
    await nothing_is_lost(house, before)


async def test_an_account_that_a_batch_does_not_find_by_a_proxys_mistake_is_not_deleted(
    house: House,
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.tenant.faults.add(Fault(Respond(404, body="<html>not here</html>"), path=LEE, times=200))
    await house.advance(hours=1)
    for _ in range(5):
        await house.advance(minutes=1)
    assert "subject_deleted" not in await house.events()
    house.tenant.faults.clear()
    await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    await nothing_is_lost(house, before)
