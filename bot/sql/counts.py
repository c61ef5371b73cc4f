"""How much there is of everything, for the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from approvals.agenda import Kind
from approvals.model import State
from bot.sql.tables import RequestRow, WorkRow

HELD = (State.ACTIVE, State.RESTORING)


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests by state, work by kind (every state and kind is a key), and overdue restores."""

    requests: dict[State, int]
    queue: dict[Kind, int]
    overdue: int


async def count_all(session: AsyncSession, ended_before: datetime) -> Counts:
    """Count; what is not restored and should have ended by *ended_before* is overdue."""
    states = select(RequestRow.state, func.count()).group_by(col(RequestRow.state))
    kinds = select(WorkRow.kind, func.count()).group_by(col(WorkRow.kind))
    late = col(RequestRow.state).in_(HELD), col(RequestRow.ends_at) <= ended_before
    overdue = select(func.count()).select_from(RequestRow).where(*late)
    return Counts(
        requests=dict.fromkeys(State, 0) | {State(state): n for state, n in await session.exec(states)},
        queue=dict.fromkeys(Kind, 0) | {Kind(kind): n for kind, n in await session.exec(kinds)},
        overdue=(await session.exec(overdue)).one(),
    )
