"""Logs are data: one JSON object a line, one stable event name a fact; coloured lines on a terminal.

``configure`` once at the door; parts get a logger passed to them. Standard-library loggers
(watchdog, asyncio, our engine) end in the same stream as event ``log.message``.
Under journald each line starts with its ``<N>`` priority, so that ``journalctl -p`` filters.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

if "rich" not in sys.modules:
    # structlog would import it for tracebacks that are not wanted here: a third of the daemon's start.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog

    del sys.modules["rich"]
else:
    import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

MAX_LINE = 16 * 1024
"""Bytes of one line; journald cuts at 48 KiB and breaks the JSON."""

_PRIORITY = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}

Logger = FilteringBoundLogger


def configure(level: str = "info", form: Literal["auto", "json", "console"] = "auto") -> Logger:
    """Sets logging up for this process, to standard output, and returns the root logger."""
    stream = sys.stdout
    console = form == "console" or (form == "auto" and stream.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=22)
        if console
        else JsonLine(prefix=under_journald(stream))
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _printable_path if console else _exact_path,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
            *([_escaped] if console else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _LineWriter(stream),
        cache_logger_on_first_use=False,
    )
    logger: Logger = structlog.get_logger()
    root = logging.getLogger()
    root.handlers[:] = [_Bridge(logger)]
    root.setLevel(max(number, logging.WARNING) if number > logging.DEBUG else logging.DEBUG)
    for noisy in ("asyncio", "watchdog", "pypdf"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    return logger


def under_journald(stream: TextIO) -> bool:
    """Whether ``stream`` is the journal's own (systemd names its device and inode)."""
    try:
        where = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{where.st_dev}:{where.st_ino}"


class JsonLine:
    """Renders an event as one line of ASCII JSON, its standard keys first, of bounded length."""

    def __init__(self, *, prefix: bool) -> None:
        self._prefix = prefix

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> str:
        level = event.get("level", "info")
        ordered = {k: event.pop(k) for k in ("timestamp", "level", "event") if k in event} | dict(event)
        line = _json(ordered)
        if len(line) > MAX_LINE:
            line = _json(_shortened(ordered))
        return f"<{_PRIORITY.get(level, 6)}>{line}" if self._prefix else line


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


# One encoder for all: `json.dumps` with options makes a new one each time.
_json = json.JSONEncoder(default=_plain).encode


def _shortened(event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The same event with its longest values cut, so that the line stays whole JSON."""
    short: dict[str, Any] = {}
    for key, value in event.items():
        text = value if isinstance(value, str) else _json(value)
        # One character takes up to twelve bytes as a pair of JSON escapes.
        short[key] = value if len(text) <= 512 else text[:512] + "[cut]"
    short["cut"] = True
    if len(_json(short)) > MAX_LINE:
        short = {k: short[k] for k in ("timestamp", "level", "event", "doc", "cut") if k in short}
    return short


def _exact_path(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Paths as text; one that is not UTF-8 also as base64, so that nothing is lost."""
    raw = event.get("path")
    if isinstance(raw, bytes):
        event["path"] = os.fsdecode(raw)
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            event["path_b64"] = base64.b64encode(raw).decode("ascii")
    return event


def _printable_path(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if isinstance(event.get("path"), bytes):
        event["path"] = os.fsdecode(event["path"])
    return event


def printable(text: str) -> str:
    """``text`` without anything a terminal would obey or a reader could be fooled by."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in _encodable(text)
    )


def printable_lines(text: str) -> str:
    """``printable`` line by line: line breaks stay."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _escaped(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {k: printable(v) if isinstance(v, str) else v for k, v in event.items()}


class _LineWriter:
    """One write a line, so that lines of several threads never mix."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def _write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):  # the reader of our output has gone; the daemon has not
            return

    debug = info = warning = error = critical = msg = _write


class _Bridge(logging.Handler):
    """Hands records of the standard library's loggers to ours."""

    def __init__(self, logger: Logger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        self._logger.log(record.levelno, "log.message", **fields)
