"""A name server on loopback that knows what it is told, and fails the ways name servers fail."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from enum import Enum
from ipaddress import ip_address
from types import TracebackType
from typing import Self, TypeAlias

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

TTL = 60  # seconds


class Trouble(Enum):
    """What a name may do instead of having addresses."""

    NXDOMAIN = "there is no such name"
    SERVFAIL = "the server cannot say"
    SILENCE = "no answer at all"


Answers: TypeAlias = tuple[str, ...] | Trouble
"""Addresses of both kinds; none of the kind that was asked for is an answer without data."""


class SimulatedDns(asyncio.DatagramProtocol):
    """``async with SimulatedDns({"fs.contoso.com": ("203.0.113.7", "2001:db8::7")}) as names``.

    ``names`` may be changed while it runs, in lower case without the last dot; an unknown name does not
    exist. ``asked`` are the questions that came, ``fs.contoso.com A``.
    """

    def __init__(self, names: Mapping[str, Answers]) -> None:
        self.names = dict(names)
        self.asked: list[str] = []
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        self.port = int(self._transport.get_extra_info("sockname")[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._transport is not None:
            self._transport.close()

    def resolver(self) -> dns.asyncresolver.Resolver:
        """Return a resolver that asks here and nowhere else."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return resolver

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer one question; what is none is passed over."""
        with suppress(dns.exception.DNSException):
            answer = self._answer(dns.message.from_wire(data))
            if answer is not None and self._transport is not None:
                self._transport.sendto(answer.to_wire(), addr)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        match self.names.get(name, Trouble.NXDOMAIN):
            case Trouble.SILENCE:
                return None
            case Trouble.NXDOMAIN:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            case Trouble.SERVFAIL:
                answer.set_rcode(dns.rcode.SERVFAIL)
            case addresses:
                wanted = [one for one in addresses if {4: "A", 6: "AAAA"}[ip_address(one).version] == kind]
                if wanted:
                    answer.answer.append(dns.rrset.from_text(question.name, TTL, "IN", kind, *wanted))
        return answer
