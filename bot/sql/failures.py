"""Which of the database's failures pass by themselves: those become ``NoDatabase``, which is ``Later``.

Everything else (a missing table, a broken constraint, a value of the wrong type) is a fault
of ours and stays what it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from approvals.errors import NoDatabase

SQLITE_TEMPORARY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_NOMEM,
    }
)
"""Primary result codes (SQLite docs, rescode) that another process, a disk or an operator can cure."""
_PRIMARY = 0xFF


@contextmanager
def answering(*, writes: bool = False) -> Iterator[None]:
    """Turn a database that does not answer, is locked or found a deadlock into ``NoDatabase``.

    With *writes*, a server that only reads has failed over to a standby; without, it was told to.
    The text is a result code only: driver messages may quote rows.
    """
    try:
        yield
    except PoolTimeout as error:
        raise NoDatabase("the database is busy: no connection was free") from error
    except DBAPIError as error:
        if not _passes(error, writes=writes):
            raise
        raise NoDatabase(f"the database does not answer ({_code(error.orig)})") from error


def _passes(error: DBAPIError, *, writes: bool) -> bool:
    match error.orig:
        case sqlite3.Error() as orig:
            return getattr(orig, "sqlite_errorcode", 0) & _PRIMARY in SQLITE_TEMPORARY
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return True
        case psycopg.errors.ReadOnlySqlTransaction():
            return writes
        case _:
            return error.connection_invalidated


def _code(orig: BaseException | None) -> str:
    match orig:
        case sqlite3.Error():
            return getattr(orig, "sqlite_errorname", "SQLITE_ERROR")
        case psycopg.Error(sqlstate=str(state)):
            return f"SQLSTATE {state}"
        case _:
            return "no connection"
