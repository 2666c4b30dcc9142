"""One-page PDFs renamed in: milliseconds from the rename to the line ``document.ingested``.

One by one on an idle daemon, then in bursts. With the share of each stage: ``seen`` is from the rename to the
beginning of the copy, ``accept`` the durable copy and its ledger row, ``claim`` from there to the claim's being
worked on, ``extract`` and ``store`` as the daemon logs them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

from bench.daemon import Daemon, workspace
from bench.documents import many
from bench.figures import Figures, percentile, table

PAUSE = 0.05
"""Seconds between two documents that come one by one: the daemon is idle again."""


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--drops", type=int, default=200)
    parser.add_argument("--burst", type=int, default=50)
    parser.add_argument("--bursts", type=int, default=5)
    parser.add_argument("--dir", type=Path, help="where to work")
    parser.add_argument("--throttle", action="store_true", help="leave the automatic throttle on")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    settings = {} if arguments.throttle else {"INGESTD_THROTTLE_ENABLED": "false"}
    with workspace(arguments.dir) as root:
        paths = many(root / "aside", arguments.drops + arguments.burst * arguments.bursts + 5)
        daemon = Daemon(root, settings)
        daemon.ready()
        for path in paths[:5]:  # the first ones meet cold code
            _drop(daemon, [path])
        single = [one for path in paths[5 : arguments.drops + 5] for one in _drop(daemon, [path])]
        rest = paths[arguments.drops + 5 :]
        bursts = [rest[n : n + arguments.burst] for n in range(0, len(rest), arguments.burst)]
        burst = [one for group in bursts for one in _drop(daemon, group)]
        daemon.stop()
    figures = {"one by one": _summary(single), f"bursts of {arguments.burst}": _summary(burst)}
    table(figures)
    return figures


def _drop(daemon: Daemon, paths: list[Path]) -> list[Figures]:
    time.sleep(PAUSE)
    renamed: dict[str, float] = {}
    accepted: dict[str, tuple[float, float]] = {}
    results = []
    for path in paths:
        target = daemon.inbox / path.name
        renamed[str(target)] = time.perf_counter()
        path.rename(target)
    while len(results) < len(paths):
        heard = daemon.next("document.accepted", "document.ingested")
        path = heard.fields["path"]
        if heard.fields["event"] == "document.accepted":
            accepted[path] = (heard.at, heard.fields["accept_ms"])
            continue
        at, accept = accepted[path]
        stages = heard.fields["ms"]
        results.append(
            {
                "total": (heard.at - renamed[path]) * 1e3,
                "seen": (at - renamed[path]) * 1e3 - accept,
                "accept": accept,
                "claim": (heard.at - at) * 1e3 - stages["total"],
                "extract": stages["extract"],
                "store": stages["store"],
            }
        )
    return results


def _summary(documents: list[Figures]) -> Figures:
    totals = [one["total"] for one in documents]
    figures = {
        "p50_ms": statistics.median(totals),
        "p99_ms": percentile(totals, 0.99),
        "max_ms": max(totals),
    }
    for stage in ("seen", "accept", "claim", "extract", "store"):
        figures[f"{stage}_p50"] = statistics.median(one[stage] for one in documents)
    return {name: round(value, 2) for name, value in figures.items()}
