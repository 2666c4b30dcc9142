"""The interface of one executor: submit, run, map, imap, each awaitable with a blocking twin.

The twins share everything but the wait: ``run`` awaits the future that ``run_sync`` blocks on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from ingestd.concurrency import nesting
from ingestd.concurrency.lane import Lane
from ingestd.concurrency.priorities import level_of
from ingestd.concurrency.task import Task
from ingestd.concurrency.window import Window, drive, drive_async, outcome, outcome_async

T = TypeVar("T")


class Executor:
    """One executor as its callers see it.

    Every call takes ``priority`` (``"high"``, ``"normal"``, ``"low"``) and ``timeout``: seconds of *running*,
    waiting for a slot not counted. Past it a process is killed (``WorkerTimeout``), a thread is
    abandoned (``TaskTimeout``); both are ``TimeoutError``. Arguments of the function that carry
    one of these names travel in a ``functools.partial``.
    """

    def __init__(self, lane: Lane, processes: bool = False) -> None:
        self._lane = lane
        self._alone = frozenset({lane})
        self._processes = processes

    @property
    def lane(self) -> Lane:
        return self._lane

    def submit(
        self,
        fn: Callable[..., T],
        *args: Any,
        priority: str = "normal",
        timeout: float | None = None,
        cpu_seconds: float | None = None,
        **kwargs: Any,
    ) -> Future[T]:
        """A future of ``fn(*args, **kwargs)``; its ``cancel`` succeeds until the call starts."""
        task = self._task((fn, args, kwargs), priority, (timeout, cpu_seconds), nesting.NOTHING)
        self._lane.submit(task, inside=bool(nesting.held()))
        return task

    def submit_inside(
        self, fn: Callable[..., T], *args: Any, priority: str, timeout: float | None
    ) -> Future[T]:
        """``submit`` for a step of work that the engine has taken in: accepted while it drains, too."""
        task = self._task((fn, args, {}), priority, (timeout, None), nesting.NOTHING)
        self._lane.submit(task, inside=True)
        return task

    async def run(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """The result of ``fn(*args)``; cancelling the awaiting task takes back what has not started."""
        return await outcome_async(self.submit_to_wait(fn, *args, **options))

    def run_sync(self, fn: Callable[..., T], *args: Any, **options: Any) -> T:
        """``run`` for a caller that blocks."""
        return outcome(self.submit_to_wait(fn, *args, **options))

    def submit_to_wait(
        self,
        fn: Callable[..., T],
        *args: Any,
        priority: str = "normal",
        timeout: float | None = None,
        cpu_seconds: float | None = None,
        **kwargs: Any,
    ) -> Future[T]:
        """``submit`` for a caller that is about to wait: refused where the wait could be for ever."""
        nesting.refuse_wait(self._lane)
        task = self._task((fn, args, kwargs), priority, (timeout, cpu_seconds), nesting.held())
        self._lane.submit(task, inside=bool(nesting.held()))
        return task

    def imap_sync(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        window: int | None = None,
        return_exceptions: bool = False,
        **options: Any,
    ) -> Iterator[Any]:
        """``imap`` for a caller that blocks."""
        return drive(self._window(fn, iterables, window, options), return_exceptions)

    def imap(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        window: int | None = None,
        return_exceptions: bool = False,
        **options: Any,
    ) -> AsyncIterator[Any]:
        """``fn`` over the items, results in order; at most ``window`` calls are ahead of the consumer."""
        return drive_async(self._window(fn, iterables, window, options), return_exceptions)

    def _window(
        self,
        fn: Callable[..., T],
        iterables: tuple[Iterable[Any], ...],
        window: int | None,
        options: dict[str, Any],
    ) -> Window[T]:
        nesting.refuse_wait(self._lane)

        def submit(*args: Any) -> Future[T]:
            return self.submit_to_wait(fn, *args, **options)

        return Window(
            submit, zip(*iterables, strict=False), 2 * self._lane.limit if window is None else window
        )

    def _task(
        self,
        call: tuple[Callable[..., T], tuple[Any, ...], dict[str, Any]],
        priority: str,
        limits: tuple[float | None, float | None],
        held: nesting.Held,
    ) -> Task[T]:
        timeout, cpu_seconds = limits
        if timeout is not None and timeout <= 0:
            raise ValueError(f"timeout must be more than 0 seconds, not {timeout}")
        if cpu_seconds is not None and not self._processes:
            raise ValueError("cpu_seconds holds for processes only: a thread cannot be limited")
        held = self._alone | held if held else self._alone
        return Task(self._lane, call, level_of(priority), limits, held)
