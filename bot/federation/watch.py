"""The daily watch over the domains: a piece of work that orders itself anew.

The list is read once a day; each federated root is then checked by a piece of work of its own, because a
check takes longer than many of them could share one lease. What is seen, what is to be told, and the order
to tell it are one transaction, so that a chat that is away delays the message and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from approvals.agenda import Do, Kind, Order, Work
from approvals.errors import Gone, Later
from approvals.model import RequestId
from approvals.runner import Performers
from bot.federation.turns import Json, Judged, Seen, judge, seen_json, seen_of
from commands.domain_names import DomainName
from commands.domain_news import DomainNews, Turn, Turned
from commands.estate import Estate
from commands.federation_model import Authentication, Domain, DomainCheck, Grade, Thresholds
from commands.ports import Domains

DAY: Final = timedelta(days=1)
SECOND_LOOK: Final = timedelta(minutes=10)
_AUDIT: Final = "If nobody meant that, look in the audit log for “Set domain authentication”."


class WatchTransaction(Protocol):
    """What the watch needs of a transaction: its work, and what it remembers as JSON."""

    @property
    def now(self) -> datetime:
        """Return the time of this transaction."""
        ...

    async def holds(self, work: Work) -> bool:
        """Return whether *work* is still this claim's."""
        ...

    async def done(self, work: Work) -> None:
        """Remove *work*, unless it was ordered anew."""
        ...

    async def again(self, work: Work, due_at: datetime, error: str) -> None:
        """Give *work* back, to fall due at *due_at*."""
        ...

    async def order(self, request: RequestId | None, *orders: Order) -> None:
        """Order work."""
        ...

    async def watched(self) -> dict[str, Json]:
        """Return what was last seen, by domain."""
        ...

    async def watched_domain(self, name: str) -> Json | None:
        """Return what was last seen of *name*, locked."""
        ...

    async def keep_watched(self, seen: Mapping[str, Json]) -> None:
        """Remember what was seen, by domain."""
        ...

    async def forget_watched(self, names: Iterable[str]) -> None:
        """Remember nothing of *names* any more."""
        ...

    async def add_news(self, turns: Iterable[Json]) -> None:
        """Keep what is to be told."""
        ...

    async def news(self) -> dict[int, Json]:
        """Return what is to be told, the oldest first."""
        ...

    async def told_news(self, told: Iterable[int]) -> None:
        """Forget what was told."""
        ...


class WatchStore(Protocol):
    """Where the watch remembers."""

    def transaction(self, *, writes: bool = True) -> AbstractAsyncContextManager[WatchTransaction]:
        """Open a transaction; ``Later`` when the database does not answer."""
        ...


