"""Files that must rest before they are taken: seen once, to be looked at again when it is time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from ingestd.model import FileIdentity

CAPACITY = 4096
"""Files of one inbox that may rest at a time; others wait in their directory, unlisted."""


@dataclass(slots=True)
class _Rest:
    identity: FileIdentity | None
    since: float
    due: float


class Waiting:
    """A bounded table of resting files by path. All times are monotonic seconds, given by the caller."""

    def __init__(self) -> None:
        self._rests: dict[bytes, _Rest] = {}
        self._order: list[tuple[float, bytes]] = []

    def __len__(self) -> int:
        return len(self._rests)

    @property
    def full(self) -> bool:
        """No file can be added."""
        return len(self._rests) >= CAPACITY

    def rested(self, path: bytes, identity: FileIdentity | None, now: float) -> float:
        """Seconds for which the file at ``path`` has been seen unchanged; 0 for a new or changed one."""
        rest = self._rests.get(path)
        return now - rest.since if rest is not None and rest.identity == identity else 0.0

    def put(self, path: bytes, identity: FileIdentity | None, now: float, wait: float) -> bool:
        """Look again ``wait`` seconds from ``now``; since when it rests is kept. False when full."""
        rest = self._rests.get(path)
        if rest is None:
            if self.full:
                return False
            self._rests[path] = _Rest(identity, now, now + wait)
            self._push(path, now + wait)
            return True
        if rest.identity != identity:
            rest.identity, rest.since = identity, now
        if now + wait < rest.due:
            self._push(path, now + wait)
        rest.due = now + wait  # a later one is found out when the earlier one comes up
        return True

    def drop(self, path: bytes) -> None:
        """No longer of interest."""
        self._rests.pop(path, None)

    def clear(self) -> None:
        """Forget all."""
        self._rests.clear()
        self._order.clear()

    def next_due(self) -> float | None:
        """When the next file may be due; never later than it is."""
        return self._order[0][0] if self._order else None

    def take_due(self, now: float, limit: int) -> list[bytes]:
        """Paths whose time has come. They stay in the table until dropped or put again."""
        due: list[bytes] = []
        while self._order and self._order[0][0] <= now and len(due) < limit:
            _, path = heapq.heappop(self._order)
            rest = self._rests.get(path)
            if rest is None:
                continue
            if rest.due > now:
                self._push(path, rest.due)
            else:
                rest.due = float("inf")  # out of the order until it is put again
                due.append(path)
        return due

    def _push(self, path: bytes, due: float) -> None:
        heapq.heappush(self._order, (due, path))
        if len(self._order) > 2 * CAPACITY:
            self._order = [(rest.due, known) for known, rest in self._rests.items()]
            heapq.heapify(self._order)
