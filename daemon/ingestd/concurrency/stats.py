"""What an executor has done, under fixed names; a null object when metrics are off.

``EXECUTOR_STATS`` names every figure of one executor in ``get_stats()``. Always:
``submitted == completed + failed + cancelled + abandoned + running + queued``.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

EXECUTOR_STATS = {
    "submitted": "calls taken in",
    "completed": "calls that returned",
    "failed": "calls that raised, or whose worker died or was killed",
    "cancelled": "calls taken back before they started",
    "abandoned": "calls left behind: threads past their timeout, all that ran when a shutdown's time was up",
    "running": "calls running now",
    "queued": "calls waiting for a slot now",
    "limit": "calls that may run at once when nothing throttles",
    "allowed": "calls that may run at once now: the limit times the throttle factor, at least 1",
    "max_concurrent": "most calls that ever ran at once",
    "success_rate": "completed / (completed + failed + abandoned); 1.0 before the first",
    "avg_execution_ms": "mean time of running, over all ended calls",
    "p50_execution_ms": "median time of running, over the last WINDOW ended calls",
    "p95_execution_ms": "95th percentile of the same",
    "p99_execution_ms": "99th percentile of the same",
    "avg_queue_ms": "mean time between submission and start, over all started calls",
    "p50_queue_ms": "median time between submission and start, over the last WINDOW started calls",
    "p95_queue_ms": "95th percentile of the same",
    "p99_queue_ms": "99th percentile of the same",
}

WINDOW = 1024
"""Calls that the percentiles look back on."""


class Recorder(Protocol):
    """Counts for one executor; called under its lane's lock."""

    def now(self) -> float: ...

    def submitted(self) -> None: ...

    def started(self, queued_at: float, started_at: float, running: int) -> None: ...

    def ended(self, outcome: str, started_at: float) -> None: ...

    def cancelled(self) -> None: ...

    def figures(self) -> dict[str, float]: ...


class Timings:
    """Durations in seconds: the mean of all, percentiles of the latest ``WINDOW``."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self._recent: deque[float] = deque(maxlen=WINDOW)

    def add(self, seconds: float) -> None:
        self.count += 1
        self.total += seconds
        self._recent.append(seconds)

    def figures(self, kind: str = "") -> dict[str, float]:
        """``avg_<kind>ms``, ``p50_<kind>ms``, ``p95_…``, ``p99_…``; zeros before the first."""
        ordered = sorted(self._recent)
        mean = self.total / self.count if self.count else 0.0
        return {f"avg_{kind}ms": _ms(mean)} | {
            f"p{percent}_{kind}ms": _ms(_percentile(ordered, percent)) for percent in (50, 95, 99)
        }


class Metrics:
    """The recorder that counts."""

    now = staticmethod(time.monotonic)

    def __init__(self) -> None:
        self._counts = dict.fromkeys(("submitted", "completed", "failed", "cancelled", "abandoned"), 0)
        self._max_concurrent = 0
        self._execution = Timings()
        self._queue = Timings()

    def submitted(self) -> None:
        self._counts["submitted"] += 1

    def started(self, queued_at: float, started_at: float, running: int) -> None:
        self._queue.add(started_at - queued_at)
        self._max_concurrent = max(self._max_concurrent, running)

    def ended(self, outcome: str, started_at: float) -> None:
        self._counts[outcome] += 1
        self._execution.add(time.monotonic() - started_at)

    def cancelled(self) -> None:
        self._counts["cancelled"] += 1

    def figures(self) -> dict[str, float]:
        counts = self._counts
        tried = counts["completed"] + counts["failed"] + counts["abandoned"]
        return {
            **counts,
            "max_concurrent": self._max_concurrent,
            "success_rate": counts["completed"] / tried if tried else 1.0,
            **self._execution.figures("execution_"),
            **self._queue.figures("queue_"),
        }


class NoMetrics:
    """The recorder that costs nothing and shows zeros."""

    def now(self) -> float:
        return 0.0

    def submitted(self) -> None:
        """Not counted."""

    def started(self, queued_at: float, started_at: float, running: int) -> None:
        """Not counted."""

    def ended(self, outcome: str, started_at: float) -> None:
        """Not counted."""

    def cancelled(self) -> None:
        """Not counted."""

    def figures(self) -> dict[str, float]:
        return Metrics().figures()


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