class Announce(Protocol):
    """Where the news goes."""

    async def domain_news(self, news: DomainNews) -> None:
        """Post *news* in the channel; raises ``Later``, ``Never`` or ``Gone``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationWatch:
    """Looks at the domains, remembers, and has people told."""

    store: WatchStore
    domains: Domains
    announce: Announce
    thresholds: Thresholds

    @property
    def performers(self) -> Performers:
        """Return what is done when its work falls due."""
        return {Kind.FEDERATION: self.look, Kind.DOMAIN_NEWS: self.tell}

    async def look(self, work: Work) -> None:
        """Look at one domain, or at the list of all of them."""
        if work.about:
            await self._look_at(work, DomainName(work.about))
        else:
            await self._look_at_all(work)

    async def tell(self, work: Work) -> None:
        """Tell, in one message, everything that was not told yet."""
        async with self.store.transaction(writes=False) as tx:
            untold = await tx.news()
        if untold:
            await self.announce.domain_news(DomainNews(tuple(map(_turn_of, untold.values()))))
        async with self.store.transaction() as tx:
            await tx.told_news(untold)
            await tx.done(work)

    async def _look_at_all(self, work: Work) -> None:
        every = await self.domains.list()
        async with self.store.transaction() as tx:
            if not await tx.holds(work):
                return
            before = {name: seen_of(seen) for name, seen in (await tx.watched()).items()}
            known = {one.name: one for one in every}
            fresh = {one.name: _listed(before.get(one.name), one) for one in every}
            await tx.keep_watched(
                {name: seen_json(seen) for name, seen in fresh.items() if seen != before.get(name)}
            )
            await tx.forget_watched(before.keys() - known.keys())
            await self._order(tx, _changes(before, every))
            roots = Estate.of(every).federated_roots
            looks = (Do(kind=Kind.FEDERATION, due_at=tx.now, about=one.name) for one in roots)
            await tx.order(None, *looks)
            await tx.again(work, tx.now + DAY, "")

    async def _look_at(self, work: Work, name: DomainName) -> None:
        check = await self._checked(name)
        async with self.store.transaction() as tx:
            if not await tx.holds(work):
                return
            before = await tx.watched_domain(name)
            if before is None or check is None:
                await tx.done(work)
                return
            judged = judge(seen_of(before), check, self.thresholds)
            await tx.keep_watched({name: seen_json(judged.seen)})
            await self._order(tx, judged.turns)
            await self._settle(tx, work, judged)

    async def _checked(self, name: DomainName) -> DomainCheck | None:
        """Check *name* to the end; ``None`` for one that has left the tenant."""
        last = None
        try:
            async for so_far in self.domains.check(name):
                last = so_far
        except Gone:
            return None
        if last is None or last.view is None:
            raise Later("Entra could not be asked about the domain")
        return last

    async def _settle(self, tx: WatchTransaction, work: Work, judged: Judged) -> None:
        if judged.unsure:
            await tx.again(work, tx.now + SECOND_LOOK, "something was found that has to be found twice")
        else:
            await tx.done(work)

    async def _order(self, tx: WatchTransaction, turns: Iterable[Turn]) -> None:
        news = [_turn_json(turn) for turn in turns]
        if news:
            await tx.add_news(news)
            await tx.order(None, Do(kind=Kind.DOMAIN_NEWS, due_at=tx.now))


# --- what the list shows -------------------------------------------------------------------


def _listed(before: Seen | None, domain: Domain) -> Seen:
    """Return what is seen of *domain* now: one that is of another kind starts anew."""
    if before is not None and before.authentication is domain.authentication:
        return before
    return Seen.first(domain)


def _changes(before: Mapping[str, Seen], every: tuple[Domain, ...]) -> list[Turn]:
    """Say which domains are of another kind, have come federated, or are gone; at first sight nothing."""
    if not before:
        return []
    turns = [_change(before.get(one.name), one) for one in every]
    gone = before.keys() - {one.name for one in every}
    lost = [
        _changed(DomainName(name), "It is no domain of this tenant any more.")
        for name in sorted(gone)
        if before[name].authentication is Authentication.FEDERATED
    ]
    return [turn for turn in turns if turn is not None] + lost


def _change(before: Seen | None, domain: Domain) -> Turn | None:
    federated = domain.authentication is Authentication.FEDERATED
    if before is None:
        return _changed(domain.name, "It is new in this tenant, and federated.") if federated else None
    if before.authentication is domain.authentication:
        return None
    was, now = before.authentication.lower() or "unknown", domain.authentication.lower() or "unknown"
    return _changed(domain.name, f"It was {was} and is {now} now.")


def _changed(name: DomainName, what: str) -> Turn:
    return Turn(domain=name, turned=Turned.CHANGED, what=what, what_to_do=_AUDIT)


# --- as JSON -------------------------------------------------------------------------------


def _turn_json(turn: Turn) -> Json:
    return {
        "domain": turn.domain,
        "turned": turn.turned.value,
        "what": turn.what,
        "what_to_do": turn.what_to_do,
        "grade": turn.grade.name,
    }


def _turn_of(read: Json) -> Turn:
    return Turn(
        domain=DomainName(read["domain"]),
        turned=Turned(read["turned"]),
        what=read["what"],
        what_to_do=read["what_to_do"],
        grade=Grade[read["grade"]],
    )
