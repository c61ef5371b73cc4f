"""A Temporary Access Pass: what is approved is one showing of it, and it is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class IssuePass:
    """Show the requester one pass for the subject, good for *lasts*, and for one sign-in only where *once*.

    ``issued`` is Entra's id of the one that was shown (its name, not its secret); before that it is empty.
    """

    lasts: timedelta
    once: bool
    issued: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class AccessPass:
    """A pass that Entra has just made; however it is printed, its secret is not.

    ``unusable`` says why nobody can sign in with it, in Entra's word; it is empty where it can be used.
    """

    id: str
    secret: str
    unusable: str = ""

    def __repr__(self) -> str:
        return f"AccessPass({self.id})"


@dataclass(frozen=True, slots=True)
class StandingPass:
    """A pass that is there, used up or not; ``made_at`` is ``None`` where Entra does not say."""

    id: str
    made_at: datetime | None
