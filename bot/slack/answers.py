"""How an answer gets to the one person it is for; one that does not get there is logged, never raised.

A ``response_url`` takes five posts (Slack docs, "Handling user interaction"). A form has none: its answer is
a direct message, because Slack does not promise to deliver ephemeral ones. So is one whose address is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from approvals.errors import Never, PortError
from approvals.model import AccessPass, Request, RequestId
from approvals.ports import Clock
from approvals.service import PassShown, Revealed
from bot.observability import logger
from bot.slack import posts
from bot.slack.payloads import Pressed, Sent, Typed
from bot.slack.render.blocks import Message
from bot.slack.render.forms import form
from bot.slack.render.passes import being_made, instead, shown
from bot.slack.render.replies import answer
from bot.slack.render.rules import HouseRules
from bot.slack.web import Web
from commands.desk import not_opened
from commands.model import Button, FormOpened, LookingUp, Reply

UNDELIVERED = "answer.undelivered"
REDIRECTED = "answer.redirected"
POSTS_MOST = 5

Asker = Typed | Pressed | Sent

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """What is needed to answer anybody."""

    web: Web
    rules: HouseRules
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Opened:
    """A screen that stands open: the view's id, and the request it is about."""

    view: str
    about: RequestId


class Answering:
    """The answers to one delivery; satisfies ``approvals.ports.Screen`` for what only the presser may see."""

    def __init__(self, desk: Desk, asker: Asker, correlation: str) -> None:
        self._desk = desk
        self._asker = asker
        self._correlation = correlation
        self._posts = 0
        self._held: Reply | None = None
        self._screen: _Opened | None = None

    async def open(self, request: RequestId) -> None:
        """Open a screen about *request* at once, in exchange for the press."""
        self._screen = _Opened(await posts.show(self._desk.web, being_made(request), self._trigger), request)

    async def show(self, request: Request, issued: AccessPass) -> None:
        """Show the pass on the screen; ``PortError`` where that was closed, or Slack does not say."""
        if self._screen is None:
            raise Never("no screen is open")
        await posts.turn(self._desk.web, shown(request, issued), self._screen.view)

    @property
    def _trigger(self) -> str:
        return self._asker.trigger if isinstance(self._asker, Pressed) else ""

    async def say(self, reply: Reply) -> None:
        """Say *reply* in the place of the one before; near the limit of posts, wait for the last one."""
        if self._posts < POSTS_MOST - 1:
            await self._deliver(reply)
        else:
            self._held = reply

    async def end(self) -> None:
        """Say what was held back."""
        if self._held is not None:
            await self._deliver(self._held)

    async def _deliver(self, reply: Reply) -> None:
        self._posts += 1
        try:
            await self._open_or_say(reply)
        except PortError as error:
            log.warning(UNDELIVERED, correlation=self._correlation, reply=type(reply).__name__, why=error.why)

    async def _open_or_say(self, reply: Reply) -> None:
        match reply:
            case FormOpened():
                await self._open(reply)
            case PassShown():
                return  # it is on the screen
            case Revealed() | LookingUp():
                # Not in a message that stays: a number least of all.
                await self._say(answer(reply, self._desk.rules, self._desk.clock.now()))
            case _:
                await self._insist(answer(reply, self._desk.rules, self._desk.clock.now()))

    async def _open(self, opened: FormOpened) -> None:
        try:
            await posts.show(self._desk.web, form(opened), self._trigger)
        except PortError as error:
            failed = not_opened(error, self._correlation)
            await self._insist(answer(failed, self._desk.rules, self._desk.clock.now()))

    async def _insist(self, message: Message) -> None:
        """Say *message* where it was asked for or, when that address is dead, in person."""
        try:
            await self._on_screen_or_say(message)
        except PortError as error:
            if isinstance(self._asker, Sent):
                raise
            log.warning(REDIRECTED, correlation=self._correlation, why=error.why)
            await posts.whisper(self._desk.web, message, self._asker.caller.chat)

    async def _on_screen_or_say(self, message: Message) -> None:
        """Let an open screen say it, in the place of a pass that it may show; one that was closed cannot."""
        if self._screen is not None:
            view = instead(self._screen.about, message)
            try:
                await posts.turn(self._desk.web, view, self._screen.view)
            except PortError as error:
                log.warning(REDIRECTED, correlation=self._correlation, why=error.why)
            else:
                return
        await self._say(message)

    async def _say(self, message: Message) -> None:
        web = self._desk.web
        match self._asker:
            case Typed(response_url=url):
                await posts.reply(web, url, message, replace=self._posts > 1)
            case Pressed(press=press, response_url=url, own=own):
                # Only what the presser alone sees is replaced; a card is never touched from here. What a
                # status leads to stands beside it.
                replace = own and press.button is not Button.SIGN_INS
                await posts.reply(web, url, message, replace=replace)
            case Sent(submission=submission):
                await posts.whisper(web, message, submission.caller.chat)
            case never:
                assert_never(never)
