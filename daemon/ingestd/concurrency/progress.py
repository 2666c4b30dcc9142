"""Progress of a run: counted always, drawn only where a terminal can show it."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TextIO

YIELD_EVERY = 0.01
"""Seconds after which ``update_async`` lets the event loop go round."""


class _Bar(Protocol):
    def update(self, n: int) -> object: ...
    def close(self) -> object: ...


class _NoBar:
    def update(self, n: int) -> None:
        """Nobody looks."""

    def close(self) -> None:
        """Nothing stands there."""


def _drawn(total: int | None, description: str, unit: str, stream: TextIO) -> _Bar:
    from tqdm import tqdm  # only where there is somebody to see it

    class Bar(tqdm):  # type: ignore[type-arg]  # generic in the stubs only
        monitor_interval = 0  # tqdm's monitor is a thread that would wake every ten seconds for ever

    return Bar(total=total, desc=description or None, unit=unit, file=stream)


class ProgressTracker:
    """Counts units of work done; with a terminal it draws a bar, without one it is silent.

    A context manager, plain or ``async``. ``update`` may be called from any thread.
    """

    def __init__(
        self,
        total: int | None = None,
        description: str = "",
        *,
        unit: str = "it",
        show: bool | None = None,
        file: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``show``: draw, do not, or (``None``) decide by whether ``file`` (standard error) is a terminal."""
        self.total = total
        self.count = 0
        self._clock = clock
        self._started = clock()
        self._ended: float | None = None
        self._yielded = self._started
        self._lock = threading.Lock()
        stream = sys.stderr if file is None else file
        drawn = stream is not None and stream.isatty() if show is None else show  # none: it was closed
        self._bar: _Bar = _drawn(total, description, unit, stream) if drawn else _NoBar()

    def update(self, n: int = 1) -> None:
        """``n`` more units are done."""
        with self._lock:
            self.count += n
            self._bar.update(n)

    async def update_async(self, n: int = 1) -> None:
        """``update``; now and then it lets the event loop go round."""
        self.update(n)
        now = self._clock()
        if now - self._yielded >= YIELD_EVERY:
            await asyncio.sleep(0)
            self._yielded = self._clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start, until the end if it has ended."""
        return (self._clock() if self._ended is None else self._ended) - self._started

    @property
    def rate(self) -> float:
        """Units a second since the start; 0 before the first."""
        return self.count / self.elapsed if self.count and self.elapsed > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds left at this rate; ``None`` while nobody can know."""
        if self.total is None or not self.rate:
            return None
        return max(0, self.total - self.count) / self.rate

    def close(self) -> None:
        """The run is over: the bar stays as it is."""
        with self._lock:
            if self._ended is None:
                self._ended = self._clock()
                self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
