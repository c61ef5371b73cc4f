"""Reading a request target: which endpoint, which path, which options."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from bot.sim.tenant.journal import Api


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A request target taken apart. ``raw`` is its path as sent, ``segments`` the decoded parts behind it."""

    api: Api
    raw: str
    segments: tuple[str, ...]
    query: str
    options: Mapping[str, str]

    @property
    def path(self) -> str:
        """The decoded path behind the version; a slash inside a segment is one here too."""
        return "/" + "/".join(self.segments)


def target(text: str) -> Target:
    """Take a target such as ``/beta/users/a%40b.c?$select=id`` apart.

    The path is split before it is decoded, so that ``%2F`` inside a name stays inside its segment.
    """
    raw, _, query = text.partition("#")[0].partition("?")
    first, *rest = raw.lstrip("/").split("/")
    segments = tuple(unquote(segment) for segment in rest)
    api: Api = "login"
    match first:
        case "v1.0" | "beta":
            api = first
        case _:
            segments = (unquote(first), *segments)
    options = dict(parse_qsl(query, keep_blank_values=True))
    return Target(api=api, raw=raw, segments=segments, query=query, options=options)
