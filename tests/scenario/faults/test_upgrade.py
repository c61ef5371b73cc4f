"""A new version on the database of an old one, with people suspended and work overdue."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot.sim.tenant.story import EXCHANGE_ADMIN, LEE, NOOR, OUTSIDER
from bot.sql.engine import Database
from bot.sql.schema import REVISIONS, WrongSchema, migrate
from tests.scenario.house import HANNA, House
from tests.schema_0001 import leave_as_0001_did

both = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
LOWERED = (LEE, NOOR, OUTSIDER, EXCHANGE_ADMIN)


async def leave(house: House) -> Database:
    """Let an old version have run up to now; return its database."""
    await house.crashes()
    database = Database(house.configuration.settings.database.url.render_as_string(hide_password=False))
    await leave_as_0001_did(database, house.clock.now())
    for who in LOWERED:
        house.tenant.state.set_mfa(who, "disabled")
    return database


@both
async def test_what_an_older_version_left_due_is_carried_out_after_the_upgrade(house: House) -> None:
    state = house.tenant.state
    before = state.snapshot()
    database = await leave(house)
    with pytest.raises(WrongSchema, match="run `relatch migrate`"):
        await house.opens()
    assert [house.mfa(who) for who in LOWERED] == ["disabled"] * 4
    await house.crashes()

    await migrate(database)
    await database.close()
    await house.opens()
    assert house.mfa(LEE) == "enforced"  # was over
    assert house.mfa(NOOR) == "disabled"  # in the hands of a process that is gone
    assert "R-1: MFA for Lee Jansen is restored" in "\n".join(house.directs(HANNA))
    await house.advance(minutes=1)
    assert house.mfa(NOOR) == "enforced"
    assert house.mfa(OUTSIDER) == "disabled"  # had been sent: found made, and its hour begins
    assert "R-3: MFA for Dana Reyes is off since" in "\n".join(house.directs(HANNA))
    await house.advance(minutes=29)
    assert house.mfa(EXCHANGE_ADMIN) == "enforced"
    await house.advance(minutes=31)
    await house.advance(minutes=20)
    assert [house.mfa(who) for who in LOWERED] == ["enforced"] * 4
    await house.advance(hours=7)
    await house.advance(minutes=1)
    assert before.differences(state.snapshot()) == ()
    shown = await house.scrape()
    assert shown['relatch_requests{state="closed"}'] == 7
    await house.lines()


async def test_a_newer_schema_is_refused_politely_and_left_alone(house: House) -> None:
    await house.suspended()
    await house.crashes()
    url = house.configuration.settings.database.url.render_as_string(hide_password=False)
    database = Database(url)
    await call_it(database, "9999")
    with pytest.raises(WrongSchema, match=r"schema 9999, which a newer Relatch made.*run that version"):
        await house.opens()
    await call_it(database, REVISIONS[-1])
    await database.close()
    await house.crashes()
    await house.opens()
    await house.advance(hours=1)
    assert house.mfa() == "enforced"


async def call_it(database: Database, version: str) -> None:
    """Let the schema say that it is of *version*."""
    async with database.session() as session:
        connection = await session.connection()
        await connection.execute(text("update alembic_version set version_num = :to"), {"to": version})
