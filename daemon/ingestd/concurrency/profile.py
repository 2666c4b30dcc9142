"""Where the time of a run goes, by stage; a null object when nobody asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from ingestd.concurrency.stats import Timings

STAGES = {
    "cut": "taking a chunk from the input and handing a full batch to its executor, for each chunk",
    "wait": "waiting for the oldest batch to end, for each batch",
    "run": "the function itself over one batch, in its thread or process",
    "collect": "putting the results of one batch in their place",
}


class Profile(Protocol):
    """Measures stages of one run."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Measures the block as one turn of stage ``name``."""

    def add(self, name: str, seconds: float) -> None:
        """One turn of stage ``name`` measured elsewhere."""

    def figures(self) -> dict[str, Any]:
        """What a run's statistics gain."""


class Stopwatch:
    """The profile that measures."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._stages = {name: Timings() for name in STAGES}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.add(name, time.monotonic() - began)

    def add(self, name: str, seconds: float) -> None:
        self._stages[name].add(seconds)

    def figures(self) -> dict[str, Any]:
        """``total_ms``; by stage ``count``, ``total_ms``, ``avg_ms``, ``p50_ms``, ``p95_ms``, ``p99_ms``."""
        return {
            "total_ms": round((time.monotonic() - self._began) * 1000, 3),
            "stages": {
                name: {"count": t.count, "total_ms": round(t.total * 1000, 3)} | t.figures()
                for name, t in self._stages.items()
            },
        }


class NoProfile:
    """The profile that costs nothing and shows nothing."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def add(self, name: str, seconds: float) -> None:
        """Not kept."""

    def figures(self) -> dict[str, Any]:
        return {}


def make_profile(enabled: bool) -> Profile:
    """A stopwatch, or nothing."""
    return Stopwatch() if enabled else NoProfile()
