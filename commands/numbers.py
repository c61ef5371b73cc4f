"""Telephone numbers as people and directories write them, read into Graph's form or refused with the reason.

Graph takes ``+{country code} {number}x{extension}``, the space is required, and extensions are for office
phones alone (Graph docs, "phoneAuthenticationMethod resource type"). The library reads more than is one
(``++31``, ``1-800-FLOWERS``, ``x12``): the shape is looked at first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from approvals.model import PhoneNumber, PhonePlace

LONGEST: Final = 60
_SEPARATORS: Final = r"[\s\-.()/\u2010-\u2015\u2212]"
_SHAPE: Final = re.compile(
    rf"(?P<plus>\+?)(?:{_SEPARATORS}*[0-9]){{4,18}}{_SEPARATORS}*(?:(?:x|ext\.?|#)\s*(?P<extension>[0-9]{{1,6}}))?"
)
_MOBILE: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_PERSONAL: Final = _MOBILE | {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
}
_NAMES: Final = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.TOLL_FREE: "a toll-free number, which nobody is called on",
    PhoneNumberType.PAGER: "a pager's number",
    PhoneNumberType.UAN: "a company's number",
    PhoneNumberType.VOICEMAIL: "a voice mailbox",
}
_MACHINES: Final = {31: ("97",), 32: ("77",), 33: ("700",), 46: ("719",), 47: ("58", "59")}
"""By country code, how the numbers of machines begin, which the library takes for mobile ones."""


@dataclass(frozen=True, slots=True)
class NotANumber:
    """It cannot be set, and why: a sentence without the number."""

    why: str


def read_number(text: str, place: PhonePlace, region: str | None) -> PhoneNumber | NotANumber:
    """Read *text* as a number for *place*; *region* is that of numbers without a country code."""
    folded = unicodedata.normalize("NFKC", text).strip()
    shape = _SHAPE.fullmatch(_as_international(_in_ascii_digits(folded)))
    if shape is None or len(text) > LONGEST:
        return NotANumber(_why_not(folded))
    if not shape["plus"] and region is None:
        return NotANumber("It has no country code: write it like +31 6 12345678.")
    if shape["extension"] and place is not PhonePlace.OFFICE:
        return NotANumber("Entra takes an extension for an office phone only.")
    return _judged(shape, place, region)


def spellings(number: PhoneNumber) -> tuple[str, ...]:
    """Return how a directory may have written *number*."""
    parsed = phonenumbers.parse(number.written.partition("x")[0], None)
    formats = (
        PhoneNumberFormat.E164,
        PhoneNumberFormat.INTERNATIONAL,
        PhoneNumberFormat.NATIONAL,
        PhoneNumberFormat.RFC3966,
    )
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    written = [phonenumbers.format_number(parsed, one) for one in formats]
    bare = re.sub(r"\D", "", national)
    plain = [number.written.partition("x")[0], bare, written[3].removeprefix("tel:")]
    return tuple(dict.fromkeys([*plain, *written[:3]]))


def same(one: PhoneNumber, other: PhoneNumber) -> bool:
    """Return whether both are the same number, whatever the extension."""
    return one.written.partition("x")[0] == other.written.partition("x")[0]


def _in_ascii_digits(text: str) -> str:
    """Return *text* with the digits of every script as ours."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _as_international(text: str) -> str:
    """Return ``00…`` as ``+…``: both are dialled for abroad."""
    return f"+{text[2:]}" if text.startswith("00") else text


def _why_not(text: str) -> str:
    if text.count("+") > 1:
        return "It has several plus signs."
    if "+" in text[1:]:
        return "A plus sign stands at the beginning only."
    if any(char.isalpha() for char in text):
        return "It has letters in it: write digits."
    return "It is not a telephone number: write it like +31 6 12345678."


def _judged(shape: re.Match[str], place: PhonePlace, region: str | None) -> PhoneNumber | NotANumber:
    try:
        parsed = phonenumbers.parse(shape[0], region)
    except phonenumbers.NumberParseException:
        return NotANumber("No country has such a number: check its country code.")
    if not phonenumbers.is_valid_number(parsed):
        return NotANumber("No such number can exist: check its digits.")
    objection = _objection(parsed, place)
    if objection:
        return NotANumber(objection)
    national = phonenumbers.national_significant_number(parsed)
    extension = f"x{shape['extension']}" if shape["extension"] else ""
    return PhoneNumber(f"+{parsed.country_code} {national}{extension}")


def _objection(parsed: phonenumbers.PhoneNumber, place: PhonePlace) -> str:
    kind = phonenumbers.number_type(parsed)
    if phonenumbers.national_significant_number(parsed).startswith(
        _MACHINES.get(parsed.country_code or 0, ("?",))
    ):
        return "It is a number for machines."
    if kind not in _PERSONAL:
        return f"It is {_NAMES.get(kind, 'not the number of a person')}."
    if place is PhonePlace.MOBILE and kind not in _MOBILE:
        return "It is a fixed line, which takes no text messages: add `office` or `alternateMobile`."
    return ""
