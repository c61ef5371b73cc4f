"""A core and a directory that remember what they were asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from approvals.errors import Gone, PortError, UnknownRequest
from approvals.model import (
    AccessPass,
    ActionKind,
    Briefing,
    Caller,
    ChatId,
    Lever,
    Person,
    PersonId,
    Protection,
    Request,
    RequestId,
    State,
    Suspend,
)
from approvals.ports import Query, Screen, Standing, SubjectFacts
from approvals.service import (
    Ask,
    AskChange,
    Asked,
    AskForMore,
    Click,
    Counted,
    Moved,
    PassNotShown,
    PassShown,
    Refusal,
    Refused,
    Role,
    Unconfirmed,
)
from commands.model import Invocation, Reply
from commands.person_model import Method, PersonStatus, SignInsSeen, Use
from commands.ports import ByAddress, ByChat, ById, Who
from commands.registry import Registry
from tests.pictures import PICTURE

NOW = datetime(2026, 3, 2, 15, 40, tzinfo=UTC)
HANNA = Person(
    PersonId("aaaaaaaa-0000-0000-0000-000000000001"), "Hanna", "hanna@contoso.com", ChatId("U0HANNA")
)
LEE = Person(
    PersonId("aaaaaaaa-0000-0000-0000-000000000002"), "Lee Jansen", "lee@contoso.com", ChatId("U0LEE")
)
CALLER = Caller(ChatId("U0HANNA"), "T0CONTOSO")
OUTSIDER = Caller(ChatId("U0MALLORY"), "T0CONTOSO")


def request(number: int, state: State = State.ACTIVE) -> Request:
    return Request(
        id=RequestId(number),
        action=Suspend(Lever.PER_USER, timedelta(hours=1)),
        subject=LEE,
        requester=HANNA,
        reason="phone broken",
        briefing=Briefing(Protection.ENFORCED),
        needed=1,
        state=state,
        created_at=NOW,
        lapses_at=NOW + timedelta(hours=8),
    )


@dataclass
class Core:
    """Has every use case of the service, and notes each call in ``calls``."""

    requests: dict[int, Request] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    down: PortError | None = None
    barred: Refused | None = None
    refused: Refused | None = None
    unconfirmed: Unconfirmed | None = None

    async def admit(self, caller: Caller, role: Role, *, to: str) -> Standing | Refused:
        self.calls.append(("admit", caller.chat, role, to))
        if self.down:
            raise self.down
        if caller == OUTSIDER:
            self.refusals.append((to, "people"))
            return Refused("people", "You may not do this.", "Ask the helpdesk.", NOW)
        return Standing(caller.chat, HANNA, requester=True, approver=True, barred="", at=NOW)

    async def refuse(self, caller: Caller, to: str, refusal: Refusal) -> Refused:
        assert caller != OUTSIDER, "admit has refused them already"
        self.refusals.append((to, refusal.rule))
        return Refused(refusal.rule, refusal.why, refusal.what_to_do, NOW)

    async def submit(self, ask: Ask) -> Asked | Refused | Unconfirmed:
        self.calls.append(("submit", ask))
        return self.refused or self.unconfirmed or Asked(request(31, State.PENDING), (HANNA,))

    async def extend(self, ask: AskForMore) -> Asked | Refused:
        self.calls.append(("extend", ask))
        return Asked(await self.get(ask.of), ())

    async def consider(self, caller: Caller, subject: PersonId, kind: ActionKind) -> SubjectFacts | Refused:
        self.calls.append(("consider", caller, subject, kind))
        if self.barred:
            return self.barred
        return SubjectFacts(
            person=LEE,
            guest=False,
            enabled=True,
            roles=(),
            protected=(),
            unreadable=(),
            second_factors=1,
            at=NOW,
        )

    async def ask_change(self, ask: AskChange) -> Asked | Refused:
        self.calls.append(("ask_change", ask))
        return Asked(replace(request(31, State.PENDING), action=ask.action), (HANNA,))

    async def show_pass(
        self, caller: Caller, request: RequestId, screen: Screen
    ) -> PassShown | PassNotShown | Refused:
        self.calls.append(("show_pass", caller, request))
        shown = await self.get(request)
        await screen.show(shown, AccessPass("id", "aB3+xyz9"))
        return PassShown(shown)

    async def approve(self, click: Click) -> Counted | Moved | Refused:
        self.calls.append(("approve", click))
        return Moved(await self.get(click.request))

    async def deny(self, click: Click, because: str) -> Moved | Refused:
        self.calls.append(("deny", click, because))
        return Moved(await self.get(click.request))

    async def withdraw(self, caller: Caller, request: RequestId) -> Moved | Refused:
        self.calls.append(("withdraw", caller, request))
        return Moved(await self.get(request))

    async def restore(self, caller: Caller, request: RequestId, because: str = "") -> Moved | Refused:
        self.calls.append(("restore", caller, request, because))
        return Moved(await self.get(request))

    async def get(self, request: RequestId) -> Request:
        if request not in self.requests:
            raise UnknownRequest
        return self.requests[request]

    async def find(self, query: Query) -> tuple[list[Request], int]:
        self.queries.append(query)
        found = [
            one
            for one in self.requests.values()
            if (query.states is None or one.state in query.states)
            and query.kind in {None, ActionKind.SUSPEND}
            and query.subject in {None, one.subject.id}
            and query.requester in {None, one.requester.id}
        ]
        return found[: query.limit], len(found)

    def did(self, what: str) -> list[tuple[object, ...]]:
        return [call[1:] for call in self.calls if call[0] == what]


LEES = PersonStatus(
    person=LEE,
    guest=False,
    enabled=True,
    synchronised=True,
    protection=Protection.ENFORCED,
    methods=(Method("Microsoft Authenticator", "Pixel 8", Use.SECOND_FACTOR),),
    roles=(),
    protected=(),
    picture=PICTURE,
)


@dataclass
class Directory:
    """Knows Lee by every way of naming him, and shows ``shown``; ``down`` is raised for everything."""

    asked: list[Who] = field(default_factory=list)
    down: PortError | None = None
    shown: PersonStatus | None = LEES
    seen: SignInsSeen = field(default_factory=lambda: SignInsSeen(LEE, (), ()))

    async def find(self, who: Who) -> Person:
        self.asked.append(who)
        if self.down:
            raise self.down
        if who in {ByAddress(LEE.upn), ByChat(ChatId("U0LEE")), ById(LEE.id)}:
            return LEE
        raise Gone("nobody")

    async def status(self, who: Person) -> PersonStatus:
        if self.down:
            raise self.down
        if self.shown is None or who != LEE:
            raise Gone("nobody")
        return self.shown

    async def sign_ins(self, who: PersonId) -> SignInsSeen:
        if self.down:
            raise self.down
        if who != LEE.id:
            raise Gone("nobody")
        return self.seen


class NoScreen:
    """The screen of somebody who presses nothing that opens one."""

    async def open(self, request: RequestId) -> None:
        raise AssertionError(f"a screen for R-{request}")

    async def show(self, request: Request, issued: AccessPass) -> None:
        raise AssertionError(f"{issued} for {request.label}")


class Stopped:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Chat:
    """Types into the registry as somebody."""

    relatch: Registry

    async def types(self, text: str, caller: Caller = CALLER, command: str = "/mfa") -> list[Reply]:
        return [reply async for reply in self.relatch.run(Invocation(command, text, caller, "c0ffee"))]
