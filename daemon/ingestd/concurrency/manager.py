"""The engine's face: three executors, one interface, one life."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from ingestd.concurrency import nesting
from ingestd.concurrency.alarm import AlarmClock
from ingestd.concurrency.breaker import CircuitBreaker
from ingestd.concurrency.cascade import Cascade
from ingestd.concurrency.closing import Ending, ShutdownReport, start_thread
from ingestd.concurrency.config import ConcurrencyConfig
from ingestd.concurrency.executor import Executor
from ingestd.concurrency.lane import Backend, Lane
from ingestd.concurrency.load import LoadSource
from ingestd.concurrency.process.executor import ProcessExecutor
from ingestd.concurrency.processes import Processes
from ingestd.concurrency.stats import Metrics, NoMetrics
from ingestd.concurrency.threads import Threads
from ingestd.concurrency.throttle import ThrottleChange, make_throttle
from ingestd.concurrency.window import outcome, outcome_async

T = TypeVar("T")


class ConcurrencyManager:
    """Runs calls on three executors: ``io`` and ``chunk`` (threads) and ``cpu`` (processes).

    ``run_*``, ``map_*`` and ``imap_*`` are awaitable; each has a blocking twin named ``…_sync`` on the same
    code path, and ``submit_*`` returns a ``concurrent.futures.Future``. All take ``priority`` and ``timeout``
    (see ``Executor``). Threads and processes start when first needed. Ends with ``shutdown``, with
    ``with`` or ``async with``, or at the interpreter's exit. Safe between threads.
    """

    def __init__(
        self, config: ConcurrencyConfig | None = None, *, load_source: LoadSource | None = None
    ) -> None:
        """``load_source`` replaces the machine as what the throttle looks at."""
        self.config = config or ConcurrencyConfig()
        clock = AlarmClock("ingestd-alarms")
        self.throttle = make_throttle(self.config, load_source)
        io = self._lane("io", self.config.io_workers, Threads("ingestd-io", clock))
        chunk = self._lane("chunk", self.config.chunk_processor_workers, Threads("ingestd-chunk", clock))
        self._processes = Processes(self.config.cpu_workers, partial(_process_executor, self.config))
        cpu = self._lane("cpu", self.config.cpu_workers, self._processes)
        self._lanes = (io, chunk, cpu)
        self.throttle.govern(self._lanes)
        self.io_executor = Executor(io)
        self.chunk_executor = Executor(chunk)
        self.cpu_executor = Executor(cpu, processes=True)
        self._breakers: dict[str, CircuitBreaker] = {}
        self._ending = Ending(self._lanes, self.throttle, clock, self.config.drain_timeout)
        weakref.finalize(self, self._ending.forgotten).atexit = False

    # -- one call ----------------------------------------------------------------------------------

    async def run_io(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """The result of ``fn(*args, **kwargs)``, run by an io thread."""
        return await self.io_executor.run(fn, *args, **options)

    async def run_chunk(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """The result of ``fn(*args, **kwargs)``, run by a chunk thread."""
        return await self.chunk_executor.run(fn, *args, **options)

    async def run_cpu(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """The result of ``fn(*args, **kwargs)``, run by a worker process; also takes ``cpu_seconds``."""
        return await self.cpu_executor.run(fn, *args, **options)

    def run_io_sync(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """``run_io``, blocking."""
        return self.io_executor.run_sync(fn, *args, **options)

    def run_chunk_sync(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """``run_chunk``, blocking."""
        return self.chunk_executor.run_sync(fn, *args, **options)

    def run_cpu_sync(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """``run_cpu``, blocking."""
        return self.cpu_executor.run_sync(fn, *args, **options)

    def submit_io(self, fn: Callable[..., T], *args: Any, **options: Any) -> Future[T]:
        """A future of ``fn(*args, **kwargs)``, run by an io thread."""
        return self.io_executor.submit(fn, *args, **options)

    def submit_chunk(self, fn: Callable[..., T], *args: Any, **options: Any) -> Future[T]:
        """A future of ``fn(*args, **kwargs)``, run by a chunk thread."""
        return self.chunk_executor.submit(fn, *args, **options)

    def submit_cpu(self, fn: Callable[..., T], *args: Any, **options: Any) -> Future[T]:
        """A future of ``fn(*args, **kwargs)``, run by a worker process. Also takes ``cpu_seconds``."""
        return self.cpu_executor.submit(fn, *args, **options)

    # -- many calls --------------------------------------------------------------------------------

    async def map_io(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> list[T]:
        """``fn`` over the items in io threads, results in order.

        An error ends it, or with ``return_exceptions=True`` stands among the results.
        """
        return [result async for result in self.io_executor.imap(fn, *iterables, **options)]

    async def map_chunks(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> list[T]:
        """``map_io`` in chunk threads."""
        return [result async for result in self.chunk_executor.imap(fn, *iterables, **options)]

    async def map_cpu(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> list[T]:
        """``map_io`` in worker processes."""
        return [result async for result in self.cpu_executor.imap(fn, *iterables, **options)]

    def map_io_sync(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> list[T]:
        """``map_io``, blocking."""
        return list(self.io_executor.imap_sync(fn, *iterables, **options))

    def map_chunks_sync(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> list[T]:
        """``map_chunks``, blocking."""
        return list(self.chunk_executor.imap_sync(fn, *iterables, **options))

    def map_cpu_sync(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> list[T]:
        """``map_cpu``, blocking."""
        return list(self.cpu_executor.imap_sync(fn, *iterables, **options))

    def imap_io(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> AsyncIterator[T]:
        """``map_io`` as a stream: results in order, at most ``window`` calls ahead of the consumer."""
        return self.io_executor.imap(fn, *iterables, **options)

    def imap_chunks(
        self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any
    ) -> AsyncIterator[T]:
        """``imap_io`` in chunk threads."""
        return self.chunk_executor.imap(fn, *iterables, **options)

    def imap_cpu(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> AsyncIterator[T]:
        """``imap_io`` in worker processes."""
        return self.cpu_executor.imap(fn, *iterables, **options)

    def imap_io_sync(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> Iterator[T]:
        """``imap_io``, blocking."""
        return self.io_executor.imap_sync(fn, *iterables, **options)

    def imap_chunks_sync(
        self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any
    ) -> Iterator[T]:
        """``imap_chunks``, blocking."""
        return self.chunk_executor.imap_sync(fn, *iterables, **options)

    def imap_cpu_sync(self, fn: Callable[..., T], *iterables: Iterable[Any], **options: Any) -> Iterator[T]:
        """``imap_cpu``, blocking."""
        return self.cpu_executor.imap_sync(fn, *iterables, **options)

    # -- two calls in one --------------------------------------------------------------------------

    async def run_cascade(
        self, io_fn: Callable[..., Any], cpu_fn: Callable[[Any], T], *args: Any, **options: Any
    ) -> T:
        """``cpu_fn(io_fn(*args, **kwargs))``: the first in an io thread, the second in a worker process.

        ``priority`` and ``timeout`` hold for each of the two.
        """
        self._refuse_cascade()
        return await outcome_async(self.submit_cascade(io_fn, cpu_fn, *args, **options))

    def run_cascade_sync(
        self, io_fn: Callable[..., Any], cpu_fn: Callable[[Any], T], *args: Any, **options: Any
    ) -> T:
        """``run_cascade``, blocking."""
        self._refuse_cascade()
        return outcome(self.submit_cascade(io_fn, cpu_fn, *args, **options))

    def submit_cascade(
        self,
        io_fn: Callable[..., Any],
        cpu_fn: Callable[[Any], T],
        *args: Any,
        priority: str = "normal",
        timeout: float | None = None,
        **kwargs: Any,
    ) -> Future[T]:
        """A future of ``cpu_fn(io_fn(*args, **kwargs))``; no thread waits between the two."""

        def then(value: Any) -> Future[T]:
            return self.cpu_executor.submit_inside(cpu_fn, value, priority=priority, timeout=timeout)

        return Cascade(self.submit_io(io_fn, *args, priority=priority, timeout=timeout, **kwargs), then)

    def _refuse_cascade(self) -> None:
        nesting.refuse_wait(self.io_executor.lane)
        nesting.refuse_wait(self.cpu_executor.lane)

    # -- figures and settings ----------------------------------------------------------------------

    @property
    def throttle_factor(self) -> float:
        """The share of each executor's workers that may be busy now: above 0, at most 1."""
        return self.throttle.factor

    def on_throttle(self, listener: Callable[[ThrottleChange], None]) -> None:
        """``listener`` hears of every change of the throttle factor, in the throttle's thread."""
        self.throttle.on_change(listener)

    def set_limit(self, executor: str, limit: int) -> None:
        """How many calls of ``"io"``, ``"chunk"`` or ``"cpu"`` may run at once from now on."""
        lane = next(lane for lane in self._lanes if lane.name == executor)
        lane.set_limit(limit)
        if executor == "cpu":
            self._processes.resize(limit)

    def add_breaker(self, breaker: CircuitBreaker) -> CircuitBreaker:
        """Lists ``breaker`` in ``get_stats()``; one of the same name is replaced."""
        self._breakers[breaker.name] = breaker
        return breaker

    def get_stats(self) -> dict[str, Any]:
        """``executors``: for ``io``, ``chunk``, ``cpu`` the figures of ``EXECUTOR_STATS``;
        ``throttle_factor``; ``throttle``: factor, reason, history, load;
        ``breakers``: ``CircuitBreaker.stats()`` by name.
        """
        return {
            "executors": {lane.name: lane.figures() for lane in self._lanes},
            "throttle_factor": self.throttle_factor,
            "throttle": self.throttle.stats(),
            "breakers": {name: breaker.stats() for name, breaker in self._breakers.items()},
        }

    # -- the end -----------------------------------------------------------------------------------

    def shutdown(
        self, wait: bool = True, *, timeout: float | None = None, cancel_pending: bool = False
    ) -> ShutdownReport | None:
        """Takes no more calls from outside, lets io, then chunk, then cpu run empty, and ends them.

        After ``timeout`` seconds (``None``: no limit) what waits is cancelled and what runs is given up: its
        futures get ``ShutdownError``, processes are killed, threads left behind. ``cancel_pending`` cancels
        at once what has not started. With ``wait=False`` all this happens behind the caller's back, and
        ``None`` comes back in place of the report. A second call returns the first one's report.
        """
        if wait:
            return self._ending.end(timeout, cancel_pending)
        self._ending.close()
        start_thread(partial(self._ending.end, timeout, cancel_pending))
        return None

    async def shutdown_async(
        self, *, timeout: float | None = None, cancel_pending: bool = False
    ) -> ShutdownReport:
        """``shutdown`` that leaves the event loop free."""
        report: Future[ShutdownReport] = Future()

        def end() -> None:
            try:
                report.set_result(self._ending.end(timeout, cancel_pending))
            except Exception as error:  # noqa: BLE001  # it belongs to the one who awaits
                report.set_exception(error)

        start_thread(end)
        return await asyncio.shield(asyncio.wrap_future(report))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown(timeout=self.config.drain_timeout, cancel_pending=kind is not None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shutdown_async(timeout=self.config.drain_timeout, cancel_pending=kind is not None)

    def _lane(self, name: str, limit: int, backend: Backend) -> Lane:
        recorder = Metrics() if self.config.enable_metrics else NoMetrics()
        return Lane(name, limit, backend, recorder, self.throttle.wake)


def _process_executor(config: ConcurrencyConfig, workers: int) -> ProcessExecutor:
    nesting.refuse_processes()
    return ProcessExecutor(
        workers,
        initializer=nesting.enter_worker,
        initargs=(config.initializer, config.initargs),
        max_tasks_per_child=config.max_tasks_per_child,
        options=config.worker_options,
    )
