"""How many workers one daemon keeps busy: parsing replaced by sleeps of the length that it takes.

``engine``: the cascade alone, chunk threads that hand tasks to workers and get extracts back. ``daemon``: the
whole flow, every document spooled, stored and archived. ``busy`` is the share of the workers' time that was
slept; ``daemon_ms_a_page`` is the processor time of the coordinating process: its serial share.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import sleeping
from bench.daemon import Daemon, workspace
from bench.documents import many
from bench.figures import Figures, table
from bench.processes import own_cpu_ms
from ingestd.concurrency import ConcurrencyConfig, ConcurrencyManager, WorkerOptions

COMMAND = (sys.executable, "-m", "bench.sleeping")


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--workers", type=int, nargs="+", default=[8, 16, 32, 64])
    parser.add_argument("--seconds", type=float, default=10.0, help="of work for each worker")
    parser.add_argument("--pages", type=int, default=24, help="of a document")
    parser.add_argument("--ms-a-page", type=float, default=6.5, help="of a worker, as `throughput` finds it")
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    figures: dict[str, Figures] = {}
    measures: tuple[Callable[[int, argparse.Namespace], Figures], ...] = (_engine, _daemon)
    for workers in arguments.workers:
        for measure in measures:
            name = f"{measure.__name__.strip('_')}, {workers} workers"
            figures[name] = measure(workers, arguments)
            table({name: figures[name]})
    return figures


def _count(workers: int, arguments: argparse.Namespace) -> tuple[int, float]:
    """Documents, and seconds that each takes."""
    each = arguments.pages * arguments.ms_a_page / 1e3
    return int(workers * arguments.seconds / each), each


def _figures(workers: int, count: int, each: float, spent: tuple[float, float], pages: int) -> Figures:
    wall, cpu_ms = spent
    return {
        "busy": round(count * each / (workers * wall), 4),
        "pages_per_s": round(count * pages / wall, 1),
        "daemon_ms_a_page": round(cpu_ms / count / pages, 4),
        "daemon_cores": round(cpu_ms / 1e3 / wall, 3),
    }


def nap(seconds: float, pages: int) -> Any:
    """A task of the engine alone."""
    time.sleep(seconds)
    return sleeping.EXTRACT


def _engine(workers: int, arguments: argparse.Namespace) -> Figures:
    count, each = _count(workers, arguments)
    config = ConcurrencyConfig(
        cpu_workers=workers,
        chunk_processor_workers=2 * workers,
        enable_auto_throttle=False,
        worker_options=WorkerOptions(preload=("bench.sleeping",), lean=True),
    )
    with ConcurrencyManager(config) as manager:

        def shepherd(_: int) -> int:
            return len(manager.run_cpu_sync(nap, each, arguments.pages, timeout=60, cpu_seconds=30).pages)

        manager.map_chunks_sync(shepherd, range(4 * workers))  # all workers are there
        wall, cpu = time.perf_counter(), time.process_time()
        manager.map_chunks_sync(shepherd, range(count), window=4 * workers)
        spent = time.perf_counter() - wall, (time.process_time() - cpu) * 1e3
    return _figures(workers, count, each, spent, arguments.pages)


def _daemon(workers: int, arguments: argparse.Namespace) -> Figures:
    count, each = _count(workers, arguments)
    warm = 4 * workers
    settings = {
        "INGESTD_THROTTLE_ENABLED": "false",
        "INGESTD_EXECUTORS_CPU_WORKERS": str(workers),
        "INGESTD_EXECUTORS_CHUNK_WORKERS": str(2 * workers),
        "SLEEP_MS": str(each * 1e3),
        "SLEEP_PAGES": str(arguments.pages),
    }
    with workspace(arguments.dir) as root:
        many(root / "inbox", warm + count, lines=4)
        daemon = Daemon(root, settings, command=COMMAND)
        first = [daemon.next("document.ingested") for _ in range(warm)]
        cpu = own_cpu_ms(daemon.pid)
        last = [daemon.next("document.ingested", within=600) for _ in range(count)]
        spent = last[-1].at - first[-1].at, own_cpu_ms(daemon.pid) - cpu
        daemon.stop()
    return _figures(workers, count, each, spent, arguments.pages)
