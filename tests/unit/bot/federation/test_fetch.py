"""Which addresses are fetched, and what becomes of redirections."""

from __future__ import annotations

import asyncio
import ssl

import httpx
import pytest

from bot.federation.fetch import Place, fetch, https_url
from bot.federation.guard import Checked
from bot.federation.network import Network
from bot.federation.targets import targets
from bot.sim.adfs import Place as At
from bot.sim.adfs import Redirected, at
from bot.sim.authority import Authority
from commands.federation_model import Configuration, Grade, StepKind
from commands.federation_model import Tested as Done
from tests.unit.bot.federation.sites import PUBLIC_V4, SERVICE, Found


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (" https://fs.contoso.com/adfs/ls/\n", "fs.contoso.com"),
        ("https://FS.Contoso.com/", "fs.contoso.com"),
        ("https://fs.contoso.com./adfs/ls/", "fs.contoso.com"),
        ("https://münchen.example/", "münchen.example"),
        ("https://[::1]/", "::1"),
    ],
)
def test_an_https_address_is_read(text: str, host: str) -> None:
    url = https_url(text)
    assert url is not None
    assert url.host == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fs.contoso.com",
        "http://fs.contoso.com/",
        "ftp://fs.contoso.com/",
        "file:///etc/passwd",
        "https://",
        "https://user:word@fs.contoso.com/",
        "https://[::1",
        "https://fs.contoso.com:99999/",
        "https://fs contoso.com/",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_plain_https_address_is_not_asked(text: str) -> None:
    assert https_url(text) is None


@pytest.mark.parametrize(
    ("where", "requests", "status"),
    [
        ("/adfs/ls/?again=1", 4, 302),
        ("https://fs.contoso.com/adfs/ls/?again=1", 4, 302),
        ("https://evil.example/", 1, 302),
        ("http://fs.contoso.com/adfs/ls/", 1, 302),
        ("https://fs.contoso.com:8443/adfs/ls/", 1, 302),
        ("https://[", 1, 302),
    ],
)
async def test_redirections_are_followed_on_the_same_host_and_not_for_ever(
    found: Found, where: str, requests: int, status: int
) -> None:
    site = await found(at(At.SIGN_IN, Redirected(where)))
    place = Place(site.network, Checked(PUBLIC_V4), site.network.public)
    document = await fetch(place, httpx.URL(f"{SERVICE}/adfs/ls/"))
    assert len(site.adfs.requests) == requests
    assert document.status == status


async def test_a_cookie_that_comes_with_a_redirection_is_not_sent_back() -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: /again\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    with Authority() as authority:
        trust = ssl.create_default_context(cafile=str(authority.ca_file))
        server = await asyncio.start_server(
            answer, "127.0.0.1", 0, ssl=authority.server_context("fs.contoso.com")
        )
        port: int = server.sockets[0].getsockname()[1]
        place = Place(Network(route=lambda address, _: (address, port)), Checked("127.0.0.1"), trust)
        async with server:
            await fetch(place, httpx.URL(f"{SERVICE}/adfs/ls/"))
    assert len(heard) == 4
    assert not any(b"cookie" in one.lower() for one in heard)


def test_hosts_that_differ_are_each_reached_once() -> None:
    plan = targets(
        Configuration(
            id="1",
            passive_sign_in_uri="https://fs.contoso.com/adfs/ls/",
            active_sign_in_uri="https://fs.contoso.com/adfs/services/trust/2005/usernamemixed",
            metadata_exchange_uri="https://mex.contoso.com:8443/adfs/services/trust/mex",
        )
    )
    assert [(one.name, one.port, [page.kind for page in one.pages]) for one in plan.hosts] == [
        ("fs.contoso.com", 443, [StepKind.METADATA, StepKind.PASSIVE]),
        ("mex.contoso.com", 8443, [StepKind.MEX]),
    ]


def test_nothing_is_asked_of_a_configuration_without_an_address() -> None:
    plan = targets(Configuration(id="1"))
    assert plan.hosts == ()
    outcomes = dict(plan.settled)
    passive = outcomes[StepKind.PASSIVE, ""]
    assert isinstance(passive, Done)
    assert passive.grade is Grade.WRONG
