"""The caller's handle of a forkserver."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
from collections.abc import Callable, Sequence
from multiprocessing import process, resource_tracker, spawn
from typing import Any, NamedTuple

from ingestd.concurrency.process.channel import PACKET
from ingestd.concurrency.process.forkserver import MESSAGE, SetUp, Standing, Word
from ingestd.concurrency.process.inheritance import dump_initializer
from ingestd.concurrency.process.launch import Launch, taken_over
from ingestd.concurrency.process.options import WorkerOptions
from ingestd.errors import UnpicklableError, WorkerStartError


class Message(NamedTuple):
    """What a forkserver says."""

    word: Word
    slot: int
    value: int
    body: bytes
    process: int | None
    """Descriptor of the process forked."""


class Recipe:
    """How to make workers; the same for all that an executor ever starts."""

    def __init__(
        self, options: WorkerOptions, initializer: Callable[..., Any] | None, initargs: tuple[Any, ...]
    ) -> None:
        self.options = options
        self._initializer = initializer
        self._initargs = initargs
        self._pickled: tuple[bytes, list[int]] | None = None

    def initializer(self) -> tuple[bytes, list[int]]:
        """Pickle of the initializer's call, and the descriptors it needs; pickled when first needed.

        Raises ``UnpicklableError``.
        """
        if self._pickled is None:
            self._pickled = (b"", []) if self._initializer is None else self._pickle()
        return self._pickled

    def _pickle(self) -> tuple[bytes, list[int]]:
        try:
            return dump_initializer((self._initializer, self._initargs))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise UnpicklableError(
                f"the initializer {self._initializer!r} cannot be pickled: {reason}"
            ) from error

    def close(self) -> None:
        """Give the descriptors back."""
        for fd in self._pickled[1] if self._pickled else ():
            os.close(fd)
        self._pickled = None


class Forkserver:
    """A running forkserver, from its start to its end; a dead one is replaced by a new object."""

    def __init__(self, recipe: Recipe) -> None:
        if getattr(process.current_process(), "_inheriting", False):
            raise WorkerStartError(
                "a worker process cannot start workers while it imports the main module",
                hint="Guard the script's own work by `if __name__ == '__main__':`.",
            )
        recipe.initializer()  # what cannot be pickled shall start nothing
        self.standing = False
        """Whether it has said so."""
        options = recipe.options
        launch = taken_over(options.preload, options.environment) or Launch(
            environment=options.environment, executable=spawn.get_executable()
        )
        self.channel, self._life, self.pid = launch.channel, launch.life, launch.pid
        try:
            self._set_up(recipe)
        except BaseException:
            self.close()
            raise

    def fork(self, slot: int, fds: Sequence[int]) -> None:
        """Ask for a worker. ``FORKED`` will come, or else ``receive`` tells that this forkserver is gone."""
        with contextlib.suppress(ConnectionError):
            socket.send_fds(self.channel, [MESSAGE.pack(Word.FORK, slot, 0)], fds)

    def kill(self) -> None:
        """End it now; ``receive`` will tell."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def receive(self) -> Message | None:
        """The next message, none if none is waiting. Raises ``EOFError`` when the forkserver is gone."""
        try:
            data, fds, _, _ = socket.recv_fds(
                self.channel, PACKET, 1, socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return None
        except ConnectionError:
            data = b""
        if not data:
            raise EOFError
        word, slot, value = MESSAGE.unpack_from(data)
        return Message(Word(word), slot, value, data[MESSAGE.size :], fds[0] if fds else None)

    def close(self) -> None:
        """Hang up: the forkserver ends. Waits for that."""
        self.abandon()
        self.kill()
        with contextlib.suppress(ChildProcessError):  # the caller may wait for all of its children
            os.waitpid(self.pid, 0)

    def abandon(self) -> None:
        """Close our ends and no more (in a forked copy of the caller's process)."""
        self.channel.close()
        os.close(self._life)

    def _set_up(self, recipe: Recipe) -> None:
        initializer, fds = recipe.initializer()
        preparation = spawn.get_preparation_data("ingestd-worker")
        preparation["authkey"] = bytes(preparation["authkey"])  # goes to a child of ours, by a private file
        tracker = not recipe.options.lean
        if not tracker:
            for name in ("init_main_from_name", "init_main_from_path"):
                preparation.pop(name, None)
        memory = os.memfd_create("ingestd-set-up", os.MFD_CLOEXEC)
        try:
            with open(memory, "wb", closefd=False) as file:
                pickle.dump(preparation["sys_path"], file)
                pickle.dump(SetUp(recipe.options, initializer, preparation, tracker), file)
            first = [memory, resource_tracker.getfd()] if tracker else [memory]
            socket.send_fds(self.channel, [MESSAGE.pack(Word.SET_UP, 0, 0)], [*first, *fds])
        finally:
            os.close(memory)


def standing(message: Message) -> Standing:
    """The body of ``STANDING``."""
    value: Standing = pickle.loads(message.body)
    return value
