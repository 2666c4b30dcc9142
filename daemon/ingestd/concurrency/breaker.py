"""A circuit breaker: stop calling a resource that fails, and find out with one call when it works again.

One breaker stands for one *resource* (a disk, a database), never for one item of work.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar, overload

from ingestd.errors import CircuitOpenError

logger = logging.getLogger("ingestd.concurrency")

T = TypeVar("T")


class BreakerState(StrEnum):
    """Calls pass / are refused / one of them is let through to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


Listener = Callable[["CircuitBreaker", BreakerState, BreakerState], None]
"""Called with (breaker, old state, new state), in the thread whose call made the change."""

Counts = tuple[type[BaseException], ...] | Callable[[BaseException], bool]


class _Pass(NamedTuple):
    generation: int
    probe: bool


class CircuitBreaker:
    """Opens after ``failure_threshold`` failures in a row; ``recovery_timeout`` seconds later one may try.

    ``counts`` says which exceptions are failures of the resource: classes, or a predicate. Everything else,
    a cancellation too, is neutral: it neither closes nor opens. Results of calls that began
    before the last change of state do not count. Safe between threads and event loops.
    """

    def __init__(
        self,
        name: str = "default",
        *,
        failure_threshold: int = 5,
        recovery_timeout: float = 60.0,
        counts: Counts = (Exception,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if failure_threshold < 1 or recovery_timeout < 0:
            raise ValueError("failure_threshold must be at least 1 and recovery_timeout at least 0")
        self.name = name
        self._threshold = failure_threshold
        self._recovery = recovery_timeout
        self._counts: Callable[[BaseException], bool] = (
            counts if callable(counts) else lambda error: isinstance(error, counts)
        )
        self._clock = clock
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._state = BreakerState.CLOSED
        self._generation = 0
        self._streak = 0
        self._changed_at = clock()
        self._probing = False
        self._totals = {"succeeded": 0, "failed": 0, "neutral": 0, "rejected": 0, "opened": 0}

    @overload
    async def call(self, fn: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T: ...
    @overload
    async def call(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T: ...
    async def call(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The result of ``fn(*args, **kwargs)``, awaited if need be; or ``CircuitOpenError``."""
        admitted = self._enter()
        try:
            result = fn(*args, **kwargs)
            if inspect.isawaitable(result):
                result = await result
        except BaseException as error:
            self._failed(admitted, error)
            raise
        self._succeeded(admitted)
        return result

    def call_sync(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """``call`` for a caller that blocks."""
        admitted = self._enter()
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            self._failed(admitted, error)
            raise
        self._succeeded(admitted)
        return result

    @property
    def state(self) -> BreakerState:
        return self._state

    @property
    def retry_after(self) -> float:
        """Seconds until an open breaker lets a call through; 0 when it would now."""
        if self._state is not BreakerState.OPEN:
            return 0.0
        return max(0.0, self._changed_at + self._recovery - self._clock())

    def on_change(self, listener: Listener) -> None:
        """``listener`` hears of every change of state from now on; what it raises is logged and dropped."""
        self._listeners.append(listener)

    def stats(self) -> dict[str, Any]:
        """``state``, ``failures_in_a_row``, ``retry_after`` (seconds), and how many calls or times:
        ``succeeded``, ``failed``, ``neutral``, ``rejected``, ``opened``."""
        with self._lock:
            return {"state": str(self._state), "failures_in_a_row": self._streak, **self._totals} | {
                "retry_after": round(self.retry_after, 3)
            }

    def _enter(self) -> _Pass:
        with self._lock:
            half_open = self._change_if_due()
            if self._state is BreakerState.OPEN or (self._state is BreakerState.HALF_OPEN and self._probing):
                self._totals["rejected"] += 1
                refusal = self._refusal()
            else:
                refusal = None
                self._probing = self._state is BreakerState.HALF_OPEN
            admitted = _Pass(self._generation, self._probing)
        self._tell(half_open)
        if refusal is not None:
            raise refusal
        return admitted

    def _change_if_due(self) -> tuple[BreakerState, BreakerState] | None:
        if self._state is BreakerState.OPEN and self._clock() >= self._changed_at + self._recovery:
            return self._become(BreakerState.HALF_OPEN)
        return None

    def _succeeded(self, admitted: _Pass) -> None:
        change = None
        with self._lock:
            self._totals["succeeded"] += 1
            if admitted.generation == self._generation:
                self._streak = 0
                if admitted.probe:
                    change = self._become(BreakerState.CLOSED)
        self._tell(change)

    def _failed(self, admitted: _Pass, error: BaseException) -> None:
        counted = self._counts(error)
        change = None
        with self._lock:
            self._totals["failed" if counted else "neutral"] += 1
            if admitted.generation != self._generation:
                return
            if not counted:
                self._probing = False
                return
            self._streak += 1
            if admitted.probe or self._streak >= self._threshold:
                self._totals["opened"] += 1
                change = self._become(BreakerState.OPEN)
        self._tell(change)

    def _become(self, state: BreakerState) -> tuple[BreakerState, BreakerState]:
        old, self._state = self._state, state
        self._generation += 1
        self._changed_at = self._clock()
        self._probing = False
        if state is BreakerState.CLOSED:
            self._streak = 0
        return old, state

    def _tell(self, change: tuple[BreakerState, BreakerState] | None) -> None:
        if change is None:
            return
        logger.debug("breaker %s: %s -> %s", self.name, *change)
        for listener in tuple(self._listeners):
            try:
                listener(self, *change)
            except Exception:
                logger.exception("a listener of breaker %s failed", self.name)

    def _refusal(self) -> CircuitOpenError:
        wait = round(self.retry_after, 3)
        return CircuitOpenError(
            f"the breaker {self.name!r} is {self._state}: the call was not made",
            hint=f"It is tried again in {wait} s." if wait else "A first call is trying it now.",
            breaker=self.name,
            state=str(self._state),
            retry_after=wait,
        )
