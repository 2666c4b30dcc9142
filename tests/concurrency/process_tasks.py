"""What the tests of the process executor run in its workers."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from ingestd.concurrency import Descriptor, ProcessExecutor, WorkerOptions

state: dict[str, Any] = {}


def executor(workers: int = 2, *, max_tasks: int | None = None, **options: Any) -> ProcessExecutor:
    """An executor whose workers start quickly: they do not import pytest as their main module."""
    return ProcessExecutor(
        workers, max_tasks_per_child=max_tasks, options=WorkerOptions(lean=True, **options)
    )


def double(x: Any) -> Any:
    """Twice."""
    return x * 2


def pid(_: object = None) -> int:
    """Of the worker."""
    return os.getpid()


def nap(seconds: float, value: Any = None) -> Any:
    """Sleep, then return."""
    time.sleep(seconds)
    return value


def mark(directory: str, name: str, seconds: float = 0.0) -> int:
    """Leave a file that tells it ran, once for each time; then sleep."""
    path = Path(directory) / name
    with path.open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(seconds)
    return os.getpid()


def gate(directory: str, name: str) -> int:
    """Say that it runs, by a file, and wait until that is taken away."""
    path = Path(directory) / name
    path.write_text(str(os.getpid()), encoding="ascii")
    while path.exists():
        time.sleep(0.005)
    return os.getpid()


def leave(status: int) -> NoReturn:
    """End the process, at once."""
    os._exit(status)


def segfault() -> None:
    """Read address 0."""
    ctypes.string_at(0)


def be_killed(number: int) -> None:
    """By a signal."""
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    time.sleep(10)


def spin() -> NoReturn:
    """Use the processor for ever."""
    while True:
        pass


def spin_in_c() -> None:
    """Use the processor in one call into C, about a minute."""
    pow(7, 10**9)


def allocate(size: int) -> int:
    """In one piece."""
    return len(bytearray(size))


def keep(size: int) -> int:
    """Grow for good."""
    state["kept"] = bytearray(os.urandom(1)) * size
    return os.getpid()


def litter(pieces: int) -> int:
    """Allocate pieces of a kilobyte, free all but every hundredth; this process's id."""
    made = [bytes(1000) for _ in range(pieces)]
    state["litter"] = made[::100]
    return os.getpid()


def blob(size: int) -> bytes:
    """A result of a size."""
    return b"x" * size


def announce_blob(directory: str, size: int) -> bytes:
    """The same, telling its process first."""
    Path(directory, "pid").write_text(str(os.getpid()), encoding="ascii")
    return b"x" * size


def read_all(file: Descriptor) -> bytes:
    """Through the descriptor."""
    return os.pread(file.fileno(), 1 << 20, 0)


def read_both(first: Descriptor, label: str, second: Descriptor) -> tuple[bytes, str, bytes]:
    """Two of them."""
    return read_all(first), label, read_all(second)


def keep_descriptor(file: Descriptor) -> int:
    """Hold on to it after the task."""
    state["descriptor"] = file
    return file.fileno()


def use_kept_descriptor() -> int:
    """What was kept: raises."""
    return int(state["descriptor"].fileno())


def open_descriptors() -> int:
    """How many the worker has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def fail(message: str) -> NoReturn:
    """By an error that travels."""
    raise LookupError(message)


class Stubborn(Exception):
    """Its pickle cannot be read back: ``__init__`` wants two arguments, ``args`` holds one."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def fail_stubbornly() -> NoReturn:
    """By an error whose pickle cannot be read."""
    raise Stubborn("a", "b")


def fail_with_a_lock() -> NoReturn:
    """By an error that cannot be pickled."""
    raise RuntimeError(threading.Lock())


def return_a_lock() -> Any:
    """What cannot be pickled."""
    return threading.Lock()


def _refuse() -> NoReturn:
    raise ZeroDivisionError("not to be read")


class Unreadable:
    """Can be pickled, not unpickled."""

    def __reduce__(self) -> Any:
        return _refuse, ()


def return_unreadable() -> Unreadable:
    """What the caller cannot unpickle."""
    return Unreadable()


def start(value: str) -> None:
    """An initializer."""
    state["started"] = value


def started() -> Any:
    """What it did."""
    return state.get("started")


def fail_to_start() -> NoReturn:
    """A bad initializer."""
    raise ValueError("no, thank you")


def die_at_start() -> NoReturn:
    """A worse one."""
    os._exit(9)


def put(queue: Any) -> None:
    """An initializer with a queue of multiprocessing."""
    state["queue"] = queue


def put_pid(value: int) -> None:
    """Into that queue."""
    state["queue"].put(value)


def modules() -> list[str]:
    """What the worker has imported."""
    return sorted(sys.modules)


def signals() -> tuple[Any, Any]:
    """How the worker takes SIGINT and SIGTERM."""
    return signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)


def alive(number: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return False


def return_large_unreadable() -> list[Any]:
    """The same among much."""
    return [b"x" * 500_000, Unreadable()]


def same(value: Any) -> Any:
    """Back."""
    return value


def fail_by(error: Exception) -> NoReturn:
    """This error."""
    raise error


class _Call:
    def __init__(self, directory: str) -> None:
        self._directory = directory

    def __reduce__(self) -> Any:
        return os.mkdir, (self._directory,)


def return_call(directory: str) -> Any:
    """What makes a directory where it is unpickled."""
    return _Call(directory)
