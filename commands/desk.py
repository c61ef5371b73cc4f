"""What every command has at hand, and what all of them do alike: look up, and put on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from approvals.errors import Gone, Never, PortError, Uncertain
from approvals.model import Caller, Person, State
from approvals.ports import Clock, Standing
from approvals.service import Refusal, Refused, Role
from commands.model import Failed, Misused, NotFound
from commands.ports import Approvals, ByAddress, ByChat, ById, People, Who

LIVE = frozenset(State) - {State.CLOSED}

# What is recorded holds nothing that was typed.
GRAMMAR = Refusal("grammar", "The command could not be read.", "Write it as its help says.")
NOBODY = Refusal("directory", "Nobody was found by what was typed.", "Check the address.")
UNREACHABLE = Refusal("directory", "The directory could not be asked.", "Try again.")
NO_SUCH_REQUEST = Refusal("request", "There is no request of that number.", "See the list.")
NOTHING_LIVE = Refusal("request", "The person has no live suspension.", "See their history.")
EDITED = Refusal("button", "A button or form holds a value that is not ours.", "Type the command.")

Answer = TypeVar("Answer")
PassWouldDo = Callable[[Person], Awaitable[bool]]
"""Says whether an access pass could be asked for in the place of a suspension."""


@dataclass(frozen=True, slots=True)
class Errand:
    """An admitted person's wish; the record files it under ``to``.

    ``anyway``: they were told that it would change nothing, and pressed that they want it all the same.
    """

    caller: Caller
    standing: Standing
    to: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """The core, the directory and a clock."""

    approvals: Approvals
    people: People
    clock: Clock

    async def find(self, errand: Errand, who: Who) -> Person | NotFound:
        """Look somebody up."""
        return await self.asked(errand, said(who), self.people.find(who))

    async def asked(self, errand: Errand, who: str, answer: Awaitable[Answer]) -> Answer | NotFound:
        """Wait for what the directory answers about *who*; without an answer the attempt is recorded."""
        try:
            return await answer
        except Gone:
            await self.approvals.refuse(errand.caller, errand.to, NOBODY)
            return NotFound(who, "Write their UPN or mail address as the directory has it.")
        except PortError:
            await self.approvals.refuse(errand.caller, errand.to, UNREACHABLE)
            raise

    async def misread(self, caller: Caller, to: str, misused: Misused) -> Misused | Refused:
        """Answer what could not be read; an outsider learns nothing about why."""
        return await self._settled(caller, to, GRAMMAR, misused)

    async def edited(self, caller: Caller, to: str) -> Misused | Refused:
        """Answer a button or form whose value we did not write."""
        misused = Misused("This button does not say which request it is about.", "/mfa list")
        return await self._settled(caller, to, EDITED, misused)

    async def no_such_request(self, caller: Caller, to: str) -> NotFound | Refused:
        """Answer a number that no request has; an outsider does not learn which numbers exist."""
        missing = NotFound("a request of that number", "See `/mfa list`.")
        return await self._settled(caller, to, NO_SUCH_REQUEST, missing)

    async def _settled(self, caller: Caller, to: str, refusal: Refusal, answer: Answer) -> Answer | Refused:
        standing = await self.approvals.admit(caller, Role.EITHER, to=to)
        if isinstance(standing, Refused):
            return standing
        await self.approvals.refuse(caller, to, refusal)
        return answer


def said(who: Who) -> str:
    """Return how *who* is named before they are found."""
    match who:
        case ByAddress(address=address):
            return address
        case ByChat():
            return "the person mentioned"
        case ById(id=found):
            return found


def not_opened(error: PortError, correlation: str) -> Failed:
    """Return what people are told when the form that a press asks for does not open."""
    return Failed(
        why=f"The form could not be opened: {error.why}.",
        what_to_do="Press the button again.",
        changed="Nothing was changed.",
        correlation=correlation,
    )


def failed(error: PortError, correlation: str) -> Failed:
    """Return what people are told when an outside service said no or nothing."""
    if isinstance(error, Uncertain):
        return Failed(
            why=error.why,
            what_to_do="Look at `/mfa list` before you try again.",
            changed="It is not known whether it was taken down.",
            correlation=correlation,
        )
    what_to_do = error.what_to_do if isinstance(error, Never) else ""
    return Failed(
        why=error.why,
        what_to_do=what_to_do or "Try again in a few minutes.",
        changed="Nothing was changed.",
        correlation=correlation,
    )
