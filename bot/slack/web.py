"""Calls to Slack's Web API: one session, and each failure classified once.

slack_sdk's own retries are off: a queue of ours decides when to try again, and nothing waits in here.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from approvals.errors import Gone, Later, Never, PortError
from bot.slack.foreign import at, text

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)

PASSING = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
GONE = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "thread_not_found",
        "user_not_found",
        "users_not_found",
        "user_not_visible",
        "no_such_subteam",
        "subteam_not_found",
    }
)
WHAT_TO_DO = {
    "channel_not_found": "Check `people.channel`, and invite the bot to it.",
    "not_in_channel": "Invite the bot to the channel.",
    "is_archived": "Unarchive the channel, or name another one in `people.channel`.",
    "invalid_auth": "Check `SLACK_BOT_TOKEN`.",
    "not_authed": "Set `SLACK_BOT_TOKEN`.",
    "account_inactive": "Install the app again and set its new `SLACK_BOT_TOKEN`.",
    "token_revoked": "Install the app again and set its new `SLACK_BOT_TOKEN`.",
    "token_expired": "Install the app again and set its new `SLACK_BOT_TOKEN`.",
    "missing_scope": "Compare the app's scopes with `relatch manifest`, and install it again.",
    "plan_upgrade_required": "User groups need a paid Slack plan: list users in the policy instead.",
    "paid_teams_only": "User groups need a paid Slack plan: list users in the policy instead.",
    "user_disabled": "The account is deactivated in Slack.",
    "expired_trigger_id": "Press the button again.",
    "exchanged_trigger_id": "Press the button again.",
    "invalid_trigger_id": "Press the button again.",
}

_CODE = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Web:
    """A Web API client, and the session that answers to ``response_url`` share with it."""

    client: AsyncWebClient
    session: aiohttp.ClientSession
    tls: ssl.SSLContext


@asynccontextmanager
async def connected(token: str, base_url: str, tls: ssl.SSLContext) -> AsyncIterator[Web]:
    """Open a session for as long as the context lasts; proxies come from the environment."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
        client = AsyncWebClient(token=token, base_url=base_url, ssl=tls, session=session, retry_handlers=[])
        # slack_sdk reads HTTPS_PROXY by itself and knows nothing of NO_PROXY; the session knows both.
        client.proxy = None
        yield Web(client, session, tls)


async def answered(call: Awaitable[object]) -> object:
    """Return the JSON that *call* is answered with; ``Later``, ``Never`` or ``Gone`` otherwise."""
    return getattr(await responded(call), "data", None)


async def responded(call: Awaitable[object]) -> object:
    """Return the whole answer to *call*, for its headers; raises as ``answered``."""
    try:
        return await call
    except SlackApiError as error:
        raise classified(error.response) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Later(f"Slack could not be reached ({type(error).__name__})") from None
    except (AttributeError, ValueError) as error:
        # Something on the way answered in Slack's place: slack_sdk trips over what is not its JSON.
        raise Later(f"Slack's answer could not be read ({type(error).__name__})") from None


def classified(response: object) -> PortError:
    """Return what an answer that is not ``ok`` means; *response* is aiohttp's own where it was no JSON."""
    status = _status(response)
    code = _code(response)
    if code in PASSING or passing(status):
        return Later(f"Slack answers {code or status}", _retry_after(response))
    if code in GONE:
        return Gone(f"Slack answers {code}")
    if not code:
        return Later(f"Slack answers {status} without a reason")
    return Never(f"Slack answers {code}{_scope(response, code)}", WHAT_TO_DO.get(code, ""))


def passing(status: int) -> bool:
    """Return whether an HTTP status says that another time may be better."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _status(response: object) -> int:
    found = getattr(response, "status_code", None) or getattr(response, "status", None)
    return found if isinstance(found, int) else 0


def _code(response: object) -> str:
    code = text(getattr(response, "data", None), "error")
    return code if _CODE.fullmatch(code) else ""


def _scope(response: object, code: str) -> str:
    needed = text(getattr(response, "data", None), "needed")
    return f" (needed: {needed[:100]})" if code == "missing_scope" and needed else ""


def _retry_after(response: object) -> timedelta | None:
    """Return how long Slack asks to wait: whole seconds (Slack docs, "Rate limits")."""
    asked = at(getattr(response, "headers", None), "Retry-After")
    return timedelta(seconds=min(int(asked), 3600)) if isinstance(asked, str) and asked.isdecimal() else None
