"""What people see."""

from __future__ import annotations

from typing import Protocol

from approvals.model import (
    AccessPass,
    ChatId,
    MessageRef,
    Notice,
    Request,
    RequestId,
)


class Screen(Protocol):
    """What the one who pressed a button sees, nobody else, and only while it is open."""

    async def open(self, request: RequestId) -> None:
        """Open it at once, empty; ``PortError`` when it could not be."""
        ...

    async def show(self, request: Request, issued: AccessPass) -> None:
        """Show the pass on it; anything that is raised means that it may not have been seen."""
        ...


class Tell(Protocol):
    """What people see. Rendering is the adapter's; here only meanings go in."""

    async def card(self, request: Request, at: MessageRef | None) -> MessageRef:
        """Post the card, or bring the one *at* up to date; ``Gone`` when that one cannot be edited."""
        ...

    async def line(self, request: Request, notice: Notice, thread: MessageRef) -> None:
        """Add a line to the card's thread."""
        ...

    async def page(self, request: Request, notice: Notice, thread: MessageRef | None) -> None:
        """Mention the people on duty, in the card's thread and in the channel."""
        ...

    async def direct(self, request: Request, notice: Notice, to: ChatId) -> MessageRef:
        """Send a direct message."""
        ...

    async def settle(self, request: Request, notice: Notice, at: MessageRef) -> None:
        """Take the buttons off an earlier direct message."""
        ...

    async def guide(self, to: ChatId) -> None:
        """Tell somebody in person how an authenticator app is set up."""
        ...

    async def head(self, seq: int, digest: str) -> None:
        """Post the record's head in the channel."""
        ...

    async def alarm(self, request: Request, why: str) -> None:
        """Tell the people on duty, one by one, that the channel takes no messages."""
        ...
