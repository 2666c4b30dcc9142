"""An open file as an argument of a task."""

from __future__ import annotations

import os
import threading
from typing import Protocol

from ingestd.errors import UnpicklableError


class HasFileno(Protocol):
    """An open file, socket, ..."""

    def fileno(self) -> int:
        """Its descriptor."""


class Descriptor:
    """An argument of a task that arrives in the worker as an open file.

    The executor duplicates the descriptor at submission: the caller may close its own at once. In the
    worker ``fileno()`` is valid while the task runs and is closed after it; duplicate it to keep it. Both
    sides share one file offset: prefer ``os.pread``.
    """

    __slots__ = ("_fd",)

    def __init__(self, file: int | HasFileno) -> None:
        self._fd = file if isinstance(file, int) else file.fileno()

    def fileno(self) -> int:
        """The descriptor; raises ``ValueError`` once the task it came with is over."""
        if self._fd < 0:
            raise ValueError("this descriptor was closed when its task ended")
        return self._fd

    def __reduce__(self) -> tuple[object, ...]:
        packed: list[int] | None = getattr(_luggage, "packed", None)
        if packed is None:
            raise UnpicklableError("a Descriptor travels only as an argument of a task, to a worker")
        packed.append(os.dup(self.fileno()))
        return _unpack, (len(packed) - 1,)

    def __repr__(self) -> str:
        return f"Descriptor({self._fd})"


class _Luggage(threading.local):
    """Descriptors of the task that is being packed (caller) or unpacked (worker) by this thread."""

    packed: list[int] | None = None
    unpacked: list[Descriptor] | None = None


_luggage = _Luggage()


class Packing:
    """``with Packing() as fds``: descriptors pickled inside are duplicated into the list ``fds``."""

    def __enter__(self) -> list[int]:
        fds = _luggage.packed = []
        return fds

    def __exit__(self, *exc: object) -> None:
        _luggage.packed = None


def arrive(fds: list[int]) -> None:
    """Worker: the descriptors that came with the task about to be unpickled."""
    _luggage.unpacked = [Descriptor(fd) for fd in fds]


def depart() -> None:
    """Worker: the task is over; its descriptors are closed."""
    for descriptor in _luggage.unpacked or ():
        os.close(descriptor._fd)
        descriptor._fd = -1
    _luggage.unpacked = None


def _unpack(index: int) -> Descriptor:
    assert _luggage.unpacked is not None
    return _luggage.unpacked[index]
