"""The things a workspace holds: people, groups, conversations, messages, views and calls.

Who and what exists is a frozen value, replaced when it changes. What grows while the simulation runs
(a conversation, a message with its edits, a view) is an object with an identity. Times are seconds
since 1970 on the workspace's clock; a ``ts`` is Slack's own text form of such a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.sim.workspace import mrkdwn

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = dict[str, Any]
"""A JSON object as Slack sends or takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as ``users.info`` knows one; the flags bear Slack's names.

    ``is_restricted`` is a guest of several channels, ``is_ultra_restricted`` a guest of one,
    ``is_stranger`` someone of another workspace whom we only meet in shared channels.
    """

    id: str
    name: str
    real_name: str
    email: str
    team_id: str
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_email_confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A user group (``S…``); a disabled one is listed only on request."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()
    disabled: bool = False
    updated_by: str = "U0DUTY"
    updated_at: int = 1_710_000_000


class Kind(Enum):
    """What a conversation is; the value is the scope prefix Slack uses for it."""

    PUBLIC = "channels"
    PRIVATE = "groups"
    DIRECT = "im"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a message said from *at* on."""

    at: float
    text: str
    blocks: list[Json]
    metadata: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Message:
    """A message with every version it ever had, the oldest first."""

    channel: str
    ts: str
    author: str
    versions: list[Version]
    thread_ts: str | None = None
    unfurl: bool = True
    deleted_at: float | None = None

    @property
    def text(self) -> str:
        """The fallback text of the present version."""
        return self.versions[-1].text

    @property
    def blocks(self) -> list[Json]:
        """The blocks of the present version."""
        return self.versions[-1].blocks

    @property
    def metadata(self) -> Json:
        """The metadata of the present version."""
        return self.versions[-1].metadata

    @property
    def mentions(self) -> frozenset[str]:
        """Everybody any version pinged: user and group ids, ``channel``, ``here``, ``everyone``."""
        return frozenset(
            who for version in self.versions for text in _live(version) for who in mrkdwn.mentions(text)
        )


@dataclass(slots=True, kw_only=True)
class Ephemeral(Message):
    """A message only *to* can see."""

    to: str


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A channel or a direct message, with everything that was ever posted in it."""

    id: str
    name: str
    kind: Kind
    members: list[str]
    is_archived: bool = False
    is_shared: bool = False
    is_ext_shared: bool = False
    posts: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """What stands in the conversation itself: no thread replies, nothing deleted."""
        return [post for post in self.posts if post.thread_ts is None and post.deleted_at is None]

    def thread(self, ts: str) -> list[Message]:
        """Return the replies under the message *ts*, the oldest first, the message itself apart."""
        return [post for post in self.posts if post.thread_ts == ts and post.deleted_at is None]

    def find(self, ts: str) -> Message | None:
        """Return the message or reply *ts*, unless it does not exist or is deleted."""
        return next((post for post in self.posts if post.ts == ts and post.deleted_at is None), None)


@dataclass(slots=True, kw_only=True)
class View:
    """A modal in front of one person.

    ``content`` is what the app sent; ``errors`` is what Slack shows beside the inputs, by block id;
    ``trouble`` is Slack's own sentence when the app did not answer properly.
    """

    id: str
    user: str
    hash: str
    content: Json
    is_open: bool = True
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""


@dataclass(slots=True, kw_only=True)
class ApiCall:
    """One call that reached the workspace; ``status`` stays 0 while, and if, it is never answered."""

    at: float
    method: str
    arguments: Json
    status: int = 0
    answer: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """What a ``response_url`` may still do, and the message it is about, once there is one."""

    user: str
    channel: str
    issued_at: float
    message: Message | None
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Trigger:
    """A ``trigger_id``: it opens one view, soon."""

    user: str
    issued_at: float
    exchanged: bool = False


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive or input element with the block it stands in, in reading order."""
    for block in blocks:
        for key in ("accessory", "element"):
            if key in block:
                yield block, block[key]
        for element in block.get("elements", []):
            if "text" not in element or isinstance(element["text"], dict):
                yield block, element


def _live(version: Version) -> Iterator[str]:
    """Every text of *version* in which Slack resolves mentions."""
    yield version.text
    yield from _mrkdwn(version.blocks)


def _mrkdwn(node: object) -> Iterator[str]:
    match node:
        case {"type": "mrkdwn", "text": str(text)}:
            yield text
        case dict():
            for inner in node.values():
                yield from _mrkdwn(inner)
        case list():
            for inner in node:
                yield from _mrkdwn(inner)
        case _:
            return
