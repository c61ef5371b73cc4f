import dns.exception
import dns.resolver
import pytest

from bot.sim.dns import Answers, SimulatedDns, Trouble

NAMES: dict[str, Answers] = {
    "fs.contoso.com": ("203.0.113.7", "203.0.113.8", "2001:db8::7"),
    "v4.contoso.com": ("203.0.113.9",),
    "none.contoso.com": (),
    "broken.contoso.com": Trouble.SERVFAIL,
    "mute.contoso.com": Trouble.SILENCE,
    "gone.contoso.com": Trouble.NXDOMAIN,
}


async def addresses(names: SimulatedDns, host: str, *, seconds: float = 5) -> set[str]:
    return set((await names.resolver().resolve_name(host, lifetime=seconds)).addresses())


@pytest.mark.parametrize("host", ["fs.contoso.com", "FS.contoso.com."])
async def test_a_name_has_its_addresses_of_both_kinds(host: str) -> None:
    async with SimulatedDns(NAMES) as names:
        assert await addresses(names, host) == {"203.0.113.7", "203.0.113.8", "2001:db8::7"}


async def test_a_name_may_have_one_kind_alone() -> None:
    async with SimulatedDns(NAMES) as names:
        assert await addresses(names, "v4.contoso.com") == {"203.0.113.9"}
        assert set(names.asked) == {"v4.contoso.com A", "v4.contoso.com AAAA"}


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("none.contoso.com", dns.resolver.NoAnswer),
        ("gone.contoso.com", dns.resolver.NXDOMAIN),
        ("never.heard.of", dns.resolver.NXDOMAIN),
        ("broken.contoso.com", dns.resolver.NoNameservers),
    ],
)
async def test_every_failure_is_told_from_the_others(
    host: str, error: type[dns.exception.DNSException]
) -> None:
    async with SimulatedDns(NAMES) as names:
        with pytest.raises(error):
            await addresses(names, host)


async def test_silence_lasts_until_the_client_gives_up() -> None:
    async with SimulatedDns(NAMES) as names:
        with pytest.raises(dns.resolver.LifetimeTimeout):
            await addresses(names, "mute.contoso.com", seconds=0.2)


async def test_names_change_while_it_runs() -> None:
    async with SimulatedDns(NAMES) as names:
        names.names["fs.contoso.com"] = ("198.51.100.1",)

        assert await addresses(names, "fs.contoso.com") == {"198.51.100.1"}
