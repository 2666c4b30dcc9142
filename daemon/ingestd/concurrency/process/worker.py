"""The worker's side: one task after another, until its parent hangs up."""

from __future__ import annotations

import contextlib
import logging
import math
import mmap
import os
import resource
import select
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from multiprocessing import util
from pathlib import Path
from typing import Any, NamedTuple

from ingestd.allocator import give_back
from ingestd.concurrency.process import descriptor, lifeline
from ingestd.concurrency.process.board import AREA, Board
from ingestd.concurrency.process.channel import PACKET
from ingestd.concurrency.process.options import WorkerOptions
from ingestd.concurrency.process.wire import OUTCOME, TASK, Kind, Place, dump, dumps, loads

REST = 2.0
"""Seconds without a task after which memory that was freed goes back to the system."""


class Birth(NamedTuple):
    """What one worker is given: its ends of socket pair and lifeline, its page, its set-up."""

    channel: int
    lifeline: int
    board: int
    options: WorkerOptions
    initializer: bytes
    """Pickle of ``(initializer, initargs)``; empty for none."""


def run(birth: Birth) -> int:
    """Live as a worker; returns the exit status."""
    # The order: nobody's signals first, then mortality, then limits, then foreign code.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    lifeline.arm(birth.lifeline)
    board = Board(birth.board)
    os.close(birth.board)
    channel = socket.socket(fileno=birth.channel)
    channel.setblocking(True)
    worker = Worker(channel, board)
    _limit(birth.options)
    if birth.initializer and (reason := _initialize(birth.initializer)) is not None:
        # Queues and streams first: what the initializer logged is wanted most now.
        status = _leave(1)
        worker.no_start(reason)
        return status
    board.ready(memory_limited=resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY)
    with contextlib.suppress(ConnectionError):  # the parent is gone, and nobody wants the outcome
        while worker.step():
            pass
    return _leave(0)


def _limit(options: WorkerOptions) -> None:
    if options.oom_score_adj:
        with contextlib.suppress(OSError):  # a container may forbid it; the worker works all the same
            Path("/proc/self/oom_score_adj").write_bytes(b"%d" % options.oom_score_adj)
    if options.memory_limit is not None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (options.memory_limit, hard))


def _initialize(pickled: bytes) -> list[bytes] | None:
    """Call the initializer; returns what is to be told of its failure."""
    try:
        initializer, initargs = loads(pickled)
        initializer(*initargs)
    except BaseException as error:
        logging.getLogger("concurrent.futures").critical("Exception in initializer:", exc_info=True)
        return _describe(error)
    return None


def _leave(status: int) -> int:
    """The end of a process as multiprocessing does it: finalizers, threads, streams."""
    util._exit_function()  # type: ignore[attr-defined]
    threading._shutdown()  # type: ignore[attr-defined]
    util._flush_std_streams()  # type: ignore[attr-defined]
    return status


def run_batch(fn: Callable[..., Any], batch: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Several calls of ``map`` as one task."""
    return [fn(*args) for args in batch]


class Worker:
    """Receives a task, runs it, sends what came of it."""

    def __init__(self, channel: socket.socket, board: Board) -> None:
        self._channel = channel
        self._board = board
        self._buffer = bytearray(PACKET)
        self._view = memoryview(self._buffer)
        self._cpu_limited = False
        self._arrival = select.poll()
        self._arrival.register(channel, select.POLLIN)

    def no_start(self, reason: list[bytes]) -> None:
        """Tell that no task can run here. The parent may kill all workers on that."""
        self._send(Kind.NO_START, 0, 0, reason)

    def step(self) -> bool:
        """One task; false when there will be no more."""
        if not self._arrival.poll(REST * 1000):
            give_back()
        size = self._channel.recv_into(self._buffer)
        if not size:
            return False
        number, cpu_seconds, descriptors, place, length = TASK.unpack_from(self._buffer)
        # First of all: whatever happens from here on is to be laid at this task's door.
        began = self._board.begin(number)
        count = descriptors + (place == Place.APART)
        luggage = self._luggage(count) if count else []
        if cpu_seconds or self._cpu_limited:
            self._limit_cpu(cpu_seconds)
        memory = luggage.pop() if place == Place.APART else -1
        if descriptors:
            descriptor.arrive(luggage)
        kind, answer = _perform(self._body(place, size, length, memory))
        if descriptors:
            descriptor.depart()
        self._send(kind, number, began, answer)
        return True

    def _luggage(self, count: int) -> list[int]:
        """The descriptors that come with a second packet."""
        return list(socket.recv_fds(self._channel, 1, count, socket.MSG_CMSG_CLOEXEC)[1])

    def _body(self, place: int, size: int, length: int, memory: int) -> Any:
        """The task's pickle, from where it is."""
        if place == Place.PACKET:
            return self._view[TASK.size : size]
        if place == Place.BOARD:
            return self._board.task(length)
        mapped = mmap.mmap(memory, length, prot=mmap.PROT_READ)
        os.close(memory)
        return mapped

    def _limit_cpu(self, seconds: float) -> None:
        """RLIMIT_CPU counts over the life of the process, in whole seconds: used so far plus the budget."""
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = math.ceil(time.process_time() + seconds) if seconds else hard
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
        self._cpu_limited = bool(seconds)

    def _send(self, kind: Kind, number: int, began: int, body: list[bytes]) -> None:
        size = sum(map(len, body))
        place = Place.PACKET
        if size > PACKET - OUTCOME.size:
            place = Place.BOARD if size <= AREA and self._board.put_outcome(body) else Place.APART
        head = OUTCOME.pack(kind, number, began, time.monotonic_ns(), place, size)
        self._channel.send(b"".join((head, *body)) if place == Place.PACKET else head)
        if place == Place.APART:
            for piece in body:
                view = memoryview(piece)
                for start in range(0, len(view), PACKET):
                    self._channel.send(view[start : start + PACKET])


def _perform(body: Any) -> tuple[Kind, list[bytes]]:
    """Unpickle, call, pickle. No reference to the task or its result is left behind."""
    try:
        fn, args, kwargs = loads(body)
    except MemoryError as error:
        return Kind.OUT_OF_MEMORY, _describe(error)
    except BaseException as error:  # noqa: BLE001 - foreign code of any kind
        return Kind.UNPICKLABLE, dump((_text(error), f"cannot be unpickled in the worker: {_short(error)}"))
    del body
    try:
        result = fn(*args, **kwargs)
    except MemoryError as error:
        return Kind.OUT_OF_MEMORY, _describe(error)
    except BaseException as error:  # noqa: BLE001 - the caller gets it, SystemExit included
        return Kind.ERROR, _describe(error)
    try:
        return Kind.RESULT, dump(result)
    except MemoryError as error:
        return Kind.OUT_OF_MEMORY, _describe(error)
    except BaseException as error:  # noqa: BLE001 - foreign __reduce__ may raise anything
        what = f"returned {_named(type(result))}, which cannot be pickled: {_short(error)}"
        return Kind.UNPICKLABLE, dump((_text(error), what))


def _describe(error: BaseException) -> list[bytes]:
    try:
        pickled = dumps(error)
    except BaseException:  # noqa: BLE001 - the text tells of it then
        pickled = b""
    text = _text(error)
    # The traceback holds the frames, and with them arguments and locals, alive.
    error.__traceback__ = None
    return dump((text, _short(error), pickled))


def _text(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def _short(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - foreign __str__
        return type(error).__name__


def _named(kind: type) -> str:
    return f"a {kind.__module__}.{kind.__qualname__}"
