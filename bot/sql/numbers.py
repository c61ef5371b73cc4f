"""Telephone numbers that wait for approval: apart from everything else, and gone once they are settled."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import col

from approvals.model import PhoneNumber, RequestId
from bot.sql.scope import Scope
from bot.sql.tables import NumberToSetRow


class Numbers(Scope):
    """The part of a transaction that is about numbers."""

    async def keep_number(self, request: RequestId, number: PhoneNumber) -> None:
        """Keep the number that *request* is about until it is erased."""
        await self._session.exec(
            self._insert(NumberToSetRow).values(request_id=request, number=number.written)
        )

    async def number(self, request: RequestId) -> PhoneNumber | None:
        """Return the number that *request* is about, while it is kept."""
        row = await self._session.get(NumberToSetRow, request, populate_existing=True)
        return None if row is None else PhoneNumber(row.number)

    async def erase_number(self, request: RequestId) -> bool:
        """Erase it; return whether there was one."""
        erased = await self._session.exec(
            delete(NumberToSetRow).where(col(NumberToSetRow.request_id) == request)
        )
        return erased.rowcount > 0
