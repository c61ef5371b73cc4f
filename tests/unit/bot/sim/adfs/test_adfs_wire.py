import asyncio
import gzip
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http.cookiejar import CookieJar
from typing import TypeAlias

import httpx
import pytest

from bot.sim.adfs import (
    Answered,
    Cut,
    Dripped,
    Farm,
    GzipBomb,
    Held,
    Padded,
    Place,
    Plain,
    Redirected,
    SimulatedAdfs,
    Tls,
    at,
    tls,
    without_relying_party,
)

PATHS = {
    Place.METADATA: "/FederationMetadata/2007-06/FederationMetadata.xml",
    Place.MEX: "/adfs/services/trust/mex",
    Place.SIGN_IN: "/adfs/ls/?wa=wsignin1.0&wtrealm=urn:federation:MicrosoftOnline",
}
Serve: TypeAlias = Callable[..., Awaitable[tuple[SimulatedAdfs, httpx.AsyncClient]]]


async def handshake(adfs: SimulatedAdfs, name: str, *, old: bool = False) -> str | None:
    """Return the version of TLS that is agreed on."""
    trust = ssl.create_default_context(cafile=str(adfs.ca_file))
    if old:
        trust.set_ciphers("ALL:@SECLEVEL=0")
        trust.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    _, writer = await asyncio.open_connection("127.0.0.1", adfs.port, ssl=trust, server_hostname=name)
    agreed: str | None = writer.get_extra_info("ssl_object").version()
    writer.close()
    await writer.wait_closed()
    return agreed


# TLS


@pytest.mark.parametrize("name", ["fs.contoso.com", "localhost", "127.0.0.1", "login.contoso.com"])
async def test_a_healthy_certificate_has_every_name_of_the_farm(serve: Serve, farm: Farm, name: str) -> None:
    adfs, _ = await serve(of=replace(farm, base="https://login.contoso.com:8443"))

    assert await handshake(adfs, name) == "TLSv1.3"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Tls.EXPIRED, "certificate has expired"),
        (Tls.NOT_YET_VALID, "certificate is not yet valid"),
        (Tls.WRONG_NAME, "certificate is not valid for 'fs.contoso.com'"),
        (Tls.UNTRUSTED, "unable to get local issuer certificate"),
    ],
)
async def test_a_bad_certificate_is_refused_for_its_own_reason(serve: Serve, kind: Tls, words: str) -> None:
    adfs, _ = await serve(tls(kind))

    with pytest.raises(ssl.SSLCertVerificationError, match=words):
        await handshake(adfs, "fs.contoso.com")


async def test_old_tls_is_refused_by_todays_clients_and_spoken_with_yesterdays(serve: Serve) -> None:
    adfs, _ = await serve(tls(Tls.OLD_VERSION))

    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        await handshake(adfs, "fs.contoso.com")
    assert await handshake(adfs, "fs.contoso.com", old=True) == "TLSv1.1"


async def test_a_certificate_goes_bad_and_well_again_while_it_runs(serve: Serve) -> None:
    adfs, _ = await serve()

    for kind in Tls:
        adfs.breaks(tls(kind))
        if kind is not Tls.TRUSTED:
            with pytest.raises(ssl.SSLError):
                await handshake(adfs, "fs.contoso.com")
        adfs.heals()
        assert await handshake(adfs, "fs.contoso.com") == "TLSv1.3"


async def test_it_listens_on_every_address_with_one_port() -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no ::1")
    async with SimulatedAdfs(addresses=("127.0.0.1", "::1")) as adfs:
        trust = ssl.create_default_context(cafile=str(adfs.ca_file))
        for address in ("127.0.0.1", "[::1]"):
            async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
                assert (
                    await client.get(f"https://{address}:{adfs.port}{PATHS[Place.MEX]}")
                ).status_code == 200


# Deliveries


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("status", [404, 500, 503])
async def test_each_document_fails_alone(serve: Serve, place: Place, status: int) -> None:
    _, client = await serve(at(place, Answered(status)))

    found = {other: (await client.get(path)).status_code for other, path in PATHS.items()}

    assert found == {other: status if other is place else 200 for other in Place}


