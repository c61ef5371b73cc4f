"""Every event in every state: what becomes of the request, and what work is ordered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args

import pytest

from approvals.agenda import (
    APPLY_LIMIT,
    DRIFT_EVERY,
    LANDED_LIMIT,
    OFFER_LIMIT,
    UNSHOWN_LIMIT,
    VERIFY_AFTER,
    VERIFY_SOON,
    Do,
    Drop,
    Kind,
    Order,
)
from approvals.machine import OutOfTurn, Step, opened, step
from approvals.model import (
    Approval,
    Approved,
    Audience,
    Confirmed,
    Denied,
    EndNow,
    EndReached,
    Event,
    GivenUp,
    Lapsed,
    LeftOpen,
    Lever,
    Made,
    News,
    Operator,
    Outcome,
    Prolonged,
    Protection,
    Proved,
    QuorumReached,
    Rejected,
    Relatch,
    Removed,
    Request,
    RequestId,
    Showing,
    Shown,
    Slipped,
    State,
    StillOverdue,
    SubjectGone,
    Suspend,
    Withdrawn,
)
from approvals.record import reason_digest
from tests.world.clock import START
from tests.world.people import DUTY, HANNA, OMAR, POLICY
from tests.world.requests import (
    ACTIVE,
    APPLYING,
    BEING_SHOWN,
    ENABLE,
    ENDS,
    EXTENSION,
    HOUR,
    OFFERED,
    PASS,
    PENDING,
    RESTORED,
    RESTORING,
    SET_UP,
    SHOWN,
    closed,
)

NOW = START + timedelta(minutes=5)
OVERDUE = POLICY.timing.overdue
WARN = POLICY.timing.warn
OPERATOR = Operator("root@host")

EVENTS: dict[str, Event] = {
    "approved": Approved(OMAR),
    "quorum": QuorumReached(OMAR, (), Protection.ENFORCED),
    "denied": Denied(OMAR, "no"),
    "withdrawn": Withdrawn(HANNA),
    "lapsed": Lapsed(),
    "confirmed": Confirmed(),
    "rejected": Rejected("403"),
    "left open": LeftOpen("504"),
    "made": Made("mobile phone ·· ··78"),
    "end reached": EndReached(),
    "end now": EndNow(HANNA, "done"),
    "prolonged": Prolonged(HANNA, RequestId(32), timedelta(minutes=30)),
    "proved": Proved(Protection.ENABLED, wrote=True),
    "proved by others": Proved(Protection.ENFORCED, wrote=False),
    "overdue": StillOverdue(7, "503"),
    "subject gone": SubjectGone(),
    "given up": GivenUp(OPERATOR, "account merged"),
    "slipped": Slipped(Protection.DISABLED),
    "showing": Showing(HANNA, "c-1"),
    "shown": Shown("pass-1"),
    "removed": Removed(),
}
STATES: dict[str, Request] = {
    "pending": PENDING,
    "pending extension": EXTENSION,
    "pending change": replace(PENDING, action=SET_UP),
    "applying": APPLYING,
    "changing": replace(PENDING, action=ENABLE, state=State.APPLYING),
    "changing, more to come": replace(PENDING, action=SET_UP, state=State.APPLYING),
    "active": ACTIVE,
    "restoring": RESTORING,
    "pending pass": replace(PENDING, action=PASS),
    "pass offered": OFFERED,
    "pass being shown": BEING_SHOWN,
    "pass shown": SHOWN,
    "pass not shown": replace(BEING_SHOWN, state=State.RESTORING),
    "pass ending": replace(SHOWN, state=State.RESTORING),
    "pass removed": replace(SHOWN, state=State.CLOSED, outcome=Outcome.DONE, closed_at=ENDS),
    "restored": RESTORED,
    "restored by someone else": closed(Outcome.RESTORED_BY_SOMEONE_ELSE),
    "done": closed(Outcome.DONE),
    "denied": closed(Outcome.DENIED),
    "withdrawn": closed(Outcome.WITHDRAWN),
    "lapsed": closed(Outcome.LAPSED),
    "failed": closed(Outcome.FAILED),
    "subject deleted": closed(Outcome.SUBJECT_DELETED),
    "closed without restoring": closed(Outcome.CLOSED_AS_IS),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a step leads and what it orders: timers with when, messages by role and audience."""

    state: State
    entry: str
    outcome: Outcome | None = None
    timers: dict[Kind, datetime] | None = None
    drops: frozenset[Kind] = frozenset()
    messages: tuple[str, ...] = ("card", "line")
    news: News | None = None
    also: News | None = None


