"""What a process and its descendants cost, read from /proc."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.figures import Figures, SideFailed

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of some processes at one instant."""

    cpu_ms: float
    wakeups: int
    """Times that one of their threads waited and was woken."""
    pss_mib: float


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def cost(pids: Iterable[int]) -> Cost:
    """Of these processes now; those that are gone count nothing."""
    cpu, wakeups, pss = 0.0, 0, 0
    for pid in pids:
        try:
            cpu += _cpu_ms(pid)
            wakeups += sum(_wakeups(task) for task in Path(f"/proc/{pid}/task").iterdir())
            pss += _pss_kib(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return Cost(cpu, wakeups, pss / 1024)


def own_cpu_ms(pid: int) -> float:
    """Processor time of one process, without its children."""
    return _cpu_ms(pid)


def _cpu_ms(pid: int) -> float:
    # schedstat counts nanoseconds; utime and stime are in ticks of 10 ms, too coarse for what idles.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0]) for task in tasks) / 1e6


def _wakeups(task: Path) -> int:
    for line in (task / "status").read_text(encoding="ascii").splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    return 0


def _pss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


@dataclass(slots=True)
class Peak:
    """The largest resident memory that some processes had together while this ran (PSS, MiB)."""

    pid: int
    every: float = 0.25
    mib: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Peak:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self.every):
            try:
                self.mib = max(self.mib, cost(family(self.pid)).pss_mib)
            except psutil.NoSuchProcess:
                return


def timed(
    command: Sequence[str], environment: Mapping[str, str] | None = None, expect: Sequence[int] = (0,)
) -> Figures:
    """Runs a command to its end: seconds on the clock, processor seconds of it and all it started.

    Raises ``SideFailed`` with the last line it wrote when it ends otherwise than expected.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(
        command, env=os.environ | dict(environment or {}), capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in expect:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SideFailed(f"exit status {done.returncode}: {last}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "cpu": cpu}
