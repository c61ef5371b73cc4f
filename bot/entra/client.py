"""The one Graph client: reads that are repeated, lists read to their end, writes that are sent once.

Reads are repeated as ``patience`` says. **Writes are sent once**: whoever ordered one knows whether it
may be sent again, this client does not. The exception is a 401, which Graph answers before it does anything.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from approvals.errors import Never
from bot.entra.address import NEXT_LINK, Path, Version, following, handed_out, may_be_removed, target
from bot.entra.answers import Json
from bot.entra.batch import Get, Outcome, batch
from bot.entra.patience import PERSON, Patience, attempts
from bot.entra.wire import LOCATION, Call, Method, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

READ_SECONDS: Final = 30.0
MOST_PAGES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """How a write is sent.

    *correlation* is a GUID that the caller has recorded before; it becomes the ``client-request-id`` (a
    fresh one else). *seconds* limits everything, waiting for our turn and for a token included. What
    *can_wait* lets other writes go first: many at once share Graph's budget.
    """

    correlation: str | None = None
    seconds: float = 20.0
    can_wait: bool = False


ONCE: Final = Once()


class GraphClient:
    """Calls Microsoft Graph at *base* as the app.

    Every method raises ``Later`` (``Unclear``), ``Never`` (``Refused``) or ``Gone`` (``Missing``). For a
    write the difference is: after ``Never`` it was certainly not made, after ``Later`` nobody knows.
    """

    def __init__(self, base: str, wire: Wire, patience: Patience = PERSON) -> None:
        self._base = httpx.URL(base.rstrip("/"))
        self._wire = wire
        self.patience: Final = patience

    def waiting(self, patience: Patience) -> GraphClient:
        """Return this client with another patience; it shares the connections, and is not closed apart."""
        return GraphClient(str(self._base), self._wire, patience)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def get(
        self,
        version: Version,
        where: Path,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """Read one object."""
        return await self._read(self._url(version, where, params), headers)

    async def query(self, version: Version, where: Path, body: Json) -> Json:
        """POST something that changes nothing (``$batch`` of reads, ``evaluate``); repeated like a read."""
        url = self._url(version, where)
        return await self._repeated(Call(method="POST", url=url, body=body, seconds=READ_SECONDS))

    async def sheets(self, version: Version, get: Get) -> AsyncGenerator[list[Json], None]:
        """Yield the pages of a list; the next is asked for when it is wanted.

        A page that had to be asked for again is yielded once: what was yielded is never read twice. The
        headers go with every page: Graph's links carry the query, not ``ConsistencyLevel``. A link to
        another host, a link seen before and a list without end raise; they never end the list.
        """
        url = self._url(version, get.path, get.params)
        seen: set[httpx.URL] = set()
        while True:
            if url in seen or len(seen) == MOST_PAGES:
                raise Never(f"Graph's list does not end (page {len(seen)})", "report it; nothing was changed")
            seen.add(url)
            page = await self._read(url, get.headers)
            yield _items(page)
            if NEXT_LINK not in page:
                return
            url = following(self._base, page[NEXT_LINK])

    async def pages(
        self,
        version: Version,
        where: Path,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Json, None]:
        """Yield the items of all pages. Decide nothing on them before the end is reached: see ``every``."""
        async with aclosing(self.sheets(version, Get(where, params or {}, headers or {}))) as sheets:
            async for items in sheets:
                for item in items:
                    yield item

    async def every(
        self,
        version: Version,
        where: Path,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> list[Json]:
        """Return the items of all pages, or raise: never a part of them."""
        return [item async for item in self.pages(version, where, params, headers=headers)]

    async def batch(self, version: Version, gets: Sequence[Get]) -> list[Outcome]:
        """Read many things at once; one outcome each, in order."""
        return await batch(self, version, gets, now=self._wire.now)

    async def report(self, version: Version, where: Path) -> bytes:
        """Return a report as it is kept: Graph answers with an address, which is fetched without a token."""
        return await self._wire.fetch(await self.report_at(version, where), READ_SECONDS)

    async def report_at(self, version: Version, where: Path) -> httpx.URL:
        """Return where a report is kept, without fetching it."""
        call = Call(method="GET", url=self._url(version, where), seconds=READ_SECONDS, elsewhere=True)
        found = await self._repeated(call)
        return handed_out(found.get(LOCATION))

    def address(self, version: Version, where: Path) -> str:
        """Return the whole address of an object, for bodies that point to one."""
        return str(self._url(version, where))

    async def patch(self, version: Version, where: Path, body: Json, once: Once = ONCE) -> Json:
        """Change an object."""
        return await self._write("PATCH", self._url(version, where), body, once)

    async def post(self, version: Version, where: Path, body: Json, once: Once = ONCE) -> Json:
        """Create an object, or start an action."""
        return await self._write("POST", self._url(version, where), body, once)

    async def delete(self, version: Version, where: Path, once: Once = ONCE) -> None:
        """Remove an object; ``ValueError`` for an address that could delete a member of a group."""
        if not may_be_removed(where):
            raise ValueError(f"not to be removed: {where}")
        await self._write("DELETE", self._url(version, where), None, once)

    async def _write(self, method: Method, url: httpx.URL, body: Json | None, once: Once) -> Json:
        call = Call(
            method=method,
            url=url,
            body=body,
            changes=True,
            can_wait=once.can_wait,
            correlation=once.correlation,
            seconds=once.seconds,
        )
        return await self._wire.send(call)

    def _url(self, version: Version, where: Path, params: Mapping[str, str] | None = None) -> httpx.URL:
        return httpx.URL(f"{self._base}/{version}{target(where, params)}")

    async def _read(self, url: httpx.URL, headers: Mapping[str, str] | None) -> Json:
        return await self._repeated(Call(method="GET", url=url, headers=headers or {}, seconds=READ_SECONDS))

    async def _repeated(self, call: Call) -> Json:
        async for attempt in attempts(patience=self.patience):
            with attempt:
                return await self._wire.send(call)
        raise AssertionError("attempts end with an answer or an error")


def _items(page: Json) -> list[Json]:
    """Return a page's items (there may be none); ``Never`` if it has no list of objects."""
    items = page.get("value")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Never("Graph answered something else than a list", "report it; nothing was changed")
    return items
