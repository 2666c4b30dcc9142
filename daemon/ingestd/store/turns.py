"""Whose turn it is: high before normal before low, and yet a share for each while others wait.

Every fourth turn goes to normal work first, every sixteenth to low. So urgent work never waits for a
backlog, and a steady stream of it cannot starve the rest. (Ageing, the usual other way, lets an old
backlog overtake all that is urgent and new.)
"""

from __future__ import annotations

from collections.abc import Sequence

NORMAL_EVERY = 4
LOW_EVERY = 16


class Turns:
    """Counts turns. Used by one thread, the writer's; where the count begins is of no account."""

    def __init__(self) -> None:
        self._turn = 0

    def pick(self, waiting: Sequence[Sequence[int]], limit: int) -> list[int]:
        """Up to ``limit`` of the waiting, given by priority (high, normal, low), each in its own order."""
        lines = [list(reversed(line)) for line in waiting]
        picked: list[int] = []
        while len(picked) < limit and any(lines):
            self._turn += 1
            line = next(lines[p] for p in self._order() if lines[p])
            picked.append(line.pop())
        return picked

    def _order(self) -> tuple[int, int, int]:
        if self._turn % LOW_EVERY == 0:
            return 2, 1, 0
        if self._turn % NORMAL_EVERY == 0:
            return 1, 0, 2
        return 0, 1, 2
