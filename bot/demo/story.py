"""The story: status, request, a refused self-approval, approval, MFA off, warning, MFA back, proof."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from approvals.record import Verification, Whole
from bot.demo.teller import Teller
from bot.demo.world import World
from bot.lifecycle import Serving
from bot.sim.tenant.story import LEE
from bot.sim.workspace.model import Ephemeral, Message

CHANNEL: Final = "C0APPROVALS"
PATIENCE: Final = 30.0
"""Seconds after which a step of the story counts as failed."""
ASKS: Final = "disable lee@contoso.com for 1h ticket INC-48211 because phone broken, profile must be rebuilt"


M = TypeVar("M", bound=Message)


class StoryFailed(Exception):
    """The story did not come out as it should; says where."""


@dataclass(frozen=True, slots=True)
class Story:
    """Plays once against a running product."""

    world: World
    running: Serving
    teller: Teller

    async def play(self) -> None:
        """Play it; raise ``StoryFailed`` unless the tenant is exactly as before at the end."""
        before = self.world.tenant.state.snapshot()
        await self._status()
        card = await self._request()
        await self._refused_self_approval(card)
        await self._approved(card)
        await self._warned()
        await self._restored(card)
        await self._proved()
        changed = before.differences(self.world.tenant.state.snapshot())
        if changed:
            raise StoryFailed(f"the tenant is not as before: {'; '.join(changed)}")
        self.teller.says("The tenant is exactly as it was before.")

    async def _status(self) -> None:
        self.teller.says("Hanna (helpdesk) types /mfa status lee@contoso.com")
        await self._hanna("status lee@contoso.com")
        self.teller.shows("only Hanna sees", await self._private("U0HANNA", "Lee Jansen"))

    async def _request(self) -> Message:
        self.teller.says(f"Lee's phone is broken. Hanna types /mfa {ASKS}")
        await self._hanna(ASKS)
        self.teller.shows("only Hanna sees", await self._private("U0HANNA", "R-1"))
        card = await self._until(lambda: self._card("waiting for approval"))
        self.teller.shows("#mfa-approvals", card)
        return card

    async def _refused_self_approval(self, card: Message) -> None:
        self.teller.says("Hanna presses Approve herself")
        await self.world.workspace.person("U0HANNA").clicks(card, "Approve")
        self.teller.shows("only Hanna sees", await self._private("U0HANNA", "You asked for this"))
        if self.world.tenant.state.changes(LEE):
            raise StoryFailed("MFA was lowered without an approval")

    async def _approved(self, card: Message) -> None:
        self.teller.says("Omar (security) presses Approve and confirms")
        await self.world.workspace.person("U0OMAR").clicks(card, "Approve")
        active = await self._until(lambda: self._card("active until"))
        self.teller.shows("#mfa-approvals", active)
        self.teller.fact(f"Entra: Lee's per-user MFA is {self.world.tenant.state.mfa(LEE)}")
        self.teller.shows("Hanna's messages", await self._direct("U0HANNA", "is off since"))
        self.teller.shows("Lee's messages", await self._direct("U0LEE", "on your account"))

    async def _warned(self) -> None:
        self._passes(minutes=50)
        warning = await self._direct("U0HANNA", "comes back soon")
        self.teller.shows("Hanna's messages", warning)

    async def _restored(self, card: Message) -> None:
        self._passes(minutes=10)
        restored = await self._until(lambda: self._card(", checked"))
        self.teller.says("Nobody did anything, and MFA is back")
        self.teller.shows("#mfa-approvals", restored)
        await self._until(lambda: self._said_in_thread(card, ", checked"))
        for line in self.world.workspace.channel(CHANNEL).thread(card.ts):
            self.teller.shows("in the card's thread", line)

    async def _proved(self) -> None:
        state = self.world.tenant.state
        for change in state.changes(LEE):
            self.teller.fact(f"Entra: {change.at:%H:%M:%S} {change.old} → {change.new}")
        seen = [one for one in state.journal.requests if one.path.endswith("/authentication/requirements")]
        if not seen or seen[-1].method != "GET":
            raise StoryFailed("the last thing asked of Entra was not a read")
        self.teller.fact(f"Entra: {seen[-1].at:%H:%M:%S} a read shows {state.mfa(LEE)}")
        verification = Verification()
        async for line in self.running.lines():
            if broken := verification.see(line):
                raise StoryFailed(f"the record is broken at line {broken.seq}: {broken.why}")
        match verification.result():
            case Whole(lines=lines, head=head):
                self.teller.fact(f"the record is whole: {lines} lines, head {head}")
            case broken:
                raise StoryFailed(broken.why)

    def _passes(self, *, minutes: int) -> None:
        """Move the simulated clock; what falls due is done by the product itself."""
        self.teller.says(f"{minutes} minutes pass (the simulated clock is moved forward)")
        self.world.clock.forward(timedelta(minutes=minutes))
        self.running.wake()

    async def _hanna(self, text: str) -> None:
        await self.world.workspace.person("U0HANNA").types("/mfa", text)

    async def _private(self, person: str, holds: str) -> Ephemeral:
        return await self._until(lambda: _last(self.world.workspace.seen_by(person), holds))

    async def _direct(self, person: str, holds: str) -> Message:
        return await self._until(lambda: _last(self.world.workspace.dm(person).messages, holds))

    def _card(self, holds: str) -> Message | None:
        return _last(self.world.workspace.channel(CHANNEL).messages, holds)

    def _said_in_thread(self, card: Message, holds: str) -> Message | None:
        return _last(self.world.workspace.channel(CHANNEL).thread(card.ts), holds)

    async def _until(self, look: Callable[[], M | None]) -> M:
        try:
            found = await self.world.workspace.until(look, timeout=PATIENCE)
        except TimeoutError as error:
            raise StoryFailed(str(error)) from None
        if found is None:
            raise StoryFailed("nothing was seen")
        return found


def _last(messages: Sequence[M], holds: str) -> M | None:
    """Return the newest of *messages* that shows *holds*."""
    shown = [one for one in messages if holds in f"{one.text} {json.dumps(one.blocks, ensure_ascii=False)}"]
    return shown[-1] if shown else None
