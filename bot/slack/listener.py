"""The one listener: it takes a delivery whole, acknowledges, hands the work on, and cannot raise.

Bolt holds no task it starts after ``ack()``, and loses the acknowledgement of a listener that raises soon;
so the work runs in :class:`InFlight`, and ``process_before_response`` makes the acknowledgement immediate.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Protocol, assert_never

from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from approvals.ports import Screen
from bot.inflight import Draining, InFlight
from bot.observability import correlated, logger
from bot.slack.answers import Answering, Asker, Desk
from bot.slack.door import Admitted, Answer
from bot.slack.payloads import Delivery, Happened, Pressed, Sent, Typed
from bot.slack.people import Home
from bot.slack.refusals import MISFILLED, REPEATED, SLACK, UNREADABLE, Refusals
from bot.slack.render.forms import faults
from commands.decide import check
from commands.model import Failed, Invocation, Press, Reply, Submission

BROKEN = "listener.broken"
SEEN_BEFORE = "listener.repeated"
UNCERTAIN = "listener.uncertain"
ADMITTED = "relatch_admitted"
ANYTHING = re.compile(r"[\s\S]*")

log = logger(__name__)


class Deliveries(Protocol):
    """What was delivered before, kept for 15 minutes and shared by all processes."""

    async def first(self, key: str) -> bool:
        """Return whether *key* is seen for the first time, and remember it; ``Later`` when nobody knows."""
        ...


class Conversation(Protocol):
    """Who answers what is typed, pressed and sent; ``commands.registry.Registry`` does."""

    def run(self, call: Invocation) -> AsyncIterator[Reply]:
        """Answer a command: each reply takes the place of the one before."""
        ...

    async def press(self, press: Press, screen: Screen) -> Reply:
        """Answer a pressed button; *screen* is the presser's, for what nobody else may see."""
        ...

    async def submit(self, submission: Submission) -> Reply:
        """Carry out a form that was sent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Acknowledges, and has the work done."""

    conversation: Conversation
    deliveries: Deliveries
    desk: Desk
    inflight: InFlight
    refusals: Refusals

    def acknowledge(self, admitted: Admitted) -> BoltResponse:
        """Answer within the acknowledgement; the work is under way when this returns 200."""
        match admitted.delivery:
            case Happened():
                return BoltResponse(status=200)
            case Sent(submission=submission) if rejected := check(submission):
                self.refusals.note(submission.caller, submission.form, MISFILLED, admitted.correlation)
                errors = faults(rejected.faults)
                return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
            case Typed() | Pressed() | Sent() as asker:
                work = self._work(asker, admitted)
                self.inflight.spawn(work, correlation=admitted.correlation)
                return BoltResponse(status=200)
            case never:
                assert_never(never)

    async def _work(self, asker: Asker, admitted: Admitted) -> None:
        """Answer, once; what is not known to be new is not done."""
        with correlated(admitted.correlation):
            answering = Answering(self.desk, asker, admitted.correlation)
            if await self._is_new(asker, admitted, answering):
                await self._answer(asker, answering, admitted.correlation)

    async def _is_new(self, asker: Asker, admitted: Admitted, answering: Answering) -> bool:
        try:
            new = await self.deliveries.first(admitted.key)
        except Exception:
            log.exception(UNCERTAIN)
            await answering.say(_not_done(admitted.correlation))
            return False
        if not new:
            log.info(SEEN_BEFORE)
            await self.refusals.record(asker.caller, "deliver", REPEATED)
        return new

    async def _answer(self, asker: Asker, answering: Answering, correlation: str) -> None:
        try:
            await self._ask(asker, answering)
        except Exception:
            log.exception(BROKEN)
            await answering.say(_unknown(correlation))
        await answering.end()

    async def _ask(self, asker: Asker, answering: Answering) -> None:
        match asker:
            case Typed(call=call):
                async for reply in self.conversation.run(call):
                    await answering.say(reply)
            case Pressed(press=press):
                await answering.say(await self.conversation.press(press, answering))
            case Sent(submission=submission):
                await answering.say(await self.conversation.submit(submission))
            case never:
                assert_never(never)


def _not_done(correlation: str) -> Failed:
    """Say so as long as nothing has been asked of the core."""
    return Failed(
        "The database does not answer.", "Try again in a minute.", "Nothing was changed.", correlation
    )


def _unknown(correlation: str) -> Failed:
    """Say so when the core was called: how far it came is not known."""
    return Failed(
        "Something unexpected happened.",
        "Look at `/mfa list` before you try again.",
        "It is not known whether anything was changed.",
        correlation,
    )


class Bolt:
    """Bolt between the door and the listener: routing, and nothing that asks Slack."""

    def __init__(self, listener: Listener, home: Home) -> None:
        self._listener = listener
        self._app = _app(home, _taking(listener))

    async def __call__(self, admitted: Admitted) -> Answer:
        """Pass a delivery on: 503 while stopping, 500 when nothing was started; never raises."""
        body = routing(admitted.delivery)
        try:
            request = AsyncBoltRequest(body=body, mode="socket_mode", context={ADMITTED: admitted})
            response = await self._app.async_dispatch(request)
        except Exception:
            log.exception(BROKEN, correlation=admitted.correlation)
            return Answer(500)
        return Answer(response.status, response.body)

    def turned_away(self, correlation: str) -> None:
        """Have a delivery recorded that is signed and cannot be read."""
        self._listener.refusals.note(SLACK, "deliver", UNREADABLE, correlation)


def routing(delivery: Delivery) -> dict[str, object]:
    """Return of *delivery* what Bolt routes by, and no more.

    Bolt's readers raise on fields of other types than Slack's, and its log would hold what people wrote.
    """
    match delivery:
        case Typed(call=call):
            return {"command": call.command}
        case Pressed(press=press):
            action = {"action_id": press.button.value, "block_id": "", "type": "button"}
            return {"type": "block_actions", "actions": [action]}
        case Sent(submission=submission):
            view = {"type": "modal", "callback_id": submission.form.value}
            return {"type": "view_submission", "view": view}
        case Happened(name=name):
            return {"type": "event_callback", "event": {"type": name}}
        case never:
            assert_never(never)


def _taking(listener: Listener) -> Callable[[AsyncBoltContext], Coroutine[object, object, BoltResponse]]:
    async def take(context: AsyncBoltContext) -> BoltResponse:
        admitted: Admitted = context[ADMITTED]
        try:
            return listener.acknowledge(admitted)
        except Draining:
            return BoltResponse(status=503)
        except Exception:
            log.exception(BROKEN, correlation=admitted.correlation)
            return BoltResponse(status=500)

    return take


class _AtHome(AsyncAuthorize):
    """Says who the app is, as asked at start: Bolt would ask Slack during the first deliveries."""

    def __init__(self, home: Home) -> None:
        self._result = AuthorizeResult(
            enterprise_id=None, team_id=home.team, bot_id=home.bot, bot_user_id=home.user
        )

    async def __call__(self, **_: object) -> AuthorizeResult:
        return self._result


def _app(home: Home, take: Callable[[AsyncBoltContext], Coroutine[object, object, BoltResponse]]) -> AsyncApp:
    # Bolt sets each of its loggers to the root's level unless it is given one to copy.
    quiet = logging.getLogger("slack_bolt")
    quiet.setLevel(logging.WARNING)
    app = AsyncApp(
        name="slack_bolt.app",
        logger=quiet,
        client=AsyncWebClient(retry_handlers=[]),
        authorize=_AtHome(home),
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    for register in (app.command, app.action, app.view, app.event):
        register(ANYTHING)(take)
    return app
