import string
import unicodedata
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.redaction import MASK, mask_long_digits

NOTATIONS = [
    "+## # ########",
    "+##(0)#-########",
    "+## (0)# ## ## ## ##",
    "+############",
    "00###########",
    "00 ## # ########",
    "0#-########",
    "0# ## ## ## ##",
    "0#.##.##.##.##",
    "0## ### ## ##",
    "(0##) ### ## ##",
    "0##/#######",
    "0### - ### ###",
    "+1 (###) ###-####",
    "1-###-###-####",
    "(###) ###-####",
    "###.###.####",
    "###-####",
    "### ####",
    "#### ####",
    "## ## ## ##",
    "+## #### ######",
    "+## (##) #####-####",
    "+###-##-###-####",
    "########",
    "###############",
]
SPACES = [" ", "  ", "\u00a0", "\u2009", "\u202f", "\t"]
DASHES = ["-", "\u2010", "\u2011", "\u2013", "\u2014", "\u2212", " - "]
DIGITS = [
    "0123456789",
    "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "".join(chr(0xFF10 + n) for n in range(10)),
]
words = st.text(string.ascii_letters + " .,:;!?\n", max_size=20).map(lambda text: f"{text} ")


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Return a telephone number in one of the usual notations, with one script's digits."""
    notation = draw(st.sampled_from(NOTATIONS))
    space, dash = draw(st.sampled_from(SPACES)), draw(st.sampled_from(DASHES))
    script = draw(st.sampled_from(DIGITS))
    plain = notation.replace(" ", space).replace("-", dash)
    return "".join(
        script[draw(st.integers(0, 9)) if sign == "#" else int(sign)] if sign in "#01" else sign
        for sign in plain
    )


def digits_in(text: str) -> str:
    return "".join(str(unicodedata.digit(sign)) for sign in text if unicodedata.digit(sign, None) is not None)


@given(before=words, number=numbers(), after=words)
def test_no_digit_of_a_telephone_number_survives(before: str, number: str, after: str) -> None:
    masked = mask_long_digits(f"{before}{number} {after}")

    assert digits_in(masked) == ""
    assert MASK in masked


@given(number=numbers())
def test_invisible_marks_around_the_digits_hide_nothing(number: str) -> None:
    marked = "\u202a" + "\u200e".join(number) + "\u202c"

    assert digits_in(mask_long_digits(marked)) == ""


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_long_digits(text)

    assert mask_long_digits(once) == once


@given(st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)), words, words)  # noqa: DTZ001 - read as text
def test_dates_and_times_survive(moment: datetime, before: str, after: str) -> None:
    for shown in (
        moment.isoformat(),
        f"{moment.isoformat()}+00:00",
        f"{moment:%Y-%m-%d %H:%M:%S}",
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        f"{moment:%H:%M}",
        f"{moment:%H:%M:%S}",
    ):
        text = f"{before}{shown} {after}"
        assert mask_long_digits(text) == text


@given(st.uuids(), words)
def test_guids_survive(guid: UUID, before: str) -> None:
    for text in (f"{before}{guid}", f"{before}{str(guid).upper()}.", f"{before}id={guid} R-12"):
        assert mask_long_digits(text) == text


@given(st.binary(min_size=16, max_size=32).map(bytes.hex).filter(lambda text: not text.isdigit()))
def test_hashes_survive(digest: str) -> None:
    assert mask_long_digits(f"head: {digest}") == f"head: {digest}"


@pytest.mark.parametrize(
    "text",
    [
        "INC-48211",
        "INC0048211 and RITM0010002",
        "R-31 extends R-12",
        "R-1234567",
        "on 22-11-2026 from 10:00-11:30",
        "on 11/22/2026 at 9:05",
        "22.11.2026 16:42",
        "R-12 2026-11-22 10:43:05 2026-11-23",
        "room 4.12, 5 people, 90 minutes, floor 3",
        "ts 1763800000.123456",
        "20261122T104305Z",
        "AADSTS50076",
        "123456",
        "127.0.0.1:3000",
        "11111111-1111-1111-1111-111111111111",
        "",
    ],
)
def test_what_is_no_telephone_number_is_left_alone(text: str) -> None:
    assert mask_long_digits(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +31 6 1234 5678 at 10:43", "call [number] at 10:43"),
        ("at 10:43 0612345678", "at 10:43 [number]"),
        ("tel0612345678x12", "tel[number]x12"),
        ("<tel:+31612345678|06-12345678>", "<tel:[number]|[number]>"),
        ("*06* _1234_ `5678`", "*[number]`"),
        ("TEL-0612 345678", "TEL-[number]"),
        ("INC-0612345678", "INC-[number]"),
        ("card 4111 1111 1111 1111", "card [number]"),
        ("20261122", "[number]"),
        ("+2012-11-22", "[number]"),
        ("(020) 123 45 67", "[number]"),
    ],
)
def test_what_stands_around_a_number_stays(text: str, masked: str) -> None:
    assert mask_long_digits(text) == masked


def test_a_long_hostile_text_takes_no_longer_than_its_length() -> None:
    for hostile in (
        "1- " * 100_000,
        "(" * 100_000,
        "1 " * 5 + "x" * 100_000,
        "2026-11-" * 30_000,
        "a1" * 50_000,
    ):
        mask_long_digits(hostile)
