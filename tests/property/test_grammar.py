"""The grammar under noise: nothing makes it raise, and no spelling changes what was meant."""

# ruff: noqa: RUF001  # characters that look like others are what is tested

from __future__ import annotations

import unicodedata
from datetime import timedelta
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.model import ChatId, PersonId, RequestId
from commands.model import Misused
from commands.parse import LONGEST_SUGGESTION, Help, Parsed, parse
from commands.ports import ByAddress, ByChat, ById, Who
from commands.table import SPECS
from commands.wishes import Disable, History, Prolong, Restore, Show, Status, Wish, Withdraw

VERBS = [spec.verb for spec in SPECS if spec.command == "/mfa"]
WISHED = ["status", "history", "show", "withdraw", "restore", "extend", "disable"]
"""What is wished for with clauses that may be spelt in many ways."""
GUID = "0b5f8a1e-1111-2222-3333-444455556666"
FULL_WIDTH = {0x21 + n: 0xFF01 + n for n in range(94)}

# --- fragments that have broken parsers before ---------------------------------------------

fragments = st.sampled_from(
    [
        *VERBS,
        "enable",
        "help",
        "for",
        "by",
        "ticket",
        "because",
        "becuase",
        "fro",
        "—because",
        "--for:",
        ":",
        "-",
        "lee@contoso.com",
        "<mailto:lee@contoso.com|lee@contoso.com>",
        "<@U0LEE|lee>",
        "<@",
        "<",
        ">",
        "|",
        GUID,
        "R-12",
        "r12",
        "12",
        "R-99999999999999",
        "1h",
        "1h30",
        "-1h",
        "1:30",
        "٣h",
        "9999w",
        "0.0s",
        "1e9h",
        "²h",
        "<!channel>",
        "&lt;",
        "&amp;",
        "“",
        "”",
        "’",
        "\x00",
        "\u202e",
        "\u200b",
        "\ud800",
        "\U000e0041",
        "İ",
        "ß",
    ]
)
hostile = st.one_of(
    st.text(max_size=200),
    st.lists(st.one_of(fragments, st.text(max_size=5)), max_size=12).flatmap(
        lambda found: st.sampled_from([" ", "", "\u00a0", "\n"]).map(lambda glue: glue.join(found))
    ),
)


@settings(deadline=None, max_examples=500)
@given(command=st.one_of(st.just("/mfa"), st.text(max_size=10)), text=hostile)
def test_parse_never_raises_and_what_it_takes_is_within_bounds(command: str, text: str) -> None:
    found = parse(command, text)
    if isinstance(found, Misused):
        assert found.why
        assert found.usage
        assert len(found.why) <= LONGEST_SUGGESTION
        assert len(found.suggestion) <= LONGEST_SUGGESTION
    elif isinstance(found, Parsed):
        _is_within_bounds(found.wish, text)


def _is_within_bounds(wish: Wish, text: str) -> None:
    lengths = [getattr(wish, "lasts", None), getattr(wish, "by", None)]
    assert all(timedelta(0) < length <= timedelta(days=30) for length in lengths if length)
    reason = getattr(wish, "reason", "")
    assert len(reason) <= 1_000
    assert not {unicodedata.category(char) for char in reason} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    who = getattr(wish, "who", None)
    if isinstance(who, ByAddress) and text.isascii() and "&" not in text and "<" not in text:
        assert who.address in text


@settings(deadline=None, max_examples=500)
@given(text=hostile)
def test_every_suggestion_can_be_run_as_it_is(text: str) -> None:
    found = parse("/mfa", text)
    if isinstance(found, Misused) and found.suggestion:
        command, _, rest = found.suggestion.partition(" ")
        assert isinstance(parse(command, rest), Parsed | Help)


@given(verb=st.permutations("enable").map("".join))
def test_no_slip_of_enable_is_ever_read_as_disable(verb: str) -> None:
    found = parse("/mfa", f"{verb} lee@contoso.com for 1h because x")
    assert isinstance(found, Misused)
    assert "disable" not in found.suggestion


# --- a wish in a clean spelling, and the same under noise ----------------------------------

