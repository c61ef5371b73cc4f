"""Mailboxes: what an address is, where its mailbox lives, and what may be done with it.

Sources stand behind one port and are asked side by side: Microsoft Graph always, the Exchange admin API and
InvokeCommand where the policy turns them on. Each tells what it could not read, and why; where several
tell the same fact, the one nearest to Exchange wins.
"""

from bot.exchange.mailboxes import TenantMailboxes

__all__ = ["TenantMailboxes"]
