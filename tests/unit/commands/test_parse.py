# ruff: noqa: RUF001  # characters that look like others are what is tested
from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.model import ChatId, PersonId, RequestId
from commands.model import Misused
from commands.parse import Help, Parsed, attempted, parse
from commands.ports import ByAddress, ByChat, ById
from commands.wishes import (
    Disable,
    History,
    Listing,
    ListRequests,
    Prolong,
    Restore,
    Show,
    Status,
    Wish,
    Withdraw,
)

LEE = ByAddress("lee@contoso.com")
GUID = "0b5f8a1e-1111-2222-3333-444455556666"
HOUR = timedelta(hours=1)


def wish(text: str) -> Wish:
    found = parse("/mfa", text)
    assert isinstance(found, Parsed), found
    return found.wish


def misused(text: str, command: str = "/mfa") -> Misused:
    found = parse(command, text)
    assert isinstance(found, Misused), found
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status lee@contoso.com", Status(LEE)),
        ("disable lee@contoso.com for 1h because x", Disable(LEE, HOUR, "", "x")),
        ("disable lee@contoso.com because x", Disable(LEE, None, "", "x")),
        ("disable lee@contoso.com for 1h ticket INC-7 because a b", Disable(LEE, HOUR, "INC-7", "a b")),
        ("disable lee@contoso.com ticket INC-7 for 1h because x", Disable(LEE, HOUR, "INC-7", "x")),
        ("disable lee@contoso.com because x for 2h", Disable(LEE, None, "", "x for 2h")),
        ("restore lee@contoso.com", Restore(LEE, "")),
        ("restore R-12", Restore(RequestId(12), "")),
        ("restore R-12 because the phone works again", Restore(RequestId(12), "the phone works again")),
        ("extend R-12 by 30m because x", Prolong(RequestId(12), timedelta(minutes=30), "x")),
        ("withdraw R-12", Withdraw(RequestId(12))),
        ("list", ListRequests(Listing.OPEN)),
        ("list mine", ListRequests(Listing.MINE)),
        ("list Pending", ListRequests(Listing.PENDING)),
        ("list active", ListRequests(Listing.ACTIVE)),
        ("show R-12", Show(RequestId(12))),
        ("history lee@contoso.com", History(LEE)),
    ],
)
def test_every_command_of_the_contract_is_read(text: str, expected: Wish) -> None:
    assert wish(text) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("lee@contoso.com", LEE),
        ("“lee@contoso.com”", LEE),
        ("'lee@contoso.com'", LEE),
        ("`lee@contoso.com`", LEE),
        ("<mailto:lee@contoso.com|lee@contoso.com>", LEE),
        ("<mailto:lee@contoso.com>", LEE),
        ("lee@<http://contoso.com|contoso.com>", LEE),
        ("ｌｅｅ＠ｃｏｎｔｏｓｏ．ｃｏｍ", LEE),
        ("l\u200bee@con\u202etoso.com", LEE),
        ("o’brien@contoso.com", ByAddress("o'brien@contoso.com")),
        ("lee_fabrikam.com#EXT#@contoso.com", ByAddress("lee_fabrikam.com#EXT#@contoso.com")),
        (
            "<mailto:lee_x.com%23EXT%23@contoso.com|lee_x.com#EXT#@contoso.com>",
            ByAddress("lee_x.com#EXT#@contoso.com"),
        ),
        ("a/../b%2F@contoso.com", ByAddress("a/../b%2F@contoso.com")),
        ("r&amp;d@contoso.com", ByAddress("r&d@contoso.com")),
        ("payload@contoso.com", ByAddress("payload@contoso.com")),
        ("because@contoso.com", ByAddress("because@contoso.com")),
        ("<@U0LEE>", ByChat(ChatId("U0LEE"))),
        ("<@W0LEE|lee jansen>", ByChat(ChatId("W0LEE"))),
        (GUID.upper(), ById(PersonId(GUID))),
    ],
)
def test_a_person_is_read_however_the_chat_writes_them(typed: str, expected: object) -> None:
    assert wish(f"status {typed}") == Status(expected)  # type: ignore[arg-type]  # the table is wider


