"""Registered methods in words: none is dropped, none is overrated, no number is whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entra.methods import methods, second_factors
from bot.entra.words import masked_address, masked_number
from commands.person_model import Method, Use


def one(kind: str, **fields: object) -> Method:
    [found] = methods([{"@odata.type": f"#microsoft.graph.{kind}AuthenticationMethod", **fields}])
    return found


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        ("phone", Use.SECOND_FACTOR),
        ("microsoftAuthenticator", Use.SECOND_FACTOR),
        ("fido2", Use.SECOND_FACTOR),
        ("softwareOath", Use.SECOND_FACTOR),
        ("hardwareOath", Use.SECOND_FACTOR),
        ("windowsHelloForBusiness", Use.SECOND_FACTOR),
        ("platformCredential", Use.SECOND_FACTOR),
        ("external", Use.SECOND_FACTOR),
        ("email", Use.PASSWORD_RESET),
        ("password", Use.FIRST_FACTOR),
        ("qrCodePin", Use.FIRST_FACTOR),
    ],
)
def test_each_kind_has_its_use(kind: str, use: Use) -> None:
    assert one(kind).use is use


@pytest.mark.parametrize("fields", [{}, {"isUsable": False}, {"isUsable": None}])
def test_a_pass_is_a_second_factor_only_while_it_is_usable(fields: dict[str, object]) -> None:
    assert one("temporaryAccessPass", isUsable=True).use is Use.SECOND_FACTOR
    assert one("temporaryAccessPass", **fields).use is not Use.SECOND_FACTOR


def test_an_unknown_kind_is_named_as_unknown() -> None:
    assert one("retinaScan") == Method("unknown kind (retinaScan)", "", Use.UNKNOWN)


@pytest.mark.parametrize("written", [None, 7, "", "<!channel>", "x" * 3000, "#microsoft.graph.a b"])
def test_a_kind_that_is_no_name_is_unknown_all_the_same(written: object) -> None:
    assert methods([{"@odata.type": written}]) == (Method("unknown kind", "", Use.UNKNOWN),)


def test_unknown_kinds_alone_are_not_taken_for_no_second_factor() -> None:
    password, unknown, phone = one("password"), one("retinaScan"), one("phone")
    assert second_factors([password]) == 0
    assert second_factors([password, unknown]) is None
    assert second_factors([password, unknown, phone]) == 1


def test_sixty_methods_are_all_there() -> None:
    items = [{"@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": str(n)} for n in range(60)]
    assert second_factors(methods(items)) == 60


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+1 2065550189", "·· ··89"),
        ("+1 5555551234x123", "·· ··34"),
        ("+31 612345678", "·· ··78"),
        ("+X XXXXXXX55", "·· ··55"),
        ("٠٦١٢٣٤٥٦٧٨", "·· ··78"),
        ("hidden", "·· ····"),
        ("7", "·· ····"),
        ("", "·· ····"),
        (None, "·· ····"),
        (31612345678, "·· ····"),
    ],
)
def test_a_number_is_known_by_its_last_two_digits(number: object, masked: str) -> None:
    assert masked_number(number) == masked


@given(st.text() | st.from_regex(r"\+[0-9]{1,3} [0-9]{4,14}(x[0-9]{1,6})?", fullmatch=True))
def test_no_number_shows_more_than_two_digits(number: str) -> None:
    assert len(re.findall(r"\d", masked_number(number))) <= 2


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("lee.private@gmail.com", "l··@gmail.com"),
        ("l@gmail.com", "l··@gmail.com"),
        ("31612345678@example.com", "3··@example.com"),
        ('"a@b"@example.com', '"··@example.com'),
        ("lee@31612345678", "l··@[number]"),
        ("no address", "··"),
        (None, "··"),
    ],
)
def test_an_address_is_known_by_its_first_letter_and_domain(address: object, masked: str) -> None:
    assert masked_address(address) == masked


def test_numbers_hidden_in_names_are_masked() -> None:
    shown = [
        one("microsoftAuthenticator", displayName="Lee's phone +31 6 1234 5678").detail,
        one("fido2", displayName="key 0612345678", model="NFC 0612345678").detail,
        one("external", displayName="0612345678").detail,
    ]
    assert not any(re.search(r"\d{3}", text) for text in shown)


def test_details_are_short_and_printable() -> None:
    detail = one("microsoftAuthenticator", displayName="a\u202e\n" + "b" * 3000).detail
    assert detail.isprintable()
    assert len(detail) <= 80


def test_a_phone_says_what_it_is_for() -> None:
    assert (
        one("phone", phoneNumber="+1 2065550189", phoneType="mobile").detail
        == "·· ··89 (mobile, SMS or call)"
    )
    assert one("phone", phoneNumber="+1 2065550189", phoneType="satellite").detail == "·· ··89"


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({"createdDateTime": "2024-03-04T10:12:31Z"}, datetime(2024, 3, 4, 10, 12, 31, tzinfo=UTC)),
        ({"creationDateTime": "2024-03-04T10:12:31.1234567Z"}, datetime(2024, 3, 4, 10, 12, 31, 123456, UTC)),
        ({"createdDateTime": None}, None),
        ({"createdDateTime": "yesterday"}, None),
        ({"createdDateTime": "0001-01-01T00:00:00+14:00"}, None),
        ({"createdDateTime": "2024-03-04T10:12:31"}, None),
        ({"createdDateTime": 7}, None),
    ],
)
def test_a_date_is_shown_where_graph_gives_one(fields: dict[str, object], since: datetime | None) -> None:
    assert one("fido2", **fields).since == since
