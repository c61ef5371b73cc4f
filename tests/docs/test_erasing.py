"""What the page on data says of erasing does what it says, on both databases."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import text

from approvals.ports import Query
from approvals.record import Verification, Whole
from bot.sim.tenant import SimulatedTenant, story
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from tests.suspensions import Suspensions

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
POSTGRESQL, SQLITE = re.findall(r"```sql\n(.+?)```", PAGE, re.DOTALL)


async def test_a_person_is_erased_and_the_record_stays_whole(database: Database, store: SqlStore) -> None:
    async with SimulatedTenant(story()) as tenant:
        denied = await Suspensions(store, tenant).denied()
    script = SQLITE if database.sqlite else POSTGRESQL
    assert denied.subject.id in script
    async with database.engine.execution_options(writes=True).begin() as connection:
        for statement in filter(str.strip, script.split(";")):
            await connection.execute(text(re.sub(r"::(\w+)", r"\\:\\:\1", statement)))
    async with store.transaction(writes=False) as tx:
        [erased] = await tx.find(Query(subject=denied.subject.id))
        assert (erased.subject.name, erased.subject.upn) == ("erased", "erased")
        assert (erased.reason, erased.ticket, erased.note) == ("erased", "", "")
        assert erased.state is denied.state
    verification = Verification()
    async for line in store.lines():
        assert verification.see(line) is None
    assert isinstance(verification.result(), Whole)
