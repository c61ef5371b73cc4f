"""Telling people: at least once, after the fact, and the card always shows the newest state."""

from __future__ import annotations

from datetime import timedelta

from approvals.agenda import Kind, Work
from approvals.desk import Desk
from approvals.errors import Gone, PortError
from approvals.model import Audience, ChatId, Request, RequestId
from approvals.ports import Sent
from approvals.work.claims import give_back

CARD = "card"
SOON = timedelta(seconds=1)


async def card(desk: Desk, work: Work, request: RequestId) -> None:
    """Post the card, or bring it up to date; a card that can no longer be edited is replaced."""
    shown, sent = await _look(desk, request, CARD)
    try:
        ref = await desk.tell.card(shown, sent.ref if sent else None)
    except Gone:
        ref = await desk.tell.card(shown, None)
    await _keep(desk, work, CARD, Sent(ref, None))


async def line(desk: Desk, work: Work, request: RequestId) -> None:
    """Add a line to the card's thread, once there is a card."""
    shown, sent = await _look(desk, request, CARD)
    if work.notice is None or sent is None:
        await give_back(desk, work, SOON, "the card is not posted yet")
        return
    await desk.tell.line(shown, work.notice, sent.ref)
    await _done(desk, work)


async def page(desk: Desk, work: Work, request: RequestId) -> None:
    """Mention the people on duty."""
    shown, sent = await _look(desk, request, CARD)
    if work.notice is not None:
        await desk.tell.page(shown, work.notice, sent.ref if sent else None)
    await _done(desk, work)


async def direct(desk: Desk, work: Work, request: RequestId) -> None:
    """Send a direct message, and take the buttons off the one before."""
    role = f"{Kind.DIRECT}:{work.to}"
    shown, before = await _look(desk, request, role)
    chat = _chat(shown, work.to)
    if chat is None or work.notice is None:
        await _done(desk, work)
        return
    ref = await desk.tell.direct(shown, work.notice, chat)
    await _keep(desk, work, role, Sent(ref, work.notice))
    if before is not None and before.notice is not None:
        await _settle(desk, shown, before)


async def _settle(desk: Desk, request: Request, before: Sent) -> None:
    """Take the buttons off; one that stays answers a click with where the request stands."""
    if before.notice is None:
        return
    try:
        await desk.tell.settle(request, before.notice, before.ref)
    except PortError:
        return


async def _look(desk: Desk, request: RequestId, role: str) -> tuple[Request, Sent | None]:
    async with desk.store.transaction(writes=False) as tx:
        return await tx.get(request), await tx.sent(request, role)


async def _keep(desk: Desk, work: Work, role: str, sent: Sent) -> None:
    async with desk.store.transaction() as tx:
        if work.request is not None:
            await tx.keep(work.request, role, sent)
        await tx.done(work)


async def _done(desk: Desk, work: Work) -> None:
    async with desk.store.transaction() as tx:
        await tx.done(work)


def _chat(request: Request, to: Audience | None) -> ChatId | None:
    match to:
        case Audience.REQUESTER:
            return request.requester.chat
        case Audience.SUBJECT:
            return request.subject.chat
        case None:
            return None
