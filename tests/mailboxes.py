"""Mailboxes as commands and texts see them: Lee's, whole, and what else an address can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from approvals.errors import PortError
from commands.mailbox_model import (
    Allowed,
    Facts,
    Kind,
    Licence,
    MailboxView,
    Missing,
    Place,
    Protocol,
    Replies,
    Size,
    Source,
)
from commands.ports import ByAddress, ById

NOW = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)
LEES = Facts(
    kind=Kind.USER,
    place=Place.ONLINE,
    place_because="Exchange Online shows its settings",
    name="Lee Jansen",
    upn="lee@contoso.com",
    primary="lee@contoso.com",
    aliases=("lee.jansen@contoso.com",),
    account="member, enabled, synchronised from AD",
    licences=(Licence("Exchange Online (Plan 2) in Office 365 E3", ready=True),),
    forwarding=(),
    rules=(),
    replies=Replies(on=False),
    last_activity=date(2026, 11, 20),
    size=Size(used=2_345_678_901, items=4_211, stops_sending_at=99 << 30, stops_at=100 << 30),
    protocols=dict.fromkeys(Protocol, Allowed.ON),
)


def view(
    facts: Facts = LEES, *, missing: tuple[Missing, ...] = (), notes: tuple[str, ...] = ()
) -> MailboxView:
    """Return a mailbox as it is shown."""
    return MailboxView(
        asked="lee@contoso.com",
        facts=facts,
        sources=(Source.GRAPH,),
        missing=missing,
        notes=notes,
        cmdlets=("Get-EXOMailbox -Identity 'lee@contoso.com'",),
        at=NOW,
    )


@dataclass
class KnownMailboxes:
    """Shows ``shown`` for whatever is asked, or raises ``down``."""

    shown: MailboxView = field(default_factory=view)
    asked: list[ByAddress | ById] = field(default_factory=list)
    down: PortError | None = None

    async def show(self, of: ByAddress | ById) -> MailboxView:
        self.asked.append(of)
        if self.down:
            raise self.down
        return self.shown
