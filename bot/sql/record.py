"""The record's lines, each appended behind the head that is locked for it."""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy
from sqlalchemy import insert, inspect, update
from sqlmodel import col, select

from approvals.record import Entry, Line, write
from bot.sql.scope import Scope, table_of
from bot.sql.tables import HeadRow, LineRow

HEAD = sqlalchemy.select(table_of(HeadRow)).with_for_update()
APPEND = insert(table_of(LineRow))
MOVE = update(table_of(HeadRow))


class Record(Scope):
    """The part of a transaction that is about the record."""

    async def record(self, entry: Entry) -> Line:
        """Append to the record. The head is locked until the end of the transaction: do it last."""
        head = (await self._execute(HEAD)).one()
        # Chained to the head, not to the last line there is: should somebody cut lines off the
        # end, the gap stays visible and nobody has to wait for its repair.
        last = Line(seq=head.seq, at=self.now, text="", previous="", digest=head.digest)
        line = write(entry, self.now, last if head.seq else None)
        await self._execute(APPEND, _columns(line))
        await self._execute(MOVE, {"seq": line.seq, "digest": line.digest})
        return line

    async def head(self) -> Line | None:
        """Return the record's last line."""
        last = select(LineRow).order_by(col(LineRow.seq).desc()).limit(1)
        row = (await self._session.exec(last)).first()
        return None if row is None else line_of(row)


LINE = tuple(inspect(LineRow).columns[one.name] for one in fields(Line))
"""The columns that make a line, in its order."""


def line_of(row: LineRow) -> Line:
    """Return the line that *row* holds."""
    return Line(seq=row.seq, at=row.at, text=row.text, previous=row.previous, digest=row.digest)


def _columns(line: Line) -> dict[str, object]:
    return {
        "seq": line.seq,
        "at": line.at,
        "text": line.text,
        "previous": line.previous,
        "digest": line.digest,
    }
