"""The watch over a real database: what it remembers, what it tells, and what it does when others are away."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from approvals.agenda import LEASE, Do, Kind
from approvals.errors import Later
from bot.federation.watch import DAY, SECOND_LOOK, FederationWatch
from bot.sql.store import SqlStore
from commands.domain_news import DomainNews, Turned
from commands.federation_model import (
    DomainCheck,
    NotTested,
    Property,
    Relation,
    StepKind,
    Thresholds,
)
from tests.conftest import HandClock
from tests.domains import CONTOSO, SILENT, KnownDomains, checked, compared, domain, managed

WRONG = checked(sides=compared({Property.PASSIVE: ("a", "b", Relation.WRONG, "Nobody can sign in.")}))
AWAY = replace(
    checked(
        {
            StepKind.DNS: SILENT,
            **dict.fromkeys((StepKind.METADATA, StepKind.MEX, StepKind.PASSIVE), NotTested("no address")),
        },
        sides=(),
    ),
    service_certificates=(),
)


@dataclass
class Channel:
    """Keeps what was posted; ``down`` is raised instead."""

    posts: list[DomainNews] = field(default_factory=list)
    down: Later | None = None

    async def domain_news(self, news: DomainNews) -> None:
        if self.down:
            raise self.down
        self.posts.append(news)

    @property
    def told(self) -> list[tuple[str, Turned]]:
        return [(turn.domain, turn.turned) for news in self.posts for turn in news.turns]


@dataclass
class Watching:
    """A watch whose work is claimed and done by hand."""

    store: SqlStore
    clock: HandClock
    domains: KnownDomains
    channel: Channel

    @property
    def watch(self) -> FederationWatch:
        return FederationWatch(
            store=self.store, domains=self.domains, announce=self.channel, thresholds=Thresholds()
        )

    async def begins(self) -> None:
        async with self.store.transaction() as tx:
            await tx.order(None, Do(kind=Kind.FEDERATION, due_at=tx.now))

    async def settles(self) -> None:
        """Do what is due until nothing is; what fails is given back for a minute."""
        kinds = (Kind.FEDERATION, Kind.DOMAIN_NEWS)
        while True:
            async with self.store.transaction() as tx:
                claimed = await tx.claim(kinds, 1, LEASE)
            if not claimed:
                return
            for work in claimed:
                try:
                    await self.watch.performers[work.kind](work)
                except Later as error:
                    async with self.store.transaction() as tx:
                        await tx.again(work, tx.now + timedelta(minutes=1), error.why)

    async def after(self, passed: timedelta) -> None:
        self.clock.move(passed)
        await self.settles()

    def shows(self, *checks: DomainCheck) -> None:
        self.domains.checks = checks


@pytest.fixture
async def watching(store: SqlStore, clock: HandClock) -> Watching:
    begun = Watching(store, clock, KnownDomains(), Channel())
    await begun.begins()
    return begun


async def test_every_federated_root_is_checked_every_day(watching: Watching) -> None:
    for day in range(3):
        await watching.after(DAY if day else timedelta())
    assert [name for what, name in watching.domains.asked if what == "check"] == [CONTOSO] * 3
    assert [what for what, _ in watching.domains.asked].count("list") == 3
    assert watching.channel.posts == []


async def test_what_turns_is_told_once_and_once_when_it_is_well_again(watching: Watching) -> None:
    watching.shows(WRONG)
    for _ in range(3):
        await watching.after(DAY)
    assert watching.channel.told == [(CONTOSO, Turned.BAD)]
    watching.shows(checked())
    for _ in range(3):
        await watching.after(DAY)
    assert watching.channel.told == [(CONTOSO, Turned.BAD), (CONTOSO, Turned.WELL)]


async def test_what_has_to_be_found_twice_is_looked_at_again_soon(watching: Watching) -> None:
    watching.shows(AWAY)
    await watching.settles()
    assert watching.channel.posts == []
    await watching.after(SECOND_LOOK)
    assert watching.channel.told == [(CONTOSO, Turned.BAD)]
    await watching.after(SECOND_LOOK)
    assert [what for what, _ in watching.domains.asked].count("check") == 2


async def test_news_waits_for_a_chat_that_is_away_and_comes_in_one_message(watching: Watching) -> None:
    watching.channel.down = Later("Slack answers 503")
    watching.shows(WRONG)
    await watching.after(DAY)
    watching.shows(checked())
    await watching.after(DAY)
    assert watching.channel.posts == []
    watching.channel.down = None
    await watching.after(timedelta(minutes=1))
    assert len(watching.channel.posts) == 1
    assert watching.channel.told == [(CONTOSO, Turned.BAD), (CONTOSO, Turned.WELL)]
    await watching.after(timedelta(minutes=1))
    assert len(watching.channel.posts) == 1


async def test_a_process_that_dies_after_the_look_leaves_the_message_to_the_next(watching: Watching) -> None:
    watching.channel.down = Later("it dies before it can post")
    watching.shows(WRONG)
    await watching.after(DAY)
    next_one = replace(watching, channel=Channel())
    await next_one.after(timedelta(minutes=1))
    assert next_one.channel.told == [(CONTOSO, Turned.BAD)]
    await next_one.after(DAY)
    assert len(next_one.channel.posts) == 1


async def test_a_look_that_another_process_took_over_changes_nothing(watching: Watching) -> None:
    await watching.settles()
    watching.shows(WRONG)
    async with watching.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.FEDERATION, due_at=tx.now, about=CONTOSO))
        (late,) = await tx.claim((Kind.FEDERATION,), 1, LEASE)
    watching.clock.move(LEASE)
    await watching.settles()
    watching.shows(checked())
    await watching.watch.look(late)
    await watching.settles()
    assert watching.channel.told == [(CONTOSO, Turned.BAD)]


async def test_the_first_list_is_no_news_and_a_change_of_kind_is(watching: Watching) -> None:
    await watching.settles()
    assert watching.channel.posts == []
    watching.domains.every = (managed(CONTOSO), *watching.domains.every[2:])
    await watching.after(DAY)
    (news,) = watching.channel.posts
    assert [turn.what for turn in news.turns] == ["It was federated and is managed now."]


async def test_a_domain_that_becomes_federated_is_told_and_watched_from_then_on(watching: Watching) -> None:
    await watching.settles()
    watching.domains.every = tuple(
        domain(one.name) if one.name == "fabrikam.com" else one for one in watching.domains.every
    )
    watching.domains.asked.clear()
    await watching.after(DAY)
    assert [turn.what for turn in watching.channel.posts[0].turns] == ["It was managed and is federated now."]
    assert {name for what, name in watching.domains.asked if what == "check"} == {CONTOSO, "fabrikam.com"}


async def test_a_federated_domain_that_comes_or_goes_is_told(watching: Watching) -> None:
    await watching.settles()
    watching.domains.every = (domain("golden.example"), managed("quiet.example"))
    await watching.after(DAY)
    said = {turn.domain: turn.what for news in watching.channel.posts for turn in news.turns}
    assert said == {
        "golden.example": "It is new in this tenant, and federated.",
        "contoso.com": "It is no domain of this tenant any more.",
        "eu.contoso.com": "It is no domain of this tenant any more.",
    }


async def test_troubles_of_a_federation_that_is_over_are_forgotten(watching: Watching) -> None:
    every = watching.domains.every
    watching.shows(WRONG)
    await watching.settles()
    watching.domains.every = tuple(managed(one.name) if one.name == CONTOSO else one for one in every)
    await watching.after(DAY)
    watching.domains.every = every
    watching.shows(checked())
    watching.channel.posts.clear()
    await watching.after(DAY)
    assert watching.channel.told == [(CONTOSO, Turned.CHANGED)]


async def test_while_entra_is_away_nothing_is_told_and_it_is_tried_again(watching: Watching) -> None:
    await watching.settles()
    watching.shows(replace(WRONG, view=None))
    await watching.after(DAY)
    assert watching.channel.posts == []
    watching.shows(WRONG)
    await watching.after(timedelta(minutes=1))
    assert watching.channel.told == [(CONTOSO, Turned.BAD)]


async def test_a_domain_that_leaves_between_list_and_check_is_let_go(watching: Watching) -> None:
    await watching.settles()
    async with watching.store.transaction() as tx:
        await tx.order(None, Do(kind=Kind.FEDERATION, due_at=tx.now, about="gone.example"))
    await watching.settles()
    async with watching.store.transaction() as tx:
        due = await tx.next_due((Kind.FEDERATION,))
        assert due is not None
        assert due > tx.now + DAY / 2


async def test_what_is_kept_holds_whatever_strangers_write(watching: Watching) -> None:
    said = "<!channel> \u0000 \U0001f600 '; drop table work; --"
    watching.shows(checked(sides=compared({Property.PASSIVE: (said, said, Relation.WRONG, said)})))
    await watching.settles()
    (turn,) = watching.channel.posts[0].turns
    assert said in turn.what
