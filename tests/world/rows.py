"""A look into a database past the store: what stands there is what a crash leaves."""

from __future__ import annotations

import sqlite3
from typing import Any, Self

import psycopg
from psycopg.types.string import TextLoader
from sqlalchemy import URL, make_url


class Rows:
    """Answers queries on a connection of its own, alike on both databases; ``close`` it.

    Parameters are written ``?``, and JSON comes as text.
    """

    def __init__(self, url: str | URL) -> None:
        at = make_url(url)
        self._connection: sqlite3.Connection | psycopg.Connection[Any]
        if at.get_backend_name() == "sqlite":
            self._connection = sqlite3.connect(str(at.database), isolation_level=None)
            return
        plain = at.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)
        self._connection.adapters.register_loader("json", TextLoader)

    def __call__(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(query, parameters).fetchall()
        return self._connection.execute(query.replace("?", "%s").encode(), parameters).fetchall()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
