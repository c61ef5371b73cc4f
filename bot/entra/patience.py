"""How reads are repeated: as Graph asks, and no longer than whoever waits for them would.

The attempts are stamina's context form on purpose: its decorator hands the arguments of the call to its
logging hook, and arguments here are names of people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import stamina

from approvals.errors import Later

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE: Final = timedelta(seconds=10)


def _unheard(_: timedelta) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a read is made, and how long that may take.

    A ``Retry-After`` beyond *longest* is not waited for; *told* hears of every other one.
    """

    attempts: int
    longest: timedelta
    total: timedelta
    told: Callable[[timedelta], None] = _unheard


PERSON: Final = Patience(attempts=3, longest=PATIENCE, total=timedelta(seconds=45))
"""A person waits for the answer."""


def pause(error: Exception, patience: Patience = PERSON) -> bool | float:
    """Return seconds to wait, ``True`` for stamina's own back-off, ``False`` to give up.

    A ``Retry-After`` beyond our patience is not shortened (Graph counts early attempts against the app):
    the error goes up with it, and the work is taken up again then.
    """
    match error:
        case Later(after=None):
            return True
        case Later(after=timedelta() as after) if after <= patience.longest:
            patience.told(after)
            return after.total_seconds()
        case _:
            return False


def attempts(only: type[Later] = Later, patience: Patience = PERSON) -> AsyncIterator[stamina.Attempt]:
    """Iterate over the attempts of one read; each is a context manager around the attempt."""
    return stamina.retry_context(
        on=lambda error: isinstance(error, only) and pause(error, patience),
        attempts=patience.attempts,
        timeout=patience.total,
        wait_initial=0.5,
        wait_max=4.0,
        wait_jitter=0.5,
    ).__aiter__()
