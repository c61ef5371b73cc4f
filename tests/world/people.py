"""Who is who, and the policy they live under."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from approvals.model import PER_USER, Caller, ChatId, Forecast, Person, PersonId, WillWork
from approvals.policy import Limit, PassLimits, Policy, Timing
from approvals.ports import Standing, SubjectFacts
from tests.world.clock import WorldClock

HOME = "T0HOME"


def person(number: int, name: str, chat: str | None) -> Person:
    upn = f"{name.split(maxsplit=1)[0].lower()}@contoso.com"
    account = None if chat is None else ChatId(chat)
    return Person(PersonId(f"00000000-0000-0000-0000-{number:012}"), name, upn, account)


HANNA = person(1, "Hanna", "U0HANNA")
OMAR = person(2, "Omar", "U0OMAR")
LEE = person(3, "Lee Jansen", "U0LEE")
DUTY = person(4, "Duty", "U0DUTY")
DESK = person(5, "Desk", "U0DESK")
SHY = person(6, "Shy", None)

POLICY = Policy(
    means=PER_USER,
    default=timedelta(hours=1),
    shortest=timedelta(minutes=1),
    longest=timedelta(hours=4),
    approvals=1,
    timing=Timing(
        pending=timedelta(hours=8),
        remind=timedelta(minutes=15),
        warn=timedelta(minutes=10),
        overdue=timedelta(minutes=2),
    ),
    per_person=Limit(5, timedelta(days=1)),
    phone=1,
    default_method=1,
    enable=1,
    access_pass=PassLimits(1, timedelta(hours=4)),
)


@dataclass(frozen=True, slots=True)
class Member:
    """What the directory holds about somebody."""

    person: Person
    requester: bool = False
    approver: bool = False
    barred: str = ""
    guest: bool = False
    enabled: bool = True
    roles: tuple[str, ...] = ()
    protected: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()
    second_factors: int | None = 2
    forecast: Forecast = field(default_factory=WillWork)

    @property
    def suspendable(self) -> bool:
        return self.enabled and not (self.guest or self.protected or self.unreadable)


@dataclass(slots=True)
class Staff:
    """Everybody, with how it came to be so: what was true when can be asked later."""

    clock: WorldClock
    _history: dict[PersonId, list[tuple[datetime, Member]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for member in (
            Member(HANNA, requester=True),
            Member(DESK, requester=True, approver=True),
            Member(OMAR, approver=True),
            Member(DUTY, approver=True),
            Member(LEE),
            Member(SHY),
        ):
            self._history[member.person.id] = [(self.clock.now(), member)]

    def __getitem__(self, who: Person) -> Member:
        return self._history[who.id][-1][1]

    def change(self, who: Person, **changes: object) -> None:
        changed = replace(self[who], **changes)  # type: ignore[arg-type]  # names are the fields'
        self._history[who.id].append((self.clock.now(), changed))

    def within(self, who: PersonId, since: datetime) -> list[Member]:
        """Return what held about *who* at any time from *since* on."""
        history = self._history[who]
        before = [member for at, member in history if at <= since][-1:]
        return before + [member for at, member in history if at > since]

    def standing(self, caller: Caller) -> Standing:
        now = self.clock.now()
        for history in self._history.values():
            member = history[-1][1]
            if member.person.chat == caller.chat and caller.workspace == HOME and not member.barred:
                it = member.person
                return Standing(caller.chat, it, member.requester, member.approver, barred="", at=now)
        barred = "This account may do nothing."
        return Standing(caller.chat, None, requester=False, approver=False, barred=barred, at=now)

    def subject(self, who: PersonId) -> SubjectFacts:
        member = self._history[who][-1][1]
        return SubjectFacts(
            person=member.person,
            guest=member.guest,
            enabled=member.enabled,
            roles=member.roles,
            protected=member.protected,
            unreadable=member.unreadable,
            second_factors=member.second_factors,
            at=self.clock.now(),
        )

    def approvers(self) -> tuple[Person, ...]:
        newest = [history[-1][1] for history in self._history.values()]
        return tuple(member.person for member in newest if member.approver and not member.barred)


def caller(who: Person, workspace: str = HOME) -> Caller:
    return Caller(who.chat or ChatId("U0NOBODY"), workspace)
