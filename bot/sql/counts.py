"""How much there is of everything, for the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from approvals.agenda import Kind
from approvals.model import State
from bot.sql.tables import LIVE, RequestRow, WorkRow

HELD = (State.ACTIVE, State.RESTORING)


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests by state, work by kind (every state and kind is a key), and overdue restores.

    ``age`` is for how long the oldest work of a kind has been due: nothing, where none is.
    """

    requests: dict[State, int]
    queue: dict[Kind, int]
    age: dict[Kind, timedelta]
    overdue: int


async def count_all(session: AsyncSession, now: datetime, overdue: timedelta) -> Counts:
    """Count; what is not restored and should have ended *overdue* before *now* is overdue."""
    states = select(RequestRow.state, func.count()).group_by(col(RequestRow.state))
    kinds = select(WorkRow.kind, func.count(), func.min(WorkRow.due_at)).group_by(col(WorkRow.kind))
    late = col(RequestRow.state).in_(HELD), LIVE, col(RequestRow.ends_at) <= now - overdue
    work = {Kind(kind): (number, oldest) for kind, number, oldest in await session.exec(kinds)}
    return Counts(
        requests=dict.fromkeys(State, 0) | {State(state): n for state, n in await session.exec(states)},
        queue={kind: work[kind][0] if kind in work else 0 for kind in Kind},
        age={kind: max(now - work[kind][1], timedelta()) if kind in work else timedelta() for kind in Kind},
        overdue=(await session.exec(select(func.count()).select_from(RequestRow).where(*late))).one(),
    )
