"""The record: whole as written, broken by any edit, gap, swap or cut."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.model import RequestId
from approvals.record import START as BEGINNING
from approvals.record import Broken, Entry, Line, Verification, Whole, reason_digest, write
from tests.world.clock import START


def lines(count: int = 4) -> list[Line]:
    written: list[Line] = []
    for number in range(count):
        entry = Entry("asked", RequestId(number), "relatch", {"n": number, "yes": True, "none": None})
        written.append(write(entry, START + timedelta(seconds=number), written[-1] if written else None))
    return written


def verify(seen: Iterable[Line], published: str = BEGINNING) -> Whole | Broken:
    verification = Verification(published)
    for line in seen:
        if broken := verification.see(line):
            return broken
    return verification.result()


def forged(line: Line, **changes: object) -> Line:
    """Return *line* with another text, and with the hash that belongs to it."""
    text = json.dumps({**json.loads(line.text), **changes}, separators=(",", ":"), sort_keys=True)
    alone = Verification()
    alone.see(line)
    return replace(line, text=text)


def test_an_empty_record_is_whole() -> None:
    assert verify([]) == Whole(0, BEGINNING)


def test_what_was_written_is_whole_and_ends_in_its_head() -> None:
    written = lines()
    assert verify(written) == Whole(4, written[-1].digest)


@pytest.mark.parametrize("number", range(4))
def test_every_head_that_was_published_is_found_again(number: int) -> None:
    written = lines()
    assert verify(written, written[number].digest) == Whole(4, written[-1].digest)


def test_a_line_is_canonical_json() -> None:
    assert lines(1)[0].text == (
        '{"actor":"relatch","at":"2026-11-22T15:40:00.000000+00:00","event":"asked",'
        '"facts":{"n":0,"none":null,"yes":true},"request":0,"seq":1}'
    )


Tampering = Callable[[list[Line]], list[Line]]
TAMPERINGS: dict[str, tuple[Tampering, int]] = {
    "an edit": (lambda seen: [seen[0], forged(seen[1], actor="omar"), *seen[2:]], 2),
    "an edited time": (lambda seen: [seen[0], replace(seen[1], at=START), *seen[2:]], 2),
    "a gap": (lambda seen: [seen[0], *seen[2:]], 2),
    "a gap, numbered anew": (lambda seen: [seen[0], replace(seen[2], seq=2)], 2),
    "a swap": (lambda seen: [seen[0], seen[2], seen[1], seen[3]], 2),
    "a swap, numbered anew": (
        lambda seen: [seen[0], replace(seen[2], seq=2), replace(seen[1], seq=3), seen[3]],
        2,
    ),
    "a missing beginning": (lambda seen: seen[1:], 1),
    "another chain": (lambda seen: [*seen[:2], replace(seen[2], previous=BEGINNING), seen[3]], 3),
    "a line twice": (lambda seen: [seen[0], seen[0], *seen[1:]], 2),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_breaks_the_chain_where_it_happened(name: str) -> None:
    tampering, where = TAMPERINGS[name]
    broken = verify(tampering(lines()))
    assert isinstance(broken, Broken)
    assert broken.seq == where
    assert broken.why


def test_a_number_that_is_not_the_one_hashed_is_detected() -> None:
    first, second = lines(2)
    elsewhere = write(Entry("asked", None, "relatch", {}), second.at, replace(first, seq=7))
    assert isinstance(verify([first, replace(elsewhere, seq=2)]), Broken)


def test_lines_cut_off_behind_a_published_head_are_missed() -> None:
    written = lines()
    assert verify(written[:3], written[3].digest) == Broken(
        4, "the published head is not in the record: lines are missing"
    )


def test_a_reason_is_proved_by_its_hash() -> None:
    assert reason_digest("phone broken") == reason_digest("phone broken") != reason_digest("phone lost")
    assert len(reason_digest("")) == 64