def drops(*kinds: Kind) -> frozenset[Kind]:
    return frozenset(kinds)


UNDECIDED = drops(Kind.LAPSE, Kind.REMIND)
ALL_OF_IT = drops(Kind.APPLY, Kind.RESTORE, Kind.OVERDUE, Kind.WARN, Kind.DRIFT)
TO_REQUESTER = ("card", "line", "requester")
TO_BOTH = ("card", "line", "requester", "subject")
APPLIED = Expected(
    State.APPLYING,
    "applying",
    timers={Kind.RESTORE: NOW + APPLY_LIMIT, Kind.APPLY: NOW},
    drops=UNDECIDED,
    news=News.APPROVED,
)
OPEN = Expected(
    State.RESTORING,
    "unconfirmed",
    timers={Kind.RESTORE: NOW, Kind.OVERDUE: NOW + OVERDUE},
    drops=drops(Kind.APPLY, Kind.WARN, Kind.DRIFT),
    messages=TO_REQUESTER,
    news=News.UNCONFIRMED,
)
PUT_BACK = Expected(
    State.CLOSED,
    "restored",
    Outcome.RESTORED,
    timers={Kind.VERIFY: NOW + VERIFY_AFTER, Kind.REVOKE_SESSIONS: NOW},
    drops=ALL_OF_IT,
    messages=TO_BOTH,
    news=News.RESTORED,
)
BY_OTHERS = replace(
    PUT_BACK,
    entry="restored_by_someone_else",
    outcome=Outcome.RESTORED_BY_SOMEONE_ELSE,
    news=News.RESTORED_BY_SOMEONE_ELSE,
)
GONE = Expected(
    State.CLOSED,
    "subject_deleted",
    Outcome.SUBJECT_DELETED,
    drops=ALL_OF_IT,
    messages=TO_REQUESTER,
    news=News.SUBJECT_DELETED,
)
GIVEN_UP = replace(GONE, entry="closed_as_is", outcome=Outcome.CLOSED_AS_IS, news=News.CLOSED_AS_IS)
SLIPPED = Expected(
    State.RESTORING,
    "slipped",
    timers={Kind.RESTORE: NOW, Kind.OVERDUE: NOW + OVERDUE},
    drops=drops(Kind.VERIFY),
    messages=("page", "card"),
    news=News.SLIPPED,
)


def undecided(outcome: Outcome, news: News) -> Expected:
    return Expected(State.CLOSED, news.value, outcome, drops=UNDECIDED, messages=TO_REQUESTER, news=news)


def overdue(state: State) -> Expected:
    return Expected(state, "overdue", messages=("page", "card", "requester"), news=News.OVERDUE)


def pass_over(outcome: Outcome, news: News) -> Expected:
    ends = drops(Kind.LAPSE, Kind.REMOVE_PASS, Kind.OVERDUE)
    return Expected(State.CLOSED, news.value, outcome, drops=ends, messages=TO_REQUESTER, news=news)


