"""What is promised (the contract, section 5), looked up in the database, the tenant and the chat."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from approvals.errors import PortError
from approvals.model import (
    EnableMfa,
    IssuePass,
    News,
    Notice,
    Outcome,
    PersonId,
    PhoneNumber,
    Request,
    RequestId,
    SetPhone,
    SetUp,
    State,
)
from approvals.policy import FACTS_LAST
from approvals.record import Verification, Whole
from tests.world.chat import Post
from tests.world.faults import Call
from tests.world.people import Member
from tests.world.rows import Rows
from tests.world.world import World

LAG = timedelta(seconds=20)
"""How long a read may lag a write."""
PUT_BACK = {News.RESTORED, News.RESTORED_BY_SOMEONE_ELSE}
FINAL = {
    Outcome.RESTORED: News.RESTORED,
    Outcome.RESTORED_BY_SOMEONE_ELSE: News.RESTORED_BY_SOMEONE_ELSE,
    Outcome.FAILED: News.FAILED,
    Outcome.DONE: News.DONE,
    Outcome.DENIED: News.DENIED,
    Outcome.WITHDRAWN: News.WITHDRAWN,
    Outcome.LAPSED: News.LAPSED,
    Outcome.SUBJECT_DELETED: News.SUBJECT_DELETED,
    Outcome.CLOSED_AS_IS: News.CLOSED_AS_IS,
}
"""What the requester hears in the end; an approved extension is heard of as ``prolonged``."""
NEEDED_WORK = {
    State.PENDING: "lapse",
    State.APPLYING: "restore",
    State.ACTIVE: "restore",
    State.RESTORING: "restore",
}
"""The work without which a request would stay as it is for ever; a change is made by ``change`` instead."""
ENDLESS = {
    "being applied": (
        "select id from request where state = 'applying' and kind not in ('suspend', 'pass') and not exists "
        "(select 1 from work where kind = 'change' and request_id = request.id)"
    ),
    "offered": (
        "select id from request where state = 'applying' and kind = 'pass' and confirmed_at is null "
        "and not exists (select 1 from work where kind = 'lapse' and request_id = request.id)"
    ),
    "out": (
        "select id from request where state != 'closed' and kind = 'pass' and confirmed_at is not null "
        "and not exists (select 1 from work where kind = 'remove_pass' and request_id = request.id)"
    ),
}
"""Requests of other kinds that would stay as they are."""
EVERY_ROW = (
    "select * from request",
    "select * from work",
    "select * from record_line",
    "select * from message",
)
BEYOND = {"unconfirmed", "restoring", "restore ordered", "putting back", "restored", "closed_as_is", "failed"}
"""Lines of the record after which lowering must not be sent."""


class Injected(Exception):  # a fault that a test put there
    """Something that no port should raise, and one might."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record."""

    at: datetime
    event: str
    request: RequestId | None
    facts: dict[str, Any]


