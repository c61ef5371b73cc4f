"""The tenant's picture in a terminal: tables, in which nothing that strangers wrote controls the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from bot.cli.domain_text import plain
from bot.report.model import Administrators, Picture, Registrations, Row, States, Suspended
from bot.report.taking import everybody
from bot.report.words import percent
from commands.federation_model import Unread

MOST: Final = 20
"""Administrators that are named; the CSV has all of them."""
USUAL: Final = (
    "Where Conditional Access or security defaults ask for MFA, disabled per-user MFA is as it should be."
)


def view(picture: Picture) -> RenderableType:
    """Return all of it."""
    parts = [_head(picture), *_states(picture.states), *_registrations(picture)]
    parts += [
        *_administrators(picture.administrators),
        *_suspensions(picture.suspensions),
        *_missing(picture),
    ]
    return Group(*parts)


def _head(picture: Picture) -> Text:
    at = f"{picture.at:%d %b %Y %H:%M} UTC"
    match picture.people:
        case Unread():
            return Text(f"MFA of the tenant, {at}: the people were not counted", style="bold")
        case Row() as people:
            kinds = (
                f"members {people.members:,}, guests {people.guests:,}, blocked accounts {people.blocked:,}"
            )
            return Text(f"MFA of the tenant, {at}: {people.all:,} people ({kinds})", style="bold")


def _states(states: States | Unread) -> Iterator[RenderableType]:
    if isinstance(states, Unread):
        yield _not_read("Per-user MFA")
        return
    rows = [*states.rows, *([states.unread] if states.unread.all else [])]
    yield Text()
    yield _table("Per-user MFA", rows, sum(row.all for row in rows))
    yield _note(_source(states))
    yield _note(USUAL)


def _source(states: States) -> str:
    ways = [
        (states.listed, "from the list of users, a shortcut that Microsoft does not support"),
        (states.asked, "from one call each, in batches"),
    ]
    used = [(number, way) for number, way in ways if number]
    if len(used) == 1:
        return f"Read {used[0][1]}."
    return f"Read {'; '.join(f'{way} ({number:,})' for number, way in used)}." if used else ""


def _registrations(picture: Picture) -> Iterator[RenderableType]:
    found = picture.registrations
    if isinstance(found, Unread):
        yield _not_read("Registration")
        yield _not_read("Methods")
        return
    unknown = [found.unreported] if found.unreported.all else []
    within = everybody(found).all
    yield Text()
    yield _table("Registration", [*map(_worded, found.rows), *unknown], within + found.unreported.all)
    yield _note(f"By Microsoft's report{_as_of(found)}, which lags by hours or days.")
    yield Text()
    yield _table("Methods", found.methods, within)
    yield _note("People by kind; one may have several.")


_WORDS: Final = {
    "registered": "registered a second factor",
    "capable": "and allowed to use it (capable)",
    "passwordless": "passwordless capable",
    "not registered": "no second factor",
}


def _worded(row: Row) -> Row:
    return Row(_WORDS[row.name], row.members, row.guests, row.blocked)


def _as_of(found: Registrations) -> str:
    if found.oldest is None or found.newest is None:
        return ""
    times = dict.fromkeys(f"{one:%d %b %Y %H:%M}" for one in (found.oldest, found.newest))
    return f" as of {' to '.join(times)} UTC"


def _administrators(found: Administrators | Unread) -> Iterator[RenderableType]:
    if isinstance(found, Unread):
        yield _not_read("Administrators without a second factor")
        return
    yield _title(f"Administrators without a second factor: {len(found.without):,} of {found.known:,}")
    table = _grid(3)
    for one in found.without[:MOST]:
        state = f"per-user MFA {plain(one.state)}" if one.state else "per-user MFA not read"
        table.add_row(escape(plain(one.upn)), escape(plain(one.name)), escape(state))
    if found.without:
        yield table
    if len(found.without) > MOST:
        yield _note(f"and {len(found.without) - MOST:,} more: --csv FILE has all of them")


def _suspensions(found: tuple[Suspended, ...] | Unread) -> Iterator[RenderableType]:
    if isinstance(found, Unread):
        yield _not_read("Live suspensions")
        return
    yield _title(f"Live suspensions: {len(found):,}")
    table = _grid(5)
    for one in found:
        until = f"until {_moment(one.until)}" if one.until else ""
        table.add_row(one.request, escape(plain(one.upn)), one.state, until, "overdue" if one.overdue else "")
    if found:
        yield table


def _missing(picture: Picture) -> Iterator[RenderableType]:
    if not picture.missing:
        return
    yield _title("Not read")
    table = _grid(2)
    for what, why in picture.missing:
        advice = f"; {why.what_to_do}" if why.what_to_do else ""
        table.add_row(escape(plain(what)), escape(plain(f"{why.why}{advice}")))
    yield table


def _table(title: str, rows: Sequence[Row], of: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(title, overflow="fold", min_width=12)
    for name in ("all", "", "members", "guests", "blocked"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        blocked = "not read" if row.blocked is None else f"{row.blocked:,}"
        numbers = (f"{row.members:,}", f"{row.guests:,}", blocked)
        table.add_row(escape(plain(row.name)), f"{row.all:,}", percent(row.all, of), *numbers)
    return table


def _grid(columns: int) -> Table:
    return Table.grid(*(Column(overflow="fold") for _ in range(columns)), padding=(0, 2, 0, 0))


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _note(text: str) -> Text:
    return Text(text, style="dim")


def _not_read(title: str) -> Text:
    return Text.assemble((f"\n{title}: ", "bold"), "not read, see below")


def _moment(at: datetime) -> str:
    return f"{at:%d %b %H:%M} UTC"
