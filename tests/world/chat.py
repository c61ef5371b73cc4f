"""What people were told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from approvals.model import ChatId, MessageRef, News, Notice, Request, RequestId
from tests.world.clock import WorldClock


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was seen: ``role`` is card, line, page, direct or settled."""

    at: datetime
    role: str
    ref: MessageRef
    request: Request
    notice: Notice | None = None
    to: ChatId | None = None


@dataclass(slots=True)
class Chat:
    """Every message, in the order in which they appeared."""

    clock: WorldClock
    posts: list[Post] = field(default_factory=list)
    heads: list[tuple[int, str]] = field(default_factory=list)
    guided: list[ChatId] = field(default_factory=list)
    alarms: list[tuple[RequestId, str]] = field(default_factory=list)
    gone: set[MessageRef] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def fresh(self, channel: str) -> MessageRef:
        return MessageRef(channel, f"{next(self._numbers)}.000")

    def news(self, role: str, request: RequestId | None = None) -> list[News]:
        """Return what was said in messages of *role*, oldest first."""
        return [
            post.notice.news
            for post in self.posts
            if post.role == role and post.notice and request in {None, post.request.id}
        ]

    def of(self, role: str, request: RequestId | None = None) -> list[Post]:
        return [post for post in self.posts if post.role == role and request in {None, post.request.id}]

    def card(self, request: RequestId) -> Request:
        """Return what the newest card of *request* shows."""
        return self.of("card", request)[-1].request
