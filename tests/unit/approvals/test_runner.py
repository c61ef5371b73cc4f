"""Claiming and performing: within bounds, side by side, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from approvals.agenda import OVER, Do, Kind, Over, Work
from approvals.errors import Later, NoDatabase, NoRoom
from approvals.runner import LANES, PATIENT_EVERY, RETRY, SAFETY_NET, Lane, Runner
from tests.world.faults import LoseAnswer, Proceed, Refuse
from tests.world.world import Process, World

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Gated:
    """Work that stays under way until it is let go."""

    def __init__(self) -> None:
        self.begun: list[Work] = []
        self.gate = asyncio.Event()

    async def __call__(self, work: Work) -> None:
        self.begun.append(work)
        await self.gate.wait()


async def order(world: World, kind: Kind, count: int) -> None:
    async with world.store.transaction() as tx:
        orders = [Do(kind=kind, due_at=tx.now, about=str(number)) for number in range(count)]
        await tx.order(None, *orders)


async def settled(done: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if done():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came to that")


async def test_a_tick_says_how_long_it_is_until_more_falls_due(world: World, process: Process) -> None:
    assert await process.runner.tick() == SAFETY_NET
    async with world.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.HEAD, due_at=tx.now + 5 * SECOND))
    assert await process.runner.tick() == 5 * SECOND
    world.clock.move(-timedelta(days=1))
    assert await process.runner.tick() == SAFETY_NET


async def test_a_lane_takes_no_more_than_its_width_and_leaves_the_rest_to_others(
    world: World, process: Process
) -> None:
    work, woken = Gated(), asyncio.Event()
    runner = Runner(process.desk, {Kind.LINE: work, Kind.REMIND: work}, woken.set)
    await order(world, Kind.LINE, 3)
    await order(world, Kind.REMIND, 1)
    assert await runner.tick() == timedelta()
    await settled(lambda: len(work.begun) == 2)
    assert [begun.kind for begun in work.begun] == [Kind.REMIND, Kind.LINE]
    assert runner.busy == 2
    assert await runner.tick() == SAFETY_NET
    assert len(work.begun) == 2
    assert not woken.is_set()
    work.gate.set()
    await settled(lambda: runner.busy == 0)
    assert woken.is_set()


async def test_one_message_a_second_is_sent_while_more_restores_are_due_than_run(
    world: World, process: Process
) -> None:
    restore, tell, page = Gated(), Gated(), Gated()
    restores = Runner(process.desk, {Kind.RESTORE: restore})
    office = Runner(process.desk, {Kind.LINE: tell, Kind.CARD: tell, Kind.PAGE: page})
    office.give_way(restores)
    for kind, count in ((Kind.RESTORE, 8), (Kind.LINE, 2), (Kind.CARD, 2), (Kind.PAGE, 1)):
        await order(world, kind, count)
    await restores.tick()
    await settled(lambda: len(restore.begun) == 8)
    assert restores.crowded
    for _ in range(2):
        await office.tick()
        await settled(lambda: len(page.begun) + len(tell.begun) == 2)
    assert ([one.kind for one in tell.begun], len(page.begun)) == ([Kind.CARD], 1)
    tell.gate.set()
    await settled(lambda: office.busy == 1)
    tell.gate.clear()
    await office.tick()
    assert len(tell.begun) == 1
    world.clock.move(timedelta(seconds=PATIENT_EVERY))
    await office.tick()
    await settled(lambda: len(tell.begun) == 2)
    restore.gate.set()
    await settled(lambda: not restores.busy)
    await restores.run_due()
    assert not restores.crowded
    await office.tick()
    await settled(lambda: len(tell.begun) == 3)
    assert [one.kind for one in tell.begun] == [Kind.CARD, Kind.CARD, Kind.LINE]
    for gate in (tell.gate, page.gate):
        gate.set()
    await office.run_due()
    assert [one.kind for one in tell.begun][3:] == [Kind.LINE]


async def test_a_runner_whose_lanes_are_full_asks_for_nothing(world: World, process: Process) -> None:
    work = Gated()
    runner = Runner(process.desk, {Kind.LINE: work}, lanes=[Lane((Kind.LINE,), 1)])
    await order(world, Kind.LINE, 2)
    await runner.tick()
    world.script.calls.clear()
    assert await runner.tick() == SAFETY_NET
    assert world.script.calls == []
    work.gate.set()
    await runner.drain(1)


async def test_a_process_claims_only_what_it_can_do(world: World, process: Process) -> None:
    work = Gated()
    work.gate.set()
    runner = Runner(process.desk, {Kind.REMIND: work})
    await order(world, Kind.LINE, 1)
    await runner.run_due()
    assert work.begun == []
    assert await world.ordered(None, Kind.LINE) is not None


async def test_the_most_overdue_restore_comes_first(world: World, process: Process) -> None:
    work = Gated()
    work.gate.set()
    runner = Runner(process.desk, {Kind.RESTORE: work}, lanes=[Lane((Kind.RESTORE,), 1)])
    async with world.store.transaction() as tx:
        for late in (1, 3, 2):
            await tx.order(None, Do(kind=Kind.RESTORE, due_at=tx.now - late * MINUTE, about=str(late)))
    for _ in range(3):
        await runner.tick()
        await settled(lambda: runner.busy == 0)
    assert [begun.about for begun in work.begun] == ["3", "2", "1"]


async def test_a_database_that_does_not_answer_is_asked_again_soon(world: World, process: Process) -> None:
    world.script.next("transaction", Refuse(Later("away")))
    assert await process.runner.tick() == RETRY


async def test_a_fault_of_any_kind_becomes_another_try(world: World, process: Process) -> None:
    async def stumble(work: Work) -> None:
        raise ZeroDivisionError(work.kind)

    runner = Runner(process.desk, {Kind.HEAD: stumble})
    await order(world, Kind.HEAD, 1)
    await runner.run_due()
    [(failed, error)] = world.watch.failures
    assert (failed.kind, type(error)) == (Kind.HEAD, ZeroDivisionError)
    again = await world.ordered(None, Kind.HEAD)
    assert again is not None
    assert (again.due_at, again.last_error) == (world.clock.now() + SECOND, "ZeroDivisionError")


async def test_a_service_that_asks_for_patience_gets_it(world: World, process: Process) -> None:
    async def throttled(work: Work) -> None:
        raise Later(f"429 for {work.kind}", 7 * SECOND)

    runner = Runner(process.desk, {Kind.HEAD: throttled})
    await order(world, Kind.HEAD, 1)
    await runner.run_due()
    again = await world.ordered(None, Kind.HEAD)
    assert again is not None
    assert (again.due_at, again.last_error) == (world.clock.now() + 7 * SECOND, "429 for head")


class Throttled:
    """A place that names a time, and takes everything after it."""

    def __init__(self, answer: Later) -> None:
        self.answer: Later | None = answer
        self.tried: list[str] = []

    async def __call__(self, work: Work) -> Over:
        self.tried.append(work.about)
        if self.answer is not None:
            raise self.answer
        return OVER


@pytest.mark.parametrize("answer", [Later("429", 30 * SECOND), NoRoom("full", 30 * SECOND)])
async def test_what_goes_to_one_place_waits_as_long_as_that_asks_and_the_rest_goes_on(
    world: World, process: Process, answer: Later
) -> None:
    lines, others = Throttled(answer), Gated()
    others.gate.set()
    runner = Runner(process.desk, {Kind.LINE: lines, Kind.REMIND: others})
    await order(world, Kind.LINE, 3)
    await runner.run_due()
    assert lines.tried == ["0"]
    world.clock.move(29 * SECOND)
    await order(world, Kind.REMIND, 1)
    assert await runner.tick() == SECOND
    await settled(lambda: runner.busy == 0)
    assert (lines.tried, len(others.begun)) == (["0"], 1)
    lines.answer = None
    world.clock.move(SECOND)
    await runner.run_due()
    assert set(lines.tried) == {"0", "1", "2"}


async def test_what_there_was_no_room_for_is_the_first_again_and_no_failure(
    world: World, process: Process
) -> None:
    lines = Throttled(NoRoom("full", SECOND))
    runner = Runner(process.desk, {Kind.LINE: lines})
    await order(world, Kind.LINE, 2)
    for _ in range(3):
        await runner.run_due()
        world.clock.move(SECOND)
    assert lines.tried == ["0"] * 3
    lines.answer = None
    await runner.run_due()
    assert lines.tried[3:] == ["0", "1"]
    assert world.watch.failures == []


async def test_what_goes_to_many_places_is_put_off_one_by_one(world: World, process: Process) -> None:
    told = Throttled(NoRoom("full", 5 * SECOND))
    runner = Runner(process.desk, {Kind.DIRECT: told})
    await order(world, Kind.DIRECT, 3)
    await runner.run_due()
    assert told.tried == ["0", "1", "2"]
    told.answer = None
    world.clock.move(4 * SECOND)
    await runner.run_due()
    assert len(told.tried) == 3
    world.clock.move(SECOND)
    await runner.run_due()
    assert told.tried[3:] == ["0", "1", "2"]


@pytest.mark.parametrize("fate", [Refuse(Later("away")), LoseAnswer()])
async def test_work_that_cannot_be_given_back_comes_back_when_its_lease_ends(
    world: World, process: Process, fate: Refuse | LoseAnswer
) -> None:
    tries: list[Work] = []

    async def stumble(work: Work) -> None:
        tries.append(work)
        raise Later("503")

    runner = Runner(process.desk, {Kind.HEAD: stumble})
    await order(world, Kind.HEAD, 1)
    world.script.next("transaction", Proceed(), fate)
    await runner.run_due()
    world.clock.move(61 * SECOND)
    await runner.run_due()
    assert [work.attempts for work in tries] == [1, 2]


async def test_work_about_a_request_that_names_none_is_a_fault_that_is_noticed(
    world: World, process: Process
) -> None:
    await order(world, Kind.CARD, 1)
    await process.runner.run_due()
    assert isinstance(world.watch.failures[0][1], ValueError)


async def test_what_is_over_is_removed_together_with_the_next_claim(world: World, process: Process) -> None:
    async def over(_: Work) -> Over:
        return OVER

    runner = Runner(process.desk, {Kind.LINE: over}, lanes=[Lane((Kind.LINE,), 2)])
    await order(world, Kind.LINE, 3)
    await runner.tick()
    await settled(lambda: runner.busy == 0)
    assert await world.ordered(None, Kind.LINE) is not None
    world.script.calls.clear()
    await runner.tick()
    assert world.script.names("store") == ["transaction"]
    await settled(lambda: runner.busy == 0)
    await runner.tick()
    assert await world.ordered(None, Kind.LINE) is None
    assert world.watch.failures == []


async def test_what_is_over_is_removed_before_the_runner_stops(world: World, process: Process) -> None:
    async def over(_: Work) -> Over:
        return OVER

    runner = Runner(process.desk, {Kind.HEAD: over})
    await order(world, Kind.HEAD, 1)
    await runner.tick()
    assert await runner.drain(1) == 0
    assert await world.ordered(None, Kind.HEAD) is None


@pytest.mark.parametrize("fate", [Refuse(Later("away")), LoseAnswer()])
async def test_what_is_over_and_could_not_be_removed_is_removed_later(
    world: World, process: Process, fate: Refuse | LoseAnswer
) -> None:
    done: list[Work] = []

    async def over(work: Work) -> Over:
        done.append(work)
        return OVER

    runner = Runner(process.desk, {Kind.HEAD: over})
    await order(world, Kind.HEAD, 1)
    await runner.tick()
    await settled(lambda: runner.busy == 0)
    world.script.next("transaction", fate)
    assert await runner.tick() == RETRY
    world.clock.move(2 * MINUTE)
    await runner.run_due()
    assert len(done) == 1
    assert await world.ordered(None, Kind.HEAD) is None


async def test_a_runner_knows_whether_the_database_takes_what_it_writes(
    world: World, process: Process
) -> None:
    async def stumble(work: Work) -> None:
        raise Later(f"503 for {work.kind}")

    runner = Runner(process.desk, {Kind.HEAD: stumble})
    await order(world, Kind.HEAD, 1)
    await runner.run_due()
    assert not runner.blocked
    world.clock.move(MINUTE)
    world.script.next("transaction", Proceed(), Refuse(Later("disk full")))
    await runner.run_due()
    assert runner.blocked
    world.clock.move(MINUTE + SECOND)
    await runner.run_due()
    assert not runner.blocked
    world.script.next("transaction", Refuse(Later("disk full")))
    await runner.tick()
    assert runner.blocked


async def test_work_that_the_database_does_not_take_blocks_although_it_is_given_back(
    world: World, process: Process
) -> None:
    async def unwritten(work: Work) -> None:
        raise NoDatabase(f"no room for {work.kind}")

    runner = Runner(process.desk, {Kind.HEAD: unwritten})
    await order(world, Kind.HEAD, 1)
    await runner.run_due()
    assert runner.blocked


async def test_work_whose_claim_ended_without_a_word_is_said_to_be_taken_over(
    world: World, process: Process
) -> None:
    work = Gated()
    dead = Runner(process.desk, {Kind.HEAD: work})
    await order(world, Kind.HEAD, 1)
    await dead.tick()
    await dead.drain(0)
    assert world.watch.taken_over == []
    world.clock.move(MINUTE)
    work.gate.set()
    await Runner(process.desk, {Kind.HEAD: work}).run_due()
    assert [(taken.kind, taken.attempts) for taken in world.watch.taken_over] == [(Kind.HEAD, 2)]


# --- stopping ------------------------------------------------------------------------------


async def test_a_runner_that_stops_takes_on_nothing_more(world: World, process: Process) -> None:
    work = Gated()
    runner = Runner(process.desk, {Kind.HEAD: work})
    await order(world, Kind.HEAD, 1)
    runner.stop_claiming()
    assert await runner.tick() == SAFETY_NET
    assert runner.busy == 0
    assert await runner.drain(1) == 0


async def test_draining_waits_for_what_is_under_way(world: World, process: Process) -> None:
    work = Gated()
    runner = Runner(process.desk, {Kind.HEAD: work})
    await order(world, Kind.HEAD, 1)
    await runner.tick()
    asyncio.get_running_loop().call_soon(work.gate.set)
    assert await runner.drain(5) == 0
    assert runner.busy == 0


async def test_a_runner_with_nothing_under_way_is_idle(process: Process) -> None:
    await process.runner.idle()
    assert process.runner.busy == 0


async def test_what_does_not_end_in_time_is_cut_off_and_its_lease_ends(
    world: World, process: Process
) -> None:
    work = Gated()
    runner = Runner(process.desk, {Kind.HEAD: work})
    await order(world, Kind.HEAD, 1)
    await runner.tick()
    assert await runner.drain(0) == 1
    assert runner.busy == 0
    world.clock.move(61 * SECOND)
    done = Gated()
    done.gate.set()
    await Runner(process.desk, {Kind.HEAD: done}).tick()
    await settled(lambda: len(done.begun) == 1)


def test_restores_have_a_lane_of_their_own() -> None:
    assert Lane((Kind.RESTORE,), 8) in LANES


async def test_a_runner_without_work_is_idle_at_once(process: Process) -> None:
    await process.runner.idle()
    assert process.runner.busy == 0
