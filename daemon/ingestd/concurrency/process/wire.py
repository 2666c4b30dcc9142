"""What travels between an executor and its workers: sequenced packets over a socket pair.

To a worker: one packet of ``TASK`` header and pickle of ``(fn, args, kwargs)``. When descriptors travel, or
the pickle is too large for a packet and goes as a memory file, a second packet carries them.
From a worker: one packet of ``OUTCOME`` header and body; a body too large for that follows in packets.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import socket
import struct
from enum import IntEnum
from multiprocessing.reduction import ForkingPickler
from typing import Any

PROTOCOL = pickle.HIGHEST_PROTOCOL

TASK = struct.Struct("=QdIQ")
"""Number, processor seconds (0: no limit), count of descriptors, bytes in the memory file (0: none)."""

OUTCOME = struct.Struct("=BQQQQ")
"""``Kind``, number of the task, when it began and ended (monotonic nanoseconds), bytes of the body in all."""

PACKET = 192 * 1024
"""Bytes in a packet at most; a socket takes that at the kernel's default limits."""


class Kind(IntEnum):
    """How a task ended, or that none can begin."""

    RESULT = 1
    ERROR = 2
    """Body: pickle of ``(text of traceback, text of error, pickle of error)``."""
    UNPICKLABLE = 3
    """Body: pickle of ``(text of traceback, what cannot travel and why)``."""
    OUT_OF_MEMORY = 4
    """Body as of ``ERROR``."""
    NO_START = 5
    """The initializer failed; body as of ``ERROR``."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends that take a ``PACKET`` at once."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (near, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PACKET)
        end.setblocking(True)
    return near, far


class _Table:
    """How connections, sockets, locks travel: copyreg's entries and multiprocessing's in one dict.

    multiprocessing's own pickler copies both for every message; this copies when an entry was added.
    """

    def __init__(self) -> None:
        self._count = -1
        self._merged: dict[type, Any] = {}

    def current(self) -> dict[type, Any]:
        """The merged entries. Not to be changed."""
        plain, extra = copyreg.dispatch_table, ForkingPickler._extra_reducers  # type: ignore[attr-defined]
        if len(plain) + len(extra) != self._count:
            self._merged = {**plain, **extra}
            self._count = len(plain) + len(extra)
        return self._merged


_table = _Table()


def dumps(value: object) -> bytes:
    """Pickle as multiprocessing does."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, PROTOCOL)
    pickler.dispatch_table = _table.current()
    pickler.dump(value)
    return buffer.getvalue()


loads = pickle.loads
