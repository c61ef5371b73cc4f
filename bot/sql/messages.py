"""Where messages stand in the chat, so that they can be brought up to date."""

from __future__ import annotations

from approvals.model import MessageRef, RequestId
from approvals.ports import Sent
from bot.sql import codec
from bot.sql.scope import Scope
from bot.sql.tables import MessageRow


class Messages(Scope):
    """The part of a transaction that is about messages."""

    async def sent(self, request: RequestId, role: str) -> Sent | None:
        """Return where the message of that role stands."""
        row = await self._session.get(MessageRow, (request, role), populate_existing=True)
        if row is None:
            return None
        return Sent(ref=MessageRef(channel=row.channel, ts=row.ts), notice=codec.notice_of(row.notice))

    async def keep(self, request: RequestId, role: str, sent: Sent) -> None:
        """Remember where the message of that role stands, instead of an earlier one."""
        where = {"channel": sent.ref.channel, "ts": sent.ref.ts, "notice": codec.notice_json(sent.notice)}
        new = self._insert(MessageRow).values(request_id=request, role=role, **where)
        kept = new.on_conflict_do_update(index_elements=["request_id", "role"], set_=where)
        await self._session.exec(kept)
