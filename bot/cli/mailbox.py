"""``relatch mailbox``: the same reads as ``/mailbox``, for terminals and scripts."""

from __future__ import annotations

from bot.cli import mailbox_json, mailbox_text, opening
from bot.cli.output import print_json, say
from bot.cli.reading import Address
from bot.exit_codes import DONE, NO
from commands.mailbox_model import Kind


async def show(user: Address, /, *, json: bool = False) -> int:
    """Show what an address is, and what is known of its mailbox.

    Parameters
    ----------
    user
        An address, or an object id.
    json
        For machines: one object, times in ISO 8601 UTC, sizes in bytes.
    """
    async with opening.mailboxes() as mailboxes:
        view = await mailboxes.show(user)
    if json:
        print_json(mailbox_json.view(view))
    else:
        say(mailbox_text.view(view))
    return NO if view.kind is Kind.NOTHING else DONE