NOT_SHOWN = Expected(
    State.RESTORING,
    "pass not shown",
    timers={Kind.REMOVE_PASS: NOW, Kind.OVERDUE: max(NOW, START + LANDED_LIMIT) + OVERDUE},
    messages=TO_REQUESTER,
    news=News.NOT_SHOWN,
)
FAILED = Expected(
    State.CLOSED,
    "failed",
    Outcome.FAILED,
    drops=ALL_OF_IT | {Kind.CHANGE},
    messages=TO_REQUESTER,
    news=News.FAILED,
)
TABLE: dict[tuple[str, str], Expected] = {
    **{
        (state, event): expected
        for state in ("pending", "pending extension", "pending change", "pending pass")
        for event, expected in {
            "approved": Expected(State.PENDING, "approved", news=News.APPROVED),
            "denied": undecided(Outcome.DENIED, News.DENIED),
            "withdrawn": undecided(Outcome.WITHDRAWN, News.WITHDRAWN),
            "lapsed": undecided(Outcome.LAPSED, News.LAPSED),
        }.items()
    },
    ("pending", "quorum"): APPLIED,
    ("pending extension", "quorum"): Expected(
        State.CLOSED, "extension approved", Outcome.DONE, drops=UNDECIDED, news=News.APPROVED
    ),
    ("applying", "confirmed"): Expected(
        State.ACTIVE,
        "active",
        timers={
            Kind.RESTORE: NOW + HOUR,
            Kind.OVERDUE: NOW + HOUR + OVERDUE,
            Kind.WARN: NOW + HOUR - WARN,
            Kind.DRIFT: NOW + DRIFT_EVERY,
        },
        drops=drops(Kind.APPLY),
        messages=TO_BOTH,
        news=News.ACTIVE,
    ),
    ("applying", "rejected"): FAILED,
    ("pending change", "quorum"): Expected(
        State.APPLYING, "applying", timers={Kind.CHANGE: NOW}, drops=UNDECIDED, news=News.APPROVED
    ),
    ("changing", "rejected"): FAILED,
    ("changing, more to come", "rejected"): FAILED,
    ("changing", "made"): Expected(
        State.CLOSED, "done", Outcome.DONE, drops=drops(Kind.CHANGE), messages=TO_BOTH, news=News.DONE
    ),
    ("changing, more to come", "made"): Expected(
        State.APPLYING,
        "step made",
        timers={Kind.CHANGE: NOW},
        drops=drops(Kind.CHANGE),
        news=News.STEP_MADE,
    ),
    ("applying", "left open"): OPEN,
    ("applying", "end reached"): OPEN,
    ("applying", "end now"): OPEN,
    ("active", "end reached"): Expected(
        State.RESTORING, "restoring", drops=drops(Kind.WARN, Kind.DRIFT), messages=("card",)
    ),
    ("active", "end now"): Expected(
        State.RESTORING,
        "restore ordered",
        timers={Kind.RESTORE: NOW, Kind.OVERDUE: NOW + OVERDUE},
        drops=drops(Kind.WARN, Kind.DRIFT),
        news=News.ENDING,
    ),
    ("active", "prolonged"): Expected(
        State.ACTIVE,
        "prolonged",
        timers={
            Kind.RESTORE: ENDS + timedelta(minutes=30),
            Kind.OVERDUE: ENDS + timedelta(minutes=30) + OVERDUE,
            Kind.WARN: ENDS + timedelta(minutes=30) - WARN,
        },
        messages=TO_BOTH,
        news=News.PROLONGED,
    ),
    ("restoring", "end now"): Expected(
        State.RESTORING, "restore ordered again", timers={Kind.RESTORE: NOW}, messages=()
    ),
    **{
        (state.value, event): expected
        for state in (State.APPLYING, State.ACTIVE, State.RESTORING)
        for event, expected in {
            "proved": PUT_BACK,
            "proved by others": BY_OTHERS,
            "overdue": overdue(state),
            "subject gone": GONE,
            "given up": GIVEN_UP,
        }.items()
    },
    ("pending pass", "quorum"): Expected(
        State.APPLYING,
        "pass granted",
        timers={Kind.LAPSE: NOW + OFFER_LIMIT},
        drops=UNDECIDED,
        messages=TO_REQUESTER,
        news=News.APPROVED,
        also=News.GRANTED,
    ),
    ("pass offered", "showing"): Expected(
        State.APPLYING,
        "making pass",
        timers={Kind.REMOVE_PASS: NOW + UNSHOWN_LIMIT},
        drops=drops(Kind.LAPSE),
        messages=("card",),
    ),
    ("pass offered", "lapsed"): pass_over(Outcome.LAPSED, News.LAPSED),
    ("pass offered", "end now"): pass_over(Outcome.WITHDRAWN, News.WITHDRAWN),
    ("pass being shown", "shown"): Expected(
        State.ACTIVE,
        "pass shown",
        timers={Kind.REMOVE_PASS: ENDS, Kind.OVERDUE: ENDS + OVERDUE},
        messages=TO_BOTH,
        news=News.SHOWN,
    ),
    ("pass being shown", "rejected"): pass_over(Outcome.FAILED, News.FAILED),
    ("pass being shown", "left open"): NOT_SHOWN,
    ("pass being shown", "end now"): NOT_SHOWN,
    ("pass shown", "end reached"): Expected(State.RESTORING, "restoring", messages=("card",)),
    ("pass shown", "end now"): Expected(
        State.RESTORING,
        "restore ordered",
        timers={Kind.REMOVE_PASS: NOW, Kind.OVERDUE: NOW + OVERDUE},
        news=News.ENDING,
    ),
    **{
        (state, "end now"): Expected(
            State.RESTORING, "restore ordered again", timers={Kind.REMOVE_PASS: NOW}, messages=()
        )
        for state in ("pass not shown", "pass ending")
    },
    ("pass not shown", "removed"): pass_over(Outcome.FAILED, News.REMOVED),
    ("pass ending", "removed"): pass_over(Outcome.DONE, News.REMOVED),
    ("pass shown", "removed"): pass_over(Outcome.DONE, News.REMOVED),
    **{
        (name, event): expected
        for name, state in (
            ("pass shown", State.ACTIVE),
            ("pass not shown", State.RESTORING),
            ("pass ending", State.RESTORING),
        )
        for event, expected in {
            "overdue": overdue(state),
            "subject gone": pass_over(Outcome.SUBJECT_DELETED, News.SUBJECT_DELETED),
            "given up": pass_over(Outcome.CLOSED_AS_IS, News.CLOSED_AS_IS),
        }.items()
    },
    ("restored", "slipped"): SLIPPED,
    ("restored by someone else", "slipped"): SLIPPED,
}
"""Where an event leads. What is not here is out of turn."""


