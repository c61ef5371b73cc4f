"""Slack misbehaves: throttles, goes away, loses the channel, the card or the way to answer."""

from __future__ import annotations

import pytest

from bot.sim.workspace import CutAfter, CutBefore, Refuse, Status
from bot.sim.workspace.faults import Answer
from tests.scenario.conftest import OpenHouse
from tests.scenario.faults.aftermath import nothing_is_lost
from tests.scenario.faults.people import hire
from tests.scenario.house import ASKS, CHANNEL, HANNA, LEES, OMAR, House

SAYING = "chat.*|conversations.open"
DUTY = "U0DUTY"
CROWD = 8


async def seconds_pass(house: House, seconds: int) -> None:
    for _ in range(seconds):
        await house.advance(seconds=1)


def early(house: House, channel: str) -> list[float]:
    """Return when something was to be posted in *channel* before the time that Slack had named."""
    until, found = 0.0, []
    for call in house.workspace.calls:
        if call.method == "chat.postMessage" and call.arguments["channel"] == channel:
            found += [call.at] if call.at < until else []
            until = call.at + 1 if call.status == 429 else until
    return found


def posts_sent(house: House, channel: str) -> int:
    """Return how often something was to be posted in *channel*."""
    calls = [one for one in house.workspace.calls if one.method == "chat.postMessage"]
    return sum(one.arguments["channel"] == channel for one in calls)


@pytest.mark.parametrize(
    "answer",
    [Status(429, retry_after=7), Status(503), CutBefore(), CutAfter(), Refuse("ratelimited")],
    ids=["429", "503", "cut before", "cut after", "ratelimited"],
)
async def test_what_slack_does_not_take_at_once_is_said_later_and_at_least_once(
    house: House, answer: Answer
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.workspace.fault(SAYING, answer, times=6)
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    for _ in range(12):
        await house.advance(seconds=20)
    await nothing_is_lost(house, before)


async def test_slacks_own_pace_of_a_message_a_second_is_kept(open_house: OpenHouse) -> None:
    house = await open_house("per_person = '99/1d'\n")
    people = [hire(house, number, "enforced") for number in range(CROWD)]
    before = house.tenant.state.snapshot()
    house.workspace.rate_limited = True
    for one in people:
        await house.types(HANNA, f"disable {one.upn} for 1h because phone broken")
    assert len(house.cards()) < CROWD  # more than Slack takes at once
    await seconds_pass(house, CROWD)
    for card in house.cards():
        await house.presses(OMAR, card, "Approve")
    assert {house.mfa(one.key) for one in people} == {"disabled"}
    await seconds_pass(house, 4 * CROWD)
    await house.advance(hours=1)
    assert {house.mfa(one.key) for one in people} == {"enforced"}
    await seconds_pass(house, 4 * CROWD)
    assert {call.status for call in house.workspace.calls} == {200, 429}
    assert early(house, CHANNEL) == []
    await nothing_is_lost(house, before)


async def test_a_channel_is_left_alone_for_as_long_as_slack_asks(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=50)
    busy = Status(429, retry_after=40)
    throttled = house.workspace.fault("chat.postMessage", busy, where=lambda sent: sent["channel"] == CHANNEL)
    await house.advance(minutes=10)
    assert house.mfa() == "enforced"
    assert throttled.taken
    said = len(house.workspace.channel(CHANNEL).posts)
    asked = posts_sent(house, CHANNEL)
    for _ in range(39):
        await house.advance(seconds=1)
    assert posts_sent(house, CHANNEL) == asked
    await house.advance(seconds=1)
    assert len(house.workspace.channel(CHANNEL).posts) > said
    await nothing_is_lost(house, before)


async def test_slack_is_away_for_an_hour_around_the_end_and_everything_is_told_afterwards(
    house: House,
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    await house.advance(minutes=30)
    away = house.workspace.fault(".*", Status(503), times=None)
    for _ in range(60):
        await house.advance(minutes=1)
    assert house.mfa() == "enforced"
    assert "active until" in house.shown()
    away.lift()
    await house.advance(minutes=1)
    assert "restored Nov 22, 2026 at 16:40:00 to enforced, checked" in house.shown()
    assert not any("comes back soon" in told for told in house.directs(HANNA))  # it is over by now
    await nothing_is_lost(house, before)


async def test_a_channel_that_is_gone_is_reported_to_those_on_duty_and_restores_go_on(house: House) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    channel = house.workspace.channel(CHANNEL)
    app = house.workspace.installation.bot_user
    channel.members.remove(app)
    await house.advance(hours=1)
    assert house.mfa() == "enforced"
    assert "is restored to enforced" in house.direct(HANNA)
    [alarm] = house.directs(DUTY)
    assert "R-1: #mfa-approvals takes no messages of mine (Slack answers channel_not_found)" in alarm
    for _ in range(5):
        await house.advance(minutes=1)
    assert len(house.directs(DUTY)) == 1
    channel.members.append(app)
    await house.advance(minutes=1)
    assert "restored" in house.shown()
    await nothing_is_lost(house, before)


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_card_that_can_no_longer_be_edited_is_replaced_by_a_fresh_one(
    house: House, error: str
) -> None:
    before = house.tenant.state.snapshot()
    await house.suspended()
    house.workspace.fault("chat.update", Refuse(error), where=lambda sent: sent["channel"] == CHANNEL)
    await house.advance(hours=1)
    old, new = house.cards()
    assert "active until" in house.reads(old)
    assert "restored" in house.reads(new)
    await nothing_is_lost(house, before)


async def test_a_card_that_was_deleted_takes_its_thread_along_to_a_fresh_one(house: House) -> None:
    before = house.tenant.state.snapshot()
    card = await house.suspended()
    channel = house.workspace.channel(CHANNEL)
    channel.posts.remove(card)
    await house.advance(hours=1)
    await house.advance(seconds=5)
    [new] = house.cards()
    assert "is restored to enforced" in house.reads(channel.thread(new.ts)[-1])
    await nothing_is_lost(house, before)


@pytest.mark.parametrize("answer", [Status(404), Status(500), CutBefore()], ids=["404", "500", "cut"])
async def test_an_answer_whose_address_is_dead_comes_as_a_direct_message(
    house: House, answer: Answer
) -> None:
    before = house.tenant.state.snapshot()
    house.workspace.fault("response_url", answer, times=None)
    await house.types(HANNA, ASKS)
    assert house.private(HANNA) == ""
    assert house.direct(HANNA).startswith("R-1 sent to #mfa-approvals.")
    await house.presses(OMAR, house.card(), "Approve")
    assert "R-1 is being applied" in house.direct(OMAR)
    await house.advance(hours=1)
    assert "is restored to enforced" in house.direct(LEES)
    await nothing_is_lost(house, before)
