"""DNS, TCP and TLS, one connection at a time, each to an address that was checked before."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, TypeAlias

from dns.asyncresolver import Resolver
from dns.exception import DNSException, Timeout
from dns.resolver import NXDOMAIN, NoNameservers

from bot.federation.guard import Address, Checked, Refuse, public_only

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MOST_ADDRESSES: Final = 16
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})

Resolve: TypeAlias = Callable[[str], Awaitable[tuple[Address, ...]]]
"""Returns every address of a host, at least one; raises ``Unresolved``."""

Endpoint: TypeAlias = tuple[str, int]
Route: TypeAlias = Callable[[Checked, int], Endpoint]
"""Says where a checked address and a port are reached; itself, except in tests and the simulation."""


class Unresolved(Exception):
    """A name has no address; the text says why, ``temporary`` whether the servers did not answer."""

    def __init__(self, why: str, *, temporary: bool = False) -> None:
        super().__init__(why)
        self.temporary = temporary


class NoRoute(Exception):
    """This machine has no way to addresses of that kind (mostly: no IPv6)."""


class NotReached(Exception):
    """The connection was not made; the text says why."""


def literal(host: str) -> Address | None:
    """Return the address that *host* is, if it is one and not a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long anything may take, in seconds, and how large a document may be, in bytes."""

    connection: float = 5.0
    """For one look-up, one connection, or one handshake."""
    document: float = 10.0
    check: float = 20.0
    """For everything together."""
    largest: int = 2 * 1024 * 1024


LIMITS: Final = Limits()


def asking(resolver: Callable[[], Resolver] = Resolver) -> Resolve:
    """Ask DNS for v4 and v6 addresses side by side; ``/etc/hosts`` and search domains are not looked at.

    One kind is enough when the other cannot be had. *resolver* is called for each look-up, so that a
    changed ``resolv.conf`` counts.
    """

    async def resolve(host: str) -> tuple[Address, ...]:
        if (address := literal(host)) is not None:
            return (address,)
        try:
            asked = resolver()
        except DNSException:
            raise Unresolved("this machine has no DNS server configured", temporary=True) from None
        answers = await asyncio.gather(*(_addresses(asked, host, kind) for kind in ("A", "AAAA")))
        found = tuple(address for answer in answers if isinstance(answer, tuple) for address in answer)
        failures = [answer for answer in answers if isinstance(answer, Unresolved)]
        if found:
            return found[:_MOST_ADDRESSES]
        raise failures[0] if failures else Unresolved("the name has no address in DNS")

    return resolve


async def _addresses(resolver: Resolver, host: str, kind: str) -> tuple[Address, ...] | Unresolved:
    try:
        found = await resolver.resolve(host, kind, lifetime=LIMITS.connection, raise_on_no_answer=False)
    except NXDOMAIN:
        return Unresolved("DNS knows no such name")
    except (NoNameservers, Timeout):
        return Unresolved("the DNS servers of this machine do not answer for it", temporary=True)
    except DNSException as error:
        return Unresolved(f"the name cannot be asked for ({type(error).__name__})")
    return tuple(ip_address(one.to_text()) for one in found)


def direct(address: Checked, port: int) -> Endpoint:
    """Connect to exactly the address that was checked."""
    return address, port


def public_trust() -> ssl.SSLContext:
    """Trust the system's store and nothing else, whatever ``SSL_CERT_FILE`` says."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    paths = ssl.get_default_verify_paths()
    with suppress(OSError):
        context.load_verify_locations(cafile=paths.openssl_cafile)
    with suppress(OSError):
        context.load_verify_locations(capath=paths.openssl_capath)
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How checks reach federation hosts. *own* trusts ``SSL_CERT_FILE`` besides, if that is set."""

    public: ssl.SSLContext = field(default_factory=public_trust)
    own: ssl.SSLContext | None = None
    resolve: Resolve = field(default_factory=asking)
    refuse: Refuse = public_only
    route: Route = direct
    limits: Limits = LIMITS


@dataclass(frozen=True, slots=True)
class Server:
    """A host at one of its addresses and a port."""

    name: str
    address: Checked
    port: int


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a TLS handshake showed: the protocol's version, and the certificate in DER."""

    version: str
    certificate: bytes


async def knock(network: Network, server: Server) -> None:
    """Open a TCP connection and close it; ``NoRoute`` or ``NotReached`` when that fails."""
    async with _opened(network, server):
        pass


async def shake_hands(network: Network, server: Server, trust: ssl.SSLContext | None) -> Handshake:
    """Make a TLS handshake for the server's name and close; nothing is sent in it.

    ``trust=None`` looks at a certificate that failed: then nothing is verified. Raises
    ``ssl.SSLCertVerificationError``, ``ssl.SSLError``, ``NoRoute`` or ``NotReached``.
    """
    async with _opened(network, server, trust or _blind()) as writer:
        session: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return Handshake(session.version() or "", session.getpeercert(binary_form=True) or b"")


def _blind() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # to read why a certificate fails; nothing is sent or believed
    return context


@asynccontextmanager
async def _opened(
    network: Network, server: Server, tls: ssl.SSLContext | None = None
) -> AsyncIterator[asyncio.StreamWriter]:
    host, port = network.route(server.address, server.port)
    name = server.name if tls else None
    try:
        async with asyncio.timeout(network.limits.connection):
            _, writer = await asyncio.open_connection(host, port, ssl=tls, server_hostname=name)
    except ssl.SSLError:
        raise
    except (OSError, ValueError) as error:
        raise _failure(error, network.limits) from None
    try:
        yield writer
    finally:
        # Aborted: waiting for the other side to say goodbye is one more thing it could drag out.
        writer.transport.abort()


def _failure(error: OSError | ValueError, limits: Limits) -> Exception:
    match error:
        case TimeoutError():
            return NotReached(f"no answer within {limits.connection:g} s")
        case ConnectionRefusedError():
            return NotReached("the connection was refused")
        case ConnectionError():
            return NotReached("the connection was cut")
        case OSError(errno=number) if number in _NO_ROUTE:
            return NoRoute("this machine has no route there")
        case OSError():
            return NotReached("no connection")
        case _:
            return NotReached("the name cannot be used in TLS")
