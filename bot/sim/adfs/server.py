"""A farm on a socket: HTTPS on loopback, with the certificate the farm wants shown."""

import logging
import ssl
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from types import TracebackType
from typing import Self, assert_never

from aiohttp import web

from bot.sim.adfs import metadata, mex, pages
from bot.sim.adfs.delivery import Answered, Delivery, Document, deliver
from bot.sim.adfs.farm import Farm, Tls
from bot.sim.adfs.faults import Fault, Place
from bot.sim.authority import Authority
from bot.sim.tenant.model import Federation

log = logging.getLogger(__name__)

SHUTDOWN_GRACE = 0.2  # seconds: what a fault still holds back is dropped at the end
DAY = timedelta(days=1)
MISSING = Answered(404, "<HTML><BODY><h2>Not Found</h2><p>HTTP Error 404.</p></BODY></HTML>")
NOTHING = Document(b"", "text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class _Telling(ssl.SSLObject):
    """Sends the alert of a failed handshake, as every server but asyncio's does: it cuts the line first."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            # Flushes what is to be sent; the client ends the connection.
            raise ssl.SSLWantReadError from None


class SimulatedAdfs:
    """``async with SimulatedAdfs(Farm(now=clock()), *faults) as adfs`` serves until the context is left.

    *farm* is what Entra was told of (``federation``, ``told``), the faults are what has happened since
    (``farm``); ``breaks`` adds some while it runs, ``heals`` takes all away. Whoever trusts ``ca_file``
    trusts its certificate, whose names are the farm's and loopback's. It listens on every one of
    *addresses* with the same port.
    """

    def __init__(
        self,
        farm: Farm | None = None,
        *faults: Fault,
        addresses: Sequence[str] = ("127.0.0.1",),
        port: int = 0,
    ) -> None:
        self.requests: list[Asked] = []
        self.told = farm or Farm()
        self.farm = self.told
        self.port = port
        self._addresses = addresses
        self._authority = Authority()
        self._stranger = Authority()
        self._context = self._authority.server_context()
        self._context.sslobject_class = _Telling
        self._stack = AsyncExitStack()
        self.breaks(*faults)
        log.warning("simulated AD FS: nothing here is real, nobody signs in with it")

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.enter_context(self._authority)
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._serve)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_GRACE)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            for address in self._addresses:
                await web.TCPSite(runner, address, self.port, ssl_context=self._context).start()
                self.port = int(runner.addresses[0][1])
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def host(self) -> str:
        """The name of loopback that the certificate has."""
        return "localhost"

    @property
    def url(self) -> str:
        """Where it listens, ``https://localhost:PORT``, without a slash at its end."""
        return f"https://{self.host}:{self.port}"

    @property
    def base(self) -> str:
        """The origin in the addresses that it publishes."""
        return self.farm.base or self.url

    @property
    def ca_file(self) -> Path:
        """PEM file of the authority a client has to trust."""
        return self._authority.ca_file

    @property
    def signing_certificates(self) -> tuple[str, ...]:
        """What the metadata has for signing now, primary first; base64 of the DER if all is well."""
        return self.farm.signing_certificates

    def federation(self) -> Federation:
        """Return what Entra believes: the farm as it was before any fault."""
        return self.told.federation(self.told.base or self.url)

    def breaks(self, *faults: Fault) -> None:
        """Add faults to those it has; the next request, or the next connection, meets them."""
        self.farm = reduce(lambda farm, fault: fault(farm), faults, self.farm)
        self._dress()

    def heals(self) -> None:
        """Take all faults away."""
        self.farm = self.told
        self._dress()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(
            Asked(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers={name.lower(): value for name, value in request.headers.items()},
            )
        )
        document, delivery = self._document(request)
        return await deliver(request, document, delivery)

    def _document(self, request: web.Request) -> tuple[Document, Delivery]:
        farm, base = self.farm, self.base
        match _place(farm, request.path):
            case Place.METADATA:
                found = Document(metadata.render(farm, base), metadata.CONTENT_TYPE)
                return found, farm.metadata.delivery
            case Place.MEX:
                return Document(mex.render(farm, base), mex.CONTENT_TYPE), farm.mex.delivery
            case Place.SIGN_IN:
                return pages.render(farm, request.path, request.query), farm.sign_in.delivery
            case None:
                return NOTHING, MISSING
            case _ as never:
                assert_never(never)

    def _dress(self) -> None:
        """Give the living context the certificate and the versions that the farm wants."""
        names, now = self.farm.names, datetime.now(UTC)
        authority, certify = self._authority, self._authority.certify
        match self.farm.tls:
            case Tls.TRUSTED | Tls.OLD_VERSION:
                certify(self._context, *names)
            case Tls.EXPIRED:
                certify(self._context, *names, not_before=now - 90 * DAY, not_after=now - 2 * DAY)
            case Tls.NOT_YET_VALID:
                certify(self._context, *names, not_before=now + 2 * DAY, not_after=now + 90 * DAY)
            case Tls.WRONG_NAME:
                authority.certify(self._context, "www.fabrikam.example")
            case Tls.UNTRUSTED:
                self._stranger.certify(self._context, *names)
            case _ as never:
                assert_never(never)
        _limit(self._context, old=self.farm.tls is Tls.OLD_VERSION)


def _place(farm: Farm, path: str) -> Place | None:
    vendor = farm.vendor
    places = {
        vendor.metadata: Place.METADATA,
        vendor.mex: Place.MEX,
        vendor.passive: Place.SIGN_IN,
        vendor.sign_out: Place.SIGN_IN,
    }
    return {_plain(known): place for known, place in places.items()}.get(_plain(path))


def _plain(path: str) -> str:
    return path.partition("?")[0].rstrip("/").casefold()


def _limit(context: ssl.SSLContext, *, old: bool) -> None:
    if not old:
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DEFAULT:@SECLEVEL=2")
        return
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Python says that these versions are deprecated, which is what is simulated here.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
