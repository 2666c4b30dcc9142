"""The executor that callers see."""

from __future__ import annotations

import itertools
import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, NamedTuple, TypeVar

from ingestd.concurrency.process.options import WorkerOptions
from ingestd.concurrency.process.pool import Pool
from ingestd.concurrency.process.slot import resident
from ingestd.concurrency.process.spawning import Recipe
from ingestd.concurrency.process.task import Task
from ingestd.concurrency.process.worker import run_batch

T = TypeVar("T")

_names = itertools.count(1)


class WorkerInfo(NamedTuple):
    """One worker process at this moment."""

    pid: int
    busy_since: float | None
    """Monotonic seconds at which it began its task; none when it has no task."""
    rss: int
    """Resident bytes."""


class ProcessExecutor(Executor):
    """Worker processes, each killable by itself: a drop-in for ``concurrent.futures.ProcessPoolExecutor``.

    A worker that dies fails the one task it ran (``WorkerCrashed``, ``WorkerTimeout``,
    ``WorkerMemoryExceeded``, ``WorkerCpuExceeded``) and is replaced; no other task notices. Workers are
    forked by a forkserver as tasks come, ignore SIGINT and SIGTERM, and never outlive this process.

    Arguments as of the standard library; ``options`` holds what goes beyond it. Raises ``ValueError`` or
    ``TypeError`` when an argument makes no sense.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        *,
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
        max_tasks_per_child: int | None = None,
        options: WorkerOptions | None = None,
    ) -> None:
        limit = len(os.sched_getaffinity(0)) if max_workers is None else max_workers
        _check(limit, initializer, max_tasks_per_child)
        recipe = Recipe(options or WorkerOptions(), initializer, initargs)
        name = f"ProcessExecutor-{next(_names)}"
        self._pool = Pool(recipe, limit=limit, max_tasks=max_tasks_per_child, name=name)
        # An executor that nobody holds any more ends, once what it has accepted is done.
        weakref.finalize(self, self._pool.let_go).atexit = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run ``fn(*args, **kwargs)`` in a worker.

        Every failure arrives through the future; raises only ``ShutdownError`` after shutdown and
        ``WorkerStartError`` when workers cannot be started.
        """
        return self._submit(fn, args, kwargs, None, None)

    def submit_task(
        self,
        fn: Callable[..., T],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        cpu_seconds: float | None = None,
    ) -> Future[T]:
        """``submit`` with limits.

        ``timeout``: seconds of execution after which the worker is killed (``WorkerTimeout``); waiting for a
        worker or its start does not count. ``cpu_seconds``: processor time, counted by the kernel in whole
        seconds, rounded up (``WorkerCpuExceeded``). The future has ``started_at`` and ``ended_at``, monotonic
        seconds of the execution.
        """
        return self._submit(fn, args, kwargs or {}, timeout, cpu_seconds)

    def _submit(
        self,
        fn: Callable[..., T],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        timeout: float | None,
        cpu_seconds: float | None,
    ) -> Future[T]:
        self._pool.check()
        task = Task(self._pool.withdraw, fn, timeout, cpu_seconds)
        if task.pack(fn, args, kwargs):
            try:
                self._pool.submit(task)
            except BaseException:
                task.release()
                raise
        return task

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        **options: Any,
    ) -> Iterator[T]:
        """As the standard library's, with ``buffersize`` from Python 3.14 on (counted in chunks)."""
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout, **options)
        batches = _batches(zip(*iterables, strict=False), chunksize)
        results = super().map(partial(run_batch, fn), batches, timeout=timeout, **options)
        return _chained(results)

    @property
    def max_workers(self) -> int:
        """How many tasks may run at once."""
        return self._pool.limit

    def resize(self, max_workers: int) -> None:
        """From now on at most ``max_workers`` tasks run at once.

        Takes effect as tasks end; workers without work are kept for when the number rises again.
        """
        _check(max_workers, None, None)
        self._pool.resize(max_workers)

    def workers(self) -> list[WorkerInfo]:
        """The worker processes there are now."""
        return [WorkerInfo(pid, since, resident(pid)) for pid, since in self._pool.staff()]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks; with ``wait`` return when all are done and the workers have ended."""
        self._pool.close(cancel=cancel_futures)
        if wait:
            self._pool.join()

    def kill_workers(self) -> None:
        """Shut down at once: waiting tasks are cancelled, running ones fail with ``WorkerCrashed``."""
        self._pool.close(cancel=True)
        self._pool.kill()


def _check(limit: int, initializer: Callable[..., Any] | None, max_tasks: int | None) -> None:
    if limit <= 0:
        raise ValueError("max_workers must be greater than 0")
    if initializer is not None and not callable(initializer):
        raise TypeError("initializer must be a callable")
    if max_tasks is not None and not isinstance(max_tasks, int):
        raise TypeError("max_tasks_per_child must be an integer")
    if max_tasks is not None and max_tasks <= 0:
        raise ValueError("max_tasks_per_child must be >= 1")


def _batches(items: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def _chained(batches: Iterator[Any]) -> Iterator[Any]:
    for batch in batches:
        batch.reverse()
        while batch:
            yield batch.pop()
