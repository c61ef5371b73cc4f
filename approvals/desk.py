"""Everything the use cases and the work need, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from approvals.policy import Policy
from approvals.ports import Clock, Directory, Observer, Store, Target, Tell


@dataclass(frozen=True, slots=True)
class Down:
    """A span in which no process was up, as far as the database shows."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The ports and the policy.

    ``correlation`` makes a fresh ``client-request-id`` (a GUID); ``down`` is the outage
    before this process started, if there was one.
    """

    store: Store
    directory: Directory
    target: Target
    tell: Tell
    clock: Clock
    observer: Observer
    policy: Policy
    correlation: Callable[[], str]
    down: Down | None = None
