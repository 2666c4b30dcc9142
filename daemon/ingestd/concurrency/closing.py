"""The ordered end of the three executors, under one deadline."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from ingestd.concurrency import nesting
from ingestd.concurrency.alarm import AlarmClock
from ingestd.concurrency.lane import Lane
from ingestd.concurrency.process import executor as _executor  # noqa: F401  # for the order of exit hooks
from ingestd.concurrency.throttle import AutoThrottle

logger = logging.getLogger("ingestd.concurrency")


@dataclass(frozen=True, slots=True)
class ShutdownReport:
    """What a shutdown did not let finish; empty when everything was drained."""

    cancelled: dict[str, int] = field(default_factory=dict)
    """Calls taken back before they started, by executor."""
    left: dict[str, list[str]] = field(default_factory=dict)
    """Functions still running at the deadline, by executor: processes were killed, threads left."""

    @property
    def clean(self) -> bool:
        """Did everything finish?"""
        return not any(self.cancelled.values()) and not any(self.left.values())


class Ending:
    """Ends the parts of one manager, once. Holds the parts, not the manager: a forgotten one ends too."""

    def __init__(
        self, lanes: Sequence[Lane], throttle: AutoThrottle, clock: AlarmClock, timeout: float
    ) -> None:
        self._lanes = lanes
        self._throttle = throttle
        self._clock = clock
        self._timeout = timeout
        self._lock = threading.Lock()
        self._report: ShutdownReport | None = None
        self._pid = os.getpid()
        _alive.add(self)

    def close(self) -> None:
        """No work is taken from outside any more."""
        for lane in self._lanes:
            lane.close()

    def end(self, timeout: float | None, cancel_pending: bool) -> ShutdownReport:
        """Runs empty and ends everything; a second call waits for the first and returns its report.

        Raises ``NestedExecutorError`` inside a task, which would wait for itself.
        """
        for lane in self._lanes:
            nesting.refuse_wait(lane)
        with self._lock:
            if self._report is None:
                self._report = drain(self._lanes, timeout, cancel_pending)
                self._throttle.stop()
                self._clock.stop()
            return self._report

    def at_exit(self) -> None:
        """The interpreter ends: what is in flight gets the drain timeout."""
        self.end(self._timeout, cancel_pending=False)

    def forgotten(self) -> None:
        """The manager was garbage: what it was given is finished, and then its threads end."""
        if self._report is None and os.getpid() == self._pid:
            start_thread(lambda: self.end(None, cancel_pending=False))

    def forked(self) -> None:
        """In the child of a fork none of the threads exist: nothing can run, and nothing is left to end."""
        self._lock = threading.Lock()
        self._report = ShutdownReport()
        for lane in self._lanes:
            lane.orphan()


_alive: weakref.WeakSet[Ending] = weakref.WeakSet()


def _after_fork() -> None:
    for ending in list(_alive):
        ending.forked()


def _at_exit() -> None:
    for ending in list(_alive):
        ending.at_exit()


os.register_at_fork(after_in_child=_after_fork)
# Not atexit: this comes earlier, and the last registered comes first. Importing the process executor above
# makes its hook the later one, so what drains here still has its worker processes.
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]


def start_thread(target: object) -> None:
    """Runs ``target`` in a thread of its own: every thread of an executor is about to end."""
    threading.Thread(target=target, name="ingestd-shutdown", daemon=True).start()  # type: ignore[arg-type]


def drain(lanes: Sequence[Lane], timeout: float | None, cancel_pending: bool) -> ShutdownReport:
    """Lets the lanes run empty, in their order, for ``timeout`` seconds in all (``None``: no limit).

    Work flows down the order, so what the upper ones start the lower ones still take; from outside nothing
    is taken. At the deadline waiting calls are taken back, running ones given up.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    for lane in lanes:
        lane.close()
    cancelled = dict.fromkeys((lane.name for lane in lanes), 0)
    if cancel_pending:
        _cancel(lanes, cancelled)
    while not _all_empty(lanes):
        emptied = [lane.wait_empty(_left(deadline)) for lane in lanes]
        if not all(emptied) and _left(deadline) == 0:
            _cancel(lanes, cancelled)
            break
    report = ShutdownReport(cancelled, {lane.name: lane.stop() for lane in lanes})
    logger.debug("shut down: cancelled %s, left %s", report.cancelled, report.left)
    return report


def _all_empty(lanes: Sequence[Lane]) -> bool:
    # All at once: a task may hand on to a lane that was found empty a moment before.
    with ExitStack() as locks:
        for lane in lanes:
            locks.enter_context(lane.lock)
        return not any(lane.busy for lane in lanes)


def _cancel(lanes: Sequence[Lane], cancelled: dict[str, int]) -> None:
    for lane in lanes:
        cancelled[lane.name] += lane.cancel_queued()


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
