"""Admission to one executor: who may run now, who waits, who is told what.

All three executors share this one design; only the backend (threads, processes) differs. With a free slot
a call goes straight through in the caller's thread. A slot is given back *before* the outcome is
published, so whoever sees a result also sees the slot free and the call counted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from ingestd.concurrency.priorities import PriorityQueue
from ingestd.concurrency.stats import Recorder
from ingestd.concurrency.task import State, Task
from ingestd.errors import ShutdownError, TaskTimeout

logger = logging.getLogger("ingestd.concurrency")


class Backend(Protocol):
    """What runs admitted tasks. It reports each end to the task's lane, exactly once."""

    def start(self, task: Task[Any]) -> None:
        """Begins ``task`` now; what it raises becomes the task's outcome."""

    def stop(self, kill: bool) -> None:
        """No task will come any more; with ``kill`` some still run, and nobody waits for them."""


class Lane:
    """The limit, the queue and the figures of one executor."""

    def __init__(
        self, name: str, limit: int, backend: Backend, recorder: Recorder, on_work: Callable[[], None]
    ) -> None:
        self.name = name
        self._limit = limit
        self._factor = 1.0
        self._allowed = limit
        self._backend = backend
        self._recorder = recorder
        self._on_work = on_work
        self._queue = PriorityQueue()
        self._running: set[Task[Any]] = set()
        self._queued = 0
        self._closed = False
        self.lock = threading.Lock()
        self._empty = threading.Condition(self.lock)

    # -- what callers do ---------------------------------------------------------------------------

    def submit(self, task: Task[Any], inside: bool = False) -> None:
        """Starts the task or queues it. ``inside``: work of the engine itself, taken while it drains.

        Raises ``ShutdownError`` once closed.
        """
        with self.lock:
            if self._closed and not inside:
                raise ShutdownError(f"the {self.name} executor is shutting down", executor=self.name)
            self._recorder.submitted()
            task.queued_at = self._recorder.now()
            # A free slot means that nobody waits: whoever gives one back passes it on.
            free = len(self._running) < self._allowed
            if free:
                self._let_in(task)
            else:
                self._queue.push(task)
                self._queued += 1
        self._on_work()
        if free:
            self.start(task)

    def cancel(self, task: Task[Any]) -> bool:
        """True when the task will never run; it can be taken back only before it starts."""
        with self.lock:
            if task.state is not State.QUEUED:
                return task.state is State.CANCELLED
            self._take_back(task)
        task.cancelled_in_lane()
        return True

    # -- what backends report ----------------------------------------------------------------------

    def end(self, task: Task[Any], outcome: str) -> tuple[bool, Task[Any] | None]:
        """Gives the slot back: (was it still ours to end, the task that takes the slot).

        The caller publishes the outcome if the first is true, then starts the second.
        """
        with self.lock:
            if task.state is not State.RUNNING:
                return False, None
            task.state = State.ENDED
            self._running.discard(task)
            self._recorder.ended(outcome, task.started_at)
            successor = self._admit()
            self._tell_if_empty()
        return True, successor

    def conclude(self, task: Task[Any], outcome: str, value: Any, error: BaseException | None) -> bool:
        """``end``, publish, and start the next: for those who are not a worker themselves."""
        ours, successor = self.end(task, outcome)
        if ours:
            task.settle(value, error)
        if successor is not None:
            self.start(successor)
        return ours

    def abandon(self, task: Task[Any]) -> None:
        """The task's time is up: its thread cannot be stopped, so its slot goes to another thread."""
        error = TaskTimeout(
            f"{task.name} did not end within {task.timeout} s",
            hint="The thread was left to itself; the call may still be running.",
            executor=self.name,
            function=task.name,
            timeout=task.timeout,
        )
        if self.conclude(task, "abandoned", None, error):
            logger.debug("%s: abandoned %s", self.name, error.message)

    def start(self, task: Task[Any]) -> None:
        """Hands an admitted task to the backend; a failure to begin is the task's failure."""
        candidate: Task[Any] | None = task
        while candidate is not None:  # a loop: a broken backend fails a long queue without recursion
            try:
                self._backend.start(candidate)
                return
            except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to the one who waits
                ours, successor = self.end(candidate, "failed")
                if ours:
                    candidate.settle(None, error)
                candidate = successor

    # -- what the manager sets and reads -----------------------------------------------------------

    def set_limit(self, limit: int) -> None:
        """How many calls may run at once from now on; running ones are left to end."""
        if limit < 1:
            raise ValueError(f"the limit of the {self.name} executor must be at least 1, not {limit}")
        self._resize(limit, None)

    def set_factor(self, factor: float) -> None:
        """The throttle factor: ``max(1, int(limit * factor))`` calls may run at once."""
        self._resize(None, factor)

    def figures(self) -> dict[str, float]:
        """The figures named in ``stats.EXECUTOR_STATS``."""
        with self.lock:
            now = {
                "running": len(self._running),
                "queued": self._queued,
                "limit": self._limit,
                "allowed": self._allowed,
            }
            return self._recorder.figures() | now

    def holders(self) -> list[Task[Any]]:
        """The running tasks if they leave no slot free; else none."""
        with self.lock:
            return list(self._running) if len(self._running) >= self._allowed else []

    @property
    def limit(self) -> int:
        return self._limit

    @property
    def busy(self) -> bool:
        """Is anything running or waiting? A glance, without the lock."""
        return bool(self._running or self._queued)

    # -- how it ends -------------------------------------------------------------------------------

    def close(self) -> None:
        """No new work from outside."""
        with self.lock:
            self._closed = True

    def cancel_queued(self) -> int:
        """Takes back everything that waits; how many that were."""
        with self.lock:
            tasks = self._queue.drain()
            for task in tasks:
                self._take_back(task)
        for task in tasks:
            task.cancelled_in_lane()
        return len(tasks)

    def wait_empty(self, timeout: float | None) -> bool:
        """After ``close``: waits until nothing runs or waits; false when ``timeout`` seconds pass before."""
        with self.lock:
            return self._empty.wait_for(lambda: not self.busy, timeout)

    def stop(self) -> list[str]:
        """Ends the executor: names what still ran. Those who wait for it get ``ShutdownError``."""
        with self.lock:
            left = list(self._running)
        names = []
        for task in left:
            name = task.name
            error = ShutdownError(f"{name} was still running at shutdown", executor=self.name, function=name)
            if self.conclude(task, "abandoned", None, error):
                names.append(name)
        self._backend.stop(kill=bool(names))
        return names

    def orphan(self) -> None:
        """In the child of a fork: the threads and processes are not there, so nothing is taken any more."""
        self.lock = threading.Lock()
        self._empty = threading.Condition(self.lock)
        self._closed = True
        self._running.clear()
        self._queue = PriorityQueue()
        self._queued = 0

    # -- under the lock ----------------------------------------------------------------------------

    def _admit(self) -> Task[Any] | None:
        if not self._queued or len(self._running) >= self._allowed:
            return None
        task = self._queue.pop()
        self._queued -= 1
        self._let_in(task)
        return task

    def _let_in(self, task: Task[Any]) -> None:
        task.state = State.RUNNING
        task.set_running_or_notify_cancel()
        self._running.add(task)
        task.started_at = self._recorder.now()
        self._recorder.started(task.queued_at, task.started_at, len(self._running))

    def _take_back(self, task: Task[Any]) -> None:
        task.state = State.CANCELLED
        self._queued -= 1
        self._recorder.cancelled()
        self._tell_if_empty()

    def _tell_if_empty(self) -> None:
        if self._closed and not self.busy:
            self._empty.notify_all()

    def _resize(self, limit: int | None, factor: float | None) -> None:
        with self.lock:
            self._limit = self._limit if limit is None else limit
            self._factor = self._factor if factor is None else factor
            # A hair above, so that 0.7 * 10 is 7 and not 6.999...
            self._allowed = max(1, int(self._limit * self._factor + 1e-9))
            admitted = []
            while (task := self._admit()) is not None:
                admitted.append(task)
        for task in admitted:
            self.start(task)
