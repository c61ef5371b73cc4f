"""``relatch requests``: what is live, due and overdue."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table

from approvals.model import Request, State
from approvals.ports import Query
from bot import wiring
from bot.config import StoreSettings, load_policy, load_settings
from bot.exit_codes import DONE, NO
from bot.lifecycle import ready_schema

LIVE = frozenset(State) - {State.CLOSED}
MOST = 10_000


async def requests(*, state: State | None = None, json: bool = False) -> int:
    """Show requests; the exit code is 1 when a restore is overdue.

    Parameters
    ----------
    state
        Only those in this state; without it, all that are not closed.
    json
        For machines: a list of objects, times in ISO 8601 UTC.
    """
    overdue = load_policy().suspend.overdue
    async with AsyncExitStack() as stack:
        storage = await wiring.storage(stack, load_settings(StoreSettings))
        await ready_schema(storage)
        async with storage.store.transaction(writes=False) as tx:
            found = await tx.find(Query(states=frozenset({state}) if state else LIVE, limit=MOST))
            now = tx.now
    rows = [row(request, now, overdue) for request in reversed(found)]
    if json:
        _print_json(rows)
    else:
        _print_table(found[::-1], rows, now)
    return NO if any(one["overdue"] for one in rows) else DONE


def row(request: Request, now: datetime, overdue: timedelta) -> dict[str, object]:
    """Return *request* as machines see it."""
    late = request.lowers and request.ends_at is not None and now - request.ends_at > overdue
    due = due_at(request)
    return {
        "id": request.label,
        "action": request.kind.value,
        "subject": request.subject.upn,
        "requester": request.requester.upn,
        "state": request.state.value,
        "outcome": request.outcome.value if request.outcome else None,
        "overdue": late,
        "due_at": due.isoformat(timespec="seconds") if due else None,
        "terms": request.terms,
    }


def due_at(request: Request) -> datetime | None:
    """Return when the next thing happens by itself: it lapses, or it ends."""
    match request.state:
        case State.PENDING:
            return request.lapses_at
        case State.CLOSED:
            return None
        case State.APPLYING | State.ACTIVE | State.RESTORING:
            return request.ends_at


def _print_json(rows: Sequence[dict[str, object]]) -> None:
    sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")


def _print_table(found: Sequence[Request], rows: Sequence[dict[str, object]], now: datetime) -> None:
    table = Table("", "state", "subject", "asked by", "until (UTC)", "late by", box=None)
    for request, shown in zip(found, rows, strict=True):
        due = due_at(request)
        late = now - due if shown["overdue"] and due else None
        table.add_row(
            request.label,
            request.outcome or request.state,
            request.subject.upn,
            request.requester.upn,
            f"{due:%d %b %H:%M:%S}" if due else "",
            str(late).partition(".")[0] if late else "",
        )
    console = Console()
    if rows:
        console.print(table)
    else:
        console.print("Nothing is live.")
