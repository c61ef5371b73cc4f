"""``relatch mailbox``: the same reads as ``/mailbox``, for terminals and scripts."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Annotated, Final

from cyclopts import Parameter

from approvals.model import PER_USER
from bot.cli import mailbox_json, mailbox_text, opening
from bot.cli.output import print_json, say
from bot.cli.reading import Address
from bot.entra.client import GraphClient
from bot.entra.levers import Levers
from bot.entra.users import User, Users
from bot.exit_codes import DONE, NO, USAGE
from commands.desk import said
from commands.diagnosis import Circumstances, explain, read
from commands.mailbox import or_told, unrecognised
from commands.mailbox_model import Kind
from commands.ports import ByAddress, ById, Mailboxes

LARGEST: Final = 2 << 20
"""Bytes of standard input that are read."""
_BOMS: Final = ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))


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


async def diagnose(
    text: str = "", /, *, for_: Annotated[Address | None, Parameter(name="--for")] = None, json: bool = False
) -> int:
    """Explain an error that a mail program or a test shows.

    Parameters
    ----------
    text
        What is shown; without it, standard input is read.
    for_
        An address or an object id: compare with what is so for this person now.
    json
        For machines: one object.
    """
    evidence = read(text or _standard_input())
    if not evidence.recognised:
        nothing = unrecognised(evidence)
        sys.stderr.write(f"relatch: {nothing.why} {nothing.hint}\n")
        return USAGE if evidence.file else NO
    found = explain(evidence, await _circumstances(for_) if for_ else None)
    if json:
        print_json(mailbox_json.diagnosis(found))
    else:
        say(mailbox_text.diagnosis(found))
    return DONE


def _standard_input() -> str:
    """Return what is piped in, or pasted into the terminal; PowerShell pipes UTF-16."""
    if sys.stdin.isatty():
        sys.stderr.write("Paste the text, then press Ctrl-D.\n")
    content = sys.stdin.buffer.read(LARGEST)
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, "replace")


async def _circumstances(who: ByAddress | ById) -> Circumstances:
    """Return what is so for *who*; a failure is told and stops nothing."""
    async with opening.tenant_reads() as (graph, mailboxes):
        return await _looked_up(graph, mailboxes, who)


async def _looked_up(graph: GraphClient, mailboxes: Mailboxes, who: ByAddress | ById) -> Circumstances:
    unread: list[str] = []
    user = await or_told(unread, "who that is", _account(Users(graph), who))
    view = await or_told(unread, "the mailbox", mailboxes.show(ById(user.id) if user else who))
    if user is None:
        return Circumstances(upn=said(who), view=view, unread=tuple(unread))
    mfa = await or_told(unread, "the MFA state", Levers(graph).read(user.id, PER_USER))
    return Circumstances(upn=user.upn, view=view, mfa=mfa, enabled=user.enabled, unread=tuple(unread))


async def _account(users: Users, who: ByAddress | ById) -> User:
    return await (users.get(who.id) if isinstance(who, ById) else users.find(who.address))
