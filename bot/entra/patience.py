"""How reads are repeated: three times, as Graph asks, and never longer than a person would wait.

The attempts are stamina's context form on purpose: its decorator hands the arguments of the call to its
logging hook, and arguments here are names of people.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import stamina

from approvals.errors import Later

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE: Final = timedelta(seconds=10)
ATTEMPTS: Final = 3
_TOTAL: Final = timedelta(seconds=45)


def pause(error: Exception) -> bool | float:
    """Return seconds to wait, ``True`` for stamina's own back-off, ``False`` to give up.

    A ``Retry-After`` beyond our patience is not shortened (Graph counts early attempts against the app):
    the error goes up with it, and the work is taken up again then.
    """
    match error:
        case Later(after=None):
            return True
        case Later(after=timedelta() as after) if after <= PATIENCE:
            return after.total_seconds()
        case _:
            return False


def attempts(only: type[Later] = Later) -> AsyncIterator[stamina.Attempt]:
    """Iterate over the attempts of one read; each is a context manager around the attempt."""
    return stamina.retry_context(
        on=lambda error: isinstance(error, only) and pause(error),
        attempts=ATTEMPTS,
        timeout=_TOTAL,
        wait_initial=0.5,
        wait_max=4.0,
        wait_jitter=0.5,
    ).__aiter__()
