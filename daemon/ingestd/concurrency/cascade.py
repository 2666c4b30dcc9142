"""An I/O result feeding CPU work in one call; no thread waits between the two."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

T = TypeVar("T")


class Cascade(Future[T]):
    """The future of the second call; cancelling it takes back whichever call has not started."""

    def __init__(self, first: Future[Any], then: Callable[[Any], Future[T]]) -> None:
        super().__init__()
        self._current: Future[Any] = first
        self._then = then
        first.add_done_callback(self._go_on)

    def cancel(self) -> bool:
        return self._current.cancel()

    def _go_on(self, first: Future[Any]) -> None:
        if self._failed(first):
            return
        try:
            second = self._then(first.result())
        except Exception as error:  # noqa: BLE001  # the one who waits gets it, whatever it is
            self.set_exception(error)
            return
        self._current = second
        second.add_done_callback(self._finish)

    def _finish(self, second: Future[T]) -> None:
        if not self._failed(second):
            self.set_result(second.result())

    def _failed(self, stage: Future[Any]) -> bool:
        try:
            error = stage.exception()
        except CancelledError:
            super().cancel()
            self.set_running_or_notify_cancel()
            return True
        if error is not None:
            self.set_exception(error)
        return error is not None
