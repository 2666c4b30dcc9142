"""The one thread that waits: for results, deaths, deadlines and the closing of its pool."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable
from math import inf


class Reader:
    """Calls handlers when descriptors become readable and ``step`` after each batch.

    ``step`` returns the monotonic instant at which it wants to be called again at the latest, or none when
    all is over. Nothing else wakes the thread. ``on_fault`` is told what ends it otherwise.
    """

    def __init__(
        self, name: str, step: Callable[[], float | None], on_fault: Callable[[BaseException], None]
    ) -> None:
        self._step = step
        self._on_fault = on_fault
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._handlers: dict[int, tuple[Callable[..., object], tuple[object, ...]]] = {}
        self.watch(self._bell, self._rung)
        self.thread = threading.Thread(target=self._run, name=name)

    def watch(self, fd: int, handler: Callable[..., object], *args: object) -> None:
        """Call ``handler(*args)`` whenever ``fd`` is readable. Any thread."""
        self._handlers[fd] = (handler, args)
        self._epoll.register(fd, select.EPOLLIN)

    def forget(self, fd: int) -> None:
        """No more. To be called before ``fd`` is closed."""
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def wake(self) -> None:
        """Have ``step`` called soon. Any thread."""
        os.eventfd_write(self._bell, 1)

    def close(self) -> None:
        """Give the descriptors back; only once the thread is over (or in a forked copy without it)."""
        self._handlers.clear()  # they hold this object: the thread is to be gone with its last user
        self._epoll.close()
        os.close(self._bell)

    def _run(self) -> None:
        try:
            self._loop()
        except BaseException as error:
            self._on_fault(error)
            raise
        finally:
            self.close()

    def _loop(self) -> None:
        poll, handlers = self._epoll.poll, self._handlers
        while (until := self._step()) is not None:
            for fd, _ in poll(None if until == inf else max(0.0, until - time.monotonic())):
                # An earlier handler of this batch may have closed it.
                if (entry := handlers.get(fd)) is not None:
                    entry[0](*entry[1])

    def _rung(self) -> None:
        os.eventfd_read(self._bell)
