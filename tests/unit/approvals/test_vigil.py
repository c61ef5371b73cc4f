"""The memory of last resort: without a database, and with a wall clock that jumps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest

from approvals.agenda import APPLY_LIMIT
from approvals.errors import Later
from approvals.model import LOWERED, News, Outcome, Protection, Request, State
from approvals.vigil import Vigil
from tests.world.faults import Refuse
from tests.world.people import LEE, POLICY
from tests.world.world import Helpdesk, Process, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OVERDUE = POLICY.timing.overdue
AWAY = Refuse(Later("the database does not answer"))


@dataclass
class Watching:
    """A process with a vigil, whose time passes in seconds."""

    world: World
    process: Process
    vigil: Vigil

    async def tick(self, by: timedelta = SECOND) -> None:
        self.world.clock.move(by)
        await self.vigil.watch()
        await self.process.runner.run_due()
        await self.vigil.watch()


@pytest.fixture
def watching(world: World, process: Process) -> Watching:
    vigil = Vigil(process.desk)
    tell = process.desk.tell
    vigil.page_through(lambda request, notice: tell.page(request, notice, None))
    return Watching(world, process, vigil)


@pytest.fixture
async def active(watching: Watching, helpdesk: Helpdesk) -> Request:
    """A suspension that the vigil has seen."""
    request = await helpdesk.active()
    await watching.tick()
    return request


def said(world: World) -> list[str]:
    return [post.notice.detail for post in world.chat.of("page") if post.notice]


async def test_without_a_database_mfa_is_put_back_from_memory_and_people_are_paged(
    world: World, watching: Watching, active: Request
) -> None:
    world.script.always("transaction", AWAY)
    await watching.tick(HOUR + OVERDUE - 2 * SECOND)
    assert world.tenant.value(LEE.id) is LOWERED
    await watching.tick(2 * SECOND)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert [request.id for request in world.watch.from_memory] == [active.id]
    [detail] = said(world)
    assert "put back to enforced from memory" in detail


async def test_it_is_written_down_when_the_database_is_back(
    world: World, watching: Watching, active: Request
) -> None:
    world.script.always("transaction", AWAY)
    await watching.tick(HOUR + OVERDUE)
    world.script.always("transaction", None)
    await watching.tick()
    await watching.tick()  # a line waits for the one before it
    closed = await world.get(active.id)
    assert (closed.outcome, closed.restored_to) == (Outcome.RESTORED, Protection.ENFORCED)
    assert "the database did not answer; put back from memory" in closed.note
    events = [json.loads(line.text)["event"] for line in await world.record()]
    assert "put back from memory" in events
    assert News.RESTORED in world.chat.news("line")
    await watching.tick()
    assert watching.vigil.kept == ()


@pytest.mark.usefixtures("active")
async def test_people_are_paged_once_however_long_it_takes(world: World, watching: Watching) -> None:
    world.script.always("transaction", AWAY)
    world.script.always("put_back", Refuse(Later("Graph answers 503")))
    for _ in range(5):
        await watching.tick(HOUR + OVERDUE)
    [detail] = said(world)
    assert "Graph answers 503" in detail
    world.script.always("put_back", None)
    await watching.tick()
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


@pytest.mark.usefixtures("active")
async def test_a_page_that_fails_is_tried_again_and_never_delays_the_restore(
    world: World, watching: Watching
) -> None:
    world.script.always("transaction", AWAY)
    world.script.next("page", Refuse(Later("Slack answers 503")))
    world.script.next("put_back", Refuse(Later("Graph answers 503")))
    await watching.tick(HOUR + OVERDUE)
    assert said(world) == []
    await watching.tick()
    assert len(said(world)) == 1
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_without_a_chat_it_is_put_back_all_the_same(
    world: World, process: Process, helpdesk: Helpdesk
) -> None:
    watching = Watching(world, process, Vigil(process.desk))
    await helpdesk.active()
    await watching.tick()
    world.script.always("transaction", AWAY)
    await watching.tick(HOUR + OVERDUE)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED
    assert said(world) == []


@pytest.mark.usefixtures("active")
async def test_a_read_that_shows_too_little_proves_nothing_and_it_is_written_again(
    world: World, watching: Watching
) -> None:
    world.script.always("transaction", AWAY)
    world.script.always("put_back", Refuse(Later("x")))
    await watching.tick(HOUR + OVERDUE)
    world.script.always("put_back", None)

    async def somebody_lowers_it() -> None:
        world.tenant.write(LEE.id, LOWERED)

    world.script.meanwhile("read", somebody_lowers_it)
    await watching.tick()
    assert world.watch.from_memory == []
    await watching.tick()
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_clock_that_is_set_back_an_hour_delays_no_restore(
    world: World, watching: Watching, active: Request
) -> None:
    world.clock.jump(-HOUR)
    await watching.tick(HOUR - 2 * SECOND)
    assert (await world.get(active.id)).state is State.ACTIVE
    await watching.tick(2 * SECOND)
    await watching.tick()
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_clock_that_is_set_back_does_not_delay_the_next_attempt(
    world: World, watching: Watching, active: Request
) -> None:
    world.script.always("put_back", Refuse(Later("Graph answers 503")))
    await watching.tick(HOUR)
    assert (await world.get(active.id)).state is State.RESTORING
    world.script.always("put_back", None)
    world.clock.jump(-HOUR)
    await watching.tick()
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_clock_that_is_set_back_leaves_nothing_applying_for_longer(
    world: World, watching: Watching, helpdesk: Helpdesk
) -> None:
    request = await helpdesk.applying(LEE)
    world.script.always("subject", Refuse(Later("Graph answers 503")))
    await watching.tick()
    world.clock.jump(-HOUR)
    await watching.tick(APPLY_LIMIT - 2 * SECOND)
    assert (await world.get(request.id)).state is State.APPLYING
    await watching.tick(2 * SECOND)
    await watching.tick()
    assert not (await world.get(request.id)).lowers
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_database_that_can_be_read_and_not_written_is_no_reason_to_wait(
    world: World, process: Process, helpdesk: Helpdesk
) -> None:
    blocked = False
    watching = Watching(world, process, Vigil(process.desk, lambda: blocked))
    await helpdesk.active()
    await watching.tick()
    world.clock.move(HOUR + OVERDUE)
    await watching.vigil.watch()
    assert world.tenant.value(LEE.id) is LOWERED
    blocked = True
    world.clock.move(SECOND)
    await watching.vigil.watch()
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_a_clock_that_is_set_forward_restores_early_which_is_safe(
    world: World, watching: Watching, active: Request
) -> None:
    world.clock.jump(HOUR)
    await watching.tick()
    assert (await world.get(active.id)).outcome is Outcome.RESTORED
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_an_extension_moves_the_end_in_memory_too(
    world: World, watching: Watching, helpdesk: Helpdesk, active: Request
) -> None:
    longer = await helpdesk.ask_for_more(active, HOUR)
    await helpdesk.approve(longer)
    await watching.tick()
    world.script.always("transaction", AWAY)
    await watching.tick(HOUR + OVERDUE)
    assert world.tenant.value(LEE.id) is LOWERED
    await watching.tick(HOUR)
    assert world.tenant.value(LEE.id) is Protection.ENFORCED


async def test_what_another_process_closed_meanwhile_is_only_recorded(
    world: World, watching: Watching, active: Request
) -> None:
    world.script.always("transaction", AWAY)
    await watching.tick(HOUR + OVERDUE)
    world.script.always("transaction", None)
    await world.process("other").runner.run_due()
    closed = await world.get(active.id)
    assert closed.state is State.CLOSED
    await watching.vigil.watch()
    await watching.tick()
    assert (await world.get(active.id)).outcome is closed.outcome
    events = [json.loads(line.text)["event"] for line in await world.record()]
    assert events.count("put back from memory") == 1


@pytest.mark.usefixtures("active")
async def test_the_memory_is_not_refreshed_more_than_once_a_second(world: World, watching: Watching) -> None:
    looked = len(world.script.names("store"))
    await watching.vigil.watch()
    assert len(world.script.names("store")) == looked