def timers(orders: tuple[Order, ...]) -> dict[Kind, datetime]:
    return {order.kind: order.due_at for order in orders if isinstance(order, Do) and not order.notice}


def dropped(orders: tuple[Order, ...]) -> frozenset[Kind]:
    return frozenset(kind for order in orders if isinstance(order, Drop) for kind in order.kinds)


def messages(orders: tuple[Order, ...]) -> tuple[str, ...]:
    said = {Kind.CARD, Kind.LINE, Kind.PAGE, Kind.DIRECT}
    do = [order for order in orders if isinstance(order, Do) and order.kind in said]
    return tuple(order.to.value if order.to else order.kind.value for order in do)


def news(orders: tuple[Order, ...]) -> set[News]:
    return {order.notice.news for order in orders if isinstance(order, Do) and order.notice}


def taken(request: Request, event: Event, now: datetime = NOW) -> Step:
    outcome = step(request, event, now, POLICY)
    assert isinstance(outcome, Step)
    return outcome


def test_every_kind_of_event_and_every_ending_is_in_the_table() -> None:
    assert {type(event) for event in EVENTS.values()} == set(get_args(Event))
    assert {request.state for request in STATES.values()} == set(State)
    assert {request.outcome for request in STATES.values()} == {None, *Outcome}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_an_event_leads_where_the_table_says_or_is_out_of_turn(state: str, event: str) -> None:
    request, expected = STATES[state], TABLE.get((state, event))
    outcome = step(request, EVENTS[event], NOW, POLICY)
    if expected is None:
        assert outcome == OutOfTurn(request.state, request.outcome)
        return
    assert isinstance(outcome, Step)
    became, orders = outcome.request, outcome.orders
    assert (became.state, became.outcome) == (expected.state, expected.outcome)
    assert (became.closed_at is not None) == (became.state is State.CLOSED)
    cards = {Kind.CARD: NOW} if "card" in expected.messages else {}
    assert timers(orders) == {**(expected.timers or {}), **cards}
    assert dropped(orders) == expected.drops
    assert messages(orders) == expected.messages
    assert news(orders) == {expected.news, expected.also} - {None}
    assert (outcome.entry.event, outcome.entry.request) == (expected.entry, request.id)


@pytest.mark.parametrize(("state", "event"), TABLE)
def test_what_is_dropped_is_never_ordered_in_the_same_step(state: str, event: str) -> None:
    orders = taken(STATES[state], EVENTS[event]).orders
    last = max((index for index, order in enumerate(orders) if isinstance(order, Drop)), default=-1)
    assert not any(isinstance(order, Do) for order in orders[: last + 1])


