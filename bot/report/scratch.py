"""Where people are joined and counted: a private file that SQLite deletes by itself.

Two lists of the whole tenant come in different orders, page by page. Joined in memory they would take as
much of it as there are people.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.report.model import Administrator, Administrators, Row
from bot.report.words import method

_SCHEMA: Final = """
create table person (
    id text primary key,
    upn text not null default '',
    name text not null default '',
    guest integer not null default 0,
    blocked integer not null default 0,
    listed integer not null default 0,
    state text,
    asked integer not null default 0,
    reported integer not null default 0,
    registered integer,
    capable integer,
    passwordless integer,
    admin integer,
    methods text not null default '[]',
    updated text
) without rowid
"""
_ACCOUNT: Final = """
insert into person (id, upn, name, guest, blocked, listed, state, asked)
values (:id, :upn, :name, :guest, :blocked, 1, :state, :asked)
on conflict (id) do update set upn = excluded.upn, name = excluded.name, guest = excluded.guest,
    blocked = excluded.blocked, listed = 1, state = excluded.state, asked = excluded.asked
"""
# The report lags behind the directory: who somebody is, the directory knows better.
_REGISTRATION: Final = """
insert into person
    (id, upn, name, guest, reported, registered, capable, passwordless, admin, methods, updated)
values
    (:id, :upn, :name, :guest, 1, :registered, :capable, :passwordless, :admin, :methods, :updated)
on conflict (id) do update set reported = 1, registered = excluded.registered, capable = excluded.capable,
    passwordless = excluded.passwordless, admin = excluded.admin, methods = excluded.methods,
    updated = excluded.updated
