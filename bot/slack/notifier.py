"""What people are told about requests: the core's ``Tell``, said in Slack.

Nothing waits here: ``Later`` carries Slack's ``Retry-After``, ``NoRoom`` what is left of it, and the queue
of work decides. Edits mind no pause: Slack limits them by the minute, not by channel.
"""

from __future__ import annotations

from dataclasses import dataclass

from approvals.errors import Never, PortError
from approvals.model import ChatId, MessageRef, Notice, Request
from approvals.ports import Clock
from bot.slack import posts
from bot.slack.pauses import Pauses
from bot.slack.people import SlackPeople
from bot.slack.posts import Thread
from bot.slack.render import cards, lines
from bot.slack.render.blocks import Message
from bot.slack.render.domain_news import domain_news
from bot.slack.render.rules import HouseRules
from bot.slack.web import Web
from commands.domain_news import DomainNews


@dataclass(frozen=True, slots=True)
class Notifier:
    """Posts cards, lines, pages and direct messages; satisfies ``approvals.ports.Tell``."""

    web: Web
    rules: HouseRules
    clock: Clock
    pauses: Pauses

    async def card(self, request: Request, at: MessageRef | None) -> MessageRef:
        """Post the card, or bring the one *at* up to date; ``Gone`` when that one cannot be edited."""
        card = cards.card(request, self.rules, self.clock.now())
        if at is None:
            return await self._post(card, Thread(self.rules.channel))
        return await posts.edit(self.web, card, at)

    async def line(self, request: Request, notice: Notice, thread: MessageRef) -> None:
        """Add a line to the card's thread."""
        said = lines.line(request, notice, self.rules)
        await self._post(said, Thread(thread.channel, thread.ts))

    async def page(self, request: Request, notice: Notice, thread: MessageRef | None) -> None:
        """Mention the people on duty: in the card's thread and, with the same post, in the channel."""
        said = lines.page(request, notice, self.rules)
        to = Thread(thread.channel, thread.ts, loud=True) if thread else Thread(self.rules.channel)
        await self._post(said, to)

    async def direct(self, request: Request, notice: Notice, to: ChatId) -> MessageRef:
        """Send a direct message."""
        with self.pauses.minding(to):
            return await posts.whisper(self.web, lines.direct(request, notice, to, self.rules), to)

    async def settle(self, request: Request, notice: Notice, at: MessageRef) -> None:
        """Take the buttons off the requester's message of *notice*."""
        await posts.edit(self.web, lines.settled(request, notice, self.rules), at)

    async def guide(self, to: ChatId) -> None:
        """Tell somebody in person how an authenticator app is set up."""
        await posts.whisper(self.web, lines.guide(), to)

    async def head(self, seq: int, digest: str) -> None:
        """Post the record's head in the channel."""
        await self._post(lines.head(seq, digest), Thread(self.rules.channel))

    async def alarm(self, request: Request, why: str) -> None:
        """Tell the people on duty, one by one; raise the last error when nobody could be told."""
        told = 0
        last: PortError = Never("nobody is on duty", "Name somebody in `people.escalate_to`.")
        for chat in sorted(await self._on_duty()):
            try:
                await posts.whisper(self.web, lines.alarm(request, why, self.rules), chat)
                told += 1
            except PortError as error:
                last = error
        if not told:
            raise last

    async def _on_duty(self) -> frozenset[ChatId]:
        """Return everybody who is mentioned, the members of user groups one by one."""
        people = SlackPeople(self.web)
        groups = [await people.members(one) for one in self.rules.escalate if one.startswith("S")]
        users = (ChatId(one) for one in self.rules.escalate if not one.startswith("S"))
        return frozenset(users).union(*groups)

    async def domain_news(self, news: DomainNews) -> None:
        """Post in the channel what has turned with the domains."""
        await self._post(domain_news(news), Thread(self.rules.channel))

    async def _post(self, message: Message, to: Thread) -> MessageRef:
        with self.pauses.minding(to.channel):
            return await posts.post(self.web, message, to)
