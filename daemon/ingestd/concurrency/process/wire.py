"""What travels between an executor and its workers: sequenced packets over a socket pair.

To a worker: one packet of ``TASK`` header and pickle of ``(fn, args, kwargs)``; from a worker: one of
``OUTCOME`` header and body. What is too large for a packet lies on the board, and only its header travels.
What is too large for the board too goes to a worker as a memory file, from a worker in further packets.
Descriptors, the memory file among them, travel to a worker with a second packet.
"""

from __future__ import annotations

import copyreg
import pickle
import struct
from enum import IntEnum
from multiprocessing.reduction import ForkingPickler
from typing import Any, NamedTuple

PROTOCOL = pickle.HIGHEST_PROTOCOL

TASK = struct.Struct("=QdIBQ")
"""Number, processor seconds (0: no limit), count of descriptors, ``Place``, bytes of the pickle."""

OUTCOME = struct.Struct("=BQQQBQ")
"""``Kind``, number of the task, its begin and end (monotonic nanoseconds), ``Place``, bytes of the body."""


class Place(IntEnum):
    """Where the body of a message is."""

    PACKET = 0
    BOARD = 1
    APART = 2
    """A memory file (to a worker), the next packets (from a worker)."""


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


class Outcome(NamedTuple):
    """What a worker says of its task."""

    kind: Kind
    number: int
    began: float
    ended: float
    body: bytes | bytearray | memoryview
    """Valid until the next packet is received."""
    on_board: bool
    """The body is on the board: to be released and told once it has been read."""

    def release(self) -> None:
        """Let go of the board."""
        if isinstance(self.body, memoryview):
            self.body.release()


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


class _Pieces(list[bytes]):
    """What a pickler writes to. Large bytes arrive as they are, so that no copy of them is made."""

    def write(self, piece: Any) -> None:
        self.append(piece if type(piece) is bytes else bytes(piece))


def dump(value: object) -> list[bytes]:
    """Pickle as multiprocessing does, in pieces to be joined."""
    pieces = _Pieces()
    pickler = pickle.Pickler(pieces, PROTOCOL)
    pickler.dispatch_table = _table.current()
    pickler.dump(value)
    return pieces


def dumps(value: object) -> bytes:
    """``dump`` in one piece."""
    return b"".join(dump(value))


loads = pickle.loads
