"""Which addresses a check may connect to: public ones, or what the policy allows besides.

``ssrfguard``'s table decides, since ``ipaddress.is_global`` calls NAT64 and 6to4 forms of loopback public.
Even where the policy allows private addresses, the metadata services of clouds are refused: they hand out
credentials, and no federation service lives there.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, NewType, TypeAlias

from ssrfguard import DEFAULT_DENIED

Address: TypeAlias = IPv4Address | IPv6Address

Checked = NewType("Checked", str)
"""An address that was allowed: only ``checked`` makes one, and only these are connected to."""

Refuse: TypeAlias = Callable[[Address], str]
"""Says why an address is refused; ``""`` when it is allowed."""

_METADATA_SERVICES: Final = frozenset(
    map(ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
)
_PRIVATE: Final = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
_METADATA: Final = "it is a cloud's metadata service"


class Refused(Exception):
    """A host has an address that must not be connected to; the text says which kind."""


def public_only(address: Address) -> str:
    """Refuse everything that is not on the public internet, whatever form it is written in."""
    if address in _METADATA_SERVICES:
        return _METADATA
    return DEFAULT_DENIED.classify(address).reason


def private_too(address: Address) -> str:
    """Allow RFC 1918, unique local, loopback and link-local addresses besides the public ones."""
    if address in _METADATA_SERVICES:
        return _METADATA
    return "" if any(address in network for network in _PRIVATE) else public_only(address)


def checked(addresses: tuple[Address, ...], refuse: Refuse) -> tuple[Checked, ...]:
    """Return *addresses*, all of them allowed; ``Refused`` if a single one is not.

    A name with one public and one internal address is how the public one is made to vouch for the other.
    """
    for address in addresses:
        if why := refuse(address):
            raise Refused(f"{address}: {why}")
    return tuple(Checked(str(address)) for address in addresses)