@pytest.mark.parametrize(("state", "event"), TABLE)
def test_names_and_reasons_stay_out_of_the_record(state: str, event: str) -> None:
    entry = taken(STATES[state], EVENTS[event]).entry
    texts = [entry.actor, *(str(fact) for fact in entry.facts.values())]
    for secret in (HANNA.name, OMAR.upn, PENDING.reason, "account merged"):
        assert not any(secret in text for text in texts)


def test_a_new_request_shows_its_card_and_starts_the_clock_of_the_undecided() -> None:
    first = opened(PENDING, POLICY, START)
    assert timers(first.orders) == {
        Kind.CARD: START,
        Kind.LAPSE: PENDING.lapses_at,
        Kind.REMIND: START + POLICY.timing.remind,
    }
    assert first.request is PENDING
    assert first.entry.facts == {
        "action": "suspend",
        "subject": PENDING.subject.id,
        "terms": 1,
        "needed": 1,
        "ticket": "",
        "reason_sha256": reason_digest("phone broken"),
        "lever": "per_user",
        "group": "",
        "seconds": 3600,
    }


def test_the_record_of_an_extension_names_what_it_extends() -> None:
    facts = opened(EXTENSION, POLICY, START).entry.facts
    assert (facts["extends"], facts["seconds"]) == (31, 1800)


def test_an_approval_counts_and_says_how_many_more_are_needed() -> None:
    outcome = taken(replace(PENDING, needed=3), Approved(OMAR))
    assert outcome.request.approvals == (Approval(OMAR, NOW),)
    [line] = [order.notice for order in outcome.orders if isinstance(order, Do) and order.notice]
    assert line.count == 2


def test_a_quorum_keeps_only_the_approvals_that_still_stand_and_what_was_there_before() -> None:
    early, late = Approval(DUTY, START), Approval(OMAR, NOW)
    pending = replace(PENDING, needed=2, approvals=(Approval(HANNA, START), early))
    became = taken(pending, QuorumReached(OMAR, (early,), Protection.ENABLED)).request
    assert became.approvals == (early, late)
    assert became.prior is Protection.ENABLED


def test_nothing_is_applied_when_what_was_there_before_is_unknown() -> None:
    assert step(PENDING, QuorumReached(OMAR, (), None), NOW, POLICY) == OutOfTurn(State.PENDING, None)


def test_an_extension_is_never_confirmed_by_itself() -> None:
    applying = replace(EXTENSION, state=State.APPLYING)
    assert step(applying, Confirmed(), NOW, POLICY) == OutOfTurn(State.APPLYING, None)


def test_the_time_granted_starts_when_entra_confirms() -> None:
    became = taken(APPLYING, Confirmed()).request
    assert (became.confirmed_at, became.ends_at) == (NOW, NOW + HOUR)


@pytest.mark.parametrize(("lasts", "warned"), [(WARN, False), (WARN + timedelta(seconds=1), True)])
def test_a_warning_is_ordered_only_if_its_time_lies_ahead(lasts: timedelta, warned: bool) -> None:  # noqa: FBT001  # a parameter of the table
    applying = replace(APPLYING, action=replace(PENDING.action, lasts=lasts))
    assert (Kind.WARN in timers(taken(applying, Confirmed()).orders)) is warned


@pytest.mark.parametrize("event", ["left open", "end reached", "end now"])
def test_an_attempt_of_unknown_outcome_counts_as_lowered(event: str) -> None:
    became = taken(APPLYING, EVENTS[event]).request
    assert became.unconfirmed
    assert became.ends_at == NOW
    assert became.prior is APPLYING.prior


def test_an_early_end_is_the_end_and_is_told_with_its_reason() -> None:
    outcome = taken(ACTIVE, EndNow(HANNA, "done"))
    assert outcome.request.ends_at == NOW
    [line] = [order.notice for order in outcome.orders if isinstance(order, Do) and order.notice]
    assert (line.by, line.detail) == (HANNA, "done")


def test_a_suspension_without_an_end_cannot_be_prolonged() -> None:
    endless = replace(ACTIVE, ends_at=None)
    assert step(endless, EVENTS["prolonged"], NOW, POLICY) == OutOfTurn(State.ACTIVE, None)


