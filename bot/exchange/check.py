"""Whether mailboxes can be read in Exchange Online, tried with a harmless call for each source that is on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.exchange.online import AdminApiSource, InvokeCommandSource
from bot.exchange.sources import Connection, MailboxSource


async def connections(sources: Sequence[MailboxSource]) -> tuple[Connection, ...]:
    """Try every Exchange source among *sources*: is there a token, is a call answered, and what is missing.

    Never raises. Graph is not among them: what it needs are permissions, which are checked as such.
    """
    online = [one for one in sources if isinstance(one, AdminApiSource | InvokeCommandSource)]
    return tuple(await asyncio.gather(*(one.tried() for one in online)))
