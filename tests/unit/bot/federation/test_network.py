"""DNS and trust, against a name server on loopback."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest
from dns.asyncresolver import Resolver
from dns.resolver import NoResolverConfiguration

from bot.federation.network import Unresolved, asking, public_trust
from bot.sim.authority import Authority
from bot.sim.dns import SimulatedDns, Trouble


@pytest.fixture
async def names() -> AsyncIterator[SimulatedDns]:
    known = {
        "fs.contoso.com": ("20.190.128.10", "2603:1006:2000::10"),
        "v6.contoso.com": ("2603:1006:2000::10",),
        "empty.contoso.com": (),
        "broken.contoso.com": Trouble.SERVFAIL,
    }
    async with SimulatedDns(known) as server:
        yield server


async def test_both_kinds_of_addresses_are_found(names: SimulatedDns) -> None:
    found = await asking(names.resolver)("fs.contoso.com")
    assert found == (ip_address("20.190.128.10"), ip_address("2603:1006:2000::10"))
    assert sorted(names.asked) == ["fs.contoso.com A", "fs.contoso.com AAAA"]


async def test_one_kind_of_address_is_enough(names: SimulatedDns) -> None:
    assert await asking(names.resolver)("v6.contoso.com") == (ip_address("2603:1006:2000::10"),)


@pytest.mark.parametrize("text", ["20.190.128.10", "::1", "[::1]"])
async def test_an_address_is_not_asked_as_a_name(names: SimulatedDns, text: str) -> None:
    assert await asking(names.resolver)(text) == (ip_address(text.strip("[]")),)
    assert names.asked == []


@pytest.mark.parametrize(
    ("name", "why", "temporary"),
    [
        ("nobody.contoso.com", "no such name", False),
        ("empty.contoso.com", "no address", False),
        ("broken.contoso.com", "do not answer", True),
        ("a..b", "cannot be asked", False),
        (f"{'a' * 64}.contoso.com", "cannot be asked", False),
    ],
)
async def test_a_name_without_an_address_says_why(
    names: SimulatedDns, name: str, why: str, *, temporary: bool
) -> None:
    with pytest.raises(Unresolved, match=why) as caught:
        await asking(names.resolver)(name)
    assert caught.value.temporary is temporary


async def test_a_machine_without_a_name_server_says_so() -> None:
    def none() -> Resolver:
        raise NoResolverConfiguration

    with pytest.raises(Unresolved, match="no DNS server"):
        await asking(none)("fs.contoso.com")


def test_the_public_store_does_not_take_in_ssl_cert_file(monkeypatch: pytest.MonkeyPatch) -> None:
    with Authority() as authority:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        wide = ssl.create_default_context()
        ours = wide.get_ca_certs()
        assert any("Relatch simulation" in str(one) for one in ours)
        assert not any("Relatch simulation" in str(one) for one in public_trust().get_ca_certs())


def test_the_public_store_verifies_names_and_wants_tls_1_2() -> None:
    context = public_trust()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
