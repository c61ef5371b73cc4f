"""``relatch status``: the same reads as ``/mfa status``, for terminals and scripts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from approvals.errors import Gone, PortError, RelatchError
from approvals.model import ActionKind, PersonId, Request
from approvals.ports import Query
from bot.cli import opening, status_json, status_text
from bot.cli.domain_text import plain
from bot.cli.output import print_json, say
from bot.cli.reading import Address
from bot.config import TenantSettings, load_with_policy
from bot.exit_codes import DONE, USAGE
from commands.desk import LIVE
from commands.federation_model import Unread
from commands.ports import ById
from commands.status import discreet


async def status(user: Address, /, *, json: bool = False) -> int:
    """Show what protects somebody now.

    Parameters
    ----------
    user
        An address, or an object id.
    json
        For machines: one object, times in ISO 8601 UTC.
    """
    async with opening.people() as people:
        try:
            person = await people.find(user)
            found = discreet(await people.statuses.status(person))
        except Gone:
            written = user.id if isinstance(user, ById) else user.address
            sys.stderr.write(f"relatch: nobody in Entra goes by {plain(written)}\n")
            return USAGE
    live, now = await _live(person.id), datetime.now(UTC)
    if json:
        print_json(status_json.status(found, live))
    else:
        say(status_text.status(found, live, now))
    return DONE


async def _live(who: PersonId) -> Request | Unread | None:
    """Return the live suspension; a database that is away hides it and nothing else."""
    settings, _ = load_with_policy(TenantSettings)
    query = Query(states=LIVE, kind=ActionKind.SUSPEND, subject=who, limit=1)
    try:
        async with opening.storage(settings) as opened, opened.store.transaction(writes=False) as tx:
            return next(iter(await tx.find(query)), None)
    except PortError as error:
        return Unread(error.why, "look at DATABASE_URL")
    except RelatchError as error:
        return Unread(str(error), "look at DATABASE_URL")
