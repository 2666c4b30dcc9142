"""Memory shared by a worker and its parent.

A page on which the worker writes what it is doing, for its parent to read, also after its death; then one
area for large messages in each direction. Pages of an area exist from their first use on.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time
from enum import IntEnum
from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SHRINK, fcntl

AREA = 2 * 1024 * 1024
"""Bytes of a message on the board at most. Two areas are what a worker costs when both are used whole."""

_TO_WORKER = mmap.PAGESIZE
_TO_PARENT = _TO_WORKER + AREA
_SIZE = _TO_PARENT + AREA
_TASK, _SINCE, _PHASE, _MEMORY_LIMITED, _UNREAD = range(5)


class Phase(IntEnum):
    """How far a worker has got in its life."""

    STARTING = 0
    READY = 1


def create() -> int:
    """The descriptor of a new board. Its size is sealed: shrinking it would kill the parent by SIGBUS."""
    fd = os.memfd_create("ingestd-board", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, _SIZE)
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)
    return fd


class Board:
    """One mapping of it. Each entry is one aligned word, so none is ever seen half written."""

    __slots__ = ("_bytes", "_map", "_words")

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, _SIZE)
        self._bytes = memoryview(self._map)
        self._words = self._bytes[: mmap.PAGESIZE].cast("Q")

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

    def put_task(self, pieces: list[bytes]) -> None:
        """Parent: the pickle of the one large task that the worker has."""
        self._put(_TO_WORKER, pieces)

    def task(self, size: int) -> memoryview:
        """Worker: that pickle."""
        return self._bytes[_TO_WORKER : _TO_WORKER + size]

    def put_outcome(self, pieces: list[bytes]) -> bool:
        """Worker: the body of an outcome; false while the parent has not read the one before."""
        if self._words[_UNREAD]:
            return False
        self._put(_TO_PARENT, pieces)
        self._words[_UNREAD] = 1
        return True

    def outcome(self, size: int) -> memoryview:
        """Parent: that body; ``has_read`` is to follow."""
        return self._bytes[_TO_PARENT : _TO_PARENT + size]

    def has_read(self) -> None:
        """Parent: the area may be written again."""
        self._words[_UNREAD] = 0

    def _put(self, start: int, pieces: list[bytes]) -> None:
        for piece in pieces:
            self._bytes[start : start + len(piece)] = piece
            start += len(piece)

    def close(self) -> None:
        """Give the mapping back."""
        self._words.release()
        self._bytes.release()
        with contextlib.suppress(BufferError):  # a traceback holds a view: the mapping goes with that
            self._map.close()
