"""``kill -9`` at thirty moments: real processes, real sockets, and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from bot.sql.engine import Database
from tests.faults.aftermath import Aftermath
from tests.faults.crowd import POLICY, Crowd
from tests.faults.killing import Replicas, moments
from tests.faults.place import Place, opened

SEED: Final = 20261122
DEATHS: Final = 15


@pytest.fixture
async def place(tmp_path: Path, database_url: str, database: Database) -> AsyncIterator[Place]:
    policy = POLICY.format(pending="6s", overdue="30s")
    async with opened(tmp_path, database_url, database, policy) as place:
        yield place


@pytest.mark.parametrize(("backend", "number"), [("sqlite", 1), ("postgres", 2)])
@pytest.mark.timeout(600)
async def test_no_kill_breaks_a_promise(place: Place, backend: str, number: int) -> None:
    replicas, crowd = Replicas(place, SEED), Crowd(place, SEED)
    chosen = moments(SEED + number, DEATHS)
    await replicas.open(number)

    came = [
        await replicas.lose_some(moment, lambda: [crowd.sets_out(), crowd.sets_out()]) for moment in chosen
    ]
    await crowd.gives_up()
    await replicas.finish()

    aftermath = await Aftermath.of(place, crowd.subjects)
    killed = f"{backend}, seed {SEED + number}: {[str(moment) for moment in chosen]}"
    assert (aftermath.broken(), replicas.complaints()) == ([], []), killed
    assert came.count(True) > DEATHS // 2, f"most moments never came: {killed}"
