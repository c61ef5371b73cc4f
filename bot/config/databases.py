"""The database's address, rewritten to the drivers that Relatch brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import PlainValidator
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.config.faults import shown, unfit

_SQLITE: Final = "sqlite+aiosqlite"
_POSTGRESQL: Final = "postgresql+psycopg"
_DRIVERS: Final = {
    "sqlite": _SQLITE,
    _SQLITE: _SQLITE,
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    _POSTGRESQL: _POSTGRESQL,
}
_EXPECTED: Final = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


def database_url(text: str | URL) -> URL:
    """Read the address; its password is in no fault and in no ``repr``."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # Its text may hold a piece of the password: this is the end of it.
        url = None
    if url is None:
        raise unfit(_EXPECTED, "no such address")
    if url.drivername not in _DRIVERS:
        raise unfit(_EXPECTED, f"the scheme {shown(url.drivername)}")
    driven = url.set(drivername=_DRIVERS[url.drivername])
    return _file(driven) if driven.drivername == _SQLITE else driven


def _file(url: URL) -> URL:
    """Check that *url* names a file, since orders to restore must survive a crash."""
    expected = "sqlite:///FILE, with three slashes (four for an absolute path)"
    if url.host or url.query:
        raise unfit(expected, "a host or parameters")
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise unfit(expected, "no file: what is kept in memory does not survive a crash")
    if not Path(url.database).parent.is_dir() or Path(url.database).is_dir():
        raise unfit("a file in a directory that exists", shown(url.database))
    return url


DatabaseUrl: TypeAlias = Annotated[URL, PlainValidator(database_url)]
