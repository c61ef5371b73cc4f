"""A database as the first version left it, in SQL: live requests in every state, and due work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from approvals.model import RequestId
from approvals.record import Entry, Line, write
from bot.sim.tenant.story import EXCHANGE_ADMIN, HANNA, LEE, NOOR, OMAR, OUTSIDER
from bot.sql.engine import Database
from bot.sql.migrations.run import downgrade, upgrade

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CHATS = {HANNA: "U0HANNA", OMAR: "U0OMAR", NOOR: "U0NOOR", LEE: "U0LEE"}
NAMES = {
    HANNA: "Hanna de Boer",
    OMAR: "Omar Haddad",
    NOOR: "Noor Bakker",
    LEE: "Lee Jansen",
    OUTSIDER: "Dana Reyes",
    EXCHANGE_ADMIN: "Eva Lind",
}


def person(who: str) -> dict[str, object]:
    name = NAMES[who]
    upn = f"{name.partition(' ')[0].lower()}@contoso.com"
    return {"is": "person", "id": who, "name": name, "upn": upn, "chat": CHATS.get(who)}


@dataclass
class Script:
    """Statements, in order; SQLite keeps times as text without a zone."""

    sqlite: bool
    now: datetime
    statements: list[str] = field(default_factory=list)
    last: Line | None = None

    def insert(self, table: str, **columns: object) -> None:
        values = ", ".join(map(self._literal, columns.values()))
        into = f"{table} ({', '.join(columns)})"
        self.statements.append(f"insert into {into} values ({values})")  # noqa: S608  # nobody else's words

    def request(self, number: int, subject: str, state: str, **columns: object) -> None:
        """Add a suspension of an hour, asked for by Hanna an hour ago."""
        lasts = HOUR // timedelta(microseconds=1)
        approval = {"by": person(OMAR), "at": (self.now - HOUR).isoformat()}
        usual: dict[str, object] = {
            "outcome": None,
            "kind": "suspend",
            "extends": None,
            "confirmed_at": None,
            "ends_at": None,
            "closed_at": None,
            "prior": None,
            "restored_to": None,
            "unconfirmed": False,
            "action": {"is": "suspend", "lever": "per_user", "lasts": lasts, "group": ""},
            "approvals": [] if state == "pending" else [approval],
            "closed_by": None,
            "note": Text(""),
        }
        self.statements.append("insert into request_number default values")
        self.insert(
            "request",
            id=number,
            version=3,
            state=state,
            subject_id=subject,
            requester_id=HANNA,
            needed=1,
            terms=1,
            created_at=self.now - HOUR,
            lapses_at=self.now + 7 * HOUR,
            subject=person(subject),
            requester=person(HANNA),
            briefing={
                "protection": "enforced",
                "roles": [],
                "second_factors": 2,
                "requests_last_day": 0,
                "suspensions_last_90_days": 0,
            },
            reason=Text("phone broken"),
            ticket=Text("INC-48211"),
            **(usual | columns),
        )
        self.line("asked", number, HANNA, {"subject": subject})

    def work(self, kind: str, number: int | None, due_at: datetime, **columns: object) -> None:
        usual: dict[str, object] = {
            "audience": None,
            "notice": None,
            "lease": None,
            "lease_until": None,
            "leased_by": None,
            "leased_revision": None,
            "started_at": None,
            "attempts": 0,
            "last_error": Text(""),
        }
        key = f"{kind}:{number or '-'}:"
        where = {"key": key, "kind": kind, "request_id": number, "due_at": due_at, "revision": 0, "about": ""}
        self.insert("work", **(where | usual | columns))

    def line(self, event: str, number: int | None, actor: str, facts: Mapping[str, Any]) -> None:
        """Add a line to the record."""
        at = self.now - HOUR
        made = write(Entry(event, None if number is None else RequestId(number), actor, facts), at, self.last)
        columns = {"seq": made.seq, "at": at, "text": made.text, "previous": made.previous}
        self.insert("record_line", **columns, digest=made.digest)
        self.last = made

    def _literal(self, value: object) -> str:
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case datetime():
                at = value.isoformat(sep=" ", timespec="microseconds")
                return f"'{at.removesuffix('+00:00') if self.sqlite else at}'"
            case str():
                return _quoted(value)
            case _:
                return _quoted(json.dumps(value.value if isinstance(value, Text) else value))


@dataclass(frozen=True)
class Text:
    """A string that is kept as JSON."""

    value: str


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def leave_as_0001_did(database: Database, now: datetime) -> None:
    """Put *database* back to the first schema, and into it what was going on at *now*."""
    script = Script(database.sqlite, now)
    _fill(script)
    async with database.engine.execution_options(writes=True).begin() as connection:
        await connection.run_sync(downgrade, "base")
        await connection.run_sync(upgrade, "0001")
        for statement in script.statements:
            await connection.exec_driver_sql(statement)


def _fill(script: Script) -> None:
    _over(script, script.now)
    _in_hand(script, script.now)
    _applying(script, script.now)
    _running(script, script.now)
    _undecided(script, script.now)
    _closed(script, script.now)
    _besides(script, script.now)


def _over(script: Script, now: datetime) -> None:
    """R-1: over for ten minutes, nobody has looked."""
    script.request(
        1, LEE, "active", prior="enforced", confirmed_at=now - 70 * MINUTE, ends_at=now - 10 * MINUTE
    )
    script.line("applying", 1, OMAR, {"subject": LEE})
    script.line("active", 1, "relatch", {"subject": LEE})
    script.work("restore", 1, now - 10 * MINUTE)
    script.work("overdue", 1, now - 8 * MINUTE)
    script.work("drift", 1, now - 11 * MINUTE)


def _in_hand(script: Script, now: datetime) -> None:
    """R-2: being restored, in somebody's hands."""
    script.request(2, NOOR, "restoring", prior="enforced", confirmed_at=now - HOUR, ends_at=now - MINUTE)
    script.line("applying", 2, OMAR, {"subject": NOOR})
    script.work(
        "restore",
        2,
        now - MINUTE,
        attempts=3,
        last_error=Text("Graph answered 503"),
        lease="0123456789abcdef",
        lease_until=now + MINUTE,
        leased_by="old:1:abcdef",
        leased_revision=0,
        started_at=now - MINUTE,
    )
    script.work("overdue", 2, now + MINUTE)


