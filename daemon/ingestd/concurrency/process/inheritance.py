"""Multiprocessing's queues, locks and connections as arguments of an initializer.

They pickle only while multiprocessing starts a process, handing their descriptors to it. This does the
same by its rules, for our forkserver.
"""

from __future__ import annotations

import os
from multiprocessing import context
from typing import Any

from ingestd.concurrency.process.wire import dumps

inherited: list[int] = []
"""In a worker: descriptors handed down to every worker, in the order of pickling."""


class _Inherited:
    """A descriptor on its way, by position."""

    def __init__(self, index: int) -> None:
        self._index = index

    def detach(self) -> int:
        """In the worker: a descriptor of its own."""
        return os.dup(inherited[self._index])


class _Start:
    """Stands for the process that multiprocessing believes to be starting."""

    DupFd = _Inherited

    def __init__(self) -> None:
        self.fds: list[int] = []

    def duplicate_for_child(self, fd: int) -> int:
        self.fds.append(os.dup(fd))
        return len(self.fds) - 1


def dump_initializer(value: Any) -> tuple[bytes, list[int]]:
    """Pickle of ``value`` and the descriptors (now ours to close) that it needs in every worker."""
    start = _Start()
    context.set_spawning_popen(start)  # type: ignore[arg-type]
    try:
        return dumps(value), start.fds
    finally:
        context.set_spawning_popen(None)
