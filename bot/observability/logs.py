"""Logs: one line an event on standard error, JSON for machines or plain for people.

Ours come through structlog, those of libraries through the standard library; both take the same way out,
and the last step before rendering is the redaction. Tracebacks hold no local variables.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final, Literal, TextIO, TypeAlias

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer, StackInfoRenderer, TimeStamper, format_exc_info
from structlog.stdlib import BoundLogger, LoggerFactory, ProcessorFormatter
from structlog.typing import EventDict, Processor

from bot.observability.events import Event
from bot.observability.redaction import Redactor

Style: TypeAlias = Literal["json", "console"]

QUIET: Final = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "msal",
    "psycopg",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy",
    "urllib3",
)
"""Libraries heard from WARNING on: below it they log addresses with names in them, and whole bodies."""

# What moves the cursor, ends a line or turns the writing direction could forge or hide a line.
_UNSAFE: Final = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0x2028,
        0x2029,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
_SAFE_IN_TRACEBACKS: Final = {code: sign for code, sign in _UNSAFE.items() if code not in (0x09, 0x0A)}
_TRACEBACKS: Final = frozenset({"exception", "stack", "stack_info"})


def logger(name: str) -> BoundLogger:
    """Return the logger called *name*, as a rule a module's ``__name__``."""
    found: BoundLogger = structlog.stdlib.get_logger(name)
    return found


def correlated(correlation: str, **more: str) -> AbstractContextManager[None]:
    """Bind an id to every line that is logged inside, in this task and in the tasks it starts."""
    return structlog.contextvars.bound_contextvars(correlation=correlation, **more)


@contextmanager
def logging_to(
    stream: TextIO | None = None, *, style: Style = "json", level: str = "INFO", secrets: Iterable[str] = ()
) -> Iterator[Redactor]:
    """Set up logging while the context lasts, and put back what was there before.

    *stream* is standard error unless given; *secrets* are values known at the start, masked wherever they
    stand. Yields the redactor, for other texts that leave the process.
    """
    redactor = Redactor(secrets)
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_formatter(style, redactor))
    with _standard_library(handler, level), _structlog():
        yield redactor


@contextmanager
def _standard_library(handler: logging.Handler, level: str) -> Iterator[None]:
    root = logging.getLogger()
    handlers, levels = root.handlers[:], {name: logging.getLogger(name).level for name in ("root", *QUIET)}
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:] = handlers
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)


@contextmanager
def _structlog() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(processors=_ours(), logger_factory=LoggerFactory(), wrapper_class=BoundLogger)
    try:
        yield
    finally:
        structlog.configure(**before)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes lines; one that cannot be written is named by its logger alone."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Say that a line was lost. ``logging`` itself would print the message, unredacted."""
        why = getattr(sys.exc_info()[0], "__name__", "")
        with suppress(OSError, ValueError):
            line = {"event": Event.LINE_LOST, "logger": record.name, "level": "error", "why": why}
            self.stream.write(f"{json.dumps(line)}\n")
            self.flush()


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        TimeStamper(fmt="iso", utc=True),
    ]


def _ours() -> list[Processor]:
    return [
        structlog.stdlib.filter_by_level,
        *_common(),
        StackInfoRenderer(),
        ProcessorFormatter.wrap_for_formatter,
    ]


def _formatter(style: Style, redactor: Redactor) -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=_common(),
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            redactor,
            _one_line,
            _renderer(style),
        ],
    )


def _renderer(style: Style) -> Processor:
    if style == "json":
        return JSONRenderer(sort_keys=False, ensure_ascii=False)
    return ConsoleRenderer(colors=False, exception_formatter=plain_traceback)


def _one_line(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Escape what could forge a second line in a console; JSON escapes most of it by itself."""
    return {key: _harmless(key, value) for key, value in entry.items()}


def _harmless(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    return value.translate(_SAFE_IN_TRACEBACKS if key in _TRACEBACKS else _UNSAFE)
