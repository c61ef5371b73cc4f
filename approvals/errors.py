"""The error tree. A port raises one of three kinds, and each says what happens next.

::

    RelatchError
    ├── PortError                what an outside service answered
    │   ├── Later                unknown or temporary: look again, try again (``after``)
    │   │   ├── NotYet           a write was made, and a read does not show it yet
    │   │   ├── NoRoom           nothing was tried: there is room again ``after`` a while
    │   │   └── NoDatabase       the database does not answer, or takes no writes
    │   │       └── Uncertain    a commit was sent and not answered: it may have been made
    │   └── Never                refused for good: nothing was changed (``what_to_do``)
    │       └── Gone             the thing does not exist (any more)
    ├── UnknownRequest           there is no request of that number
    └── AlreadyLive              a request of this kind is live for this subject

"Already so" is no error: asking for what is there already succeeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


class RelatchError(Exception):
    """Everything that Relatch raises on purpose."""


class PortError(RelatchError):
    """What an outside service answered; ``why`` holds no name, number or secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def whole(self) -> str:
        """Return why and, where it is known, what to do about it."""
        return self.why


class Later(PortError):
    """Temporary or unknown. After a write it is open whether the change was made."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class NotYet(Later):
    """A write was made and answered, and a read does not show it yet."""


class NoRoom(Later):
    """Nothing was tried, and nothing is wrong: there is room for it again after a while."""

    def __init__(self, why: str, after: timedelta) -> None:
        super().__init__(why, after)


class NoDatabase(Later):
    """The database does not answer, or does not take what was to be written."""


class Uncertain(NoDatabase):
    """A commit was sent to the database and not answered: nobody knows whether it was made."""


class Never(PortError):
    """Refused for good: a write that ends so was certainly not made."""

    def __init__(self, why: str, what_to_do: str = "") -> None:
        super().__init__(why)
        self.what_to_do = what_to_do

    @property
    def whole(self) -> str:
        """Return why, and what to do about it."""
        return f"{self.why}; {self.what_to_do}" if self.what_to_do else self.why


class Gone(Never):
    """The person, message or group does not exist (any more)."""


class UnknownRequest(RelatchError):
    """There is no request of that number."""


class AlreadyLive(RelatchError):
    """Another request of this kind is live for this subject."""
