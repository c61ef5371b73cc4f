"""The command line in a thread of the test, against a simulated tenant and a database of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.sim.tenant import SimulatedTenant
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from tests.command_line import Ran, environment
from tests.suspensions import Suspensions

Relatch = Callable[..., Awaitable[Ran]]


class Ago:
    """The present, or a time before it."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.by


@pytest.fixture
def env(tmp_path: Path, database_url: str, tenant: SimulatedTenant) -> Mapping[str, str]:
    """The environment of the command line: a migrated database, the tenant, a policy."""
    return environment(tmp_path, database_url, tenant)


@pytest.fixture
def relatch(
    env: Mapping[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Relatch:
    """``await relatch("restore", "R-1")``; *more* are variables that are set, or unset by an empty text."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    async def run(*arguments: str, **more: str) -> Ran:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["relatch", *arguments])
        code = await asyncio.to_thread(_exit_code)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


def _exit_code() -> int:
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture
def ago() -> Ago:
    """How long ago the fixture ``suspensions`` writes what it writes."""
    return Ago()


@pytest.fixture
def written(database: Database, ago: Ago) -> SqlStore:
    """The database of the command line, as another process has it open."""
    return SqlStore(database, worker="elsewhere", clock=ago)


@pytest.fixture
def suspensions(written: SqlStore, tenant: SimulatedTenant) -> Suspensions:
    return Suspensions(written, tenant)
