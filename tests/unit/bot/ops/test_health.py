"""Ready means that commands can be taken and kept, from results that are not old."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from approvals.errors import Later
from bot.ops import application
from bot.ops.health import FRESH, FRESH_FAULT, Health, Probe


class Thing:
    """Something that works or does not, and counts who asks."""

    def __init__(self) -> None:
        self.why = ""
        self.asked = 0

    async def __call__(self) -> None:
        self.asked += 1
        if self.why:
            raise Later(self.why)


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


async def test_it_is_ready_when_everything_works(clock: Hand) -> None:
    health = Health({"database": Probe(Thing()), "slack": Probe(Thing(), once=True)}, clock)

    assert await health.ready()
    assert health.degraded == {}


async def test_what_does_not_work_is_named_with_why(clock: Hand) -> None:
    broken = Thing()
    broken.why = "the database does not answer"
    health = Health({"database": Probe(broken), "slack": Probe(Thing())}, clock)

    assert not await health.ready()
    assert health.degraded == {"database": "the database does not answer"}


async def test_what_worked_once_since_the_start_may_be_away_for_a_while(clock: Hand) -> None:
    slack = Thing()
    health = Health({"slack": Probe(slack, once=True)}, clock)
    assert await health.ready()

    slack.why, clock.at = "Slack is away", FRESH

    assert await health.ready()
    assert health.degraded == {"slack": "Slack is away"}


async def test_what_never_worked_since_the_start_is_not_enough(clock: Hand) -> None:
    slack = Thing()
    slack.why = "Slack is away"

    assert not await Health({"slack": Probe(slack, once=True)}, clock).ready()


async def test_a_good_result_is_repeated_and_then_looked_up_again(clock: Hand) -> None:
    thing = Thing()
    health = Health({"database": Probe(thing)}, clock)
    for moment in (0.0, FRESH - 0.1):
        clock.at = moment
        assert await health.ready()
    assert thing.asked == 1

    clock.at, thing.why = FRESH, "gone"

    assert not await health.ready()
    assert FRESH <= 60


async def test_a_repair_is_noticed_soon(clock: Hand) -> None:
    thing = Thing()
    thing.why = "not yet"
    health = Health({"commands": Probe(thing)}, clock)
    assert not await health.ready()

    thing.why, clock.at = "", FRESH_FAULT

    assert await health.ready()


@pytest.fixture
async def served(clock: Hand) -> AsyncIterator[tuple[str, Thing]]:
    thing = Thing()

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text="relatch_overdue 0\n")

    runner = web.AppRunner(application(Health({"database": Probe(thing)}, clock), metrics))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", thing
    await runner.cleanup()


async def test_operators_read_it_over_http(served: tuple[str, Thing], clock: Hand) -> None:
    url, thing = served
    async with ClientSession() as http:
        async with http.get(f"{url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "degraded": {}})
        thing.why, clock.at = "gone", FRESH
        async with http.get(f"{url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (
                503,
                {"ready": False, "degraded": {"database": "gone"}},
            )
        async with http.get(f"{url}/healthz") as answer:
            assert answer.status == 200
        async with http.get(f"{url}/metrics") as answer:
            assert await answer.text() == "relatch_overdue 0\n"
