"""One worker as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from collections.abc import Iterator

from ingestd.concurrency.process import board
from ingestd.concurrency.process.channel import PACKET, pair
from ingestd.concurrency.process.spawning import Forkserver
from ingestd.concurrency.process.task import Task
from ingestd.concurrency.process.wire import OUTCOME, TASK, Kind, Outcome, Place

_PAGE = os.sysconf("SC_PAGESIZE")


class Garbled(Exception):
    """What a worker sent is none of its messages."""


class Slot:
    """The ends that the parent holds, the task that runs and the one that waits in the socket.

    The parent keeps the worker's end of the socket too: with it a waiting packet can be taken back, and as
    packets are taken whole, exactly one of parent and worker gets it.
    """

    def __init__(self, number: int, server: Forkserver) -> None:
        self.number = number
        self.server = server
        self.near, self._far = pair()
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
        self.proven = False
        """It has done a task."""
        self.killed = False
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
        place = Place.PACKET
        if task.size > PACKET - TASK.size:
            place = Place.BOARD if task.size <= board.AREA else Place.APART
        head = TASK.pack(task.number, task.cpu_seconds or 0.0, len(task.descriptors), place, task.size)
        if place == Place.BOARD:
            self.board.put_task(task.payload)
        self.near.send(b"".join((head, *task.payload)) if place == Place.PACKET else head)
        if place == Place.APART:
            with _memory_file(task.payload) as memory:
                socket.send_fds(self.near, [b"\0"], [*task.descriptors, memory])
        elif task.descriptors:
            socket.send_fds(self.near, [b"\0"], task.descriptors)

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
                if head[-2] == Place.PACKET:
                    return _outcome(head, view[OUTCOME.size : size])
                if head[-2] == Place.BOARD:
                    return _outcome(head, self.board.outcome(min(head[-1], board.AREA)))
                self._arriving = (head, bytearray(head[-1]), 0)
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
        self.near.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End the worker now. Before its process is known, the loss of its lifeline ends it."""
        self.killed = True
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
        statm = os.open(
            f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC
        )  # asked after every task: no ceremony
    except OSError:
        return 0
    try:
        return int(os.read(statm, 256).split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
    finally:
        os.close(statm)


def _is_one_packet(head: bytes) -> bool:
    if len(head) < TASK.size:
        return False  # the second packet of a task whose first is taken
    _, _, descriptors, place, _ = TASK.unpack(head)
    return not descriptors and place == Place.PACKET


def _outcome(head: tuple[int, ...], body: bytearray | memoryview) -> Outcome:
    kind, number, began, ended, place, _ = head
    return Outcome(Kind(kind), number, began / 1e9, ended / 1e9, body, place == Place.BOARD)


@contextlib.contextmanager
def _memory_file(pieces: list[bytes]) -> Iterator[int]:
    memory = os.memfd_create("ingestd-task", os.MFD_CLOEXEC)
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(memory, view) :]
        yield memory
    finally:
        os.close(memory)
