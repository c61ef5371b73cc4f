"""``relatch check``: looks at everything that has to be right outside, and says what to repair.

A check is a list of probes (``PROBES``); each looks at one thing through what is open anyway (``Place``) and
returns lines. To add one: write ``async def _look(place) -> Iterable[Line]`` in the module of its service, or
in one of its own, and put a ``Probe`` into that module's ``PROBES``. It raises ``PortError`` where it cannot
look, returns nothing where the policy does not use it, and changes nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final

from approvals.errors import Never, PortError
from bot.checking import exchange, lever, passes, people, settings, storage, tenant, workspace
from bot.checking.model import Grade, Line, Place, Probe, failed, note
from bot.observability import logger

AGAIN: Final = "look at the network between, and try again"
BROKEN: Final = "check.broken"
PROBES: Final = (
    *settings.PROBES,
    *storage.PROBES,
    *workspace.PROBES,
    *tenant.PROBES,
    *lever.PROBES,
    *passes.PROBES,
    *exchange.PROBES,
    *people.PROBES,
)

log = logger(__name__)


async def checked(place: Place, probes: Sequence[Probe] = PROBES) -> AsyncGenerator[Line]:
    """Let each probe look, in turn; those that rest on one that failed only say so."""
    down: set[str] = set()
    for probe in probes:
        missing = [name for name in probe.after if name in down]
        if missing:
            lines: Sequence[Line] = [note(probe.name, f"not looked at: {missing[0]} comes first")]
        else:
            lines = await _looked(probe, place)
        if missing or any(line.grade is Grade.FAILED for line in lines):
            down.add(probe.name)
        for line in lines:
            yield line


async def _looked(probe: Probe, place: Place) -> Sequence[Line]:
    try:
        return list(await probe.look(place))
    except PortError as error:
        advice = (
            error.what_to_do if isinstance(error, Never) else "look at the network between, and try again"
        )
        return [failed(probe.name, error.why, advice)]
    except Exception as error:  # one probe that breaks must not hide what the others find
        log.exception(BROKEN, probe=probe.name)
        return [failed(probe.name, f"looking at it broke ({type(error).__name__})", "report it")]


__all__ = ["PROBES", "Grade", "Line", "Place", "Probe", "checked"]
