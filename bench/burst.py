"""Many files at once: how many are lost, how long until all are accepted, what memory that takes."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from bench.daemon import Daemon, workspace
from bench.documents import many
from bench.figures import table
from ingestd.store import open_catalog

RENAME_ALL = """
import os, sys
source, target = sys.argv[1:3]
for name in os.listdir(source):
    os.rename(f"{source}/{name}", f"{target}/{name}")
"""
LOOK_EVERY = 0.25


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument(
        "--to-the-end", action="store_true", help="wait until all are ingested, not only accepted"
    )
    parser.add_argument("--within", type=float, default=3600.0, help="seconds")
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    with workspace(arguments.dir) as root:
        many(root / "aside", arguments.files, lines=8)
        daemon = Daemon(root, {"INGESTD_LOG_LEVEL": "warning", "INGESTD_THROTTLE_ENABLED": "false"})
        figures = _burst(daemon, root, arguments)
        daemon.stop()
    table({"burst": figures})
    return figures


def _burst(daemon: Daemon, root: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    process = psutil.Process(daemon.pid)
    _until_ready(daemon)
    before = peak = process.memory_info().rss
    start = time.perf_counter()
    sender = subprocess.Popen([sys.executable, "-c", RENAME_ALL, str(root / "aside"), str(daemon.inbox)])
    catalog = open_catalog(daemon.state)
    sent = 0.0
    while time.perf_counter() - start < arguments.within:
        time.sleep(LOOK_EVERY)
        peak = max(peak, process.memory_info().rss)
        if not sent and sender.poll() is not None:
            sent = time.perf_counter() - start
        counts = catalog.counts()
        accepted = counts.spooled + counts.processing + counts.retrying + counts.done + counts.quarantined
        if (counts.done if arguments.to_the_end else accepted) >= arguments.files:
            break
    seconds = time.perf_counter() - start
    catalog.close()
    return {
        "files": arguments.files,
        "lost": arguments.files - accepted - len(os.listdir(daemon.inbox)),
        "accepted": accepted,
        "done": counts.done,
        "sent_s": round(sent, 2),
        "seconds": round(seconds, 2),
        "files_per_second": round(accepted / seconds),
        "rss_before_mib": round(before / 2**20, 1),
        "rss_growth_mib": round((peak - before) / 2**20, 1),
    }


def _until_ready(daemon: Daemon) -> None:
    # At the level "warning", kept lest 200,000 lines distort it, the daemon does not say that it is ready.
    socket = daemon.state / "ingestd.sock"
    while not socket.exists():
        time.sleep(0.05)
    time.sleep(1.0)
