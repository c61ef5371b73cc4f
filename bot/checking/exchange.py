"""The Exchange side: whether each source of mailboxes that the policy turns on can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Final

from bot import reads
from bot.checking.model import Line, Place, Probe, failed, ok
from bot.exchange.check import connections
from bot.exchange.sources import Connection

SIGN_IN: Final = "sign-in"


async def _exchange(place: Place) -> Iterable[Line]:
    """Ask for a token and for one row by each source; nothing where no source is on."""
    settings, policy = place.configuration.settings, place.configuration.policy
    async with AsyncExitStack() as stack:
        client = reads.exchange(stack, settings, place.tokens, place.clock)
        sources = reads.mailbox_sources(place.graph, client, policy.exchange)
        return [_line(one) for one in await connections(sources)]


def _line(found: Connection) -> Line:
    name = found.source.value.removeprefix("the ")
    return ok(name, found.what) if found.works else failed(name, found.what, found.what_to_do)


PROBES: Final = (Probe("Exchange", _exchange, after=(SIGN_IN,)),)
