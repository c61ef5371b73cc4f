"""What the process tells about itself: logs, redacted, and metrics."""

from bot.observability.events import Event
from bot.observability.logs import correlated, logger, logging_to
from bot.observability.metrics import GraphOutcome, Metrics
from bot.observability.redaction import Redactor

__all__ = ["Event", "GraphOutcome", "Metrics", "Redactor", "correlated", "logger", "logging_to"]