@pytest.mark.parametrize(
    "typed",
    [
        "lee",
        "@lee",
        "lee@contoso.com@fabrikam.com",
        "https://fabrikam.com/lee@contoso.com",
        "lee@contoso.com/../users",
        "lee@contoso.com?$select=id",
        "<https://fabrikam.com|lee@contoso.com>",
        "<mailto:mallory@fabrikam.com|lee@contoso.com>",
        "lee%40contoso.com",
        "<!channel>",
        "<@U0LEE",
        "&lt;@U0LEE&gt;",
        "lee@сontoso.com",  # a Cyrillic letter
        f"{GUID}0",
        f"{'l' * 250}@contoso.com",
    ],
)
def test_what_is_not_clearly_one_person_is_misused(typed: str) -> None:
    found = misused(f"status {typed}")
    assert "not a person" in found.why
    assert found.usage == "/mfa status USER"
    assert found.suggestion == ""


@pytest.mark.parametrize("typed", ["R-12", "r-12", "R12", "r12", "R–12", "R\u201112", "“R-12”", "R-0012"])
def test_a_request_is_read_in_every_spelling(typed: str) -> None:
    assert wish(f"show {typed}") == Show(RequestId(12))


@pytest.mark.parametrize("typed", ["R-", "R-0", "R--12", "R-1234567890123", "R-١٢", "R-12:1", "twelve"])
def test_what_is_not_a_number_of_a_request_is_misused(typed: str) -> None:
    assert "not a request" in misused(f"show {typed}").why


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90s", 1.5),
        ("45m", 45),
        ("1h30m", 90),
        ("1 h 30 min", 90),
        ("1H30M", 90),
        ("2 hours", 120),
        ("1.5h", 90),
        ("1d", 24 * 60),
        ("30d", 30 * 24 * 60),
        ("１ｈ", 60),
        ("1h", 60),
    ],
)
def test_a_length_of_time_is_read_as_people_write_it(typed: str, minutes: float) -> None:
    found = wish(f"disable lee@contoso.com for {typed} because x")
    assert found == Disable(LEE, timedelta(minutes=minutes), "", "x")


@pytest.mark.parametrize(
    "typed",
    [
        "-1h",
        "+1h",
        "1:30",
        "0s",
        "0h",
        "31d",
        "9999w",
        "99999999999d",
        "١h",
        "1h30",
        "1,5h",
        "inf d",
        "h",
        "1e3s",
        "",
        "an hour",
        "1h, please",
        "1 month",
        "1h" * 30,
    ],
)
def test_a_length_of_time_that_is_odd_or_out_of_bounds_is_misused(typed: str) -> None:
    found = misused(f"disable lee@contoso.com for {typed} because x")
    assert "length of time" in found.why or "out of bounds" in found.why
    assert found.suggestion == ""


def test_the_reason_is_taken_word_for_word_on_one_line() -> None:
    typed = "disable lee@contoso.com BECAUSE  it’s “broken” —\nfor  1h <!channel> a &amp; b\x00\u202e "
    assert wish(typed) == Disable(LEE, None, "", "it’s “broken” — for  1h <!channel> a & b")


def test_a_reason_may_have_a_thousand_characters_and_no_more() -> None:
    assert wish(f"disable lee@contoso.com because {'é' * 1_000}")
    found = misused(f"disable lee@contoso.com because {'é' * 1_001}")
    assert found.why == "The reason has 1,001 characters; the limit is 1,000."
    assert "4,000 characters; the limit" in misused(f"disable lee@contoso.com because {'é' * 4_000}").why


@pytest.mark.parametrize("typed", ["because", "because …", "because \u200b", "because --"])
def test_a_reason_without_a_letter_is_none(typed: str) -> None:
    assert "reason is missing" in misused(f"disable lee@contoso.com for 1h {typed}").why


@pytest.mark.parametrize(
    "opening", ["—because x", "--because x", "- because x", "because: x", "ＢＥＣＡＵＳＥ x"]
)
def test_dashes_and_colons_of_phones_do_not_hide_a_clause(opening: str) -> None:
    assert wish(f"disable lee@contoso.com for 1h {opening}") == Disable(LEE, HOUR, "", "x")
    assert wish("disable lee@contoso.com—for 1h—because x") == Disable(LEE, HOUR, "", "x")