class Promises:
    """Looks everything over after each turn of events; ``broken`` says what did not hold."""

    def __init__(self, world: World) -> None:
        self.broken: list[str] = []
        self.stale_cards: set[RequestId] = set()
        self.entries: list[Entry] = []
        self._world = world
        self._rows = Rows(world.database.engine.url)
        self._judged = self._told = self._failed = 0
        self._sent: list[RequestId] = []

    def close(self) -> None:
        self._rows.close()

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._rows(query, *parameters)

    def arrive(self, call: Call) -> None:
        """Look at a call as it is made, before anything can come between."""
        if call.name == "lower":
            self._read_record()
            self.broken += self._sending(call)
        if call.name == "make":
            self._read_record()
            self.broken += self._changing(call)
        if call.name == "issue":
            self._read_record()
            self.broken += self._issuing(call)

    def look(self) -> None:
        """Look at everything that happened since."""
        self._read_record()
        for entry in self.entries[self._judged :]:
            self.broken += self._people(entry)
        self._judged = len(self.entries)
        for post in self._world.chat.posts[self._told :]:
            self.broken += self._true(post)
        self._told = len(self._world.chat.posts)
        for work, error in self._world.watch.failures[self._failed :]:
            if not isinstance(error, PortError | Injected):
                self.broken.append(f"{work.kind} of {work.request} stumbled over {error!r}")
        self._failed = len(self._world.watch.failures)
        self.broken += self._world.trespasses
        self.broken += self._standing()

    # --- while it happens ---

    def _sending(self, call: Call) -> Iterator[str]:
        """Lowering is sent once, for a request that is being applied and whose restore is ordered."""
        ours = [entry for entry in self.entries if entry.facts.get("client_request_id") == call.correlation]
        if [entry.event for entry in ours] != ["lowering"]:
            yield f"{call} is not on record"
            return
        request = ours[0].request
        before = [entry.event for entry in self.entries if entry.request == request]
        if request in self._sent or before.count("lowering") != 1:
            yield f"lowering for R-{request} was sent twice"
        if "applying" not in before or BEYOND & set(before):
            yield f"lowering for R-{request} was sent after {before}"
        if self.rows("select state from request where id = ?", request) != [("applying",)]:
            yield f"lowering for R-{request} was sent while it is not being applied"
        if not self.rows("select id from work where kind = 'restore' and request_id = ?", request):
            yield f"lowering for R-{request} was sent before its restore was ordered"
        if request is not None:
            self._sent.append(request)

    def _changing(self, call: Call) -> Iterator[str]:
        """A change is on record before it is sent, approved, and for nobody whose MFA is suspended."""
        ours = [entry for entry in self.entries if entry.facts.get("client_request_id") == call.correlation]
        if [entry.event for entry in ours] != ["changing"]:
            yield f"{call} is not on record"
            return
        request = ours[0].request
        before = [entry.event for entry in self.entries if entry.request == request]
        if "applying" not in before or {"done", "failed"} & set(before):
            yield f"a change for R-{request} was sent after {before}"
        raising = "state" in ours[0].facts
        live = "select id from request where subject_id = ? and kind = 'suspend' and state in (?, ?, ?)"
        lowered = self.rows(live, ours[0].facts["subject"], State.APPLYING, State.ACTIVE, State.RESTORING)
        if raising and lowered:
            yield f"R-{request} raises MFA while {lowered} is live"

    def _issuing(self, call: Call) -> Iterator[str]:
        """A pass is made once, for a request that was granted, and its removal is ordered before."""
        ours = [entry for entry in self.entries if entry.facts.get("client_request_id") == call.correlation]
        if [entry.event for entry in ours] != ["making pass"]:
            yield f"{call} is not on record"
            return
        request = ours[0].request
        before = [entry.event for entry in self.entries if entry.request == request]
        if before.count("making pass") != 1 or "pass granted" not in before:
            yield f"a pass for R-{request} was made after {before}"
        if not self.rows("select id from work where kind = 'remove_pass' and request_id = ?", request):
            yield f"a pass for R-{request} was made before its removal was ordered"

    def _people(self, entry: Entry) -> Iterator[str]:
        """Everybody who counts was looked at in the click that decided, the subject before sending."""
        if entry.event in {"lowering", "changing", "making pass"}:
            yield from self._suspendable(entry)
        if entry.event not in {"applying", "extension approved", "pass granted"}:
            return
        query = "select approvals, needed, requester_id, subject_id from request where id = ?"
        [(approvals, needed, requester, subject)] = self.rows(query, entry.request)
        approvers = {approval["by"]["id"] for approval in json.loads(approvals)}
        if len(approvers) < needed or approvers & {requester, subject} or requester == subject:
            yield f"R-{entry.request} was decided by {approvers}"
        for approver in approvers:
            if not any(member.approver and not member.barred for member in self._lately(approver, entry)):
                yield f"R-{entry.request} was decided by {approver}, who is no approver"
        if not any(member.requester and not member.barred for member in self._lately(requester, entry)):
            yield f"R-{entry.request} was asked for by {requester}, who is no requester"
        yield from self._suspendable(entry)

    def _suspendable(self, entry: Entry) -> Iterator[str]:
        [(subject,)] = self.rows("select subject_id from request where id = ?", entry.request)
        if not any(member.suspendable for member in self._lately(subject, entry)):
            yield f"{entry.event} of R-{entry.request} although {subject} is protected"

    def _lately(self, who: PersonId, entry: Entry) -> list[Member]:
        return self._world.staff.within(who, entry.at - FACTS_LAST)

    def _true(self, post: Post) -> Iterator[str]:
        """Nothing is announced before it is so."""
        notice, request, tenant = post.notice, post.request, self._world.tenant
        if notice is None:
            return
        subject = request.subject.id
        if isinstance(request.action, IssuePass):
            yield from self._really_shown_or_gone(request, request.action, notice)
        if notice.news is News.DONE:
            yield from self._really_done(request, notice.at)
        if notice.news is News.ACTIVE:
            [sent] = [entry.at for entry in self._about(request.id) if entry.event == "lowering"]
            if tenant.means.lever.lowered not in tenant.values_since(subject, sent - LAG, notice.at):
                yield f"{request.label} was said to be active before it was"
        if notice.news in PUT_BACK and request.prior is not None:
            since = (notice.until or notice.at) - LAG
            values = tenant.values_since(subject, since, notice.at)
            if not any(value.at_least(request.prior) for value in values):
                yield f"{request.label} was said to be restored before it was"

    def _really_shown_or_gone(self, request: Request, action: IssuePass, notice: Notice) -> Iterator[str]:
        book = self._world.passes
        if notice.news is News.SHOWN and request.id not in {seen for seen, _ in book.seen}:
            yield f"the pass of {request.label} was said to be shown before it was"
        there = book.of(request.subject.id, notice.at)
        if notice.news is News.REMOVED and there and there.id == action.issued:
            yield f"the pass of {request.label} was said to be removed before it was"

    def _really_done(self, request: Request, at: datetime) -> Iterator[str]:
        """What is said to be set is set."""
        action, tenant = request.action, self._world.tenant
        phone = action.phone if isinstance(action, SetUp) else action
        enable = action.enable if isinstance(action, SetUp) else action
        if isinstance(phone, SetPhone):
            there = tenant.phones.get((request.subject.id, phone.place), "")
            if PhoneNumber(there).masked != phone.shown:
                yield f"the phone of {request.label} was said to be set before it was"
        if isinstance(enable, EnableMfa):
            values = tenant.values_since(request.subject.id, request.created_at - LAG, at)
            if not any(value.at_least(enable.to) for value in values):
                yield f"{request.label} was said to be on before it was"

    def _standing(self) -> Iterator[str]:
        """What lives has the work that ends it, and has no rival."""
        for state, kind in NEEDED_WORK.items():
            query = (
                "select id from request where state = ? and (state = 'pending' or kind = 'suspend') "
                "and not exists (select 1 from work where kind = ? and request_id = request.id)"
            )
            for (request,) in self.rows(query, state, kind):
                yield f"R-{request} is {state} for ever: no {kind} is ordered"
        for what, query in ENDLESS.items():
            for (request,) in self.rows(query):
                yield f"R-{request} is {what} for ever: nothing that ends it is ordered"
        settled = "select id from request join number_to_set on request_id = id where state = 'closed'"
        for (request,) in self.rows(settled):
            yield f"the number of R-{request} is kept although it is settled"
        live = "select subject_id from request where state != 'closed' group by subject_id, slot"
        yield from (
            f"{subject} has two live requests" for (subject,) in self.rows(f"{live} having count(*) > 1")
        )

    # --- in the end ---

    async def final(self) -> None:
        """Look at how everything ended, after faults stopped and time passed."""
        self.look()
        self.broken += self._subjects()
        self.broken += self._passes()
        self.broken += self._told_in_the_end()
        left = [work for work in self._world.agenda() if work[0] != "head"]
        if left:
            self.broken.append(f"work was left behind: {left}")
        await self._whole()

    def _subjects(self) -> Iterator[str]:
        tenant = self._world.tenant
        ours = {entry.facts["client_request_id"] for entry in self.entries if entry.event == "lowering"}
        for write in tenant.writes:
            if write.value is tenant.means.lever.lowered and write.correlation not in ours:
                yield f"{write} is not on record"
        for request, state in self.rows("select id, state from request where state != 'closed'"):
            yield f"R-{request} is still {state}"
        waived = self.rows(
            "select subject_id from request where outcome in (?, ?)",
            Outcome.CLOSED_AS_IS,
            Outcome.SUBJECT_DELETED,
        )
        for subject, initial in tenant.initial.items():
            if (subject,) not in waived and not tenant.value(subject).at_least(initial):
                yield f"{subject} was left with {tenant.value(subject)} instead of {initial}"

    def _passes(self) -> Iterator[str]:
        """Nothing of ours is left standing, and nobody but a screen has held a secret."""
        book = self._world.passes
        ours = {entry.facts["client_request_id"] for entry in self.entries if entry.event == "making pass"}
        given_up = self.rows(
            "select subject_id from request where kind = 'pass' and outcome in (?, ?)",
            Outcome.CLOSED_AS_IS,
            Outcome.SUBJECT_DELETED,
        )
        for subject in book.holders:
            left = book.of(subject)
            if left and left.correlation and (subject,) not in given_up:
                yield f"{left} of {subject} was left standing"
        for one in book.made:
            if one.correlation and one.correlation not in ours:
                yield f"{one} is not on record"
        kept = [self.rows(query) for query in EVERY_ROW]
        text = repr([kept, self._world.chat])
        yield from (f"the secret of {one} was kept" for one in book.made if one.secret in text)

    def _told_in_the_end(self) -> Iterator[str]:
        chat = self._world.chat
        every = "select id, kind, outcome, requester from request"
        for number, kind, outcome, requester in self.rows(every):
            request, news = RequestId(number), FINAL.get(Outcome(outcome))
            card = chat.card(request)
            if card.outcome != outcome and request not in self.stale_cards:
                yield f"the card of R-{request} shows {card.outcome or card.state} instead of {outcome}"
            if news is None or (kind == "extend" and outcome == Outcome.DONE):
                continue
            if kind == "pass" and any(entry.event == "removed" for entry in self._about(request)):
                news = News.REMOVED
            ended = [entry.at for entry in self._about(request) if entry.event == news.value][-1]
            told = [
                post
                for post in chat.of("direct", request)
                if post.notice and (post.notice.news, post.notice.at) == (news, ended)
            ]
            if json.loads(requester)["chat"] not in {post.to for post in told}:
                yield f"the requester of R-{request} never heard of {news}"

    async def _whole(self) -> None:
        heads = [digest for _, digest in self._world.chat.heads]
        lines = await self._world.record()
        for verification in (Verification(), *(Verification(head) for head in heads)):
            faults = [fault for line in lines if (fault := verification.see(line))]
            if faults or not isinstance(verification.result(), Whole):
                self.broken.append(f"the record is broken: {faults or verification.result()}")

    def _about(self, request: RequestId) -> list[Entry]:
        return [entry for entry in self.entries if entry.request == request]

    def _read_record(self) -> None:
        query = "select text from record_line where seq > ? order by seq"
        for (text,) in self.rows(query, len(self.entries)):
            line = json.loads(text)
            at = datetime.fromisoformat(line["at"])
            self.entries.append(Entry(at, line["event"], line["request"], line["facts"]))
