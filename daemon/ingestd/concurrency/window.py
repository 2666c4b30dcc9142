"""Mapping a function over many items: results in order, and only a window of calls in memory.

``Window`` does everything but wait; the blocking and the awaitable drivers below add only that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Submit = Callable[..., Future[T]]


class Window(Generic[T]):
    """Submits calls for items ahead of the one whose result is wanted next, ``size`` at the most."""

    def __init__(self, submit: Submit[T], items: Iterable[tuple[Any, ...]], size: int) -> None:
        if size < 1:
            raise ValueError(f"the window must hold at least 1 call, not {size}")
        self._submit = submit
        self._items = iter(items)
        self._size = size
        self._futures: deque[Future[T]] = deque()
        self._exhausted = False

    def add(self) -> bool:
        """Submits one more item; false when the window is full or the items are at their end."""
        if self._exhausted or len(self._futures) >= self._size:
            return False
        try:
            item = next(self._items)
        except StopIteration:
            self._exhausted = True
            return False
        self._futures.append(self._submit(*item))
        return True

    def next(self) -> Future[T] | None:
        """Fills up; the oldest future, or ``None`` when all are taken."""
        while self.add():
            pass
        return self._futures.popleft() if self._futures else None

    def cancel(self) -> None:
        """Takes back all that has not started."""
        for future in reversed(self._futures):
            future.cancel()


def drive(window: Window[T], return_exceptions: bool) -> Iterator[Any]:
    """The results in order, blocking for each; leaving early takes the rest back."""
    try:
        while (future := window.next()) is not None:
            try:
                result: Any = outcome(future)
            except Exception as error:
                if not return_exceptions:
                    raise
                result = error
            yield result
    finally:
        window.cancel()


async def drive_async(window: Window[T], return_exceptions: bool) -> AsyncIterator[Any]:
    """``drive`` for an event loop."""
    try:
        while (future := window.next()) is not None:
            try:
                result: Any = await outcome_async(future)
            except Exception as error:
                if not return_exceptions:
                    raise
                result = error
            yield result
    finally:
        window.cancel()


def outcome(future: Future[T]) -> T:
    """Waits for the future. An interrupt takes back a call that has not started."""
    try:
        return future.result()
    finally:
        if not future.done():
            future.cancel()


async def outcome_async(future: Future[T]) -> T:
    """``outcome`` for an event loop; cancelling the waiter takes back a call that has not started."""
    return await asyncio.wrap_future(future)
