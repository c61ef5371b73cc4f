"""The picture for machines, and for the chart: names in snake case, times in ISO 8601 UTC, unread is null."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from bot.report.model import Administrators, Picture, Registrations, Row, States, Suspended
from bot.report.taking import everybody
from commands.federation_model import Unread

Json: TypeAlias = dict[str, Any]


def whole(picture: Picture) -> Json:
    """Return all of it."""
    return {
        "at": _time(picture.at),
        "people": None if isinstance(picture.people, Unread) else _counts(picture.people),
        "states": None if isinstance(picture.states, Unread) else _states(picture.states),
        "registration": None
        if isinstance(picture.registrations, Unread)
        else _registration(picture.registrations),
        "administrators": None
        if isinstance(picture.administrators, Unread)
        else _administrators(picture.administrators),
        "suspensions": None
        if isinstance(picture.suspensions, Unread)
        else [_suspended(one) for one in picture.suspensions],
        "not_read": [
            {"what": what, "why": why.why, "what_to_do": why.what_to_do or None}
            for what, why in picture.missing
        ],
    }


def _counts(row: Row) -> Json:
    return {"all": row.all, "members": row.members, "guests": row.guests, "blocked": row.blocked}


def _states(states: States) -> Json:
    return {
        "by_state": {row.name: _counts(row) for row in states.rows},
        "not_read": _counts(states.unread),
        "from_the_list": states.listed,
        "from_one_call_each": states.asked,
    }


def _registration(found: Registrations) -> Json:
    return {
        "in_the_report": _counts(everybody(found)),
        **{row.name.replace(" ", "_"): _counts(row) for row in found.rows},
        "not_known": _counts(found.unreported),
        "methods": {row.name: _counts(row) for row in found.methods},
        "oldest": _time(found.oldest),
        "newest": _time(found.newest),
    }


def _administrators(found: Administrators) -> Json:
    return {
        "known": found.known,
        "without_a_second_factor": [
            {"user_principal_name": one.upn, "name": one.name, "per_user_mfa": one.state or None}
            for one in found.without
        ],
    }


def _suspended(one: Suspended) -> Json:
    return {
        "id": one.request,
        "subject": one.upn,
        "state": one.state,
        "until": _time(one.until),
        "overdue": one.overdue,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
