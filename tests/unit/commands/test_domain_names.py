from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.domain_names import NotADomain, parents, read_domain, shown_domain


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("contoso.com", "contoso.com"),
        ("  Contoso.COM.  ", "contoso.com"),
        ("hanna@contoso.com", "contoso.com"),
        ("hanna@sales@contoso.com", "contoso.com"),
        ("@contoso.com", "contoso.com"),
        ("https://contoso.com/page?x=y", "contoso.com"),
        ("https://hanna:word@contoso.com:8443/", "contoso.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("hanna@straße.example", "xn--strae-oqa.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("contoso\N{IDEOGRAPHIC FULL STOP}com", "contoso.com"),
        ("contoso.onmicrosoft.com", "contoso.onmicrosoft.com"),
        ("_dmarc.contoso.com", "_dmarc.contoso.com"),
        ("1.example", "1.example"),
    ],
)
def test_a_domain_is_read_however_it_is_written(text: str, name: str) -> None:
    assert read_domain(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "contoso",
        "con toso.com",
        "-contoso.com",
        "contoso-.com",
        "a..b",
        "10.0.0.7",
        "::1",
        "https://[::1]/",
        "https://[::1",
        "https://",
        f"{'a' * 64}.com",
        ".".join(["abcdefgh"] * 40),
        "a" * 3000,
        "../etc.com/passwd",
        "contoso.com/../x",
        "$metadata",
        "\N{SNOWMAN}\ufdd0.com",
        "hanna@",
    ],
)
def test_what_cannot_be_a_domain_is_refused(text: str) -> None:
    with pytest.raises(NotADomain):
        read_domain(text)


@given(st.text(max_size=80))
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    try:
        name = read_domain(text)
    except NotADomain:
        return
    assert read_domain(name) == name
    assert name.isascii()
    assert shown_domain(name)


def test_a_name_is_shown_as_its_owner_writes_it() -> None:
    assert shown_domain("xn--mnchen-3ya.example") == "münchen.example"
    assert shown_domain("xn--\N{SNOWMAN}") == "xn--\N{SNOWMAN}"
    assert shown_domain("xn--zzzzzzz99999.example") == "xn--zzzzzzz99999.example"


def test_the_domains_above_one_are_named_nearest_first() -> None:
    assert parents(read_domain("a.eu.contoso.com")) == ("eu.contoso.com", "contoso.com")
    assert parents(read_domain("contoso.com")) == ()
