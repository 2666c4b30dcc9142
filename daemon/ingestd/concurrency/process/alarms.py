"""Instants at which something about a worker must be looked at."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from math import inf

from ingestd.concurrency.process.slot import Slot
from ingestd.concurrency.process.task import Task


class Alarms:
    """A heap of alarms; those that have become moot are dropped when they come to its top."""

    def __init__(self, moot: Callable[[Slot | None, Task | None], bool]) -> None:
        self._moot = moot
        self._heap: list[tuple[float, int, Slot | None, Task | None]] = []
        self._order = itertools.count()

    def add(self, when: float, slot: Slot | None, task: Task | None) -> None:
        """At the monotonic instant ``when`` look at a worker's task, at a worker, or for new workers."""
        heapq.heappush(self._heap, (when, next(self._order), slot, task))

    def next(self) -> float:
        """The instant of the next alarm, infinite when there is none."""
        while self._heap:
            when, _, slot, task = self._heap[0]
            if not self._moot(slot, task):
                return when
            heapq.heappop(self._heap)
        return inf

    def due(self, now: float) -> tuple[Slot | None, Task | None] | None:
        """Take the next alarm that is due."""
        if self.next() > now:
            return None
        _, _, slot, task = heapq.heappop(self._heap)
        return slot, task
