"""Telephone numbers as people and directories write them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.model import PhoneNumber, PhonePlace
from commands.numbers import NotANumber, read_number, same, spellings

MOBILE, OFFICE = PhonePlace.MOBILE, PhonePlace.OFFICE


@pytest.mark.parametrize(
    ("text", "region", "graphs"),
    [
        ("+31 6 12345678", None, "+31 612345678"),
        ("06 12345678", "NL", "+31 612345678"),
        ("0031-6-12345678", None, "+31 612345678"),
        ("+31 (0)6 12345678", None, "+31 612345678"),
        ("\u0660\u0666\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "NL", "+31 612345678"),
        ("\uff0b\uff13\uff11 612345678", None, "+31 612345678"),
        ("+1 (206) 555-5555", None, "+1 2065555555"),
    ],
)
def test_a_number_is_read_into_graphs_form(text: str, region: str | None, graphs: str) -> None:
    assert read_number(text, MOBILE, region) == PhoneNumber(graphs)


def test_an_italian_number_keeps_its_zero() -> None:
    assert read_number("+39 06 12345678", OFFICE, None) == PhoneNumber("+39 0612345678")


def test_an_extension_is_for_an_office_phone() -> None:
    for text in ("+31 20 1234567 x12", "+31 20 1234567 ext. 12", "+31201234567#12"):
        assert read_number(text, OFFICE, None) == PhoneNumber("+31 201234567x12")
        assert isinstance(read_number(text, PhonePlace.ALTERNATE_MOBILE, None), NotANumber)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("++31612345678", "several plus signs"),
        ("316+12345678", "at the beginning only"),
        ("1-800-FLOWERS", "letters"),
        ("x12", "letters"),
        ("12", "not a telephone number"),
        ("", "not a telephone number"),
        ("9" * 100, "not a telephone number"),
        ("612345678", "no country code"),
        ("+999 12345678", "No country has such a number"),
        ("+44 7700 900123", "No such number can exist"),
        ("+31 20 1234567", "fixed line"),
        ("+31 900 0133", "premium-rate"),
        ("+31 800 1234567", "toll-free"),
        ("+31 97 012345678", "for machines"),
    ],
)
def test_what_cannot_be_set_is_refused_without_repeating_it(text: str, why: str) -> None:
    found = read_number(text, MOBILE, None)
    assert isinstance(found, NotANumber)
    assert why in found.why
    assert not text or len(text) < 4 or text not in found.why


@given(st.text(max_size=80), st.sampled_from(PhonePlace), st.sampled_from([None, "NL", "US"]))
def test_whatever_is_typed_is_read_or_refused(text: str, place: PhonePlace, region: str | None) -> None:
    found = read_number(text, place, region)
    if isinstance(found, PhoneNumber):
        assert phonenumbers.is_valid_number(phonenumbers.parse(found.written.replace("x", ";ext="), None))
        assert found.written.startswith("+")
        assert found.written.count(" ") == 1


def test_a_number_is_looked_for_as_directories_write_it() -> None:
    assert {"+31612345678", "+31 6 12345678", "06 12345678", "0612345678", "+31 612345678"} < set(
        spellings(PhoneNumber("+31 612345678"))
    )


def test_the_same_number_with_an_extension_is_the_same() -> None:
    assert same(PhoneNumber("+31 201234567x1"), PhoneNumber("+31 201234567"))
    assert not same(PhoneNumber("+31 201234567"), PhoneNumber("+31 201234568"))
