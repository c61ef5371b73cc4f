"""Ways in which a database fails under the product, brought about from outside of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from random import Random
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Engine, event
from sqlalchemy.pool import Pool

SHORT = 50
"""Milliseconds that a test has for a lock."""


@contextmanager
def impatient() -> Iterator[None]:
    """Let nobody wait for SQLite's lock longer than ``SHORT``."""
    with _at_checkout(f"pragma busy_timeout = {SHORT}"):
        yield


@contextmanager
def locked(url: URL) -> Iterator[None]:
    """Hold SQLite's one place for writers, as a copying administrator does."""
    with impatient(), closing(sqlite3.connect(str(url.database), isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


@contextmanager
def full(url: URL) -> Iterator[None]:
    """Let the file of a SQLite database grow no more."""
    with closing(sqlite3.connect(str(url.database))) as other:
        [pages] = other.execute("pragma page_count").fetchone()
    with _at_checkout(f"pragma max_page_count = {pages}"):
        yield
    with _at_checkout("pragma max_page_count = 1000000"):
        pass


@contextmanager
def _at_checkout(pragma: str) -> Iterator[None]:
    def prepare(connection: Any, *_: object) -> None:  # noqa: ANN401  # a driver's
        cursor = connection.cursor()
        cursor.execute(pragma)
        cursor.close()

    event.listen(Pool, "checkout", prepare)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", prepare)


@contextmanager
def away(url: URL) -> Iterator[None]:
    """Let PostgreSQL take no connections, and end those there are."""
    name = sql.Identifier(str(url.database))
    with _server(url) as server:
        server.execute(sql.SQL("alter database {} allow_connections false").format(name))
        _end_all(server, url)
        yield
        server.execute(sql.SQL("alter database {} allow_connections true").format(name))


@contextmanager
def standing_by(url: URL) -> Iterator[None]:
    """Let PostgreSQL be read and not written, as after a failover to a standby."""
    name = sql.Identifier(str(url.database))
    with _server(url) as server:
        server.execute(sql.SQL("alter database {} set default_transaction_read_only = on").format(name))
        _end_all(server, url)
        yield
        server.execute(sql.SQL("alter database {} reset default_transaction_read_only").format(name))
        _end_all(server, url)


@contextmanager
def restarting(url: URL, seed: int) -> Iterator[list[int]]:
    """End the connection of one statement in thirty right before it; return whose they were."""
    cut: list[int] = []
    chance = Random(seed)  # noqa: S311  # a test can be repeated
    with _server(url) as server:

        def end(connection: Any, *_: object) -> None:  # noqa: ANN401  # a driver's
            if chance.randrange(30) == 0:
                cut.append(connection.connection.driver_connection.info.backend_pid)
                server.execute("select pg_terminate_backend(%s, 1000)", (cut[-1],))

        event.listen(Engine, "before_cursor_execute", end)
        try:
            yield cut
        finally:
            event.remove(Engine, "before_cursor_execute", end)


@contextmanager
def hiccuping(url: URL, *, state: str, every: int) -> Iterator[None]:
    """Let each *every*-th write of PostgreSQL fail with the SQLSTATE *state*."""
    with _server(url, str(url.database)) as server:
        server.execute("create sequence hiccups")
        server.execute(
            "create function hiccup() returns trigger language plpgsql as $$ begin"
            f" if nextval('hiccups') % {every} = 0 then raise exception 'again' using errcode = '{state}';"
            " end if; return coalesce(new, old); end $$"
        )
        for table in ("request", "work", "record_head", "message"):
            server.execute(
                f"create trigger hiccup before insert or update or delete on {table}"
                " for each row execute function hiccup()"
            )
        yield
        server.execute("drop function hiccup() cascade")
        server.execute("drop sequence hiccups")


def _server(url: URL, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
    plain = url.set(drivername="postgresql", database=database)
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def _end_all(server: psycopg.Connection[tuple[Any, ...]], url: URL) -> None:
    server.execute(
        "select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = %s", (url.database,)
    )
