"""What an idle daemon costs with its workers: wakeups a second, processor time, proportional memory."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from bench.daemon import Daemon, workspace
from bench.documents import many
from bench.figures import table
from bench.processes import cost, family

SETTLE = 15.0
"""Seconds after the last document: merging the index and folding the journal are over."""


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--documents", type=int, default=20, help="ingested before: workers are there and used"
    )
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    with workspace(arguments.dir) as root:
        daemon = Daemon(root)
        daemon.ready()
        for path in many(root / "aside", arguments.documents):
            path.rename(daemon.inbox / path.name)
        for _ in range(arguments.documents):
            daemon.next("document.ingested")
        time.sleep(SETTLE)
        pids = family(daemon.pid)
        before, start = cost(pids), time.perf_counter()
        each = {pid: cost([pid]) for pid in pids}
        time.sleep(arguments.seconds)
        after, seconds = cost(pids), time.perf_counter() - start
        whole = {
            "processes": len(pids),
            "wakeups_per_s": round((after.wakeups - before.wakeups) / seconds, 2),
            "cpu_percent_of_a_core": round((after.cpu_ms - before.cpu_ms) / seconds / 10, 4),
            "pss_mib": round(after.pss_mib, 1),
        }
        parts = {f"pid {pid}": _one(each[pid], cost([pid]), seconds) for pid in pids}
        daemon.stop()
    table({"idle": whole} | parts)
    return {"whole": whole, "parts": list(parts.values())}


def _one(before: Any, after: Any, seconds: float) -> dict[str, float]:
    return {
        "wakeups_per_s": round((after.wakeups - before.wakeups) / seconds, 2),
        "cpu_ms": round(after.cpu_ms - before.cpu_ms, 2),
        "pss_mib": round(after.pss_mib, 1),
    }
