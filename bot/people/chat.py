"""What is asked of the chat about accounts. ``bot.slack`` satisfies it structurally."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Protocol

from approvals.model import ChatId


class Account(Protocol):
    """An account in the chat; ``team`` is the workspace it belongs to, ``email`` empty where withheld."""

    @property
    def chat(self) -> ChatId: ...  # noqa: D102 - the fields are told of above
    @property
    def team(self) -> str: ...  # noqa: D102 - as above
    @property
    def deleted(self) -> bool: ...  # noqa: D102 - as above
    @property
    def bot(self) -> bool: ...  # noqa: D102 - as above
    @property
    def guest(self) -> bool: ...  # noqa: D102 - as above
    @property
    def stranger(self) -> bool: ...  # noqa: D102 - as above
    @property
    def email(self) -> str: ...  # noqa: D102 - as above
    @property
    def email_confirmed(self) -> bool: ...  # noqa: D102 - as above


class Chat(Protocol):
    """Reads about accounts, made anew each time. Raises ``Later``, ``Never``, or ``Gone`` for nobody."""

    async def account(self, chat: ChatId) -> Account:
        """Return one account."""
        ...

    async def by_email(self, address: str) -> Account:
        """Return the account that has *address* in its profile."""
        ...

    async def members(self, usergroup: str) -> AbstractSet[ChatId]:
        """Return who is in a user group; ``Gone`` for one that is not there."""
        ...
