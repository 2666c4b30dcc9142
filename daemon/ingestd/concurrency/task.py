"""One call on its way through an executor: a future that carries what it is the future of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from ingestd.concurrency import nesting

if TYPE_CHECKING:
    from ingestd.concurrency.alarm import Alarm
    from ingestd.concurrency.lane import Lane

T = TypeVar("T")


class State(Enum):
    """Moves only under the lane's lock, so that start, cancel, end and abandonment exclude each other."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLED = "cancelled"
    ENDED = "ended"


class Task(Future[T]):
    """A ``concurrent.futures.Future`` with its call. ``cancel`` succeeds until the call has started."""

    def __init__(
        self,
        lane: Lane,
        call: tuple[Callable[..., T], tuple[Any, ...], Mapping[str, Any]],
        level: int,
        limits: tuple[float | None, float | None],
        held: nesting.Held,
    ) -> None:
        super().__init__()
        self.lane = lane
        self.call: tuple[Callable[..., T], tuple[Any, ...], Mapping[str, Any]] | None = call
        self.level = level
        self.timeout, self.cpu_seconds = limits
        self.held = held
        self.state = State.QUEUED
        self.queued_at = 0.0
        self.started_at = 0.0
        self.alarm: Alarm | None = None

    @property
    def name(self) -> str:
        """The function's name, for messages."""
        return name_of(self.call[0]) if self.call else "?"

    def cancel(self) -> bool:
        return self.lane.cancel(self)

    def cancelled_in_lane(self) -> None:
        """The lane let go of it: tell everyone who waits, ``concurrent.futures.wait`` included."""
        self.call = None
        if super().cancel():
            self.set_running_or_notify_cancel()

    def result(self, timeout: float | None = None) -> T:
        if self.done():
            return super().result()
        nesting.begin_wait(self)
        try:
            return super().result(timeout)
        finally:
            nesting.end_wait()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if self.done():
            return super().exception()
        nesting.begin_wait(self)
        try:
            return super().exception(timeout)
        finally:
            nesting.end_wait()

    def settle(self, value: T | None, error: BaseException | None) -> None:
        """Publishes the outcome; the lane has let go of the slot before."""
        self.call = None
        if error is None:
            self.set_result(value)  # type: ignore[arg-type]
        else:
            self.set_exception(_carried(error))


def name_of(fn: Callable[..., Any]) -> str:
    """``module.qualname`` of a function, or what comes nearest for a partial or a callable object."""
    inner = getattr(fn, "func", fn)
    return f"{getattr(inner, '__module__', '?')}.{getattr(inner, '__qualname__', type(inner).__name__)}"


def _carried(error: BaseException) -> BaseException:
    # An asyncio future refuses StopIteration (before 3.12 its waiter then hangs for ever).
    if isinstance(error, StopIteration):
        carried = RuntimeError(f"the task raised {error!r}")
        carried.__cause__ = error
        return carried
    return error