people: st.SearchStrategy[tuple[Who, str]] = st.sampled_from(
    [
        (ByAddress("lee@contoso.com"), "lee@contoso.com"),
        (ByAddress("o'brien@contoso.com"), "o’brien@contoso.com"),
        (ByAddress("lee_x.com#EXT#@contoso.com"), "lee_x.com#EXT#@contoso.com"),
        (ByAddress("lee@contoso.com"), "<mailto:lee@contoso.com|lee@contoso.com>"),
        (ByChat(ChatId("U0LEE")), "<@U0LEE|lee jansen>"),
        (ById(PersonId(GUID)), GUID.upper()),
    ]
)
numbers = st.integers(1, 999_999_999_999).flatmap(
    lambda number: st.sampled_from(["R-", "r-", "R", "r", "R–", "R\u2011"]).map(
        lambda prefix: (RequestId(number), f"{prefix}{number}")
    )
)
lengths = st.tuples(st.integers(0, 47), st.integers(1, 59)).flatmap(
    lambda hm: st.sampled_from(["{}h{}m", "{} h {} min", "{}H{}M", "{} hours {} minutes"]).map(
        lambda shape: (timedelta(hours=hm[0], minutes=hm[1]), shape.format(*hm))
    )
)
reasons = (
    st.text(
        st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"]) | st.just(" "),
        max_size=80,
    )
    .map(str.strip)
    .filter(lambda text: "&" not in text and any(char.isalnum() for char in text))
)
tickets = st.from_regex(r"[A-Z]{2,5}-[0-9]{1,6}", fullmatch=True)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wish, list[str]]:
    """Return a wish and its words; a reason is the last one."""
    who, person = draw(people)
    number, label = draw(numbers)
    length, span = draw(lengths)
    because = draw(reasons)
    verb = draw(st.sampled_from(WISHED))
    match verb:
        case "status" | "history":
            return (Status if verb == "status" else History)(who), [verb, person]
        case "show" | "withdraw":
            return (Show if verb == "show" else Withdraw)(number), [verb, label]
        case "restore":
            by_name, by_number = (Restore(who, because), person), (Restore(number, because), label)
            restore, typed = draw(st.sampled_from([by_name, by_number]))
            return restore, [verb, typed, "because", because]
        case "extend":
            return Prolong(number, length, because), [verb, label, "by", span, "because", because]
        case _:
            ticket = draw(tickets)
            clauses = draw(st.permutations([["for", span], ["ticket", ticket]]))
            return Disable(who, length, ticket, because), [
                verb,
                person,
                *chain(*clauses),
                "because",
                because,
            ]


gaps = st.sampled_from(
    [" ", "  ", "\u00a0", "\u2003\u202f", "\t", "\u3000", " \u200b", "\u200e \u202a", " \n", " – "]
)
marks = st.sampled_from(['""', "''", "“”", "‘’", "``", "«»"])


@st.composite
def noisy(draw: st.DrawFn, typed: list[str]) -> str:
    """Return *typed* as a phone, a copied table or another keyboard would write it."""
    keywords = {*VERBS, "for", "by", "ticket", "because"}
    verb, subject, *rest = typed
    reason = rest.pop() if "because" in rest else ""
    words = [draw(_keyword(verb)), draw(_subject(subject))]
    words += [draw(_keyword(word)) if word in keywords else word for word in rest]
    text = draw(st.sampled_from(["", " ", "\u200f"])) + words[0]
    for word in words[1:]:
        text += draw(gaps) + word
    return text + " " + reason if reason else text + draw(st.sampled_from(["", " ", "\u200b", "\r\n"]))


def _keyword(word: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            word,
            word.upper(),
            word.title(),
            f"—{word}",
            f"--{word}",
            f"{word}:",
            f"{word[0]}\u200b{word[1:]}",
            f"{word}\u202c",
            word.translate(FULL_WIDTH),
        ]
    )


def _subject(word: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(word), marks.map(lambda pair: f"{pair[0]}{word}{pair[1]}"))


@settings(deadline=None, max_examples=400)
@given(data=st.data(), meant=wishes())
def test_no_spelling_changes_what_was_meant(data: st.DataObject, meant: tuple[Wish, list[str]]) -> None:
    wish, typed = meant
    text = data.draw(noisy(typed))
    found = parse("/mfa", text)
    assert isinstance(found, Parsed), (text, found)
    assert found.wish == wish


@settings(deadline=None)
@given(meant=wishes(), place=st.integers(0, 6))
def test_two_letters_swapped_in_the_verb_lead_back_to_the_same_wish(
    meant: tuple[Wish, list[str]], place: int
) -> None:
    wish, (verb, *rest) = meant
    at = place % (len(verb) - 1)
    slip = verb[:at] + verb[at + 1] + verb[at] + verb[at + 2 :]
    found = parse("/mfa", " ".join([slip, *rest]))
    if slip == verb:
        return
    assert isinstance(found, Misused)
    again = parse("/mfa", found.suggestion.removeprefix("/mfa "))
    assert isinstance(again, Parsed), (slip, found)
    assert again.wish == wish
