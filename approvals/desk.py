"""Everything the use cases and the work need, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from approvals.policy import Policy
from approvals.ports import Clock, Directory, Observer, Passes, Registrar, Store, Target, Tell


@dataclass(frozen=True, slots=True)
class Down:
    """A span in which no process was up, as far as the database shows."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Essentials:
    """What putting back needs: no chat, no directory of people.

    ``correlation`` makes a fresh ``client-request-id`` (a GUID); ``down`` is the outage
    before this process started, if there was one.
    """

    store: Store
    target: Target
    passes: Passes
    clock: Clock
    observer: Observer
    policy: Policy
    correlation: Callable[[], str]
    down: Down | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Essentials):
    """The ports and the policy, all of them."""

    directory: Directory
    registrar: Registrar
    tell: Tell

    @classmethod
    def of(cls, essentials: Essentials, directory: Directory, registrar: Registrar, tell: Tell) -> Desk:
        """Add the people, what is set for them, and the chat to what is there."""
        return cls(
            store=essentials.store,
            target=essentials.target,
            passes=essentials.passes,
            clock=essentials.clock,
            observer=essentials.observer,
            policy=essentials.policy,
            correlation=essentials.correlation,
            down=essentials.down,
            directory=directory,
            registrar=registrar,
            tell=tell,
        )
