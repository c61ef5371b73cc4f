"""What operators look at: health, readiness and metrics, on a port that is never published."""

from bot.ops.server import application

__all__ = ["application"]
