from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from approvals.model import (
    Briefing,
    ChatId,
    Lever,
    Person,
    PersonId,
    Protection,
    Request,
    RequestId,
    Suspend,
)
from bot.slack.render.rules import HouseRules

NOW = datetime(2026, 11, 23, 15, 40, tzinfo=UTC)


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.wall = NOW
        self.ticks = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def rules() -> HouseRules:
    return HouseRules(channel="C0APPROVALS", escalate=("S0DUTY", "U0DUTY"))


@pytest.fixture
def asked() -> Callable[..., Request]:
    """Return the story's request, with changes."""
    request = Request(
        id=RequestId(31),
        action=Suspend(Lever.PER_USER, timedelta(hours=1)),
        subject=Person(PersonId("lee-id"), "Lee Jansen", "lee@contoso.com", ChatId("U0LEE")),
        requester=Person(PersonId("hanna-id"), "Hanna de Boer", "hanna@contoso.com", ChatId("U0HANNA")),
        reason="phone broken, Outlook profile must be rebuilt",
        ticket="INC-48211",
        briefing=Briefing(Protection.ENFORCED, second_factors=2, suspensions_last_90_days=1),
        needed=1,
        created_at=NOW,
        lapses_at=NOW + timedelta(hours=2),
    )
    return lambda **changes: replace(request, **changes)
