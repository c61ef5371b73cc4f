"""The schema: versions, migrations, and that the models are what the migrations make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.sql.engine import Database
from bot.sql.migrations.run import config, downgrade, upgrade
from bot.sql.schema import REVISIONS, Current, Empty, Newer, Older, migrate, schema_state
from bot.sql.tables import Table


@pytest.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Database]:
    database = Database(empty_database_url)
    yield database
    await database.close()


async def test_a_new_database_is_empty_and_current_once_migrated(empty: Database) -> None:
    assert await schema_state(empty) == Empty()
    await migrate(empty)
    assert await schema_state(empty) == Current()


async def test_migrating_a_current_database_changes_nothing(database: Database) -> None:
    await migrate(database)
    assert await schema_state(database) == Current()


async def test_a_version_that_is_not_known_was_made_by_a_later_relatch(database: Database) -> None:
    async with database.session() as session:
        await (await session.connection()).execute(text("update alembic_version set version_num = '9999'"))
    assert await schema_state(database) == Newer("9999")


async def test_an_earlier_version_is_older(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sql.schema.REVISIONS", (*REVISIONS, "9999"))
    assert await schema_state(database) == Older(REVISIONS[-1])


async def test_the_models_are_what_the_migrations_make(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, Table.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_every_migration_is_listed_oldest_first(database: Database) -> None:
    def listed(connection: Connection) -> list[str]:
        walk = ScriptDirectory.from_config(config(connection)).walk_revisions()
        return [script.revision for script in walk][::-1]

    async with database.engine.connect() as connection:
        assert tuple(await connection.run_sync(listed)) == REVISIONS


async def test_migrations_go_down_to_nothing_and_up_again(database: Database) -> None:
    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}

    async with database.engine.execution_options(writes=True).begin() as connection:
        before = await connection.run_sync(tables)
        await connection.run_sync(downgrade, "base")
        assert await connection.run_sync(tables) == set()
        await connection.run_sync(upgrade)
        assert await connection.run_sync(tables) == before != set()


async def test_several_may_migrate_at_once(empty: Database, empty_database_url: str) -> None:
    other = Database(empty_database_url)
    await asyncio.gather(migrate(empty), migrate(other), migrate(other))
    await other.close()
    assert await schema_state(empty) == Current()
