"""Does the cost stay flat? A document in a growing catalog, a page in a growing document.

``--documents``: processor time of the daemon and its workers for one-page documents, met by catalogs of several
sizes. ``--pages``: time and processor time a page of one document, and the memory it took at its worst.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from bench.daemon import Daemon, workspace
from bench.documents import many, one
from bench.figures import Figures, table
from bench.processes import Peak, cost, family, own_cpu_ms
from bench.store import Corpus, fill
from ingestd.store import open_store

QUIET = {"INGESTD_THROTTLE_ENABLED": "false"}


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--documents", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--probe", type=int, default=500, help="documents measured at each size")
    parser.add_argument("--pages", type=int, nargs="*", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    figures: dict[str, Figures] = {}
    with workspace(arguments.dir) as root:
        corpus, have = Corpus(), 0
        for size in sorted(arguments.documents):
            store = open_store(root / "state")
            fill(store, corpus, have, size)
            store.close()
            figures[f"at {size} documents"] = _documents(root, size, arguments.probe)
            have = size
            table({f"at {size} documents": figures[f"at {size} documents"]})
    for pages in arguments.pages:
        with workspace(arguments.dir) as root:
            figures[f"of {pages} pages"] = _pages(root, pages)
            table({f"of {pages} pages": figures[f"of {pages} pages"]})
    return figures


def _documents(root: Path, size: int, probe: int) -> Figures:
    aside = root / f"aside{size}"
    paths = many(aside, probe + 5, first=size * 10)
    daemon = Daemon(root, QUIET)
    daemon.ready()
    _ingest(daemon, paths[:5])
    pids = family(daemon.pid)
    before, own, start = cost(pids), own_cpu_ms(daemon.pid), time.perf_counter()
    _ingest(daemon, paths[5:])
    seconds = time.perf_counter() - start
    figures = {
        "wall_ms": seconds * 1e3 / probe,
        "cpu_ms": (cost(pids).cpu_ms - before.cpu_ms) / probe,
        "daemon_cpu_ms": (own_cpu_ms(daemon.pid) - own) / probe,
    }
    daemon.stop()
    return {name: round(value, 3) for name, value in figures.items()}


def _pages(root: Path, pages: int) -> Figures:
    count = max(1, 200 // pages)  # short documents: enough of them to be measured
    aside = root / "aside"
    aside.mkdir()
    paths = [aside / f"{number}.pdf" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(one(number, pages=pages))
    daemon = Daemon(root, QUIET)
    daemon.ready()
    _ingest(daemon, many(root / "warm", 3, first=1_000_000))
    pids = family(daemon.pid)
    before, own, start = cost(pids), own_cpu_ms(daemon.pid), time.perf_counter()
    with Peak(daemon.pid) as peak:
        _ingest(daemon, paths)
    seconds = time.perf_counter() - start
    figures = {
        "wall_ms": seconds * 1e3 / pages / count,
        "cpu_ms": (cost(pids).cpu_ms - before.cpu_ms) / pages / count,
        "daemon_cpu_ms": (own_cpu_ms(daemon.pid) - own) / pages / count,
        "pss_before_mib": before.pss_mib,
        "pss_peak_mib": max(peak.mib, before.pss_mib),
    }
    daemon.stop()
    return {name: round(value, 3) for name, value in figures.items()}


def _ingest(daemon: Daemon, paths: list[Path]) -> None:
    for path in paths:
        path.rename(daemon.inbox / path.name)
    for _ in paths:
        daemon.next("document.ingested", within=1200)
