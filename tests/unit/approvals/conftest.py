"""The core between stand-ins at its ports, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world.world import Helpdesk, Process, World, quick


@pytest.fixture
async def world(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[World]:
    file = tmp_path / "relatch.db"
    shutil.copy(migrated_sqlite, file)
    made = World(quick(file))
    yield made
    await made.database.close()
    assert made.trespasses == []


@pytest.fixture
def process(world: World) -> Process:
    return world.process()


@pytest.fixture
def helpdesk(world: World, process: Process) -> Helpdesk:
    return Helpdesk(world, process)
