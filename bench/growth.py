"""Does the cost stay flat? A document in a growing catalog, a page in a growing document.

``--documents``: processor time of the daemon and its workers for one-page documents, met by catalogs of several
sizes. ``--pages``: time and processor time a page of one document, and the memory it took at its worst. There is a
daemon for each size, and they take turns: each ratio is the median of those within a round.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from bench.daemon import Daemon, workspace
from bench.documents import many, one
from bench.figures import Figures, interleaved, medians, ratio, table
from bench.processes import Peak, cost, family, own_cpu_ms
from bench.store import Corpus, fill
from ingestd.store import open_store

QUIET = {"INGESTD_THROTTLE_ENABLED": "false"}
WARM = 20
"""Documents before the first round: workers are started, and code and memory are no longer new."""


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--documents", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--probe", type=int, default=100, help="documents a round at each size")
    parser.add_argument("--pages", type=int, nargs="*", default=[10, 100, 1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=15, help="with documents; with pages, a fifth of them")
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    figures: dict[str, Figures] = {}
    with workspace(arguments.dir) as root, ExitStack() as running:
        sides: dict[str, Callable[[], Figures]] = {}
        for size in _catalogs(root, sorted(arguments.documents)):
            probe = running.enter_context(_probe(root / str(size)))
            sides[f"at {size} documents"] = lambda p=probe: p.measure(arguments.probe, 1)  # type: ignore[misc]
        figures |= _figures(arguments.rounds, sides)
    with workspace(arguments.dir) as root, ExitStack() as running:
        sides = {}
        for pages in sorted(arguments.pages):
            probe = running.enter_context(_probe(root / str(pages)))
            several = max(1, 400 // pages)  # short documents: enough of them to be measured
            sides[f"of {pages} pages"] = lambda p=probe, n=pages, s=several: p.measure(s, n)  # type: ignore[misc]
        figures |= _figures(max(1, arguments.rounds // 5), sides)
    return figures


def _figures(rounds: int, sides: Mapping[str, Callable[[], Figures]]) -> dict[str, Figures]:
    """Medians, and how each side compares with the first."""
    results = interleaved(rounds, sides)
    figures = medians(results)
    for name in results:
        for key in ("wall_ms", "cpu_ms"):
            figures[name][f"{key}_ratio"] = ratio(results, name, next(iter(sides)), key)
        if "pss_peak_mib" in figures[name]:
            figures[name]["pss_peak_mib"] = max(one["pss_peak_mib"] for one in results[name])
    table(figures)
    return figures


def _catalogs(root: Path, sizes: list[int]) -> Iterator[int]:
    """A state directory for each size: the first documents of all are the same."""
    corpus, have, grown = Corpus(), 0, root / "grown"
    for size in sizes:
        store = open_store(grown)
        fill(store, corpus, have, size)
        store.close()
        have = size
        (root / str(size)).mkdir()
        shutil.copytree(grown, root / str(size) / "state")
        yield size


class _Probe:
    """A daemon on a state directory, and documents that nobody has met."""

    def __init__(self, root: Path) -> None:
        self._aside = root / "aside"
        self._aside.mkdir()
        self._numbers = count()
        self.daemon = Daemon(root, QUIET)
        self.daemon.ready()

    def measure(self, documents: int, pages: int) -> Figures:
        """Milliseconds a page of so many documents of so many pages each, and memory."""
        numbers = [next(self._numbers) for _ in range(documents)]
        paths = [self._aside / f"{number}.pdf" for number in numbers]
        for number, path in zip(numbers, paths, strict=True):
            path.write_bytes(one(number, pages=pages))
        pids = family(self.daemon.pid)
        before, own, start = cost(pids), own_cpu_ms(self.daemon.pid), time.perf_counter()
        with Peak(self.daemon.pid) as peak:
            self.ingest(paths)
        seconds, total = time.perf_counter() - start, documents * pages
        after = cost(pids)
        return {
            "wall_ms": seconds * 1e3 / total,
            "cpu_ms": (after.cpu_ms - before.cpu_ms) / total,
            "daemon_cpu_ms": (own_cpu_ms(self.daemon.pid) - own) / total,
            "pss_peak_mib": max(peak.mib, before.pss_mib, after.pss_mib),
        }

    def ingest(self, paths: list[Path]) -> None:
        """Renames them in, and waits until all are in the catalog."""
        for path in paths:
            path.rename(self.daemon.inbox / path.name)
        for _ in paths:
            self.daemon.next("document.ingested", within=1200)


@contextmanager
def _probe(root: Path) -> Iterator[_Probe]:
    root.mkdir(exist_ok=True)
    probe = _Probe(root)
    try:
        probe.ingest(many(root / "warm", WARM, first=1_000_000))
        yield probe
    finally:
        probe.daemon.stop()
