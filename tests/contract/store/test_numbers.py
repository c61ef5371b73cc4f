"""Numbers that wait for approval: kept apart, and gone from the files once they are settled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from approvals.errors import AlreadyLive, Later
from approvals.model import (
    ActionKind,
    EnableMfa,
    Outcome,
    PhoneNumber,
    PhonePlace,
    Preference,
    Protection,
    Request,
    SetDefaultMethod,
    SetPhone,
    SetUp,
    State,
)
from approvals.ports import Query
from bot.sql.engine import Database
from bot.sql.store import SqlStore
from tests.scenario.secrecy import in_database

Stored = Callable[..., Awaitable[Request]]
NUMBER = PhoneNumber("+31 612345678")
PHONE = SetPhone(PhonePlace.MOBILE, NUMBER.masked)
ENABLE = EnableMfa(Protection.ENABLED)
SET_UP = SetUp(PHONE, SetDefaultMethod(Preference.SMS), ENABLE, made=1)


async def test_a_number_is_kept_until_it_is_erased(store: SqlStore, stored: Stored) -> None:
    request, other = await stored(1, action=PHONE), await stored(2, action=PHONE)
    async with store.transaction() as tx:
        await tx.keep_number(request.id, NUMBER)
    async with store.transaction(writes=False) as tx:
        assert await tx.number(request.id) == NUMBER
        assert await tx.number(other.id) is None
    async with store.transaction() as tx:
        assert await tx.erase_number(request.id)
        assert not await tx.erase_number(request.id)
        assert await tx.number(request.id) is None


async def test_an_erased_number_is_in_no_file(
    store: SqlStore, stored: Stored, database: Database, replicas: Callable[[int], list[SqlStore]]
) -> None:
    """Many requests, so that the number has been copied wherever pages are copied to."""
    [other] = replicas(1)
    for subject in range(1, 40):
        request = await stored(subject, action=PHONE)
        async with store.transaction() as tx:
            await tx.keep_number(request.id, NUMBER)
        async with other.transaction(writes=False) as tx:
            assert await tx.number(request.id) == NUMBER
        async with store.transaction() as tx:
            closed = replace(
                request,
                state=State.CLOSED,
                outcome=Outcome.DENIED,
                closed_at=tx.now,
                closed_by=request.requester,
            )
            await tx.save(closed)
            await tx.erase_number(request.id)
        await store.scrub()
    await database.close()
    assert "612345678" not in in_database(database.engine.url)


async def test_what_somebody_still_reads_is_scrubbed_later(store: SqlStore, stored: Stored) -> None:
    request = await stored(1, action=PHONE)
    async with store.transaction() as tx:
        await tx.keep_number(request.id, NUMBER)
    async with store.transaction(writes=False) as reading:
        assert await reading.number(request.id) == NUMBER
        async with store.transaction() as tx:
            await tx.erase_number(request.id)
        if sqlite(store):
            with pytest.raises(Later):
                await store.scrub()
    await store.scrub()


def sqlite(store: SqlStore) -> bool:
    return store._database.sqlite  # noqa: SLF001  # only there a reader is in the way


@pytest.mark.parametrize("action", [PHONE, SetDefaultMethod(Preference.PUSH), ENABLE, SET_UP])
async def test_a_change_is_kept_exactly(store: SqlStore, stored: Stored, action: object) -> None:
    request = await stored(1, action=action)
    async with store.transaction() as tx:
        assert await tx.get(request.id) == request


async def test_what_lowers_and_what_raises_hold_the_same_slot(store: SqlStore, stored: Stored) -> None:
    suspended = await stored(1)
    for action in (ENABLE, SET_UP):
        with pytest.raises(AlreadyLive):
            await stored(1, action=action)
    await stored(1, action=PHONE)
    kinds = frozenset({ActionKind.SUSPEND, ActionKind.ENABLE})
    async with store.transaction() as tx:
        assert [one.id for one in await tx.find(Query(kinds=kinds))] == [suspended.id]
