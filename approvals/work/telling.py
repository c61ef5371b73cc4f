"""Telling people: at least once, after the fact, and the card always shows the newest state."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import assert_never

from approvals.agenda import OVER, Do, Kind, Over, Work, pause
from approvals.desk import Desk
from approvals.errors import Gone, Never, PortError
from approvals.model import Audience, ChatId, MessageRef, News, Notice, Request, RequestId, State
from approvals.ports import Sent
from approvals.record import Entry
from approvals.work.claims import finish, give_back

CARD = "card"
ALARM = "alarm"


async def card(desk: Desk, work: Work, request: RequestId) -> None:
    """Post the card, or bring it up to date; a card that can no longer be edited is replaced."""
    shown, sent = await _look(desk, request, CARD)
    async with _reporting(desk, shown):
        try:
            ref = await desk.tell.card(shown, sent.ref if sent else None)
        except Gone:
            ref = await desk.tell.card(shown, None)
    async with desk.store.transaction() as tx:
        if not await tx.holds(work):  # it took too long: another may have shown a newer state before
            await tx.order(request, Do(kind=Kind.CARD, due_at=tx.now))
        await tx.keep(request, CARD, Sent(ref, None))
        await tx.done(work)


async def line(desk: Desk, work: Work, request: RequestId) -> None:
    """Add a line to the card's thread, once there is a card and after the lines before it."""
    shown, sent = await _look(desk, request, CARD)
    if _passed(shown, _news(work)):
        await finish(desk, work)
        return
    async with desk.store.transaction(writes=False) as tx:
        early = sent is None or await tx.waits(work)
    if sent is None or early:
        await give_back(desk, work, pause(work.attempts), "what comes before it is not said yet")
        return
    try:
        await desk.tell.line(shown, _news(work), sent.ref)
    except Gone:
        async with desk.store.transaction() as tx:  # a fresh card opens a fresh thread
            await tx.order(request, Do(kind=Kind.CARD, due_at=tx.now))
            await tx.again(work, tx.now + pause(work.attempts), "the card is gone")
    else:
        await finish(desk, work)  # at once: the lines after it wait for that


async def page(desk: Desk, work: Work, request: RequestId) -> Over:
    """Mention the people on duty."""
    shown, sent = await _look(desk, request, CARD)
    if not _passed(shown, _news(work)):
        async with _reporting(desk, shown):
            await desk.tell.page(shown, _news(work), sent.ref if sent else None)
    return OVER


async def direct(desk: Desk, work: Work, request: RequestId) -> Over | None:
    """Send a direct message; of all of them only the one with the newest news keeps its buttons."""
    role = f"{Kind.DIRECT}:{work.to}"
    shown, before = await _look(desk, request, role)
    notice, chat = _news(work), _chat(shown, work.to)
    if chat is None or _passed(shown, notice):
        return OVER
    try:
        newest = Sent(await desk.tell.direct(shown, notice, chat), notice)
    except Gone:  # nobody is there any more to be told
        return OVER
    if before is not None and _news(before).at > notice.at:
        newest, before = before, newest
    async with desk.store.transaction() as tx:
        await tx.keep(request, role, newest)
        await tx.done(work)
    if before is not None and work.to is Audience.REQUESTER:  # others have nothing to press
        await _settle(desk, shown, before)
    return None


async def guide(desk: Desk, work: Work) -> Over:
    """Send somebody the steps for setting up an app; nobody there any more is nobody to be told."""
    with suppress(Gone):
        await desk.tell.guide(ChatId(work.about))
    return OVER


@asynccontextmanager
async def _reporting(desk: Desk, request: Request) -> AsyncGenerator[None]:
    """Tell the people on duty, once a request, of a channel that takes no messages; it is tried on."""
    try:
        yield
    except Gone:
        raise
    except Never as error:
        async with desk.store.transaction(writes=False) as tx:
            reported = await tx.sent(request.id, ALARM)
        if reported is None:
            await desk.tell.alarm(request, error.why)
            async with desk.store.transaction() as tx:
                await tx.keep(request.id, ALARM, Sent(MessageRef("", ""), None))
                await tx.record(Entry("channel is dead", request.id, "relatch", {"why": error.why}))
        raise


async def _settle(desk: Desk, request: Request, old: Sent) -> None:
    """Take the buttons off; one that stays answers a click with where the request stands."""
    with suppress(PortError):
        await desk.tell.settle(request, _news(old), old.ref)


def _passed(request: Request, notice: Notice) -> bool:
    """Return whether *notice* says what is to come, or what is missing, when that is over by now."""
    match notice.news:
        case News.REMINDER:
            return request.state is not State.PENDING
        case News.WARNING:
            return request.state is not State.ACTIVE
        case News.GRANTED:
            return request.state is not State.APPLYING or request.pass_is_out
        case News.OVERDUE:
            return not (request.lowers or request.pass_is_out)
        case _:
            return False


def _news(of: Work | Sent) -> Notice:
    if of.notice is None:
        raise RuntimeError("a message without news")
    return of.notice


async def _look(desk: Desk, request: RequestId, role: str) -> tuple[Request, Sent | None]:
    async with desk.store.transaction(writes=False) as tx:
        return await tx.get(request), await tx.sent(request, role)


def _chat(request: Request, to: Audience | None) -> ChatId | None:
    match to:
        case Audience.REQUESTER:
            return request.requester.chat
        case Audience.SUBJECT:
            return request.subject.chat
        case None:
            return None
        case never:
            assert_never(never)