@pytest.mark.parametrize("place", Place)
async def test_a_document_is_redirected_to_another_host(serve: Serve, place: Place) -> None:
    _, client = await serve(at(place, Redirected("https://evil.example/")))

    found = await client.get(PATHS[place])

    assert (found.status_code, found.headers["Location"]) == (302, "https://evil.example/")


async def test_a_big_document_is_still_the_document(serve: Serve) -> None:
    _, client = await serve(at(Place.METADATA, Padded()))

    found = await client.get(PATHS[Place.METADATA])

    assert len(found.content) == 5 * 1024 * 1024
    assert found.content.startswith(b"<?xml")


async def test_a_bomb_is_small_until_it_is_unpacked(serve: Serve) -> None:
    _, client = await serve(at(Place.MEX, GzipBomb(8 * 1024 * 1024)))

    async with client.stream("GET", PATHS[Place.MEX], headers={"Accept-Encoding": "identity"}) as found:
        raw = b"".join([chunk async for chunk in found.aiter_raw()])

    assert found.headers["Content-Encoding"] == "gzip"
    assert len(raw) < 64 * 1024
    assert len(gzip.decompress(raw)) == 8 * 1024 * 1024


async def test_a_wrong_type_comes_with_the_right_content(serve: Serve) -> None:
    _, client = await serve(at(Place.METADATA, Plain("text/html")))

    found = await client.get(PATHS[Place.METADATA])

    assert found.headers["Content-Type"] == "text/html"
    assert b"EntityDescriptor" in found.content


async def test_a_drip_defeats_the_time_of_a_read_but_not_the_whole_time(serve: Serve) -> None:
    _, client = await serve(at(Place.MEX, Dripped(asyncio.Event(), every=0.01)))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await client.get(PATHS[Place.MEX], timeout=0.2)


async def test_a_drip_ends_when_its_gate_opens(serve: Serve) -> None:
    gate = asyncio.Event()
    adfs, client = await serve(at(Place.MEX, Dripped(gate)))
    chunks = []

    async with client.stream("GET", PATHS[Place.MEX]) as found:
        async for chunk in found.aiter_raw():
            chunks.append(chunk)
            gate.set()

    adfs.heals()
    assert b"".join(chunks) == (await client.get(PATHS[Place.MEX])).content
    assert len(chunks[0]) < 100


async def test_a_held_document_comes_when_its_gate_opens(serve: Serve) -> None:
    gate = asyncio.Event()
    _, client = await serve(at(Place.SIGN_IN, Held(gate)))

    with pytest.raises(httpx.ReadTimeout):
        await client.get(PATHS[Place.SIGN_IN], timeout=0.2)
    gate.set()

    assert (await client.get(PATHS[Place.SIGN_IN])).status_code == 200


async def test_a_cut_ends_in_the_middle(serve: Serve) -> None:
    _, client = await serve(at(Place.METADATA, Cut()))

    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(PATHS[Place.METADATA])


# What it remembers


async def test_faults_combine_come_and_go(serve: Serve) -> None:
    adfs, client = await serve(without_relying_party)
    adfs.breaks(at(Place.MEX, Answered(503)))

    assert (await client.get(PATHS[Place.MEX])).status_code == 503
    assert "MSIS7007" in (await client.get(PATHS[Place.SIGN_IN])).text

    adfs.heals()

    assert (await client.get(PATHS[Place.MEX])).status_code == 200
    assert "loginForm" in (await client.get(PATHS[Place.SIGN_IN])).text


async def test_it_remembers_all_that_was_sent_to_it(serve: Serve) -> None:
    adfs, client = await serve()
    client.cookies = httpx.Cookies(CookieJar())

    await client.get(PATHS[Place.SIGN_IN], headers={"Authorization": "Bearer planted"})
    await client.get("/entity")

    [first, second] = adfs.requests
    assert first.headers["authorization"] == "Bearer planted"
    assert first.query == {"wa": "wsignin1.0", "wtrealm": "urn:federation:MicrosoftOnline"}
    assert (second.method, second.path) == ("GET", "/entity")
