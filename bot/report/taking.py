"""Puts the picture together: the survey, the counts, and what is suspended now."""

from __future__ import annotations

from datetime import datetime

from approvals.model import Lever, Protection
from bot.report.model import Lost, Picture, Registrations, Row, States, Suspended
from bot.report.scratch import Scratch
from bot.report.survey import Surveyed
from commands.federation_model import Unread

STATES = tuple(state for state in reversed(Protection) if state.lever is Lever.PER_USER)
"""Every per-user state, strongest first."""


def picture(
    scratch: Scratch, surveyed: Surveyed, suspensions: tuple[Suspended, ...] | Lost, at: datetime
) -> Picture:
    """Count what the survey has read; what was lost is told in place of its counts."""
    losses = (surveyed.people, surveyed.states, surveyed.registrations, suspensions)
    people, registrations = surveyed.people, surveyed.registrations
    return Picture(
        at=at,
        people=people.unread if people else scratch.people(),
        states=people.unread if people else _states(scratch, surveyed.states),
        registrations=registrations.unread if registrations else _registrations(scratch),
        administrators=registrations.unread if registrations else scratch.administrators(),
        suspensions=suspensions.unread if isinstance(suspensions, Lost) else suspensions,
        failed=bool(people and registrations) or any(one.passing for one in losses if isinstance(one, Lost)),
    )


def _states(scratch: Scratch, lost: Lost | None) -> States | Unread:
    found, asked = {row.name: row for row in scratch.states()}, scratch.asked()
    if lost is not None and not found:
        return lost.unread
    known = [found.pop(name, Row(name, 0, 0, 0)) for name in STATES]
    rows = (*known, *found.values())
    return States(
        rows=rows,
        unread=scratch.stateless(),
        why=lost.unread if lost else None,
        listed=sum(row.all for row in rows) - asked,
        asked=asked,
    )


def _registrations(scratch: Scratch) -> Registrations:
    oldest, newest = scratch.span()
    return Registrations(
        rows=tuple(scratch.registered()),
        methods=tuple(scratch.methods()),
        unreported=scratch.unreported(),
        oldest=oldest,
        newest=newest,
    )


def everybody(found: Registrations) -> Row:
    """Return of how many people the report says whether they are registered."""
    registered, *_, without = found.rows
    return registered.and_(without, "in the report")
