"""The mailbox usage report: size, quota and last activity, two days old, for the whole tenant at once.

Source: Graph docs, "getMailboxUsageDetail". A CSV that begins with a byte order mark; where the tenant
conceals names in reports, it holds hashes instead of them, and nobody is found.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Final

from approvals.errors import Never
from bot.entra.address import path
from bot.entra.client import GraphClient
from bot.entra.permissions import Permission, needing
from commands.mailbox_model import Facts, Size

_REPORT: Final = path("/reports/getMailboxUsageDetail(period='D7')")
_UPN: Final = "User Principal Name"
_ADDRESS: Final = "@"


async def usage(graph: GraphClient, upn: str) -> Facts:
    """Return what the report holds of *upn*; ``Never`` where names are concealed."""
    with needing(Permission.READ_REPORTS):
        content = await graph.report("v1.0", _REPORT)
    # A tenant of a hundred thousand has twenty megabytes of it: not on the loop.
    return await asyncio.to_thread(read, content, upn)


def read(content: bytes, upn: str) -> Facts:
    """Find *upn* in a report; nothing is known of those who are not in it."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
    wanted, seen, named = upn.casefold(), 0, 0
    for row in rows:
        name = (row.get(_UPN) or "").casefold()
        if name == wanted:
            return _facts(row)
        seen, named = seen + 1, named + (_ADDRESS in name)
    if seen and not named:
        raise Never(
            "the tenant conceals names in reports",
            "admin centre, Settings, Org settings, Reports: let names be shown",
        )
    return Facts()


def _facts(row: Mapping[str, str | None]) -> Facts:
    size = Size(
        used=_number(row, "Storage Used (Byte)"),
        items=_number(row, "Item Count"),
        warns_at=_number(row, "Issue Warning Quota (Byte)"),
        stops_sending_at=_number(row, "Prohibit Send Quota (Byte)"),
        stops_at=_number(row, "Prohibit Send/Receive Quota (Byte)"),
        as_of=_day(row, "Report Refresh Date"),
    )
    return Facts(size=size, last_activity=_day(row, "Last Activity Date"))


def _number(row: Mapping[str, str | None], name: str) -> int | None:
    text = row.get(name) or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _day(row: Mapping[str, str | None], name: str) -> date | None:
    try:
        return date.fromisoformat(row.get(name) or "")
    except ValueError:
        return None
