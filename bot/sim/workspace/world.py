"""The state of a simulated workspace, and how to wait for it to change."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bot.sim.workspace import transcript
from bot.sim.workspace.links import Links
from bot.sim.workspace.model import (
    ApiCall,
    Conversation,
    Ephemeral,
    Group,
    Kind,
    Message,
    Person,
    ResponseUrl,
    Trigger,
    View,
)
from bot.sim.workspace.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "im:write",
        "users:read",
        "users:read.email",
        "usergroups:read",
        "groups:read",
    }
)
"""What the app asks for when it is installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One app installed in one workspace. The secrets are new in every process."""

    team_id: str
    team_domain: str
    app_id: str = "A0RELATCH"
    bot_id: str = "B0RELATCH"
    bot_user: str = "U0RELATCH"
    bot_name: str = "relatch"
    scopes: frozenset[str] = SCOPES
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(16)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-{secrets.token_hex(16)}", repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)


class World:
    """Everything the workspace knows. Reads return the live objects; changes go through methods.

    *now* is the workspace's wall clock in seconds since 1970: it dates messages and signatures, ends
    triggers and response URLs, and refills the posting limit.
    """

    def __init__(  # noqa: PLR0913 - a workspace is its people, groups and channels, and all have names
        self,
        installation: Installation,
        *,
        people: Iterable[Person],
        groups: Iterable[Group] = (),
        channels: Iterable[Conversation] = (),
        now: Callable[[], float] = time.time,
        rate_limited: bool = True,
    ) -> None:
        self.installation = installation
        self.people = {person.id: person for person in people}
        self.groups = {group.id: group for group in groups}
        self.conversations = {channel.id: channel for channel in channels}
        self.ephemerals: list[Ephemeral] = []
        self.views: list[View] = []
        self.calls: list[ApiCall] = []
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.now = now
        self.pace = Pace()
        self.rate_limited = rate_limited
        self.paid_plan = True
        self.url = ""
        self.links = Links(self)
        self.used_scopes: set[str] = set()
        self._last_ts = 0
        self._last_id = 0
        self._change = asyncio.Event()
        self.revision = 0
        """Counts the changes."""

    # What tests and the demo read.

    def channel(self, channel_id: str) -> Conversation:
        """Return the conversation *channel_id*; ``KeyError`` if there is none."""
        return self.conversations[channel_id]

    def dm(self, user_id: str) -> Conversation:
        """Return the direct messages between the app and *user_id*, opened if they were not."""
        dm_id = f"D{self.people[user_id].id[1:]}"
        members = [user_id, self.installation.bot_user]
        opened = Conversation(id=dm_id, name="directmessage", kind=Kind.DIRECT, members=members)
        return self.conversations.setdefault(dm_id, opened)

    def seen_by(self, user_id: str) -> list[Ephemeral]:
        """Return what only *user_id* can see now, the oldest first."""
        return [one for one in self.ephemerals if one.to == user_id and one.deleted_at is None]

    def views_of(self, user_id: str) -> list[View]:
        """Return the open views in front of *user_id*, the top one last."""
        return [view for view in self.views if view.user == user_id and view.is_open]

    def called(self, method: str) -> list[ApiCall]:
        """Return the calls of *method* so far, in order; ``response_url`` for posts to one."""
        return [call for call in self.calls if call.method == method]

    def everything(self) -> list[Message]:
        """Return every message that ever was, deleted and ephemeral ones included, in order of time."""
        posted = [post for conversation in self.conversations.values() for post in conversation.posts]
        return sorted([*posted, *self.ephemerals], key=lambda post: post.ts)

    def pinged(self) -> frozenset[str]:
        """Everybody any message ever pinged: user and group ids, ``channel``, ``here``, ``everyone``."""
        return frozenset(who for post in self.everything() for who in post.mentions)

    @property
    def names(self) -> dict[str, str]:
        """What people see for an id."""
        return {
            **{person.id: f"@{person.real_name.split(maxsplit=1)[0]}" for person in self.people.values()},
            **{group.id: f"@{group.handle}" for group in self.groups.values()},
            **{one.id: f"#{one.name}" for one in self.conversations.values() if one.kind is not Kind.DIRECT},
        }

    def transcript(self) -> str:
        """Everything anybody can see, as text."""
        lines: list[str] = []
        for conversation in self.conversations.values():
            lines += transcript.conversation(conversation, self.names)
        for person in self.people.values():
            shown = self.seen_by(person.id)
            lines += [f"== only to {person.real_name}"] if shown else []
            lines += [line for one in shown for line in transcript.message(one, self.names)]
        return "\n".join(lines)

    # What changes it.

    def change_person(self, user_id: str, **changes: Any) -> None:  # noqa: ANN401 - the fields of Person
        """Give the person *user_id* other flags or names, as an administrator would."""
        self.people[user_id] = replace(self.people[user_id], **changes)
        self.changed()

    def change_group(self, group_id: str, **changes: Any) -> None:  # noqa: ANN401 - the fields of Group
        """Give the user group *group_id* other members or names."""
        self.groups[group_id] = replace(self.groups[group_id], **changes)
        self.changed()

    def changed(self) -> None:
        """Wake whoever waits; every change of state ends with this."""
        self.revision += 1
        self._change.set()
        self._change = asyncio.Event()

    async def change(self) -> None:
        """Wait for the next change."""
        await self._change.wait()

    async def until(self, found: Callable[[], T | None], timeout: float = 5) -> T:  # noqa: ASYNC109 - a person's patience
        """Return what *found* returns as soon as that is true, looking again after every change.

        ``TimeoutError`` after *timeout* real seconds, with all that people can see.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (value := found()):
                    await self._change.wait()
                return value
        except TimeoutError:
            raise TimeoutError(f"not so after {timeout} s; to be seen are\n{self.transcript()}") from None

    # What Slack makes up.

    def next_ts(self) -> str:
        """Return a message timestamp of now; no two are the same, and none is before another."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def next_id(self, prefix: str) -> str:
        """Return an id nobody has yet."""
        self._last_id += 1
        return f"{prefix}{self._last_id:05d}"

    def new_trigger(self, user_id: str) -> str:
        """Return a trigger id by which the app may open one view for *user_id*, within 3 s."""
        trigger_id = self.next_id(f"{int(self.now())}.")
        self.triggers[trigger_id] = Trigger(user=user_id, issued_at=self.now())
        return trigger_id

    def new_response_url(self, user_id: str, channel: str, message: Message | None = None) -> str:
        """Return the key of a response URL for an interaction by *user_id* in *channel*."""
        key = secrets.token_urlsafe(18)
        self.response_urls[key] = ResponseUrl(
            user=user_id, channel=channel, issued_at=self.now(), message=message
        )
        return key
