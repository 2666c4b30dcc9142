"""One worker as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestd.concurrency.process import board, wire
from ingestd.concurrency.process.wire import OUTCOME, PACKET, TASK, Kind

if TYPE_CHECKING:
    from ingestd.concurrency.process.task import Task

_PAGE = os.sysconf("SC_PAGESIZE")


class Garbled(Exception):
    """What a worker sent is none of its messages."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker says of its task."""

    kind: Kind
    number: int
    began: float
    ended: float
    body: bytes | bytearray | memoryview
    """Valid until the next packet is received."""


class Slot:
    """The ends that the parent holds, the task that runs and the one that waits in the socket.

    The parent keeps the worker's end of the socket too: with it a waiting packet can be taken back, and as
    packets are taken whole, exactly one of parent and worker gets it.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.near, self._far = wire.pair()
        self.near.setblocking(False)
        self._life: int | None
        reading_end, self._life = os.pipe2(os.O_CLOEXEC)
        page = board.create()
        self.board = board.Board(page)
        self.for_worker: tuple[int, ...] = (self._far.fileno(), reading_end, page)
        self.pid: int | None = None
        self.process: int | None = None
        """Descriptor of the process: signals through it never reach a stranger with the same number."""
        self.running: Task | None = None
        self.queued: Task | None = None
        self.given = 0
        self.leaving = False
        """It gets no more tasks and is about to end."""
        self.worn = False
        """To be replaced when its task has ended."""
        self.weighed = 0.0
        """When its memory was last looked at."""
        self._arriving: tuple[tuple[int, ...], bytearray, int] | None = None

    def handed_over(self) -> None:
        """The worker has its ends: ours of them are closed (save that of the socket)."""
        for fd in self.for_worker[1:]:
            os.close(fd)
        self.for_worker = ()

    # -- tasks ---------------------------------------------------------------------------------------

    def send(self, task: Task) -> None:
        """Put the task into the worker's socket. Never waits: at most one small packet is there already."""
        self.given += 1
        payload, descriptors = task.payload, task.descriptors
        large = len(payload) if len(payload) > PACKET - TASK.size else 0
        head = TASK.pack(task.number, task.cpu_seconds or 0.0, len(descriptors), large)
        self.near.send(head if large else head + payload)
        if large:
            memory = os.memfd_create("ingestd-task", os.MFD_CLOEXEC)
            try:
                _write(memory, payload)
                socket.send_fds(self.near, [b"\0"], [*descriptors, memory])
            finally:
                os.close(memory)
        elif descriptors:
            socket.send_fds(self.near, [b"\0"], descriptors)

    def recall(self) -> Task | None:
        """Take back a task that the worker has not taken yet: the waiting one, or the one before it."""
        try:
            head = self._far.recv(TASK.size, socket.MSG_DONTWAIT | socket.MSG_PEEK)
            if not _is_one_packet(head):
                return None
            head = self._far.recv(TASK.size, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        number = TASK.unpack(head)[0]
        self.given -= 1
        task = self.queued
        if self.running is not None and self.running.number == number:
            task, self.running = self.running, self.queued
        self.queued = None
        return task

    def receive(self, buffer: bytearray, view: memoryview) -> Outcome | None:
        """What has arrived, if it is whole. ``buffer`` is scratch for one packet, ``view`` a view of it.

        Raises ``Garbled`` when it is no message.
        """
        try:
            if self._arriving is None:
                size = self.near.recv_into(buffer)
                head = OUTCOME.unpack_from(buffer)
                if head[4] <= size - OUTCOME.size:
                    return _outcome(head, view[OUTCOME.size : size])
                self._arriving = (head, bytearray(head[4]), 0)
            return self._receive_more()
        except BlockingIOError:
            return None
        except (struct.error, ValueError, MemoryError) as error:
            raise Garbled(str(error)) from error

    def _receive_more(self) -> Outcome:
        assert self._arriving is not None
        head, body, filled = self._arriving
        view = memoryview(body)
        while filled < len(body):
            filled += self.near.recv_into(view[filled:])
            self._arriving = (head, body, filled)
        self._arriving = None
        return _outcome(head, body)

    # -- life ----------------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """Ask the worker to end once it has done what is in its socket."""
        self.leaving = True
        self.near.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End the worker now. Before its process is known, the loss of its lifeline ends it."""
        self.leaving = True
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.process, signal.SIGKILL)
        self._cut()

    def close(self) -> None:
        """Give everything back; a worker that still lives is killed by it."""
        self._cut()
        self.near.close()
        self._far.close()
        self.board.close()
        if self.for_worker:
            self.handed_over()
        if self.process is not None:
            os.close(self.process)
            self.process = None

    def _cut(self) -> None:
        if self._life is not None:
            os.close(self._life)
            self._life = None


def resident(pid: int) -> int:
    """Resident bytes of a process, 0 when not known."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _is_one_packet(head: bytes) -> bool:
    _, _, descriptors, large = TASK.unpack(head)
    return not descriptors and not large


def _outcome(head: tuple[int, ...], body: bytearray | memoryview) -> Outcome:
    kind, number, began, ended, _ = head
    return Outcome(Kind(kind), number, began / 1e9, ended / 1e9, body)


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
