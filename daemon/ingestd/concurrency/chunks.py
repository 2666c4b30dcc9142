"""A function over many chunks, in batches: threads for small workloads, processes for large ones.

The blocking and the awaitable form share all steps (``_Run``); they differ in how they wait.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Sized
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from ingestd.concurrency.batch import Ended, run_batch, run_batch_in_turns
from ingestd.concurrency.default import get_concurrency_manager
from ingestd.concurrency.executor import Executor
from ingestd.concurrency.manager import ConcurrencyManager
from ingestd.concurrency.profile import make_profile
from ingestd.concurrency.progress import ProgressTracker
from ingestd.concurrency.turns import Turns
from ingestd.concurrency.window import outcome, outcome_async

logger = logging.getLogger("ingestd.concurrency")

C = TypeVar("C")
R = TypeVar("R")

YIELD_EVERY = 0.005
"""Seconds after which the awaitable form lets the event loop go round."""


@dataclass(frozen=True)
class ProcessingConfig:
    """How a ``ChunkProcessor`` works. Raises ``ValueError`` for a value that makes no sense."""

    batch_size: int | None = None
    """Items in a batch; ``None``: the manager's ``chunk_batch_size``. Halved while throttled."""
    concept_limit: int | None = None
    """Stop once the results hold so many concepts (see ``count_concepts``)."""
    large_workload: int = 512
    """Items from which on a workload goes to processes, if the manager's ``use_process_pool`` allows."""
    priority: str = "normal"
    timeout: float | None = None
    """Seconds one batch may run."""
    return_exceptions: bool = False
    """An error of one chunk stands among the results instead of ending the run."""
    show_progress: bool | None = False
    """Draw a progress bar; ``None``: if there is a terminal."""
    description: str = "chunks"
    enable_profiling: bool = False
    """Measure the stages of a run for ``get_stats()``."""

    def __post_init__(self) -> None:
        for name in ("batch_size", "concept_limit", "large_workload"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, not {value!r}")


def count_concepts(result: object) -> int:
    """Concepts in a chunk's result: the length of a collection, else 1; none in ``None`` and errors."""
    if result is None or isinstance(result, BaseException):
        return 0
    return len(result) if isinstance(result, Sized) and not isinstance(result, str | bytes) else 1


class ChunkProcessor:
    """Runs a function over chunks through a manager's executors, results in order."""

    def __init__(
        self, manager: ConcurrencyManager | None = None, config: ProcessingConfig | None = None
    ) -> None:
        """Without ``manager`` the process's own is used."""
        self.manager = manager or get_concurrency_manager()
        self.config = config or ProcessingConfig()
        self._latest: dict[str, Any] = {}

    def process_chunks_sync(self, chunks: Iterable[C], fn: Callable[[C], R]) -> list[R]:
        """``fn`` of every chunk in order, up to the concept limit. Raises the first error of ``fn``."""
        with _Run(self, chunks, fn) as run:
            more = True
            while more:
                while run.feed():
                    pass
                if (future := run.oldest()) is None:
                    break
                with run.waiting():
                    ended = outcome(future)
                more = run.take(ended)
        return run.results

    async def process_chunks_async(self, chunks: Iterable[C], fn: Callable[[C], R]) -> list[R]:
        """``process_chunks_sync`` that leaves the event loop free, also while ``chunks`` iterates slowly."""
        with _Run(self, chunks, fn) as run:
            more = True
            while more:
                while run.feed():
                    await run.breathe()
                if (future := run.oldest()) is None:
                    break
                with run.waiting():
                    ended = await outcome_async(future)
                more = run.take(ended)
        return run.results

    def get_stats(self) -> dict[str, Any]:
        """Of the run that ended last: ``items``, ``batches``, ``process_batches``, ``concepts``,
        ``early_exit``, and with profiling ``stages`` (see ``profile.STAGES``) and ``total_ms``.
        """
        return dict(self._latest)

    def ended(self, stats: dict[str, Any]) -> None:
        """A run reports what it did."""
        self._latest = stats
        logger.debug("chunks processed: %s", stats)


def process_chunks_sync(
    chunks: Iterable[C],
    fn: Callable[[C], R],
    config: ProcessingConfig | None = None,
    *,
    manager: ConcurrencyManager | None = None,
) -> list[R]:
    """``ChunkProcessor(manager, config).process_chunks_sync(chunks, fn)``."""
    return ChunkProcessor(manager, config).process_chunks_sync(chunks, fn)


async def process_chunks_async(
    chunks: Iterable[C],
    fn: Callable[[C], R],
    config: ProcessingConfig | None = None,
    *,
    manager: ConcurrencyManager | None = None,
) -> list[R]:
    """``ChunkProcessor(manager, config).process_chunks_async(chunks, fn)``."""
    return await ChunkProcessor(manager, config).process_chunks_async(chunks, fn)


class _Run(Generic[C, R]):
    """One pass over the chunks: feed batches in, take results out; it never waits itself."""

    def __init__(self, processor: ChunkProcessor, chunks: Iterable[C], fn: Callable[[C], R]) -> None:
        self.results: list[R] = []
        self._processor = processor
        self._manager = processor.manager
        self._config = processor.config
        self._fn = fn
        self._items = iter(chunks)
        self._total = len(chunks) if isinstance(chunks, Sized) else None
        self._travels: bool | None = None
        self._batch: list[C] = []
        self._futures: deque[Future[Ended]] = deque()
        self._fed = self._batches = self._process_batches = self._concepts = 0
        self._exhausted = self._early_exit = False
        self._turns = Turns()
        self._breath = time.monotonic()
        self._profile = make_profile(self._config.enable_profiling)
        self._tracker = ProgressTracker(
            self._total, self._config.description, unit="chunk", show=self._config.show_progress
        )

    def feed(self) -> bool:
        """Takes one chunk in, submits its batch if full; false when it is time to take results out."""
        if self._exhausted or len(self._futures) >= self._ahead():
            return False
        with self._profile.stage("cut"):
            try:
                self._batch.append(next(self._items))
                self._fed += 1
            except StopIteration:
                self._exhausted = True
            if len(self._batch) >= self._batch_size() or (self._exhausted and self._batch):
                self._submit()
        return not self._exhausted

    def oldest(self) -> Future[Ended] | None:
        """The batch whose results come next; ``None`` at the end."""
        return self._futures[0] if self._futures else None

    def waiting(self) -> AbstractContextManager[None]:
        """Measures the wait for ``oldest``."""
        return self._profile.stage("wait")

    def take(self, ended: Ended) -> bool:
        """Puts the oldest batch's results in their place; false when the run is over."""
        results, seconds = ended
        self._futures.popleft()
        self._profile.add("run", seconds)
        with self._profile.stage("collect"):
            self._tracker.update(len(results))
            for result in results:
                self.results.append(result)
                self._concepts += count_concepts(result)
                if self._config.concept_limit and self._concepts >= self._config.concept_limit:
                    self._early_exit = True
                    return False
        return True

    async def breathe(self) -> None:
        """Lets the event loop go round if it has not for a while."""
        if time.monotonic() - self._breath >= YIELD_EVERY:
            await asyncio.sleep(0)
            self._breath = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for future in reversed(self._futures):
            future.cancel()
        self._tracker.close()
        self._processor.ended(
            {
                "items": len(self.results),
                "batches": self._batches,
                "process_batches": self._process_batches,
                "concepts": self._concepts,
                "early_exit": self._early_exit,
                **self._profile.figures(),
            }
        )

    def _submit(self) -> None:
        batch, self._batch = self._batch, []
        call: tuple[Any, ...] = (self._fn, batch, self._config.return_exceptions)
        executor = self._executor()
        if executor is self._manager.cpu_executor:
            self._process_batches += 1
            call = (run_batch, *call)
        else:
            call = (run_batch_in_turns, *call, self._turns)
        self._batches += 1
        self._futures.append(
            executor.submit_to_wait(*call, priority=self._config.priority, timeout=self._config.timeout)
        )

    def _executor(self) -> Executor:
        # Of an input without a length the first part goes to threads: nobody knows yet that it is large.
        large = max(self._total or 0, self._fed) >= self._config.large_workload
        if large and self._manager.config.use_process_pool and self._can_travel():
            return self._manager.cpu_executor
        return self._manager.chunk_executor

    def _can_travel(self) -> bool:
        if self._travels is None:
            try:
                pickle.dumps(self._fn)
                self._travels = True
            except Exception as error:  # noqa: BLE001  # pickling runs foreign code, which raises what it likes
                self._travels = False
                logger.debug("stays in threads, the function cannot go to a process: %r", error)
        return self._travels

    def _batch_size(self) -> int:
        size = self._config.batch_size or self._manager.config.chunk_batch_size
        return size if self._manager.throttle_factor >= 1.0 else max(1, size // 2)

    def _ahead(self) -> int:
        """Batches under way at most: all slots busy and as many waiting, so memory stays bounded."""
        return 2 * self._executor().lane.limit
