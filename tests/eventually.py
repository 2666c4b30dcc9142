"""Waiting in tests: poll a condition under a bound, never sleep for a guessed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], within: float = 10.0, message: str = "") -> T:
    """The first true value of ``condition``; fails with ``message`` if none comes within seconds."""
    deadline = time.monotonic() + within
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(message or f"condition did not hold within {within} s")
        time.sleep(0.005)
