"""The port of the commands: one address, asked of every source, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.entra.client import GraphClient
from bot.exchange.addresses import find
from bot.exchange.conclusions import concluded
from bot.exchange.sources import MailboxSource
from commands.mailbox_model import MailboxView
from commands.ports import ByAddress, ById


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantMailboxes:
    """``commands.ports.Mailboxes``, over Graph and whatever *sources* the policy turns on."""

    graph: GraphClient
    sources: Sequence[MailboxSource]
    now: Callable[[], datetime]

    async def show(self, of: ByAddress | ById) -> MailboxView:
        """Return everything that is known of an address; raises when the directory does not answer."""
        at = self.now()
        found = await find(self.graph, of)
        told = await asyncio.gather(*(one.tell(found.subject) for one in self.sources))
        answers = [(one.source, answer) for one, answer in zip(self.sources, told, strict=True)]
        asked = of.address if isinstance(of, ByAddress) else of.id
        return concluded(asked, found, answers, at)
