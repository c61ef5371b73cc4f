"""Run Alembic on an open connection."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

LOCK = 0x72656C61746368
"""The advisory lock that migrations hold on PostgreSQL: "relatch" in ASCII."""


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the schema up *to* a revision."""
    command.upgrade(config(connection), to)


def downgrade(connection: Connection, to: str) -> None:
    """Bring the schema down *to* a revision, or to ``base``: everything in the tables dropped is lost."""
    command.downgrade(config(connection), to)


def config(connection: Connection) -> Config:
    """Return Alembic's configuration for *connection*, which holds the only place from here on.

    On SQLite ``BEGIN IMMEDIATE`` has locked the others out already.
    """
    if connection.dialect.name == "postgresql":
        # Whoever migrates may take longer than anybody else may make others wait.
        connection.execute(text("set local lock_timeout = 0"))
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
    made = Config()
    made.set_main_option("script_location", "bot.sql:migrations")
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made
