"""Which executors the current thread is working for: what makes a nested wait refusable.

A task that waits for the executor it runs on can wait for ever: all the workers may be doing the same.
So a thread carries the executors whose slots are held by it or by those who wait for it, and a call that
would wait for one of those is refused. Calls downward (io or chunk into cpu) stay free.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ingestd.errors import NestedExecutorError

if TYPE_CHECKING:
    from ingestd.concurrency.lane import Lane

Held = frozenset["Lane"]

NOTHING: Held = frozenset()


class _Mark(threading.local):
    held: Held = NOTHING


_mark = _Mark()


def held() -> Held:
    """The lanes whose slots the current thread's work depends on; empty outside the engine."""
    return _mark.held


def hold(lanes: Held) -> None:
    """Says what the current thread works for from now on."""
    _mark.held = lanes


def refuse_wait(lane: Lane) -> None:
    """Raises ``NestedExecutorError`` when waiting for ``lane`` here could wait for ever."""
    if lane in _mark.held:
        raise NestedExecutorError(
            f"a task of the {lane.name} executor would wait for the {lane.name} executor",
            hint="Call the function directly, or use an executor further down (io > chunk > cpu).",
            executor=lane.name,
        )
