"""The process executor as the backend of the cpu lane."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

from ingestd.concurrency.process.executor import ProcessExecutor
from ingestd.concurrency.task import Task
from ingestd.errors import ShutdownError


class Processes:
    """Makes its process executor for the first task: who never calls ``run_cpu`` has no processes."""

    def __init__(self, workers: int, create: Callable[[int], ProcessExecutor]) -> None:
        self._workers = workers
        self._create = create
        self._executor: ProcessExecutor | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def start(self, task: Task[Any]) -> None:
        call = task.call
        if call is None:
            return  # shut down in the instant between admission and start
        fn, args, kwargs = call
        inner = self.executor().submit_task(
            fn, args, kwargs, timeout=task.timeout, cpu_seconds=task.cpu_seconds
        )
        if inner.done() and (error := inner.exception()) is not None:
            raise error
        inner.add_done_callback(lambda done: _ended(task, done))

    def executor(self) -> ProcessExecutor:
        """The process executor, made if it is not. Raises ``ShutdownError`` after ``stop``."""
        if self._executor is not None:
            return self._executor
        with self._lock:
            if self._stopped:
                raise ShutdownError("the cpu executor is shut down", executor="cpu")
            if self._executor is None:
                self._executor = self._create(self._workers)
            return self._executor

    def resize(self, workers: int) -> None:
        """How many processes there may be from now on."""
        with self._lock:
            self._workers = workers
            if self._executor is not None:
                self._executor.resize(workers)

    def stop(self, kill: bool) -> None:
        with self._lock:
            self._stopped = True
            executor = self._executor
        if executor is not None:
            if kill:
                executor.kill_workers()
            executor.shutdown(wait=True)


def _ended(task: Task[Any], done: Future[Any]) -> None:
    try:
        error = done.exception()
    except CancelledError:
        error = ShutdownError(f"{task.name} was taken back by a shutdown", executor="cpu")
    value = done.result() if error is None else None
    task.lane.conclude(task, "completed" if error is None else "failed", value, error)
