"""Requests in the store: kept exactly, numbered, found, one live for each subject and kind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.errors import AlreadyLive, UnknownRequest
from approvals.model import (
    Action,
    ActionKind,
    Actor,
    Approval,
    Audience,
    Briefing,
    EnableMfa,
    Extend,
    MessageRef,
    News,
    Notice,
    Operator,
    Outcome,
    Person,
    PersonId,
    Relatch,
    Request,
    RequestId,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
    Suspend,
)
from approvals.ports import Query, Sent, Transaction
from bot.sql.store import SqlStore

HandClock = Any  # the type stands in tests/conftest.py, which is not to be imported from
Draft = Callable[..., Request]
Stored = Callable[..., Awaitable[Request]]

words = st.text(st.characters(exclude_categories=()), max_size=30)
times = st.datetimes(timezones=st.just(UTC))
counts = st.integers(0, 2**31 - 1)
people = st.builds(
    Person, id=st.uuids().map(str).map(PersonId), name=words, upn=words, chat=st.none() | words
)
actors: st.SearchStrategy[Actor] = people | st.builds(Operator, words) | st.just(Relatch())
changes = st.builds(SetPhone, shown=words) | st.builds(SetDefaultMethod) | st.builds(EnableMfa)
actions: st.SearchStrategy[Action] = (
    st.builds(Suspend, lasts=st.timedeltas(), group=words)
    | st.builds(Extend, of=st.just(RequestId(1)), by=st.timedeltas())
    | changes
    | st.builds(SetUp, phone=st.builds(SetPhone, shown=words))
)
requests = st.builds(
    Request,
    id=st.integers(2, 2**31 - 1).map(RequestId),
    action=actions,
    subject=people,
    requester=people,
    reason=words,
    ticket=words,
    briefing=st.builds(Briefing, roles=st.lists(words, max_size=3).map(tuple)),
    needed=counts,
    terms=counts,
    created_at=times,
    lapses_at=times,
    approvals=st.lists(st.builds(Approval, by=people, at=times), max_size=3).map(tuple),
    unconfirmed=st.booleans(),
    confirmed_at=st.none() | times,
    ends_at=st.none() | times,
    closed_at=st.none() | times,
    closed_by=st.none() | actors,
    note=words,
    version=counts,
)
notices = st.builds(
    Notice, news=st.sampled_from(News), at=times, by=actors, detail=words, until=st.none() | times
)


class Undo(Exception):
    """Thrown to roll back."""


@asynccontextmanager
async def undone(store: SqlStore) -> AsyncGenerator[Transaction]:
    with suppress(Undo):
        async with store.transaction() as tx:
            yield tx
            raise Undo


@given(request=requests)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_read_equals_what_was_written(store: SqlStore, draft: Draft, request: Request) -> None:
    async with undone(store) as tx:
        await tx.add(draft(1, subject=2**100))
        await tx.add(request)
        assert request == await tx.get(request.id) == await tx.lock(request.id)
        assert [request] == await tx.find(Query(subject=request.subject.id))


@given(first=requests, second=requests)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_field_is_saved(store: SqlStore, draft: Draft, first: Request, second: Request) -> None:
    async with undone(store) as tx:
        await tx.add(draft(1, subject=2**100))
        await tx.add(replace(first, version=7))
        await tx.save(replace(second, id=first.id, version=7))
        assert replace(second, id=first.id, version=8) == await tx.get(first.id)


async def test_numbers_are_never_given_twice(store: SqlStore) -> None:
    numbers = []
    for _ in range(3):
        async with store.transaction() as tx:
            numbers += [await tx.new_id(), await tx.new_id()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 6


async def test_an_unknown_number_is_said_to_be_unknown(store: SqlStore) -> None:
    async with store.transaction() as tx:
        for look in (tx.get, tx.lock):
            with pytest.raises(UnknownRequest, match="R-404"):
                await look(RequestId(404))


async def test_a_second_live_request_of_a_kind_is_refused_and_the_transaction_goes_on(
    store: SqlStore, stored: Stored, draft: Draft
) -> None:
    await stored(subject=1)
    async with store.transaction() as tx:
        with pytest.raises(AlreadyLive):
            await tx.add(draft(await tx.new_id(), subject=1))
        await tx.add(draft(await tx.new_id(), subject=2))
    async with store.transaction() as tx:
        assert await tx.count(Query()) == 2


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
async def test_only_a_closed_request_makes_room_for_another(
    store: SqlStore, stored: Stored, draft: Draft, state: State
) -> None:
    first = await stored(subject=1, state=state)
    async with store.transaction() as tx:
        with pytest.raises(AlreadyLive):
            await tx.add(draft(await tx.new_id(), subject=1))
        await tx.save(replace(first, state=State.CLOSED, outcome=Outcome.RESTORED))
        await tx.add(draft(await tx.new_id(), subject=1))


async def test_an_extension_is_live_beside_the_suspension_that_it_extends(
    store: SqlStore, stored: Stored
) -> None:
    live = await stored(subject=1, state=State.ACTIVE)
    wish = await stored(subject=1, action=Extend(live.id, timedelta(minutes=30)))
    with pytest.raises(AlreadyLive):
        await stored(subject=1, action=Extend(live.id, timedelta(minutes=10)))
    async with store.transaction() as tx:
        assert await tx.find(Query(extends=live.id)) == [wish]


async def test_a_closed_request_does_not_come_to_life_beside_another(store: SqlStore, stored: Stored) -> None:
    closed = await stored(subject=1, state=State.CLOSED)
    await stored(subject=1)
    with pytest.raises(AlreadyLive):
        async with store.transaction() as tx:
            await tx.save(replace(await tx.lock(closed.id), state=State.RESTORING))
    async with store.transaction() as tx:
        assert (await tx.get(closed.id)).state is State.CLOSED


async def test_saving_over_a_version_that_is_gone_is_a_fault(store: SqlStore, stored: Stored) -> None:
    request = await stored()
    async with store.transaction() as tx:
        await tx.save(request)
        with pytest.raises(RuntimeError, match="version"):
            await tx.save(request)


async def test_every_criterion_narrows_what_is_found_newest_first(
    store: SqlStore, stored: Stored, clock: HandClock
) -> None:
    lee = await stored(subject=1, state=State.CLOSED)
    clock.move(timedelta(minutes=1))
    again = await stored(subject=1, state=State.ACTIVE)
    wish = await stored(subject=1, action=Extend(again.id, timedelta(minutes=5)))
    noor = await stored(subject=2)

    async with store.transaction() as tx:
        expected = {
            Query(): [noor, wish, again, lee],
            Query(limit=2): [noor, wish],
            Query(subject=lee.subject.id): [wish, again, lee],
            Query(states=frozenset({State.PENDING, State.ACTIVE})): [noor, wish, again],
            Query(states=frozenset()): [],
            Query(kind=ActionKind.EXTEND): [wish],
            Query(requester=lee.requester.id, since=again.created_at): [noor, wish, again],
            Query(requester=lee.subject.id): [],
            Query(extends=again.id): [wish],
            Query(subject=lee.subject.id, kind=ActionKind.SUSPEND, states=frozenset({State.CLOSED})): [lee],
        }
        for query, found in expected.items():
            assert await tx.find(query) == found
            assert await tx.count(replace(query, limit=1)) == len(await tx.find(replace(query, limit=50)))


async def test_an_exception_leaves_nothing_behind(store: SqlStore, draft: Draft) -> None:
    async with undone(store) as tx:
        await tx.add(draft(await tx.new_id()))
    async with store.transaction() as tx:
        assert await tx.count(Query()) == 0


async def test_a_transaction_has_one_time(store: SqlStore, clock: HandClock) -> None:
    async with store.transaction() as tx:
        before = tx.now
        clock.move(timedelta(hours=1))
        assert tx.now is before


@given(notice=notices)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_message_is_found_where_it_was_last_kept(
    store: SqlStore, draft: Draft, notice: Notice
) -> None:
    request, old, new = RequestId(1), MessageRef("C0", "1.000100"), MessageRef("C0", "2.000100")
    async with undone(store) as tx:
        await tx.add(draft(request))
        await tx.keep(request, "card", Sent(old, None))
        await tx.keep(request, Audience.SUBJECT, Sent(old, notice))
        await tx.keep(request, "card", Sent(new, notice))
        assert await tx.sent(request, "card") == Sent(new, notice)
        assert await tx.sent(request, Audience.SUBJECT) == Sent(old, notice)
        assert await tx.sent(request, Audience.REQUESTER) is None
