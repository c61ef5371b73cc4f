"""One ``serve`` per SQLite file; the command line joins it through WAL."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from approvals.errors import RelatchError


class AlreadyServed(RelatchError):
    """Another ``serve`` runs on this database file."""


@contextmanager
def sole_server(url: str) -> Iterator[None]:
    """Hold the only place at the database of *url*; raise ``AlreadyServed`` when it is taken.

    The lock is on ``FILE.lock`` beside the database and ends with the process, however it
    ends. PostgreSQL takes any number: nothing is locked there.
    """
    database = make_url(url)
    if database.get_backend_name() != "sqlite":
        yield
        return
    with Path(f"{database.database}.lock").open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyServed(f"{database.database} is served by another process") from error
        yield
