"""``relatch serve`` as a process: stopped, killed, started while the world is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sim.tenant import FOREVER, Cut, Fault, Hold
from bot.sim.tenant.story import LEE
from bot.sim.workspace import Status
from bot.sql.engine import Database
from tests.faults.place import HANNA, Place, opened, until


@pytest.fixture
async def place(tmp_path: Path, database_url: str, database: Database) -> AsyncIterator[Place]:
    async with opened(tmp_path, database_url, database) as place:
        yield place


def hours_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=2)


async def test_a_stop_in_order_ends_with_0_and_holds_nothing(place: Place) -> None:
    bot = await place.opens()
    card = await place.asks("1h")
    await place.approves(card)
    await place.announces("is off since")

    code = await bot.stop()

    assert (code, bot.noise) == (0, [])
    assert bot.lines[-1]["event"] == "service.stopped"
    assert bot.lines[-1]["cut_off"] == 0
    assert await place.leased() == []
    assert (await place.record())[-1] == "active"


async def test_a_stop_takes_nothing_new_and_finishes_what_runs(place: Place) -> None:
    bot = await place.opens()
    gate = asyncio.Event()
    held = place.tenant.faults.add(Fault(Hold(gate), path="requirements"))
    await place.workspace.person(HANNA).types("/mfa", "status lee@contoso.com")
    await held.hit.wait()

    stopping = asyncio.create_task(bot.stop())
    await bot.logged("service.stopping")
    await until(lambda: place.refuses_connections(place.workspace.deliver_to))
    gate.set()

    await place.answers("Lee Jansen")
    assert await stopping == 0
    assert bot.noise == []


async def test_a_process_that_is_not_open_yet_stops_in_order_too(place: Place) -> None:
    place.workspace.fault(".*", Status(503), times=None)
    bot = await place.starts()
    await bot.logged("service.waiting", on="slack")

    assert (await bot.stop(), bot.noise) == (0, [])


async def test_a_kill_while_a_suspension_is_active_delays_nothing_but_the_news(place: Place) -> None:
    first = await place.opens()
    card = await place.asks("3s")
    await place.approves(card)
    await place.announces("is off since")
    await first.kill()
    await place.a_minute_passes_for_leases()
    assert place.mfa_went() == ["disabled"]

    await place.opens()

    await place.shows(", checked")
    await place.announces("is restored to enforced")
    assert place.mfa_went() == ["disabled", "enforced"]
    events = await place.record()
    assert events.count("started") == 2
    assert events.index("active") < events.index("restoring") < events.index("restored")


async def test_a_kill_while_mfa_is_lowered_leaves_the_order_to_restore(place: Place) -> None:
    first = await place.opens()
    card = await place.asks("1s")
    gate = asyncio.Event()
    sent = place.tenant.faults.add(Fault(Hold(gate), method="PATCH"))
    await place.approves(card)
    await sent.hit.wait()
    await first.kill()
    gate.set()
    await until(place.is_off)
    await place.a_minute_passes_for_leases()

    second = await place.opens()

    await second.logged("restore.proved", request=1)
    await place.shows(", checked")
    assert place.mfa_went() == ["disabled", "enforced"]
    assert (await place.record()).count("lowering") == 1


async def test_after_a_kill_an_operator_need_not_wait_for_the_bot(place: Place) -> None:
    first = await place.opens()
    card = await place.asks("1h")
    gate = asyncio.Event()
    sent = place.tenant.faults.add(Fault(Hold(gate), method="PATCH"))
    await place.approves(card)
    await sent.hit.wait()
    await first.kill()
    gate.set()
    await until(place.is_off)

    ran = await place.relatch("restore", "R-1", "--because", "the bot is down")

    assert (ran.code, place.tenant.state.mfa(LEE)) == (0, "enforced"), ran
    await place.a_minute_passes_for_leases()
    await place.opens()
    await place.shows(", checked")
    assert "restored" in await place.record()


async def test_the_command_line_restores_beside_the_bot(place: Place) -> None:
    bot = await place.opens()
    await place.approves(await place.asks("1h"))
    await place.announces("is off since")

    ran = await place.relatch("restore", "R-1")

    assert (ran.code, place.tenant.state.mfa(LEE)) == (0, "enforced"), ran
    assert (await place.relatch("audit", "verify")).code == 0
    # The bot would look within half a minute; one that starts looks at once.
    assert (await bot.stop(), bot.noise) == (0, [])
    await place.opens()
    await place.announces("is restored to enforced")


async def test_with_slack_away_mfa_is_put_back_and_commands_come_later(place: Place) -> None:
    await place.suspensions(hours_ago).active(timedelta(hours=1))
    away = place.workspace.fault(".*", Status(503), times=None)

    bot = await place.starts()

    await bot.logged("restore.proved", request=1)
    assert place.tenant.state.mfa(LEE) == "enforced"
    assert await place.readiness(bot) == (503, {"commands", "slack"})

    away.lift()
    await place.leads_to(bot)
    await place.shows(", checked")
    await place.announces("is restored to enforced")
    await place.workspace.person(HANNA).types("/mfa", "show R-1")
    await place.answers("restored")

    async def ready() -> bool:
        return await place.readiness(bot) == (200, set())

    await until(ready)


async def test_with_entra_away_the_bot_answers_and_restores_when_it_is_back(place: Place) -> None:
    await place.suspensions(hours_ago).active(timedelta(hours=1))
    away = place.tenant.faults.add(Fault(Cut(), times=FOREVER))

    bot = await place.opens()
    await bot.logged("work.postponed", kind="restore")
    await place.workspace.person(HANNA).types("/mfa", "status lee@contoso.com")
    await place.answers("could not be")
    assert await place.readiness(bot) == (503, {"entra"})
    assert place.tenant.state.mfa(LEE) == "disabled"

    place.tenant.faults.remove(away)
    await bot.logged("restore.proved", request=1)
    assert place.tenant.state.mfa(LEE) == "enforced"
    await place.shows(", checked")


@pytest.mark.parametrize("backend", ["postgres"])
async def test_of_two_processes_on_one_postgresql_the_other_restores(place: Place) -> None:
    other = await place.opens()
    first = await place.opens()
    await place.approves(await place.asks("3s"))
    await place.announces("is off since")
    await first.kill()

    await place.leads_to(other)
    await place.shows(", checked")

    assert place.mfa_went() == ["disabled", "enforced"]
    await place.record()
