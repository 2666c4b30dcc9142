"""A burst of files into an inbox: are all seen, how fast, at what cost; and how soon is one file seen?

    python bench/burst_watch.py [--files 100000] [--dir DIR] [--spool] [--latency 200]

``--spool`` also takes every file into a spool (copied, hashed, synced) and disposes of it. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from ingestd.config import Inbox, Limits, Watch
from ingestd.model import Settled
from ingestd.spool import Spool
from ingestd.watch import Watcher

PDF = b"%PDF-1.4\n" + b"1 0 obj\n<<>>\nendobj\n" * 100 + b"trailer\n<<>>\nstartxref\n9\n%%EOF\n"
SLICE = 32

RENAME_ALL = """
import os, sys
source, target = sys.argv[1:3]
for name in os.listdir(source):
    os.rename(f"{source}/{name}", f"{target}/{name}")
"""


class Consumer:
    """What the pipeline does with a batch, as far as watch and spool go."""

    def __init__(self, watcher: Watcher, spool: Spool | None) -> None:
        self.watcher = watcher
        self.spool = spool
        self.seen: set[bytes] = set()
        self.batches = 0
        self.busy = asyncio.Semaphore(16)
        self.tasks: set[asyncio.Task[None]] = set()

    async def take(self, batch: list[Settled]) -> None:
        self.batches += 1
        self.seen.update(s.path for s in batch)
        for start in range(0, len(batch), SLICE):
            await self.busy.acquire()
            task = asyncio.create_task(self._slice(batch[start : start + SLICE]))
            self.tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.busy.release()
        self.tasks.discard(task)
        task.result()

    async def _slice(self, batch: list[Settled]) -> None:
        await asyncio.to_thread(self._dispose, batch)
        for settled in batch:
            self.watcher.done(settled)

    def _dispose(self, batch: list[Settled]) -> None:
        if self.spool is None:
            for settled in batch:
                Path(settled.path.decode()).unlink()
            return
        answers = self.spool.take(batch)
        for settled, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                raise answer
            self.spool.dispose(settled)


async def burst(files: int, root: Path, with_spool: bool) -> dict[str, Any]:
    staging, inbox = root / "staging", root / "inbox"
    staging.mkdir()
    inbox.mkdir()
    for index in range(files):
        (staging / f"{index}.pdf").write_bytes(PDF + b"%d\n" % index)
    spool = Spool(root / "state", Limits()) if with_spool else None
    watcher = Watcher([Inbox(path=inbox)], Watch(), known=lambda _: (), report=lambda *_: None)
    consumer = Consumer(watcher, spool)
    await watcher.start()
    before = psutil.Process().memory_info().rss
    cpu = time.process_time()
    start = time.monotonic()
    sender = subprocess.Popen([sys.executable, "-c", RENAME_ALL, str(staging), str(inbox)])
    peak = before
    async for batch in watcher:
        await consumer.take(batch)
        peak = max(peak, psutil.Process().memory_info().rss)
        if len(consumer.seen) >= files:
            break
    if consumer.tasks:
        await asyncio.wait(consumer.tasks)
    seconds = time.monotonic() - start
    sender.wait()
    await watcher.aclose()
    return {
        "files": files,
        "lost": files - len(consumer.seen),
        "left": len(list(inbox.iterdir())),
        "seconds": round(seconds, 2),
        "files_per_second": round(files / seconds),
        "cpu_us_per_file": round((time.process_time() - cpu) / files * 1e6),
        "batches": consumer.batches,
        "rss_growth_mib_with_the_set_of_seen": round((peak - before) / 2**20, 1),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def latency(drops: int, root: Path) -> dict[str, Any]:
    inbox, staging = root / "inbox2", root / "staging2"
    inbox.mkdir()
    staging.mkdir()
    watcher = Watcher([Inbox(path=inbox)], Watch(), known=lambda _: (), report=lambda *_: None)
    await watcher.start()
    seen = asyncio.Event()

    async def consume() -> None:
        async for batch in watcher:
            seen.set()
            for settled in batch:
                Path(settled.path.decode()).unlink()
                watcher.done(settled)

    task = asyncio.create_task(consume())
    await asyncio.sleep(0.5)
    times = []
    for index in range(drops):
        file = staging / f"{index}.pdf"
        file.write_bytes(PDF)
        seen.clear()
        start = time.perf_counter()
        file.rename(inbox / file.name)
        await seen.wait()
        times.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.03)
    task.cancel()
    await watcher.aclose()
    times.sort()
    return {
        "drops": drops,
        "p50_ms": round(times[drops // 2], 2),
        "p99_ms": round(times[drops * 99 // 100], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--dir", type=Path, default=None, help="where to work")
    parser.add_argument("--spool", action="store_true")
    parser.add_argument("--latency", type=int, default=200)
    arguments = parser.parse_args()
    root = Path(tempfile.mkdtemp(dir=arguments.dir))
    try:
        result = {"burst": asyncio.run(burst(arguments.files, root, arguments.spool))}
        if arguments.latency:
            result["latency"] = asyncio.run(latency(arguments.latency, root))
        print(json.dumps(result, indent=2))
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
