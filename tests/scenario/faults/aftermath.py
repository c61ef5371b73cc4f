"""What must hold after every fault: looked up in the tenant, the record, the chat and the queue.

Each part yields a line for each thing that is wrong; nothing wrong is the empty list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sim.tenant.journal import Received
from bot.sim.tenant.snapshot import Snapshot
from bot.sim.tenant.story import HANNA as HANNAS_ACCOUNT
from bot.sim.tenant.story import LEE, NOOR, OMAR
from tests.scenario.house import CHANNEL, LEES, House
from tests.scenario.house import HANNA as HANNAS
from tests.scenario.house import NOOR as NOORS
from tests.scenario.house import OMAR as OMARS

Line = dict[str, Any]

CHATS: Final = {HANNAS_ACCOUNT: HANNAS, OMAR: OMARS, NOOR: NOORS, LEE: LEES}
STRENGTH: Final = ("disabled", "enabled", "enforced")
NOTED: Final = ("lowering", "putting back")
AFTER_LOWERING: Final = frozenset(
    {"unconfirmed", "restoring", "restore ordered", "putting back", "restored", "failed", "closed_as_is"}
)
"""Lines after which lowering is sent no more."""
ENDS: Final = {
    "restored": "is restored to",
    "restored_by_someone_else": "was restored by someone else",
    "failed": "was not changed",
    "subject_deleted": "Subject deleted",
    "closed_as_is": "Closed without restoring",
    "denied": "Denied by",
    "withdrawn": "Withdrawn by",
    "lapsed": "Lapsed",
}
"""How a request ends on record, and in what words its requester is told in person."""
TO_SUBJECT: Final = ("restored", "restored_by_someone_else")
DUTY: Final = "S0DUTY"


async def nothing_is_lost(house: House, before: Snapshot, *, gone: Iterable[str] = ()) -> None:
    """Let everything come to rest, then hold it to what is promised; *gone* are accounts deleted for good."""
    for minutes in (2, 16, 2):
        await house.advance(minutes=minutes)
    lines = await house.lines()
    wrong = [
        *_weaker(house, before, frozenset(gone)),
        *_sent(house, lines),
        *_decided(lines),
        *_untold(house, lines),
        *await _left_over(house),
    ]
    assert not wrong, "\n".join(wrong)


def _weaker(house: House, before: Snapshot, gone: frozenset[str]) -> Iterator[str]:
    """Promise 4: everybody is protected as before, or better, and whatever changed was ordered."""
    after = house.tenant.state.snapshot()
    for key in before.users.keys() - gone:
        was, now = before.users[key].mfa, (after.users | after.deleted)[key].mfa
        if STRENGTH.index(now) < STRENGTH.index(was):
            yield f"{key} was {was} and is left {now}"


@dataclass(frozen=True, slots=True)
class _Write:
    """A write of a person's MFA state that reached Graph with a token that counts."""

    number: int
    state: str
    correlation: str


def _writes(house: House) -> list[_Write]:
    journal = house.tenant.state.journal.requests
    patches = [one for one in journal if one.method == "PATCH" and one.path.endswith("/requirements")]
    return [_write(one) for one in patches if one.status != 401]


def _write(patch: Received) -> _Write:
    assert isinstance(patch.body, dict)
    return _Write(patch.number, patch.body["perUserMfaState"], patch.client_request_id)


def _sent(house: House, lines: Sequence[Line]) -> Iterator[str]:
    """Promises 1 to 3: lowering is noted first, sent once, and never after a restore was ordered."""
    noted = {one["facts"]["client_request_id"]: one for one in lines if one["event"] in NOTED}
    raised: set[int] = set()
    lowered: set[int] = set()
    for write in _writes(house):
        line = noted.get(write.correlation)
        if write.state != "disabled":
            raised |= {line["request"]} if line else set()
            continue
        if line is None or line["event"] != "lowering":
            yield f"{write} lowers and is not on record"
        elif line["request"] in lowered | raised:
            yield f"{write} lowers for R-{line['request']} again, or after it was put back"
        else:
            lowered.add(line["request"])
    for number in lowered:
        story = _events(lines, number)
        at = story.index("lowering")
        if "applying" not in story[:at] or AFTER_LOWERING & set(story[:at]):
            yield f"R-{number} was lowered after {story[:at]}"


def _decided(lines: Sequence[Line]) -> Iterator[str]:
    """Promise 1: requester, approver and subject are three people."""
    asked = {one["request"]: one for one in lines if one["event"] == "asked"}
    for line in lines:
        if line["event"] in {"applying", "extension approved", "approved"}:
            first = asked[line["request"]]
            if line["actor"] in {first["actor"], first["facts"]["subject"], "relatch"}:
                yield f"R-{line['request']} was decided by {line['actor']}"


def _untold(house: House, lines: Sequence[Line]) -> Iterator[str]:
    """Promise 5: what people rely on was said, and the card shows how it ended."""
    for first in (one for one in lines if one["event"] == "asked"):
        number, story = first["request"], _events(lines, first["request"])
        requester, subject = CHATS[first["actor"]], _chat(house, first["facts"]["subject"])
        end = next((event for event in reversed(story) if event in ENDS), None)
        if end is None and "extension approved" not in story:
            yield f"R-{number} did not end: {story}"
        if end is not None:
            yield from _unheard(house, requester, number, ENDS[end])
            yield from _unshown(house, number, end.replace("_", " "))
        if "active" in story:
            yield from _unheard(house, requester, number, "is off since")
            yield from _unheard(house, subject, number, "is off since")
            if end in TO_SUBJECT:
                yield from _unheard(house, subject, number, ENDS[end])
        if "overdue" in story and not any(_calls_duty(house, number)):
            yield f"nobody on duty was called for R-{number}"


def _chat(house: House, subject: str) -> str:
    """Return the account in Slack of *subject*: those who joined have the same address in both."""
    if subject in CHATS:
        return CHATS[subject]
    upn = house.tenant.state.user(subject).upn
    return next(one.id for one in house.workspace.people.values() if one.email == upn)


def _unheard(house: House, who: str, number: int, words: str) -> Iterator[str]:
    if not any(told.startswith(f"R-{number}: ") and words in told for told in house.directs(who)):
        yield f"{who} never heard that R-{number} “{words}”"


def _unshown(house: House, number: int, outcome: str) -> Iterator[str]:
    cards = [one for one in house.cards() if one.text.startswith(f"R-{number} ")]
    shown = house.reads(cards[-1]) if cards else "no card"
    if outcome.replace("closed as is", "closed without restoring") not in shown:
        yield f"the card of R-{number} does not show “{outcome}”: {shown}"


def _calls_duty(house: House, number: int) -> Iterator[bool]:
    for message in house.workspace.channel(CHANNEL).posts:
        yield DUTY in message.mentions and f"R-{number}: " in house.reads(message)


async def _left_over(house: House) -> Iterator[str]:
    """Promise 4: no order waits that nobody carries out; the record's head is posted every day."""
    shown = await house.scrape()
    queue = {name: depth for name, depth in shown.items() if name.startswith("relatch_queue_depth")}
    left = {name: depth for name, depth in queue.items() if depth and 'kind="head"' not in name}
    live = {
        name: number
        for name, number in shown.items()
        if name.startswith("relatch_requests{") and number and "closed" not in name
    }
    return iter([f"left over: {left | live}"] if left | live else [])


def _events(lines: Sequence[Line], number: int) -> list[str]:
    return [one["event"] for one in lines if one["request"] == number]
