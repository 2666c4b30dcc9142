"""Figures: means over all, percentiles over the latest, zeros before the first."""

from __future__ import annotations

import pytest

from ingestd.concurrency.stats import WINDOW, Timings


def test_zeros_before_the_first() -> None:
    """No figure is missing and none is a division by zero."""
    assert Timings().figures("queue_") == {
        "avg_queue_ms": 0.0,
        "p50_queue_ms": 0.0,
        "p95_queue_ms": 0.0,
        "p99_queue_ms": 0.0,
    }


def test_percentiles_in_milliseconds() -> None:
    """A hundred durations of 1 to 100 ms: each percentile is where it belongs."""
    timings = Timings()
    for milliseconds in range(100, 0, -1):
        timings.add(milliseconds / 1000)
    figures = timings.figures()
    assert figures == pytest.approx({"avg_ms": 50.5, "p50_ms": 51, "p95_ms": 96, "p99_ms": 100})


def test_percentiles_forget_the_mean_does_not() -> None:
    """Memory is bounded: only the latest WINDOW durations make the percentiles."""
    timings = Timings()
    timings.add(1000)
    for _ in range(WINDOW):
        timings.add(1)
    figures = timings.figures()
    assert figures["p99_ms"] == 1000.0
    assert figures["avg_ms"] > 1000.0
