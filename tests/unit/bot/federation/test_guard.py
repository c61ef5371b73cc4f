"""Which addresses are connected to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from bot.federation.guard import Refused, checked, private_too, public_only

PUBLIC = ["20.190.128.10", "2603:1006:2000::10", "64:ff9b::14be:800a"]
PRIVATE = ["10.0.0.7", "172.16.3.4", "192.168.1.1", "127.0.0.1", "169.254.3.4", "::1", "fd12::7", "fe80::1"]
NEVER = [
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "::",
    "169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "100.64.0.1",
    "192.0.2.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::127.0.0.1",
    "fec0::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_allowed(text: str) -> None:
    assert public_only(ip_address(text)) == ""
    assert private_too(ip_address(text)) == ""


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_is_allowed_by_policy_only(text: str) -> None:
    assert public_only(ip_address(text)) != ""
    assert private_too(ip_address(text)) == ""


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_are_never_allowed(text: str) -> None:
    assert public_only(ip_address(text)) != ""
    assert private_too(ip_address(text)) != ""


def test_mapped_forms_are_judged_by_what_they_carry() -> None:
    assert public_only(ip_address("::ffff:127.0.0.1")) != ""
    assert private_too(ip_address("::ffff:169.254.169.254")) != ""


def test_one_refused_address_refuses_them_all() -> None:
    with pytest.raises(Refused, match=r"127\.0\.0\.1"):
        checked((ip_address("20.190.128.10"), ip_address("127.0.0.1")), public_only)
