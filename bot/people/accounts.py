"""From somebody in Entra back to their account in the chat."""

from __future__ import annotations

from contextlib import suppress

from approvals.errors import Never
from approvals.model import ChatId
from bot.entra.users import User
from bot.people.chat import Chat
from bot.people.rules import Rules


async def chat_of(chat: Chat, rules: Rules, user: User) -> ChatId | None:
    """Return where *user* can be told something: as the table says, else by their address.

    Nobody found is ``None``. The chat not answering is ``Later``: they would never be told.
    """
    return rules.bound_to(user) or await by_address(chat, rules, user)


async def by_address(chat: Chat, rules: Rules, user: User) -> ChatId | None:
    """Return the account in this workspace that has confirmed an address of *user*."""
    for address in dict.fromkeys(filter(None, (user.mail, user.upn.casefold()))):
        with suppress(Never):
            account = await chat.by_email(address)
            at_home = account.team == rules.home and not account.stranger
            theirs = account.email_confirmed and account.email.casefold() == address
            if at_home and theirs and not (account.deleted or account.bot):
                return account.chat
    return None
