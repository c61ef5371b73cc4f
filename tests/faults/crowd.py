"""Many people who want something at once, and try again when nobody answers.

Each subject is asked about once. What becomes of an errand whose process was killed does not
matter here: people give up, and what was promised has to hold all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Final

from bot.sim.tenant import User
from bot.sim.tenant.story import AUTHENTICATOR, PASSWORD
from bot.sim.workspace import CannotActError, Message, NotAcknowledgedError, View
from tests.faults.place import CHANNEL, HANNA, OMAR, Place

POLICY: Final = """\
[people]
channel = "C0APPROVALS"
requesters = ["S0HELPDESK"]
approvers = ["S0SECURITY"]
escalate_to = ["S0DUTY"]
match_by = "email"

[suspend]
shortest = "1s"
longest = "1h"
pending = "{pending}"
remind = "1h"
warn = "1s"
overdue = "{overdue}"
per_person = "9999/1d"
"""
NOOR: Final = "U0NOOR"
AGAIN: Final = 0.2
"""Seconds after which somebody who got no answer tries again."""
PATIENCE: Final = 600.0
"""Seconds after which nobody waits any longer."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What happens about one subject, if everybody gets to it."""

    lasts: int
    denied: bool = False
    forgotten: bool = False
    withdrawn: bool = False
    extended: bool = False
    ended_early: bool = False

    @classmethod
    def chosen(cls, by: Random) -> Errand:
        """Most are approved and end by themselves: there is most to lose."""
        word = by.choice(["", "", "", "denied", "forgotten", "withdrawn", "extended", "ended_early"])
        return cls(by.randint(1, 3), **{word: True} if word else {})


class Crowd:
    """Hanna, who asks for everybody; Omar and Noor, who decide; and as many subjects as it takes."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.subjects: list[str] = []
        self._by = Random(seed)  # noqa: S311  # to be repeated, not to be unknown
        self._errands: set[asyncio.Task[None]] = set()

    def sets_out(self, errand: Errand | None = None) -> asyncio.Task[None]:
        """Begin an errand about somebody new; return it as it goes on."""
        name = self._somebody()
        task = asyncio.create_task(self._run(name, errand or Errand.chosen(self._by)))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        return task

    @property
    def under_way(self) -> int:
        return len(self._errands)

    async def gives_up(self) -> None:
        """Let everybody go home, whatever they are waiting for."""
        left = [*self._errands]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _somebody(self) -> str:
        number = len(self.subjects) + 1
        upn = f"s{number}@contoso.com"
        one = User(
            id=f"b0000000-0000-4000-8000-{number:012}",
            upn=upn,
            display_name=f"Subject {number:04}",
            mail=upn,
            proxies=(f"SMTP:{upn}",),
            mfa="enforced",
            methods=(PASSWORD, AUTHENTICATOR),
        )
        self.place.tenant.state.add(one)
        self.subjects.append(one.id)
        return one.display_name

    async def _run(self, name: str, errand: Errand) -> None:
        number = int(name.removeprefix("Subject "))
        await self._types(f"disable s{number}@contoso.com for {errand.lasts}s because broken")
        card = await self._card(f"for {name},")
        label = card.text.partition(" ")[0]
        if errand.forgotten:
            return
        if errand.withdrawn:
            await self._types(f"withdraw {label}")
        elif errand.denied:
            await self._denies(card)
        else:
            await self._approves(card)
            await self._afterwards(label, errand)

    async def _afterwards(self, label: str, errand: Errand) -> None:
        if errand.extended:
            await self._types(f"extend {label} by 1s because slow")
            await self._approves(await self._card(f"extends {label} by"))
        if errand.ended_early:
            await self._types(f"restore {label}")

    async def _types(self, text: str) -> None:
        await _answered(lambda: self.place.workspace.person(HANNA).types("/mfa", text))

    async def _approves(self, card: Message) -> None:
        who = self.place.workspace.person(self._by.choice([OMAR, NOOR]))
        await _answered(lambda: who.clicks(card, "Approve"))

    async def _denies(self, card: Message) -> None:
        workspace, who = self.place.workspace, self._by.choice([OMAR, NOOR])
        title = f"Deny {card.text.partition(' ')[0]}"

        def form() -> View | None:
            views = workspace.views_of(who)
            return next((one for one in views if one.content["title"]["text"] == title), None)

        await _answered(lambda: workspace.person(who).clicks(card, "Deny"))
        view = await workspace.until(form, timeout=PATIENCE)
        with suppress(NotAcknowledgedError):
            await workspace.person(who).submits(view, {"Reason": "not today"})

    async def _card(self, words: str) -> Message:
        """Wait for the card that says *words*."""

        def shown() -> Message | None:
            posts = self.place.workspace.channel(CHANNEL).messages
            return next((one for one in reversed(posts) if words in one.text), None)

        return await self.place.workspace.until(shown, timeout=PATIENCE)


async def _answered(act: Callable[[], Awaitable[object]]) -> None:
    """Do it again until somebody takes it; a button that is gone needs no pressing."""
    while True:
        try:
            await act()
        except NotAcknowledgedError:
            await asyncio.sleep(AGAIN)
        except CannotActError:
            return
        else:
            return
