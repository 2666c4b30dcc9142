"""Calls that tests hold open and let go."""

from __future__ import annotations

import threading
from typing import Any


class Gate:
    """A call that runs until ``open``; knows how many are inside, and how many ever were at once."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._lock = threading.Lock()
        self.inside = 0
        self.most = 0

    def __call__(self, value: Any = None) -> Any:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self._opened.wait(30), "nobody opened the gate"
        with self._lock:
            self.inside -= 1
        return value

    def open(self) -> None:
        self._opened.set()
