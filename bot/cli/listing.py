"""``relatch requests``: what is live, due and overdue."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from approvals.model import Request, State
from approvals.ports import Query
from bot.cli import opening
from bot.config import StoreSettings, load_with_policy
from bot.exit_codes import DONE, NO

LIVE = frozenset(State) - {State.CLOSED}
MOST = 10_000


async def requests(*, state: State | None = None, json: bool = False) -> int:
    """Show what is live, due and overdue, oldest first.

    Parameters
    ----------
    state
        Only those in this state; without it, all that are not closed.
    json
        For machines: a list of objects, times in ISO 8601 UTC.
    """
    settings, policy = load_with_policy(StoreSettings)
    wanted = frozenset({state}) if state else LIVE
    async with opening.storage(settings) as storage, storage.store.transaction(writes=False) as tx:
        found = (await tx.find(Query(states=wanted, limit=MOST)))[::-1]
        now = tx.now
    rows = [row(request, now, policy.suspend.overdue) for request in found]
    if json:
        _print_json(rows)
    else:
        _print_table(found, rows, now)
    return NO if any(one["overdue"] for one in rows) else DONE


def is_overdue(request: Request, now: datetime, allowed: timedelta) -> bool:
    """Return whether MFA should have been back longer than *allowed* ago."""
    return request.lowers and request.ends_at is not None and now - request.ends_at > allowed


def row(request: Request, now: datetime, allowed: timedelta) -> dict[str, object]:
    """Return *request* as machines see it."""
    due = due_at(request)
    return {
        "id": request.label,
        "action": request.kind.value,
        "subject": request.subject.upn,
        "requester": request.requester.upn,
        "state": request.state.value,
        "outcome": request.outcome.value if request.outcome else None,
        "overdue": is_overdue(request, now, allowed),
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
    if not found:
        sys.stdout.write("Nothing to show.\n")
        return
    names = ("request", "state", "subject", "asked by", "until (UTC)", "late by")
    table = Table(*(Column(name, overflow="fold") for name in names), box=None)
    for request, shown in zip(found, rows, strict=True):
        due = due_at(request)
        late = now - due if shown["overdue"] and due else None
        table.add_row(
            request.label,
            escape(request.outcome or request.state),
            escape(request.subject.upn),
            escape(request.requester.upn),
            f"{due:%d %b %H:%M:%S}" if due else "",
            str(late).partition(".")[0] if late else "",
        )
    Console().print(table)
