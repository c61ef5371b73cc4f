"""What most bots are: a Bolt ``AsyncApp`` with its defaults, and a handler that only acknowledges.

``python -m tests.bench.plain_bolt PORT`` takes its settings from the environment and
runs until it is told to stop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


def application() -> web.Application:
    """Return the app for one workspace."""
    token, base = os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"]
    app = AsyncApp(
        client=AsyncWebClient(token=token, base_url=base),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    )

    @app.command("/mfa")
    async def mfa(ack: AsyncAck) -> None:
        await ack()

    found: web.Application = app.web_app(path="/slack/events")
    return found


async def main(port: int) -> None:
    """Serve until SIGTERM."""
    # Bolt writes a line an answer at INFO otherwise; ours is held to WARNING too.
    logging.basicConfig(level=logging.WARNING)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
