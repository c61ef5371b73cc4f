"""Which paths there are, on which endpoint, and which application permissions each accepts.

The permissions are those of the tables in the Graph docs, application column, least privileged and others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.sim.tenant.journal import Api
from bot.sim.tenant.wire import Call, Handler, Rejected

BOTH: frozenset[Api] = frozenset({"v1.0", "beta"})
BETA: frozenset[Api] = frozenset({"beta"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path template such as ``users/{user}/ownedObjects``; any one of ``needs`` opens it."""

    method: str
    path: str
    needs: frozenset[str]
    handler: Handler
    apis: frozenset[Api] = BOTH

    def keys(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Return the variable parts when *segments* fit the template, else None. Case does not matter."""
        template = self.path.split("/")
        if len(template) != len(segments):
            return None
        found = {}
        for wanted, given in zip(template, segments, strict=True):
            if wanted.startswith("{") and given:
                found[wanted[1:-1]] = given
            elif wanted.casefold() != given.casefold():
                return None
        return found

    def authorise(self, granted: set[str]) -> None:
        """Raise ``Rejected`` 403 in the voice of the service behind the path unless a permission opens it."""
        if self.needs & granted:
            return
        if "/authentication/" in self.path:
            raise Rejected(403, "accessDenied", "Request Authorization failed")
        raise Rejected(
            403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
        )


class Routes:
    """All routes; literal paths win over variable ones."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=lambda route: route.path.count("{"))

    def find(self, call: Call) -> tuple[Route, Call]:
        """Return the route of a call and the call with its keys. Raises ``Rejected`` 400 or 405."""
        fitting = [
            (route, keys)
            for route in self._routes
            if call.api in route.apis and (keys := route.keys(call.segments)) is not None
        ]
        if not fitting:
            last = call.segments[-1]
            raise Rejected(400, "BadRequest", f"Resource not found for the segment '{last}'.")
        for route, keys in fitting:
            if route.method == call.received.method:
                return route, replace(call, keys=keys)
        raise Rejected(
            405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."
        )
