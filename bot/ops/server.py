"""The HTTP side of operations: ``/healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.ops.health import Health

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(health: Health, metrics: Handler) -> web.Application:
    """Return the application; *metrics* answers a scrape."""
    app = web.Application()
    app.router.add_get("/healthz", _alive)
    app.router.add_get("/readyz", _ready(health))
    app.router.add_get("/metrics", metrics)
    return app


async def _alive(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


def _ready(health: Health) -> Handler:
    async def ready(_: web.Request) -> web.Response:
        well = await health.ready()
        return web.json_response({"ready": well, "degraded": health.degraded}, status=200 if well else 503)

    return ready
