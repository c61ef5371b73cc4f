"""Collections come in pages, every one of them, so that a client which reads only the first is found out."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload
from urllib.parse import quote

from bot.sim.tenant.odata import filtering, selecting
from bot.sim.tenant.wire import Answer, Call, Json, Rejected


@dataclass(frozen=True, slots=True)
class Listing:
    """What a collection is: its context, what ``$filter`` may name, what is shown without ``$select``."""

    context: str
    fields: Collection[str] = ()
    default: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Lazy(Sequence[Json]):
    """Things of which only those that are looked at are written out; a large tenant is read page by page."""

    things: Sequence[Any]
    write: Callable[[Any], Json]

    @overload
    def __getitem__(self, index: int) -> Json: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Json]: ...

    def __getitem__(self, index: int | slice) -> Json | Sequence[Json]:
        """Write out what is at *index*."""
        if isinstance(index, slice):
            return [self.write(thing) for thing in self.things[index]]
        return self.write(self.things[index])

    def __len__(self) -> int:
        """Count them."""
        return len(self.things)


def collection(call: Call, things: Iterable[Json], listing: Listing) -> Answer:
    """Answer with one page of *things*: filtered, counted, selected, with a link while there is more.

    The count stands on the first page only, as on Graph. Raises ``Rejected`` 400 for a bad ``$filter``,
    ``$top`` or ``$skiptoken``.
    """
    found = things if isinstance(things, Sequence) else list(things)
    if expression := call.query.get("$filter"):
        found = list(filter(filtering(expression, listing.fields), found))
    start, size = _start(call), _size(call)
    body: dict[str, object] = {"@odata.context": call.context(listing.context)}
    if start == 0 and _counts(call):
        body["@odata.count"] = len(found)
    if start + size < len(found):
        body["@odata.nextLink"] = _link(call, start + size)
    body["value"] = [selected(call, thing, listing.default) for thing in found[start : start + size]]
    return Answer(body=body)


def selected(call: Call, thing: Json, default: Collection[str] = ()) -> Json:
    """Keep what ``$select`` names, else *default*, else everything; annotations always stay.

    An unknown name is passed over: ``user`` is an open type.
    """
    names = selecting(call.query.get("$select", "")) or default or thing.keys()
    return {key: value for key, value in thing.items() if key in names or key.startswith("@")}


def require_advanced(call: Call) -> None:
    """Refuse a cast or filter on memberships without both signs of an advanced query.

    Graph docs, "Advanced query capabilities on Microsoft Entra ID objects"; the header is not carried by a
    next link and has to be sent again. Raises ``Rejected`` 400.
    """
    if call.headers.get("consistencylevel", "").casefold() == "eventual" and _counts(call):
        return
    raise Rejected(
        400,
        "Request_UnsupportedQuery",
        "The specified request requires $count=true and the header ConsistencyLevel: eventual.",
    )


def _counts(call: Call) -> bool:
    return call.query.get("$count", "").casefold() == "true"


def _size(call: Call) -> int:
    top = call.query.get("$top", str(call.tenant.page_size))
    if not (top.isascii() and top.isdigit() and 1 <= int(top[:4]) <= 999):  # noqa: PLR2004 - Graph's own limit
        raise Rejected(400, "Request_UnsupportedQuery", "Invalid page size specified: it must be 1 to 999.")
    return min(int(top), call.tenant.page_size)


def _start(call: Call) -> int:
    token = call.query.get("$skiptoken")
    if token is None:
        return 0
    path, _, offset = _unsealed(token).rpartition("|")
    if path != call.received.path or not offset.isdigit():
        raise Rejected(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
    return int(offset)


def _unsealed(token: str) -> str:
    try:
        return urlsafe_b64decode(token).decode()
    except ValueError:
        return ""


def _link(call: Call, offset: int) -> str:
    token = urlsafe_b64encode(f"{call.received.path}|{offset}".encode()).decode()
    return f"{call.url}?{_encoded({**call.query, '$skiptoken': token})}"


def _encoded(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='$')}={quote(value, safe='$')}" for name, value in query.items())
