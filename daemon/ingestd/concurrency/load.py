"""How busy the machine is, and how much of that is not our own work.

Percent of processor time cannot tell work from contention, so where the kernel gives pressure-stall
information (PSI) that is read too. Input and output pressure is left out on purpose: it cannot be told
apart from what our own fsyncs cause.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from math import isinf
from pathlib import Path
from typing import NamedTuple, Protocol

from ingestd.concurrency.machine import cpu_quota, own_cgroup, read_words

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PRESSURE = Path("/proc/pressure")


class Load(NamedTuple):
    """Percentages over the time since the sample before; ``None`` where the kernel does not tell."""

    cpu: float
    """Busy share of the processors this process may use."""
    cpu_others: float
    """The part of it that is not spent by this process and its descendants."""
    memory_others: float
    """Memory of the machine that is neither available nor ours."""
    cpu_pressure: float | None = None
    """Share of the time in which some task waited for a processor."""
    memory_pressure: float | None = None
    """Share of the time in which some task waited for memory."""
    memory_stall: float | None = None
    """Share of the time in which all tasks waited for memory."""
    memory_of_limit: float | None = None
    """Memory of our control group, without its file cache, of the group's own limit."""


class LoadSource(Protocol):
    """Where the throttle's numbers come from."""

    def sample(self) -> Load | None:
        """The load since the call before; ``None`` when there is nothing to compare with."""

    def forget(self) -> None:
        """The next sample begins anew."""


class _Reading(NamedTuple):
    at: float
    busy: float
    total: float
    own: float
    pressure: dict[str, float]


class MachineLoad:
    """The real source: psutil, ``/proc`` and the control group's files."""

    def __init__(self) -> None:
        self._before: _Reading | None = None
        self._cgroup = own_cgroup()
        # A quota makes processors wait by itself, and the host's pressure shows it: not contention.
        self._trust_cpu_pressure = isinf(cpu_quota())

    def forget(self) -> None:
        self._before = None

    def sample(self) -> Load | None:
        own_cpu, own_memory = _own_work()
        busy, total = _processors()
        now = _Reading(time.monotonic(), busy, total, own_cpu, _pressures())
        before, self._before = self._before, now
        if before is None or now.total <= before.total:
            return None
        span = now.total - before.total
        # The kernel's idle time is a reading of its own: it may run ahead of the sum by a tick or a rounding.
        cpu = min(100.0, max(0.0, _percent(now.busy - before.busy, span)))
        own = _percent(now.own - before.own, span)
        waited = {
            kind: _percent(stalled - before.pressure[kind], now.at - before.at)
            for kind, stalled in now.pressure.items()
            if kind in before.pressure
        }
        return Load(
            cpu=cpu,
            cpu_others=max(0.0, cpu - own),
            memory_others=_memory_of_others(own_memory),
            cpu_pressure=waited.get("cpu some") if self._trust_cpu_pressure else None,
            memory_pressure=waited.get("memory some"),
            memory_stall=waited.get("memory full"),
            memory_of_limit=_memory_of_limit(self._cgroup),
        )


def _processors() -> tuple[float, float]:
    """(busy seconds, all seconds) of the processors this process may run on."""
    import psutil  # a second after work has begun, not at the start

    usable = os.sched_getaffinity(0)
    times = [t for number, t in enumerate(psutil.cpu_times(percpu=True)) if number in usable]
    total = sum(sum(t) - t.guest - t.guest_nice for t in times)  # guests are counted in user already
    return total - sum(t.idle + t.iowait for t in times), total


def _own_work() -> tuple[float, int]:
    """(processor seconds, resident bytes) of this process and all below it.

    A process that ended is in its parent's sum of children, so the total never jumps back.
    """
    ticks = pages = 0  # whole numbers: a sum of fractions would depend on the order
    for pid in _family(os.getpid()):
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended in between
        fields = text[text.rindex(")") + 2 :].split()
        ticks += sum(map(int, fields[11:15]))
        pages += int(fields[21])
    return ticks / _TICKS, pages * _PAGE


def _family(root: int) -> Iterator[int]:
    known = [root]
    while known:
        pid = known.pop()
        yield pid
        try:
            tasks = list(Path(f"/proc/{pid}/task").iterdir())
        except OSError:
            continue
        for task in tasks:
            known += map(int, read_words(task / "children"))


def _pressures() -> dict[str, float]:
    """Seconds stalled so far, by ``cpu some``, ``memory some``, ``memory full``."""
    stalled = {}
    for resource in ("cpu", "memory"):
        words = read_words(_PRESSURE / resource)
        # "some avg10=0.00 avg60=0.00 avg300=0.00 total=123 full avg10=..."
        for kind, total in zip(words[::5], words[4::5], strict=False):
            stalled[f"{resource} {kind}"] = int(total.removeprefix("total=")) / 1e6
    return stalled


def _memory_of_others(own: float) -> float:
    import psutil

    memory = psutil.virtual_memory()
    return max(0.0, _percent(memory.total - memory.available - own, memory.total))


def _memory_of_limit(cgroup: Path | None) -> float | None:
    if cgroup is None:
        return None
    limits = [
        int(words[0])
        for name in ("memory.high", "memory.max")
        if (words := read_words(cgroup / name)) and words[0] != "max"
    ]
    current = read_words(cgroup / "memory.current")
    if not limits or not current:
        return None
    stat = read_words(cgroup / "memory.stat")
    figures = dict(zip(stat[::2], stat[1::2], strict=False))
    cache = int(figures.get("active_file", 0)) + int(figures.get("inactive_file", 0))
    return _percent(int(current[0]) - cache, min(limits))


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole > 0 else 0.0
