"""The process that imports once and forks workers: ``main`` is its whole life.

Packets from the caller: ``SET_UP`` once, then ``FORK``, each with descriptors. To the caller: ``STANDING``
once, ``FORKED`` with a descriptor of the process for each worker, ``ENDED`` with its wait status.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import select
import signal
import socket
import struct
import sys
import traceback
import warnings
from enum import IntEnum
from multiprocessing import process, resource_tracker, spawn
from typing import Any, NamedTuple, NoReturn

from ingestd.concurrency.process import inheritance, lifeline, worker
from ingestd.concurrency.process.options import WorkerOptions

MAX_DESCRIPTORS = 250
"""The kernel takes 253 in one message."""

MESSAGE = struct.Struct("=BQq")
"""``Word``, number of the slot, process id or wait status."""


class Word(IntEnum):
    """Kinds of messages."""

    SET_UP = 1
    FORK = 2
    STANDING = 3
    FORKED = 4
    ENDED = 5


class SetUp(NamedTuple):
    """What the forkserver is told first."""

    options: WorkerOptions
    initializer: bytes
    preparation: dict[str, Any]
    """As ``multiprocessing.spawn.prepare`` takes it: paths, arguments, the main module."""
    tracker: bool
    """Whether the first descriptor is that of multiprocessing's resource tracker."""


class Standing(NamedTuple):
    """What the forkserver answers once it can fork."""

    problems: tuple[str, ...] = ()
    """Modules that could not be preloaded, and why."""
    main_error: str = ""
    """Why the main module could not be imported: then no worker will start."""


def main(control: int, life: int, preload: tuple[str, ...]) -> NoReturn:
    """Serve until the caller hangs up. ``preload`` is imported before the caller says what else is wanted."""
    lifeline.arm(life)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    for name in preload:
        _preload(name)  # a problem is met, and told, again by the set-up
    channel = socket.socket(fileno=control)
    channel.setblocking(True)
    with contextlib.suppress(ConnectionError):
        _Server(channel, life).serve()
    os._exit(0)


class _Server:
    def __init__(self, channel: socket.socket, life: int) -> None:
        self._channel = channel
        self._life = life
        self._slots: dict[int, int] = {}  # by process id
        self._bell, self._ring = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, _wake)
        signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)

    def serve(self) -> None:
        size, fds, _, _ = socket.recv_fds(
            self._channel, MESSAGE.size, MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
        if not size:
            return
        self._setup = _read_setup(fds.pop(0))
        standing = _prepare(self._setup, fds)
        self._say(Word.STANDING, 0, 0, body=pickle.dumps(standing))
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(self._bell, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == self._bell:
                    os.read(self._bell, 4096)
                    self._reap()
                elif not self._answer():
                    return

    def _answer(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._channel, MESSAGE.size, 3, socket.MSG_CMSG_CLOEXEC)
        if not data:
            return False
        _, slot, _ = MESSAGE.unpack(data)
        pid = _fork()
        if pid == 0:
            self._become_worker(fds)
        for fd in fds:
            os.close(fd)
        self._slots[pid] = slot
        handle = os.pidfd_open(pid)
        self._say(Word.FORKED, slot, pid, fds=[handle])
        os.close(handle)
        return True

    def _reap(self) -> None:
        while self._slots:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            if pid in self._slots:  # else a child of a preloaded module
                self._say(Word.ENDED, self._slots.pop(pid), os.waitstatus_to_exitcode(status))

    def _say(
        self, word: Word, slot: int, value: int, *, body: bytes = b"", fds: list[int] | None = None
    ) -> None:
        packet = MESSAGE.pack(word, slot, value) + body
        socket.send_fds(self._channel, [packet], fds or [])

    def _become_worker(self, fds: list[int]) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for fd in (self._bell, self._ring, self._life):
                os.close(fd)
            self._channel.close()
            channel, life, board = fds
            status = worker.run(
                worker.Birth(channel, life, board, self._setup.options, self._setup.initializer)
            )
        except BaseException:  # noqa: BLE001 - nothing may run the forkserver's code a second time
            traceback.print_exc()
        finally:
            os._exit(status)


def _wake(number: int, frame: object) -> None:
    """SIGCHLD only rings the bell."""


def _fork() -> int:
    with warnings.catch_warnings():
        # Threads of a preloaded library (BLAS) sleep between calls and mend themselves after a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _read_setup(fd: int) -> SetUp:
    with open(fd, "rb") as file:
        file.seek(0)
        # The paths come first and alone: the rest may need them to be unpickled.
        sys.path[:] = pickle.load(file)
        setup: SetUp = pickle.load(file)
        return setup


def _prepare(setup: SetUp, fds: list[int]) -> Standing:
    if setup.tracker:
        resource_tracker._resource_tracker._fd = fds.pop(0)  # type: ignore[attr-defined]
    inheritance.inherited[:] = fds
    main_error = ""
    process.current_process()._inheriting = True  # type: ignore[attr-defined]
    try:
        spawn.prepare(setup.preparation)
    except BaseException as error:  # noqa: BLE001 - a script without a guard raises all kinds, SystemExit too
        main_error = "".join(traceback.format_exception_only(error)).strip()
    finally:
        del process.current_process()._inheriting  # type: ignore[attr-defined]
    problems = [problem for name in setup.options.preload if (problem := _preload(name))]
    gc.freeze()  # else the first collection in each worker copies every page
    return Standing(tuple(problems), main_error)


def _preload(name: str) -> str:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - foreign code; its task will meet the error again
        return f"{name}: {type(error).__name__}: {error}"
    return ""