def test_a_ticket_with_a_hyphen_before_a_clause_word_stays_one_word() -> None:
    assert wish("disable lee@contoso.com ticket stand-by because x") == Disable(LEE, None, "stand-by", "x")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("disable lee@contoso.com for 1h for 2h because x", "`for` stands there twice."),
        ("status lee@contoso.com for 1h", "`for` has no place in `/mfa status`."),
        ("status lee@contoso.com hanna@contoso.com", "“hanna@contoso.com” is not understood here."),
        ("status", "Say whose MFA."),
        ("disable for 1h because x", "Say whose MFA."),
        ("restore", "Say whose MFA, or which request."),
        ("disable lee@contoso.com ticket INC 7 because x", "is not a ticket"),
        (f"disable lee@contoso.com ticket {'7' * 101} because x", "is not a ticket"),
        ("disable lee@contoso.com for 1h", "Give the reason last"),
        ("extend R-12", "Say by how much: `by 30m`. Give the reason last"),
        ("list everything", "is not a list"),
        (f"status {'x' * 9_000}", "longer than 8,000 characters"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    found = misused(text)
    assert why in found.why
    assert found.usage.startswith("/mfa ")
    assert found.suggestion == ""


@pytest.mark.parametrize("text", ["", "  ", "\u00a0\u200b", "help", "HELP", "--help", "help disable", "—"])
def test_nothing_typed_is_a_call_for_help(text: str) -> None:
    assert parse("/mfa", text) == Help("/mfa")


def test_a_command_of_somebody_else_is_misused() -> None:
    assert misused("status lee@contoso.com", command="/deploy").suggestion == ""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("disabel lee@contoso.com fro 1h because x y", "/mfa disable lee@contoso.com for 1h because x y"),
        (
            "disable lee@contoso.com for 1h becuase it’s 5  x",
            "/mfa disable lee@contoso.com for 1h because it’s 5  x",
        ),
        ("disable lee@contoso.com by 1h because x", "/mfa disable lee@contoso.com for 1h because x"),
        ("disable lee@contoso.com 1h because x", "/mfa disable lee@contoso.com for 1h because x"),
        (
            "disable lee@contoso.com tiket INC-7 because x",
            "/mfa disable lee@contoso.com ticket INC-7 because x",
        ),
        ("extend 12 for 30m because x", "/mfa extend R-12 by 30m because x"),
        ("show 12", "/mfa show R-12"),
        ("sttaus <mailto:lee@contoso.com|lee@contoso.com>", "/mfa status lee@contoso.com"),
        ("restor <@U0LEE|lee>", "/mfa restore <@U0LEE|lee>"),
        ("lee@contoso.com", "/mfa status lee@contoso.com"),
        ("R-12", "/mfa show R-12"),
        ("list pendng", "/mfa list pending"),
        ("hlep", "/mfa help"),
    ],
)
def test_a_clear_slip_gets_a_whole_command_that_can_be_run(text: str, meant: str) -> None:
    found = misused(text)
    assert found.suggestion == meant
    assert isinstance(parse("/mfa", meant.removeprefix("/mfa ")), Parsed | Help)


def test_a_slip_without_a_reason_is_set_right_in_words_only() -> None:
    found = misused("disabel lee@contoso.com fro 1h")
    assert "Did you mean `/mfa disable lee@contoso.com for 1h because …`?" in found.why
    assert found.suggestion == ""


def test_a_slip_beside_a_bad_value_names_both() -> None:
    found = misused("disabel lee@contoso.com for -1h because x")
    assert "“disabel” is not known." in found.why
    assert "“-1h” is not a length of time" in found.why
    assert found.suggestion == ""


@pytest.mark.parametrize("verb", ["reset", "unsuspend", "delete"])
def test_a_word_that_means_something_else_gets_no_suggestion(verb: str) -> None:
    assert misused(f"{verb} lee@contoso.com because x").suggestion == ""


@pytest.mark.parametrize(("typed", "meant"), [("enabel", "enable"), ("phoen", "phone")])
def test_turning_on_is_never_taken_for_turning_off(typed: str, meant: str) -> None:
    found = misused(f"{typed} lee@contoso.com because x")
    assert found.suggestion == f"/mfa {meant} lee@contoso.com because x"


def test_a_suggestion_that_no_button_could_carry_is_not_made() -> None:
    escaped = "&amp;" * 500
    found = misused(f"disabel lee@contoso.com for 1h because x{escaped}")
    assert found.suggestion == ""


def test_what_is_said_back_is_cut() -> None:
    assert len(misused(f"status {'x' * 7_000}").why) < 200
    assert len(misused(f"disabel {'x' * 7_000}").why) < 300


@pytest.mark.parametrize(
    ("command", "text", "filed"),
    [
        ("/mfa", "disable nonsense", "/mfa disable"),
        ("/mfa", "nonsense", "/mfa"),
        ("/mfa", "", "/mfa"),
        ("/secret", "nonsense", "unknown command"),
    ],
)
def test_an_attempt_is_filed_without_a_word_that_was_typed(command: str, text: str, filed: str) -> None:
    assert attempted(command, text) == filed
