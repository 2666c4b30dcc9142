"""Figures: interleaved rounds, medians, ratios, and how they are shown."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Figures = dict[str, float]


def interleaved(rounds: int, sides: Mapping[str, Callable[[], Figures]]) -> dict[str, list[Figures]]:
    """Every side once a round, in turn; what each round gave. A side that raises is left out, and said so."""
    results: dict[str, list[Figures]] = {name: [] for name in sides}
    for number in range(1, rounds + 1):
        for name, measure in sides.items():
            if name not in results:
                continue
            try:
                figures = measure()
            except SideFailed as error:
                print(f"{name}: left out: {error}", flush=True)
                del results[name]
                continue
            results[name].append(figures)
            print(f"round {number}  {name:28} {shown(figures)}", flush=True)
    return results


class SideFailed(Exception):
    """One side of a comparison cannot be measured here."""


def medians(results: Mapping[str, Sequence[Figures]]) -> dict[str, Figures]:
    """The median of each figure of each side."""
    return {
        name: {key: round(statistics.median(f[key] for f in rounds), 4) for key in rounds[0]}
        for name, rounds in results.items()
        if rounds
    }


def ratio(results: Mapping[str, Sequence[Figures]], one: str, other: str, key: str = "wall") -> float:
    """``one`` to ``other``: the median of the ratios within a round, which noise moves least."""
    pairs = zip(results[one], results[other], strict=True)
    return round(statistics.median(a[key] / b[key] for a, b in pairs), 3)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def shown(figures: Mapping[str, Any]) -> str:
    """On one line."""
    return "  ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in figures.items()
    )


def table(rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Prints one line for each."""
    for name, figures in rows.items():
        print(f"{name:36} {shown(figures)}")


def machine() -> dict[str, Any]:
    """Where and when this was measured."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "processors": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_1m": os.getloadavg()[0],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
