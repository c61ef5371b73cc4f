"""Certificates in every way that people and services write them, and in ways nobody should."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.federation.certificates import LARGEST, read_certificate, read_der
from bot.sim.signing import Key, Signer, Writing, write
from commands.federation_model import Certificate, UnreadableCertificate

NOW = datetime(2026, 11, 22, 15, 40, tzinfo=UTC)


@cache
def signer(name: str = "primary") -> Signer:
    return Key(name).issued(NOW)


def read(text: str) -> Certificate:
    found = read_certificate(text)
    assert isinstance(found, Certificate), found
    return found


@pytest.mark.parametrize("writing", [Writing.PLAIN, Writing.LINE_BROKEN, Writing.ARMOURED])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n    "])
def test_a_certificate_is_read_however_it_is_written(writing: Writing, newline: str) -> None:
    written = write(signer().base64, writing).replace("\n", newline)
    assert read(written) == read(signer().base64)


def test_armour_on_one_line_is_read() -> None:
    bare = signer().base64
    assert read(f"-----BEGIN CERTIFICATE-----{bare}-----END CERTIFICATE-----") == read(bare)


def test_the_facts_are_those_of_the_certificate() -> None:
    found = read(signer().base64)
    assert found.subject == "CN=ADFS Signing - fs.contoso.com"
    assert found.key == "RSA 2048"
    assert len(found.sha1) == 40
    assert len(found.sha256) == 64
    assert found.sha1 == found.sha1.upper()
    assert found.days_left(NOW) == 264
    assert found.days_left(found.not_after + timedelta(days=3, hours=1)) == -4
    assert found.not_before.tzinfo is UTC


def test_a_key_on_a_curve_is_named() -> None:
    assert read(Key("curve", kind="ec").written(NOW)).key == "EC secp256r1"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("MIIE3jCCAsagAwIBAgIQQcyDaZz3MI", "may have been cut"),
        ("TUlJ", "no X.509"),
        ("certificate \N{SNOWMAN}", "base64"),
        ("A" * 3 * LARGEST, "too large"),
    ],
)
def test_what_is_no_certificate_says_why(text: str, why: str) -> None:
    found = read_certificate(text)
    assert isinstance(found, UnreadableCertificate)
    assert why in found.why


def test_a_truncated_certificate_is_unreadable() -> None:
    assert isinstance(read_certificate(write(signer().base64, Writing.TRUNCATED)), UnreadableCertificate)


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    assert isinstance(read_certificate(text), UnreadableCertificate)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise(der: bytes) -> None:
    assert isinstance(read_der(der), UnreadableCertificate)


@given(data=st.data())
def test_no_change_of_a_certificate_makes_the_reader_raise(data: st.DataObject) -> None:
    """Some of these load and fail only when their facts are read."""
    der = bytearray(signer().der)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    found = read_certificate(base64.b64encode(bytes(der)).decode())
    assert isinstance(found, Certificate | UnreadableCertificate)
