"""The page on which a worker writes what it is doing, for its parent to read, also after its death."""

from __future__ import annotations

import mmap
import os
import time
from enum import IntEnum
from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SHRINK, fcntl

_SIZE = mmap.PAGESIZE
_TASK, _SINCE, _PHASE, _MEMORY_LIMITED = range(4)


class Phase(IntEnum):
    """How far a worker has got in its life."""

    STARTING = 0
    READY = 1


def create() -> int:
    """A new page's descriptor. Its size is sealed: a worker that shrank it would kill its parent by SIGBUS."""
    fd = os.memfd_create("ingestd-board", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, _SIZE)
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)
    return fd


class Board:
    """One mapping of the page. Each entry is one aligned word, so none is ever seen half written."""

    __slots__ = ("_map", "_words")

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, _SIZE)
        self._words = memoryview(self._map).cast("Q")

    def begin(self, task: int) -> int:
        """Worker: task number ``task`` begins now; returns now in monotonic nanoseconds."""
        now = time.monotonic_ns()
        self._words[_SINCE] = now
        self._words[_TASK] = task
        return now

    def ready(self, *, memory_limited: bool) -> None:
        """Worker: start-up is over."""
        self._words[_MEMORY_LIMITED] = memory_limited
        self._words[_PHASE] = Phase.READY

    def began(self, task: int) -> float | None:
        """Parent: monotonic seconds at which the worker began ``task``; none if it has not."""
        return self._words[_SINCE] / 1e9 if self._words[_TASK] == task else None

    @property
    def is_ready(self) -> bool:
        """Whether the worker has left its start-up behind."""
        return self._words[_PHASE] == Phase.READY

    @property
    def memory_limited(self) -> bool:
        """Whether the worker runs under ``RLIMIT_AS``."""
        return bool(self._words[_MEMORY_LIMITED])

    def close(self) -> None:
        """Give the mapping back."""
        self._words.release()
        self._map.close()
