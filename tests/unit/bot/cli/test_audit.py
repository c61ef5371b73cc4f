"""``relatch audit``: whether the record is whole, and what it says."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from approvals.model import RequestId
from approvals.record import Entry, Line
from bot.cli.cells import cell
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from tests.unit.bot.cli.conftest import Ago, Relatch


@pytest.fixture
async def three(written: SqlStore) -> list[Line]:
    """A record of three lines."""
    async with written.transaction() as tx:
        return [
            await tx.record(Entry("asked", RequestId(number), "a1000000", {"ticket": f"=INC-{number}"}))
            for number in (1, 2, 3)
        ]


async def without_guard(database: Database, *statements: str) -> None:
    """Do to the record what only an owner of the database can."""
    async with database.engine.execution_options(writes=True).begin() as connection:
        if database.sqlite:
            found = await connection.execute(text("select name from sqlite_master where type = 'trigger'"))
            for (name,) in found.all():
                await connection.execute(text(f"drop trigger {name}"))
        else:
            await connection.execute(text("drop trigger record_line_guard on record_line"))
        for statement in statements:
            await connection.execute(text(statement))


async def test_an_empty_record_is_whole(relatch: Relatch) -> None:
    ran = await relatch("audit", "verify")

    assert (ran.code, ran.out) == (0, f"whole: 0 lines\nhead: {'0' * 64}\n")


async def test_a_whole_record_shows_its_head(relatch: Relatch, three: list[Line]) -> None:
    ran = await relatch("audit", "verify")

    assert (ran.code, ran.out) == (0, f"whole: 3 lines\nhead: {three[-1].digest}\n")


async def test_a_head_that_was_seen_before_is_still_there(relatch: Relatch, three: list[Line]) -> None:
    ran = await relatch("audit", "verify", "--head", three[1].digest.upper())

    assert ran.code == 0


@pytest.mark.usefixtures("three")
async def test_an_edited_line_breaks_the_chain(relatch: Relatch, database: Database) -> None:
    await without_guard(
        database, "update record_line set text = replace(text, 'INC-2', 'INC-9') where seq = 2"
    )

    ran = await relatch("audit", "verify")

    assert (ran.code, ran.out) == (1, "broken at line 2: its hash does not follow from the line before\n")


@pytest.mark.usefixtures("three")
async def test_a_line_taken_out_breaks_the_chain(relatch: Relatch, database: Database) -> None:
    await without_guard(database, "delete from record_line where seq = 2")

    ran = await relatch("audit", "verify")

    assert (ran.code, ran.out) == (1, "broken at line 2: line 2 is missing\n")


async def test_lines_cut_off_at_the_end_are_missed_only_with_a_head(
    relatch: Relatch, three: list[Line], database: Database
) -> None:
    await without_guard(database, "delete from record_line where seq = 3")

    alone = await relatch("audit", "verify")
    with_head = await relatch("audit", "verify", "--head", three[2].digest)

    assert (alone.code, with_head.code) == (0, 1)
    assert "the published head is not in the record" in with_head.out


async def test_an_export_holds_every_line_with_its_hash(relatch: Relatch, three: list[Line]) -> None:
    ran = await relatch("audit", "export")

    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert [line["hash"] for line in lines] == [line.digest for line in three]
    assert [line["previous"] for line in lines] == [line.previous for line in three]
    assert [(line["seq"], line["event"], line["request"], line["actor"]) for line in lines] == [
        (1, "asked", 1, "a1000000"),
        (2, "asked", 2, "a1000000"),
        (3, "asked", 3, "a1000000"),
    ]
    assert [line["facts"] for line in lines] == [{"ticket": f"=INC-{number}"} for number in (1, 2, 3)]


async def test_an_export_as_csv_says_the_same(relatch: Relatch, three: list[Line]) -> None:
    ran = await relatch("audit", "export", "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["hash"] for row in rows] == [line.digest for line in three]
    assert [json.loads(row["facts"]) for row in rows] == [{"ticket": f"=INC-{n}"} for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "text_",
    ["=1+1", "+1", "-1", "@cmd", "\t=1", "\r=1", "\n=1", " =1", "\N{FULLWIDTH EQUALS SIGN}1", "\ufeff=1"],
)
def test_no_spreadsheet_takes_a_cell_for_a_formula(text_: str) -> None:
    assert cell(text_) == f"'{text_}"


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0, "0"), ("R-1", "R-1"), ({"a": "é"}, '{"a": "é"}')]
)
def test_other_cells_are_as_they_are(value: object, shown: str) -> None:
    assert cell(value) == shown


@pytest.mark.usefixtures("three")
async def test_an_export_can_begin_at_a_time(relatch: Relatch, written: SqlStore, ago: Ago) -> None:
    ago.by = timedelta(days=-1)
    async with written.transaction() as tx:
        await tx.record(Entry("asked", RequestId(4), "a1000000", {}))
        tomorrow = tx.now
    noon = f"{datetime.now(UTC) + timedelta(hours=12):%Y-%m-%dT%H:%M}"

    counts = [
        len((await relatch("audit", "export", "--since", since)).out.splitlines())
        for since in ("1d", noon, f"{noon}Z", tomorrow.isoformat(), "2020-01-01")
    ]

    assert counts == [4, 1, 1, 1, 4]


@pytest.mark.usefixtures("three")
async def test_a_damaged_record_can_still_be_exported(relatch: Relatch, database: Database) -> None:
    await without_guard(database, "update record_line set text = 'rubbish' where seq = 2")

    ran = await relatch("audit", "export", "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert (ran.code, len(rows), rows[1]["facts"]) == (0, 3, "rubbish")
