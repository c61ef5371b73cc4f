"""What every part of a transaction works with: the session, the time, the worker's name."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.sql.tables import Table

Upsert = postgresql.Insert | sqlite.Insert


class Scope:
    """One open transaction; the parts of the store build on it."""

    def __init__(self, session: AsyncSession, now: datetime, worker: str) -> None:
        self._session: Final = session
        self._worker: Final = worker
        self.now: Final = now
        """The time of this transaction, aware, in UTC."""

    def _insert(self, table: type[Table]) -> Upsert:
        """Return the insert of this database, for its ``ON CONFLICT``."""
        if self._session.get_bind().dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)
