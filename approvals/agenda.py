"""Work items: timers and effects in one shape, and the arithmetic of retries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto, unique

from approvals.model import Audience, Notice, RequestId

APPLY_LIMIT = timedelta(minutes=10)
"""An approval is not carried out later than this: Graph may be back hours later."""
READ_BACK_LIMIT = timedelta(seconds=60)
"""How long a read may lag a write before the attempt counts as open."""
VERIFY_AFTER = timedelta(minutes=15)
VERIFY_SOON = timedelta(seconds=60)
LEASE = timedelta(seconds=60)
SEND_LIMIT = timedelta(seconds=20)
"""Total time-out of a call that lowers protection; well within the lease."""
LONGEST_PAUSE = timedelta(minutes=1)
PAGE_CEILING = timedelta(hours=4)
DELETED_PAUSE = timedelta(days=1)
OFFER_LIMIT = timedelta(hours=1)
"""How long an approved pass can be shown: an approval is for now, and people have to come together."""
SHOW_LIMIT = timedelta(seconds=90)
"""A pass that was not shown this long after it was asked for is not shown any more."""
UNSHOWN_LIMIT = timedelta(minutes=2)
"""After this long a pass that nobody is known to have seen is removed."""
LANDED_LIMIT = SHOW_LIMIT + SEND_LIMIT + READ_BACK_LIMIT
"""After this long a pass that was asked for is made, if it ever is, and a read shows it."""
DRIFT_EVERY = timedelta(minutes=5)
"""How often a live suspension is looked at: somebody else may have restored it early."""


@unique
class Kind(StrEnum):
    """What a work item does when it falls due."""

    RESTORE = "restore"
    APPLY = "apply"
    CHANGE = "change"
    REMOVE_PASS = "remove_pass"  # noqa: S105  # a kind of work, not a secret
    VERIFY = "verify"
    DRIFT = "drift"
    REVOKE_SESSIONS = "revoke_sessions"
    OVERDUE = "overdue"
    WARN = "warn"
    LAPSE = "lapse"
    REMIND = "remind"
    REFUSALS = "refusals"
    ERASE = "erase"
    HEAD = "head"
    FEDERATION = "federation"
    PAGE = "page"
    CARD = "card"
    DIRECT = "direct"
    LINE = "line"
    GUIDE = "guide"
    DOMAIN_NEWS = "domain_news"


MESSAGES = (Kind.PAGE, Kind.CARD, Kind.DIRECT, Kind.LINE, Kind.GUIDE, Kind.DOMAIN_NEWS)
"""What is said in the chat, most urgent first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Order a piece of work; one of the same key that is there already is moved and replaced."""

    kind: Kind
    due_at: datetime
    notice: Notice | None = None
    to: Audience | None = None
    about: str = ""

    def key(self, request: RequestId | None) -> str:
        """Return what makes this work the same work: one timer of a kind, one message a fact."""
        parts = [self.kind.value, str(request or "-"), self.about]
        if self.notice is not None:
            parts += [self.notice.news.value, self.to or "-", self.notice.at.isoformat()]
        return ":".join(parts)


@unique
class Over(Enum):
    """What performing a piece of work returns when all that is left to do is to remove it.

    Whoever had it performed removes it, together with others. Work whose end belongs to what
    it changes removes itself, in the transaction of that change.
    """

    OVER = auto()


OVER = Over.OVER


@dataclass(frozen=True, slots=True)
class Drop:
    """Take back what is ordered of these kinds."""

    kinds: tuple[Kind, ...]


Order = Do | Drop


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A work item that was claimed.

    ``lease`` names this claim and no other; ``started_at`` is when a call that changes
    Entra was about to be sent, by whichever process; ``attempts`` counts claims;
    ``taken_over`` tells that the claim before ended without a word: its process died, or
    took too long.
    """

    id: int
    kind: Kind
    request: RequestId | None
    due_at: datetime
    lease: str
    lease_until: datetime
    started_at: datetime | None
    attempts: int
    notice: Notice | None
    to: Audience | None
    about: str
    last_error: str
    taken_over: bool = False


def pause(attempts: int, asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after *attempts* failures: 1, 2, 4 … 60 s, or longer if *asked* to."""
    own = min(timedelta(seconds=1 << min(max(attempts - 1, 0), 6)), LONGEST_PAUSE)
    return max(own, min(asked, LONGEST_PAUSE)) if asked else own


def next_page(first: timedelta, times: int) -> timedelta:
    """Return the wait before page number *times* + 1: doubling from *first*, 4 h at most."""
    return min(first * (1 << min(times, 20)), PAGE_CEILING)