def _applying(script: Script, now: datetime) -> None:
    """R-3: approved, sent, and not read back yet."""
    script.request(3, OUTSIDER, "applying", prior="enforced")
    script.line("applying", 3, OMAR, {"subject": OUTSIDER})
    script.work("restore", 3, now + 9 * MINUTE)
    script.work("apply", 3, now, attempts=1, started_at=now - timedelta(seconds=20))


def _running(script: Script, now: datetime) -> None:
    """R-4: active, with half an hour to go; R-5 asks for more."""
    script.request(4, EXCHANGE_ADMIN, "active", prior="enforced", confirmed_at=now, ends_at=now + 30 * MINUTE)
    script.line("applying", 4, OMAR, {"subject": EXCHANGE_ADMIN})
    script.work("restore", 4, now + 30 * MINUTE)
    script.work("warn", 4, now + 20 * MINUTE)
    script.request(
        5,
        EXCHANGE_ADMIN,
        "pending",
        kind="extend",
        extends=4,
        action={"is": "extend", "of": 4, "by": HOUR // timedelta(microseconds=1)},
    )
    script.work("lapse", 5, now + 30 * MINUTE)


def _undecided(script: Script, now: datetime) -> None:
    """R-6: nobody has decided."""
    script.request(6, OMAR, "pending")
    script.work("lapse", 6, now + 7 * HOUR)
    script.work("remind", 6, now - MINUTE, attempts=2)


def _closed(script: Script, now: datetime) -> None:
    """R-7: over, and looked at once more."""
    closed = {"closed_at": now - 5 * MINUTE, "closed_by": {"is": "relatch"}, "restored_to": "enforced"}
    script.request(7, LEE, "closed", outcome="restored", prior="enforced", **closed)
    script.line("restored", 7, "relatch", {"found": "enforced"})
    script.work("verify", 7, now + 10 * MINUTE)
    script.work("line", 7, now - MINUTE, notice=_notice(now), key="line:7::restored:-:0001")
    script.work(
        "direct", 7, now, audience="requester", notice=_notice(now), key="direct:7::restored:requester:0001"
    )


def _besides(script: Script, now: datetime) -> None:
    """What is about no request."""
    script.work("head", None, now + 20 * HOUR)
    script.insert("message", request_id=7, role="card", channel="C0APPROVALS", ts="1.000001", notice=None)
    script.insert("refusal", actor="U0LEE", rule="people.requesters", since=now, held=2)
    script.insert("delivery", digest="d" * 64, at=now)
    script.insert("pulse", id=1, at=now - MINUTE)
    assert script.last is not None
    head = script.last
    ends = f"seq = {head.seq}, digest = '{head.digest}'"
    script.statements.append(f"update record_head set {ends}")  # noqa: S608  # nobody else's words


def _notice(now: datetime) -> dict[str, object]:
    at = now.isoformat()
    by = {"is": "relatch"}
    return {"news": "restored", "at": at, "by": by, "detail": "enforced", "count": None, "until": at}
