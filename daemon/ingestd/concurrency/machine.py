"""What this process may use of the machine: processors, and the files of its control group."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_UNIFIED = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_V1_CPU = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/cpu,cpuacct"))


def usable_cpus() -> float:
    """Processors this process may use: its affinity, or less when a control group's quota says so."""
    return min(float(len(os.sched_getaffinity(0))), cpu_quota())


def cpu_quota(cgroup: Path = Path("/proc/self/cgroup")) -> float:
    """Processors that the quotas of this process's control groups leave; infinite without one."""
    quotas = [math.inf]
    for directory in _directories(cgroup):
        if quota := read_words(directory / "cpu.max"):
            quotas.append(_share(quota[0], quota[1]))
        elif quota := read_words(directory / "cpu.cfs_quota_us"):
            period = read_words(directory / "cpu.cfs_period_us")
            quotas.append(_share(quota[0], period[0] if period else "100000"))
    return min(quotas)


def usable_memory(cgroup: Path = Path("/proc/self/cgroup")) -> int:
    """Bytes of memory this process may use: the machine's, or less when a control group's limit says so."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for directory in _directories(cgroup):
        for name in ("memory.high", "memory.max"):
            words = read_words(directory / name)
            if words and words[0].isdigit():
                limits.append(int(words[0]))
    return min(limits)


def own_cgroup(cgroup: Path = Path("/proc/self/cgroup")) -> Path | None:
    """The directory of this process's version 2 group; ``None`` at the root or when there is none."""
    for root, path in _groups(cgroup):
        if root in _UNIFIED and path != "/" and (directory := root / path.lstrip("/")).is_dir():
            return directory
    return None


def read_words(file: Path) -> list[str]:
    """The file's words; none when it is not there."""
    try:
        return file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError):
        return []


def _directories(cgroup: Path) -> Iterator[Path]:
    """This process's groups and all above them: a quota holds for everything below it."""
    for root, path in _groups(cgroup):
        directory = root / path.lstrip("/")
        yield directory
        yield from (parent for parent in directory.parents if parent.is_relative_to(root))


def _groups(cgroup: Path) -> Iterator[tuple[Path, str]]:
    try:
        lines = cgroup.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            roots = _UNIFIED
        elif "cpu" in controllers.split(","):
            roots = _V1_CPU
        else:
            continue
        yield from ((root, path) for root in roots if root.is_dir())


def _share(quota: str, period: str) -> float:
    if quota == "max" or int(quota) <= 0:
        return math.inf
    return int(quota) / int(period)
