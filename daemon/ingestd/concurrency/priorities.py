"""The queue of one executor: high before normal before low, and the low still get through."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from ingestd.concurrency.task import State

if TYPE_CHECKING:
    from ingestd.concurrency.task import Task

LEVELS = {"high": 0, "normal": 1, "low": 2}

PATIENCE = 50
"""So often a waiting level may be passed over before one of its tasks goes first."""


def level_of(priority: str) -> int:
    """The place of ``"high"``, ``"normal"`` or ``"low"`` (``ingestd.model.Priority`` fits too)."""
    try:
        return LEVELS[priority]
    except (KeyError, TypeError):
        raise ValueError(f"priority must be one of {', '.join(LEVELS)}, not {priority!r}") from None


class PriorityQueue:
    """Not thread-safe: the lane's lock guards it. Cancelled tasks are skipped when their turn comes."""

    def __init__(self) -> None:
        self._lines: tuple[deque[Task[Any]], ...] = tuple(deque() for _ in LEVELS)
        self._passed = [0] * len(self._lines)

    def push(self, task: Task[Any]) -> None:
        self._lines[task.level].append(task)

    def pop(self) -> Task[Any]:
        """The next task that is still wanted; there must be one."""
        waiting = []
        for level, line in enumerate(self._lines):
            while line and line[0].state is not State.QUEUED:
                line.popleft()
            if line:
                waiting.append(level)
        if len(waiting) == 1:
            level = waiting[0]
        else:
            level = next((n for n in reversed(waiting) if self._passed[n] >= PATIENCE), waiting[0])
            for other in waiting:
                self._passed[other] += other > level
        self._passed[level] = 0
        return self._lines[level].popleft()

    def drain(self) -> list[Task[Any]]:
        """Everything that waits, best first; the queue is empty afterwards."""
        tasks = [task for line in self._lines for task in line if task.state is State.QUEUED]
        for line in self._lines:
            line.clear()
        return tasks
