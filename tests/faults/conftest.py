"""A database that can be had afresh many times in one test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest

from bot.sql.engine import Database
from tests.conftest import Backend
from tests.world.world import quick

EMPTY: Final = (
    "set session_replication_role = replica",  # the record's triggers refuse to forget
    "delete from message",
    "delete from work",
    "delete from refusal",
    "delete from request",
    "delete from record_line",
    "update record_head set seq = 0, digest = repeat('0', 64)",
)


@dataclass(frozen=True, slots=True)
class Slate:
    """A migrated database; its engine stays, because what it has compiled is worth keeping."""

    database: Database
    template: Path | None

    async def wiped(self) -> Database:
        """Return the database as it was in the beginning, with no connection open."""
        await self.database.close()
        url = self.database.engine.url
        if self.template is not None:
            file = Path(str(url.database))
            for old in file.parent.glob(f"{file.name}*"):
                old.unlink()
            shutil.copy(self.template, file)
            return self.database
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            for statement in EMPTY:
                connection.execute(statement.encode())
        return self.database


@pytest.fixture
def slate(backend: Backend, tmp_path: Path, request: pytest.FixtureRequest) -> Slate:
    """A database of its own for each test, on both kinds."""
    if backend == "sqlite":
        return Slate(quick(tmp_path / "slate.db"), request.getfixturevalue("migrated_sqlite"))
    return Slate(Database(request.getfixturevalue("database_url")), None)
