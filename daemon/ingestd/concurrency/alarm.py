"""Deadlines of running tasks: one thread that sleeps until the next one, or for ever when there is none."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Alarm:
    """One call to be made at ``due`` unless cancelled before."""

    __slots__ = ("call", "due")

    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due = due
        self.call: Callable[[], None] | None = call


class AlarmClock:
    """Rings alarms from a thread of its own, which starts with the first alarm."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._live = 0
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._changed = threading.Condition()

    def set(self, seconds: float, call: Callable[[], None]) -> Alarm:
        """``call`` runs in the clock's thread after ``seconds``; it must be quick and must not raise."""
        alarm = Alarm(time.monotonic() + seconds, call)
        with self._changed:
            first = not self._heap or alarm.due < self._heap[0][0]
            heapq.heappush(self._heap, (alarm.due, next(self._order), alarm))
            self._live += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            elif first:
                self._changed.notify()
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """The alarm does not ring any more (or is ringing this instant)."""
        with self._changed:
            if alarm.call is None:
                return
            alarm.call = None
            self._live -= 1
            # Cancelled entries stay in the heap until their time; do not let them pile up.
            if len(self._heap) > 64 and self._live * 2 < len(self._heap):
                self._heap = [entry for entry in self._heap if entry[2].call is not None]
                heapq.heapify(self._heap)

    def stop(self) -> None:
        """Ends the thread; alarms still set do not ring."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            call = self._next()
            if call is None:
                return
            call()
            del call  # it holds a task: not while this thread sleeps

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopped:
                while self._heap and self._heap[0][2].call is None:
                    heapq.heappop(self._heap)
                if not self._heap:
                    self._changed.wait()
                    continue
                alarm = self._heap[0][2]
                left = alarm.due - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                heapq.heappop(self._heap)
                call, alarm.call = alarm.call, None
                self._live -= 1
                return call
        return None
