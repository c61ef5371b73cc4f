"""What every part of a transaction works with: the session, the time, the worker's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CursorResult, Executable, inspect
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.sql.tables import Table

Upsert = postgresql.Insert | sqlite.Insert
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def table_of(row: type[Table]) -> SqlTable:
    """Return the table behind *row*: statements over it are no business of the object mapper's."""
    found: SqlTable = inspect(row).local_table
    return found


class Scope:
    """One open transaction; the parts of the store build on it."""

    def __init__(self, session: AsyncSession, now: datetime, worker: str) -> None:
        self._session: Final = session
        self._worker: Final = worker
        self.now: Final = now
        """The time of this transaction, aware, in UTC."""
        self._connection: AsyncConnection | None = None

    async def _execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Execute a statement that was built once, with what it is about this time.

        Building one anew, and mapping its rows to objects, costs more than the database takes.
        """
        if self._connection is None:
            self._connection = await self._session.connection()
        return await self._connection.execute(statement, parameters)

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name

    def _insert(self, table: type[Table]) -> Upsert:
        """Return the insert of this database, for its ``ON CONFLICT``."""
        return sqlite.insert(table) if self._dialect == "sqlite" else postgresql.insert(table)


def insert_of(dialect: str, table: SqlTable) -> Upsert:
    """Return the insert of a database that is built once, for its ``ON CONFLICT``."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
