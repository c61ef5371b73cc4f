"""The one way into the tenant: faults, token, route, permission, handler, and when a change lands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TypeAlias, assert_never

from bot.sim.tenant import (
    access,
    authentication,
    batch,
    domains,
    login,
    mailboxes,
    membership_writes,
    memberships,
    methods_policy,
    organization,
    passes,
    phones,
    reports,
    roles,
    users,
)
from bot.sim.tenant.faults import (
    AFTER,
    BEFORE,
    Cut,
    Delay,
    Effect,
    EmptyPage,
    Faults,
    ForeignLink,
    Hold,
    Late,
    Respond,
    Stale,
    When,
)
from bot.sim.tenant.routes import Routes
from bot.sim.tenant.state import Tenant
from bot.sim.tenant.tokens import authenticate
from bot.sim.tenant.wire import Answer, Call, Rejected, graph_error

Perform: TypeAlias = Callable[[Call], Awaitable[Answer]]

GRAPH_ROUTES = (
    *users.ROUTES,
    *authentication.ROUTES,
    *memberships.ROUTES,
    *membership_writes.ROUTES,
    *roles.ROUTES,
    *organization.ROUTES,
    *domains.ROUTES,
    *access.ROUTES,
    *reports.ROUTES,
    *mailboxes.ROUTES,
    *phones.ROUTES,
    *methods_policy.ROUTES,
    *passes.ROUTES,
)
GRAPH = Routes(GRAPH_ROUTES)
CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "Authorization_RequestDenied",
    404: "Request_ResourceNotFound",
    409: "Conflict",
    423: "Locked",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


class Severed(Exception):
    """The connection is to be cut without an answer."""


@dataclass(frozen=True, slots=True)
class Front:
    """Answers calls for one tenant under its faults."""

    tenant: Tenant
    faults: Faults

    async def perform(self, call: Call) -> Answer:
        """Answer one call. Raises ``Severed`` when a fault cuts the connection."""
        effects = tuple(self.faults.strike(call.received))
        answer = await self._early(effects, call)
        if answer is None:
            answer = await self._handled(effects, call)
        call.received.status = answer.status
        return answer

    async def _early(self, effects: Iterable[Effect], call: Call) -> Answer | None:
        for effect in effects:
            match effect:
                case Delay(seconds):
                    await asyncio.sleep(seconds)
                case Respond() | Cut() | Hold():
                    if (answer := await _interfere(effect, call, BEFORE)) is not None:
                        return answer
                case Late() | Stale() | ForeignLink() | EmptyPage():
                    pass
                case _:
                    assert_never(effect)
        return None

    async def _handled(self, effects: tuple[Effect, ...], call: Call) -> Answer:
        # A gate may have been held for a while, so what is due by now lands before this call looks.
        self.tenant.settle()
        answer = await self._answered(_bent(effects, call))
        self._land(effects, answer)
        for effect in effects:
            match effect:
                case Respond() | Cut() | Hold():
                    answer = await _interfere(effect, call, AFTER) or answer
                case ForeignLink(host):
                    answer = _page(answer, f"https://{host}{call.target}?$skiptoken=elsewhere")
                case EmptyPage():
                    answer = _page(answer, f"{call.url}?{call.received.query}", empty=True)
                case Delay() | Late() | Stale():
                    pass
                case _:
                    assert_never(effect)
        return answer

    def _land(self, effects: Iterable[Effect], answer: Answer) -> None:
        if answer.write is None:
            return
        now = self.tenant.now()
        late = [effect.until for effect in effects if isinstance(effect, Late)]
        match late:
            case [until, *_]:
                self.tenant.defer(answer.write, until if isinstance(until, asyncio.Event) else now + until)
            case _:
                answer.write(now)

    async def _answered(self, call: Call) -> Answer:
        try:
            return login.answer(call) if call.api == "login" else await self._graph(call)
        except Rejected as no:
            return no.answer(call.received, self.tenant.now())

    async def _graph(self, call: Call) -> Answer:
        authenticate(call)
        if call.segments == ("$batch",) and call.received.method == "POST" and not call.received.batched:
            return await batch.answer(call, self.perform)
        route, keyed = GRAPH.find(call)
        route.authorise(self.tenant.granted)
        return route.handler(keyed)


def _bent(effects: Iterable[Effect], call: Call) -> Call:
    lags = [effect.by for effect in effects if isinstance(effect, Stale)]
    return replace(call, as_of=call.tenant.now() - max(lags, default=timedelta()))


async def _interfere(effect: Respond | Cut | Hold, call: Call, when: When) -> Answer | None:
    if effect.when is not when:
        return None
    match effect:
        case Respond():
            return _response(effect, call)
        case Cut():
            raise Severed
        case Hold(gate):
            await gate.wait()
            return None


def _response(effect: Respond, call: Call) -> Answer:
    headers = dict(effect.headers)
    match effect.retry_after:
        case int(seconds):
            headers["Retry-After"] = str(seconds)
        case datetime() as moment:
            headers["Retry-After"] = format_datetime(moment, usegmt=True)
        case None:
            pass
    body = effect.body
    if body is None and call.api == "login":
        body = login.oauth_error(call, 90033, "temporarily_unavailable", "A transient error has occurred.")
    elif body is None:
        code = effect.code or CODES.get(effect.status, "UnknownError")
        body = graph_error(code, "A fault was asked for.", call.received, call.tenant.now())
    return Answer(status=effect.status, body=body, headers=headers)


def _page(answer: Answer, link: str, *, empty: bool = False) -> Answer:
    if not isinstance(answer.body, dict) or "value" not in answer.body:
        return answer
    content = [] if empty else answer.body["value"]
    return replace(answer, body={**answer.body, "@odata.nextLink": link, "value": content})
