"""Which version a database has, and the way to the current one.

A start looks at one row only; Alembic comes in when there is something to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from sqlalchemy import Connection, inspect, text

from approvals.errors import RelatchError
from bot.sql.engine import Database
from bot.sql.failures import answering

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005")
"""Every migration, oldest first. The last one is what this version of the product works on."""


@dataclass(frozen=True, slots=True)
class Empty:
    """There is nothing yet."""


@dataclass(frozen=True, slots=True)
class Current:
    """The database fits."""


@dataclass(frozen=True, slots=True)
class Older:
    """``version`` needs ``relatch migrate``."""

    version: str


@dataclass(frozen=True, slots=True)
class Newer:
    """``version`` was made by a later Relatch."""

    version: str


Schema = Empty | Current | Older | Newer


class WrongSchema(RelatchError):
    """The database does not fit this version of Relatch; says what to do."""


async def schema_state(database: Database) -> Schema:
    """Compare the database's version with the one needed; ``Later`` when it does not answer."""
    with answering():
        async with database.engine.connect() as connection:
            return _judge(await connection.run_sync(_version))


async def fitting(database: Database) -> None:
    """Raise ``WrongSchema`` unless the database has the current schema; an empty one has none."""
    match await schema_state(database):
        case Current():
            return
        case Empty():
            raise WrongSchema("the database is empty: run `relatch migrate`, or look at DATABASE_URL")
        case Older(version):
            raise WrongSchema(f"the database has schema {version}, which is older: run `relatch migrate`")
        case Newer(version):
            raise _newer(version)
        case never:
            assert_never(never)


async def prepared(database: Database) -> None:
    """Migrate an empty database; raise ``WrongSchema`` for one that is older or newer than this version."""
    if isinstance(await schema_state(database), Empty):
        await migrate(database)
    await fitting(database)


async def migrate(database: Database) -> None:
    """Bring the database to the current schema, in one transaction.

    Several at once are safe: one works, the others wait and find nothing to do. ``Later`` when
    the database does not answer, ``WrongSchema`` when a newer Relatch made it.
    """
    found = await schema_state(database)
    if isinstance(found, Newer):
        raise _newer(found.version)
    # Measured: importing Alembic takes 0.18 s, a quarter of a start that seldom needs it.
    from bot.sql.migrations.run import upgrade  # noqa: PLC0415 (the reason is above)

    with answering(writes=True):
        async with database.engine.execution_options(writes=True).begin() as connection:
            await connection.run_sync(upgrade)


def _newer(version: str) -> WrongSchema:
    newer = f"the database has schema {version}, which a newer Relatch made: `relatch migrate` cannot go back"
    return WrongSchema(f"{newer}; run that version")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _judge(version: str | None) -> Schema:
    if version is None:
        return Empty()
    if version == REVISIONS[-1]:
        return Current()
    return Older(version) if version in REVISIONS else Newer(version)