@pytest.mark.parametrize(
    ("found", "proved"),
    [(Protection.DISABLED, False), (Protection.ENABLED, True), (Protection.ENFORCED, True)],
)
def test_only_the_prior_value_or_a_stronger_one_proves_a_restore(found: Protection, proved: bool) -> None:  # noqa: FBT001  # a parameter of the table
    outcome = step(RESTORING, Proved(found, wrote=True), NOW, POLICY)
    assert isinstance(outcome, Step) is proved
    if isinstance(outcome, Step):
        assert outcome.request.restored_to is found


def test_a_restore_of_something_unknown_is_never_proved() -> None:
    unknown = replace(RESTORING, prior=None)
    assert isinstance(step(unknown, EVENTS["proved"], NOW, POLICY), OutOfTurn)


def test_after_an_unknown_outcome_the_first_look_comes_sooner() -> None:
    orders = taken(replace(RESTORING, unconfirmed=True), EVENTS["proved"]).orders
    assert timers(orders)[Kind.VERIFY] == NOW + VERIFY_SOON


def test_nobody_is_signed_out_where_the_policy_does_not_say_so() -> None:
    outcome = step(RESTORING, EVENTS["proved"], NOW, replace(POLICY, revoke_sessions=False))
    assert isinstance(outcome, Step)
    assert Kind.REVOKE_SESSIONS not in timers(outcome.orders)


@pytest.mark.parametrize(
    ("ends_at", "late"), [(NOW - timedelta(seconds=90), 90_000), (NOW + HOUR, 0), (None, 0)]
)
def test_the_record_says_how_late_a_restore_was(ends_at: datetime | None, late: int) -> None:
    entry = taken(replace(RESTORING, ends_at=ends_at), EVENTS["proved"]).entry
    assert entry.facts["late_ms"] == late


def test_a_known_reason_for_being_late_replaces_an_earlier_note() -> None:
    noted = replace(RESTORING, note="503")
    assert taken(noted, Proved(Protection.ENABLED, wrote=True)).request.note == "503"
    late = Proved(Protection.ENABLED, wrote=True, late_because="Relatch was down")
    assert taken(noted, late).request.note == "Relatch was down"


def test_a_page_says_how_often_it_was_tried_why_it_failed_and_since_when() -> None:
    outcome = taken(RESTORING, StillOverdue(7, "503"))
    pages = [order.notice for order in outcome.orders if isinstance(order, Do) and order.kind is Kind.PAGE]
    assert [(page.count, page.detail, page.until) for page in pages if page] == [(7, "503", ENDS)]
    assert outcome.request.note == "503"


def test_what_slips_is_open_again_in_every_way() -> None:
    became = taken(RESTORED, Slipped(Protection.DISABLED)).request
    assert became == replace(
        RESTORED,
        state=State.RESTORING,
        outcome=None,
        unconfirmed=True,
        ends_at=NOW,
        closed_at=None,
        closed_by=None,
        restored_to=None,
    )


def test_whoever_closes_a_request_is_known() -> None:
    assert taken(PENDING, Denied(OMAR, "no")).request.closed_by == OMAR
    assert taken(PENDING, Lapsed("too late")).request.closed_by == Relatch()
    assert taken(PENDING, Lapsed("too late")).request.note == "too late"
    assert taken(RESTORING, GivenUp(OPERATOR, "merged")).request.closed_by == OPERATOR


def test_the_requester_and_the_subject_hear_of_what_concerns_them() -> None:
    told = [order.to for order in taken(APPLYING, Confirmed()).orders if isinstance(order, Do) and order.to]
    assert told == [Audience.REQUESTER, Audience.SUBJECT]


@pytest.mark.parametrize("revoke_sessions", [True, False])
def test_whoever_leaves_an_exclusion_group_is_signed_out_whatever_the_policy_says(
    revoke_sessions: bool,  # noqa: FBT001  # a parameter of the test
) -> None:
    by_group = Suspend(Lever.EXCLUSION_GROUP, HOUR, "a group")
    leaving = replace(RESTORING, action=by_group, prior=Protection.NOT_EXCLUDED)
    proved = Proved(Protection.NOT_EXCLUDED, wrote=True)
    outcome = step(leaving, proved, NOW, replace(POLICY, revoke_sessions=revoke_sessions))
    assert isinstance(outcome, Step)
    assert Kind.REVOKE_SESSIONS in {one.kind for one in outcome.orders if isinstance(one, Do)}
