"""A future that knows what it carries."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from ingestd.concurrency.process.descriptor import Packing
from ingestd.concurrency.process.wire import Kind, Outcome, dump
from ingestd.concurrency.process.worker import run_batch
from ingestd.errors import UnpicklableError, WorkerMemoryExceeded

log = logging.getLogger("ingestd.concurrency")

_numbers = itertools.count(1)

PREFETCHABLE = 16 * 1024
"""Bytes of a task that may wait in a busy worker's socket."""


class Task(Future[Any]):
    """One submitted call. Pickled at once, so that later changes to its arguments do not matter."""

    def __init__(
        self,
        withdraw: Callable[[Task], bool],
        fn: Callable[..., Any],
        timeout: float | None,
        cpu_seconds: float | None,
    ) -> None:
        super().__init__()
        self.name = _name(fn)
        self.timeout = timeout
        self.cpu_seconds = cpu_seconds
        self.number = next(_numbers)
        self.payload: list[bytes] = []
        self.size = 0
        """Bytes of the payload."""
        self.descriptors: Sequence[int] = ()
        self.begun = False
        """Given to a worker as its next task: from here on it cannot be cancelled."""
        self.losses = 0
        """Workers that died holding it before they began it."""
        self.withdrawn = False
        """Cancelled, or about to be: it is not given to any worker."""
        self.started_at: float | None = None
        """Monotonic seconds at which the worker began it; known once it has ended."""
        self.ended_at: float | None = None
        """Monotonic seconds at which the worker ended it."""
        self._withdraw: Callable[[Task], bool] | None = withdraw

    def pack(self, fn: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        """Pickle the call; if that cannot be, fail with ``UnpicklableError`` and return false."""
        with Packing() as descriptors:
            try:
                self.payload = dump((fn, args, kwargs))
            except Exception as error:  # noqa: BLE001 - foreign __reduce__ may raise anything
                _close(descriptors)
                failure = UnpicklableError(
                    f"the task {self.name} cannot be pickled: {type(error).__name__}: {error}",
                    hint="Workers run functions that can be imported, with arguments that can be pickled.",
                    task=self.name,
                )
                failure.__cause__ = error
                self.fail(failure)
                return False
        self.size = sum(map(len, self.payload))
        self.descriptors = descriptors
        return True

    @property
    def prefetchable(self) -> bool:
        """Whether it may wait in a busy worker's socket: one packet, so that it can be recalled whole."""
        return not self.descriptors and self.size <= PREFETCHABLE

    def begin(self) -> bool:
        """It is a worker's next task; false if it was cancelled before."""
        if not self.begun:
            self.begun = self.set_running_or_notify_cancel()
        return self.begun

    def cancel(self) -> bool:
        """Also a task that already waits in a busy worker's socket can be cancelled."""
        withdraw = self._withdraw
        if withdraw is None or not withdraw(self):
            return super().cancel() if self.withdrawn or self.done() else False
        super().cancel()
        self.set_running_or_notify_cancel()  # tells those who wait in ``wait`` and ``as_completed``
        self.release()
        return True

    def settle(self, outcome: Outcome, loads: Callable[[Any], Any], *, memory_limited: bool) -> None:
        """Done, as the worker reports it; ``loads`` reads what it sent."""
        self.started_at, self.ended_at = outcome.began, outcome.ended
        try:
            if outcome.kind == Kind.RESULT:
                result = loads(outcome.body)
            else:
                error = self._error(outcome, loads, memory_limited)
        except Exception as failure:  # noqa: BLE001 - foreign __setstate__ may raise anything
            self.fail(self._unreadable(failure))
            return
        if outcome.kind == Kind.RESULT:
            self.release()
            _complete(self.set_result, result)
        else:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Done, by this error."""
        self.release()
        _complete(self.set_exception, error)

    def _error(self, outcome: Outcome, loads: Callable[[Any], Any], memory_limited: bool) -> BaseException:
        if outcome.kind == Kind.UNPICKLABLE:
            text, what = loads(outcome.body)
            error: BaseException = UnpicklableError(f"the task {self.name} {what}", task=self.name)
        else:
            text, short, pickled = loads(outcome.body)
            error = self._revive(short, pickled, loads)
        if outcome.kind == Kind.OUT_OF_MEMORY and memory_limited:
            error = WorkerMemoryExceeded(
                f"the task {self.name} ran out of its worker's memory", task=self.name
            )
        with contextlib.suppress(ImportError, OSError):  # no descriptor left to import it with
            # What tools and tests know remote tracebacks by; it brings the standard library's process pool.
            from concurrent.futures.process import _RemoteTraceback

            error.__cause__ = _RemoteTraceback(f'\n"""\n{text}"""')  # type: ignore[arg-type]
        return error

    def _revive(self, short: str, pickled: bytes, loads: Callable[[Any], Any]) -> BaseException:
        """The error that the task raised, or if it cannot travel, one that tells of it."""
        try:
            error = loads(pickled) if pickled else None
        except Exception:  # noqa: BLE001 - exceptions whose __init__ wants more than args are common
            error = None
        if isinstance(error, BaseException):
            return error
        return UnpicklableError(
            f"the task {self.name} raised an error that cannot be pickled: {short}", task=self.name
        )

    def _unreadable(self, cause: Exception) -> UnpicklableError:
        error = UnpicklableError(
            f"the result of the task {self.name} cannot be unpickled: {type(cause).__name__}: {cause}",
            task=self.name,
        )
        error.__cause__ = cause
        return error

    def release(self) -> None:
        """Let go of what it carries."""
        self._withdraw = None
        self.payload = []
        _close(self.descriptors)
        self.descriptors = ()


def _complete(setter: Callable[[Any], None], value: Any) -> None:
    try:
        setter(value)
    except BaseException:  # a callback that raises SystemExit must not end the thread that serves all tasks
        log.exception("a callback of a future failed")


def _name(fn: Callable[..., Any]) -> str:
    while isinstance(fn, partial):
        fn = fn.args[0] if fn.func is run_batch else fn.func
    try:
        return f"{fn.__module__}.{fn.__qualname__}"
    except AttributeError:
        return type(fn).__qualname__


def _close(descriptors: Sequence[int]) -> None:
    for fd in descriptors:
        os.close(fd)
