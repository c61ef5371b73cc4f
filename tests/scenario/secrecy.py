"""What must be in no log line, no record, no database and no channel: looked for after every scenario."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import URL

from bot.observability import logging_to
from bot.sim.tenant import SimulatedTenant
from bot.sim.tenant.story import CLIENT_SECRET
from bot.sim.workspace import SimulatedWorkspace

NUMBERS: Final = ("2065550189", "206 555 0189", "+31612345678", "+31 6 1234 5678", "612345678")
"""Telephone numbers: Lee's, and those that people type in the scenarios."""


@dataclass(slots=True)
class Logs:
    """Everything that was logged: as it left the process, and as it was handed to the logger."""

    written: io.StringIO = field(default_factory=io.StringIO)
    handed: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.written.getvalue()


class _Raw(logging.Handler):
    """Keeps what reaches the logger, before anything is redacted."""

    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._kept = kept
        self._plain = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(self._plain.format(record))


@contextmanager
def logged() -> Iterator[Logs]:
    """Log everything there is, without telling the redactor what the secrets are."""
    logs = Logs()
    with logging_to(logs.written, level="DEBUG"):
        raw = _Raw(logs.handed)
        logging.getLogger().addHandler(raw)
        yield logs


def secrets_of(tenant: SimulatedTenant, workspace: SimulatedWorkspace) -> frozenset[str]:
    """Return every secret there was so far."""
    given = {workspace.bot_token, workspace.signing_secret, CLIENT_SECRET, *NUMBERS}
    given |= set(tenant.state.passes.values())
    links = {workspace.app_token, *workspace.links.tickets}
    return frozenset({*given, *links, *tenant.state.tokens, *workspace.response_urls})


def found_in(text: str, secrets: frozenset[str]) -> set[str]:
    return {secret for secret in secrets if secret in text}


def in_database(url: URL) -> str:
    """Return all that a database holds, as text."""
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        raw = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
        return raw.decode("latin-1")
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        names = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        every = [sql.SQL("select * from {}").format(sql.Identifier(name)) for (name,) in names]
        rows = [connection.execute(one).fetchall() for one in every]
    return repr(rows)


def in_channel(workspace: SimulatedWorkspace, channel: str) -> str:
    """Return all that ever stood in a channel."""
    posts = workspace.channel(channel).posts
    return json.dumps([[version.text, version.blocks] for post in posts for version in post.versions])