"""
_GROUPS: Final = """
    coalesce(sum(guest = 0 and blocked = 0), 0), coalesce(sum(guest = 1 and blocked = 0), 0),
    coalesce(sum(blocked = 1), 0)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A line of the list of users; ``state`` is the per-user MFA, ``None`` where it could not be read."""

    id: str
    upn: str
    name: str
    guest: bool
    blocked: bool
    state: str | None
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A line of Microsoft's report; what it does not say is ``None``."""

    id: str
    upn: str
    name: str
    guest: bool
    registered: bool | None
    capable: bool | None
    passwordless: bool | None
    admin: bool | None
    methods: tuple[str, ...]
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One person, all that was read; ``listed`` and ``reported`` tell by which of the two lists."""

    account: Account
    registration: Registration
    listed: bool
    reported: bool


class Scratch:
    """The people of one report."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(_SCHEMA)

    def accounts(self, found: Iterable[Account]) -> None:
        """Keep lines of the list of users; a line that comes twice counts once."""
        self._connection.executemany(_ACCOUNT, (_values(one) for one in found))

    def registrations(self, found: Iterable[Registration]) -> None:
        """Keep lines of Microsoft's report."""
        self._connection.executemany(
            _REGISTRATION,
            (
                {
                    **_values(one),
                    "methods": json.dumps(list(dict.fromkeys(map(method, one.methods)))),
                    "updated": one.updated.isoformat() if one.updated else None,
                }
                for one in found
            ),
        )

    def forget_accounts(self) -> None:
        """Forget a list of users that was not read to its end; half a tenant is no picture of it."""
        self._forget("listed = 0, blocked = 0, state = null, asked = 0")

    def forget_registrations(self) -> None:
        """Forget a report that was not read to its end."""
        self._forget(
            "reported = 0, registered = null, capable = null, passwordless = null, admin = null,"
            " methods = '[]', updated = null"
        )

    def _forget(self, values: str) -> None:
        self._connection.execute(f"update person set {values}")  # noqa: S608 - constants
        self._connection.execute("delete from person where not listed and not reported")

    def people(self) -> Row:
        """Count everybody in the directory."""
        return self._row("people", "listed")

    def states(self) -> Iterator[Row]:
        """Count each per-user MFA state."""
        found = self._connection.execute(
            f"select state, {_GROUPS} from person where state is not null group by state"  # noqa: S608 - constants
        )
        yield from map(self._counted, found.fetchall())

    def stateless(self) -> Row:
        """Count whose state could not be read."""
        return self._row("not read", "listed and state is null")

    def asked(self) -> int:
        """Count whose state took a call."""
        return self._row("asked", "asked and state is not null").all

    def registered(self) -> Iterator[Row]:
        """Count what the report says of people that are in the directory, or of all where that is unread."""
        yield self._row("registered", f"{self._reported()} and registered = 1")
        yield self._row("capable", f"{self._reported()} and capable = 1")
        yield self._row("passwordless", f"{self._reported()} and passwordless = 1")
        yield self._row("not registered", f"{self._reported()} and registered = 0")

    def unreported(self) -> Row:
        """Count of whom the report does not say whether they are registered."""
        return self._row("not in the report", f"{self._everybody()} and registered is null")

    def methods(self) -> Iterator[Row]:
        """Count each kind of method, the most frequent first."""
        found = self._connection.execute(
            f"select method.value, {_GROUPS} from person, json_each(person.methods) as method"  # noqa: S608 - constants
            f" where {self._reported()} group by 1 order by count(*) desc, 1"
        )
        yield from map(self._counted, found.fetchall())

    def administrators(self) -> Administrators:
        """Return how many hold a role, and who of them has registered no second factor."""
        known = self._row("administrators", f"{self._reported()} and admin = 1").all
        found = self._connection.execute(
            f"select upn, name, state from person where {self._reported()} and admin = 1 and registered = 0"  # noqa: S608 - constants
            " order by upn"
        )
        return Administrators(
            known, tuple(Administrator(upn, name, state or "") for upn, name, state in found)
        )

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return how old the report is: its oldest line, and its newest."""
        row = self._connection.execute("select min(updated), max(updated) from person").fetchone()
        oldest, newest = (datetime.fromisoformat(one) if one else None for one in row)
        return oldest, newest

    def lines(self) -> Iterator[Line]:
        """Yield everybody, by user principal name."""
        with closing(self._connection.execute("select * from person order by upn, id")) as found:
            yield from map(_line, found)

    def _reported(self) -> str:
        return f"reported and {self._everybody()}"

    def _everybody(self) -> str:
        """Return who is in the directory; where that was not read, whoever is in the report."""
        return "listed" if self._listed() else "reported"

    def _row(self, name: str, condition: str) -> Row:
        found = self._connection.execute(f"select {_GROUPS} from person where {condition}")  # noqa: S608 - constants
        return self._counted((name, *found.fetchone()))

    def _counted(self, row: tuple[str, int, int, int]) -> Row:
        name, members, guests, blocked = row
        return Row(name, members, guests, blocked if self._listed() else None)

    def _listed(self) -> bool:
        """Return whether the list of users was read."""
        found = self._connection.execute("select exists (select 1 from person where listed)").fetchone()
        return bool(found[0])


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Open an empty one; its file has no name, and is gone at the end, whatever that is."""
    with closing(sqlite3.connect("")) as connection:
        yield Scratch(connection)


def _values(one: Account | Registration) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _line(row: tuple[Any, ...]) -> Line:
    key, upn, name, guest, blocked, listed, state, asked, reported, *told, methods, updated = row
    registered, capable, passwordless, admin = (None if one is None else bool(one) for one in told)
    account = Account(
        id=key,
        upn=upn,
        name=name,
        guest=bool(guest),
        blocked=bool(blocked),
        state=state,
        asked=bool(asked),
    )
    registration = Registration(
        id=key,
        upn=upn,
        name=name,
        guest=bool(guest),
        registered=registered,
        capable=capable,
        passwordless=passwordless,
        admin=admin,
        methods=tuple(json.loads(methods)),
        updated=datetime.fromisoformat(updated) if updated else None,
    )
    return Line(account, registration, bool(listed), bool(reported))
