"""Threads that fight for the interpreter take turns, so that an event loop beside them gets it too.

Sixteen threads of pure Python gain nothing over two, but each time the event loop wants the interpreter back
it stands behind all of them, 5 ms each. Threads that mostly wait, or that compute outside the
interpreter's lock, are not held back.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

SLICE = 0.005
"""Seconds after which a thread lets others have its turn."""
AT_ONCE = 2
"""Threads that may run while they fight for the interpreter: two show whether they fight at all."""
WINDOW = 0.05
"""Seconds over which the work is judged."""
COMPUTING = 1.3
"""Processors that all turns together use only when they do not hold each other up."""
WAITING = 0.5
"""Turns that want a processor at a time, below which they mostly wait for something else."""
STILL_WAITING = 0.8
"""The same once all may run: the judgement does not flicker."""

_SCHEDULED = Path("/proc/thread-self/schedstat")


class Turns:
    """Shared by the batches of one run. Begins careful: the first window shows what the work is like."""

    def __init__(self) -> None:
        self._fighting = True
        self._active = 0
        self._changed = threading.Condition()
        self._since = self._idle_since = time.monotonic()
        self._ran = self._wanted = 0.0

    def begin(self) -> Turn:
        """Waits for a turn."""
        with self._changed:
            self._changed.wait_for(lambda: not self._fighting or self._active < AT_ONCE)
            if not self._active:
                self._since += time.monotonic() - self._idle_since  # time without turns shows nothing
            self._active += 1
        return Turn(self)

    def end(self, ran: float, stood: float) -> None:
        """A turn is over, in which its thread ran and stood in line for a processor so many seconds."""
        with self._changed:
            self._active -= 1
            self._ran += ran
            self._wanted += ran + stood
            self._idle_since = now = time.monotonic()
            self._judge(now)
            self._changed.notify_all()

    def _judge(self, now: float) -> None:
        window = now - self._since
        if window < WINDOW:
            return
        # Both err on the careful side where others keep the machine busy: that lowers what ran and, by
        # standing in line, raises what is wanted.
        computing = self._ran > COMPUTING * window
        waiting = self._wanted < (WAITING if self._fighting else STILL_WAITING) * window
        self._fighting = not (computing or waiting)
        self._since, self._ran, self._wanted = now, 0.0, 0.0


class Turn:
    """The right of one thread to run for a while."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._began = time.monotonic()
        self._ran, self._stood = _scheduled()

    def over(self) -> bool:
        """Has it lasted long enough?"""
        return time.monotonic() - self._began >= SLICE

    def end(self) -> None:
        """Lets others have a turn."""
        ran, stood = _scheduled()
        self._turns.end(ran - self._ran, stood - self._stood)


def _scheduled() -> tuple[float, float]:
    """Seconds for which this thread has (run, stood in line for a processor)."""
    try:
        ran, stood, _ = _SCHEDULED.read_bytes().split()
    except OSError:
        return time.thread_time(), 0.0
    return int(ran) / 1e9, int(stood) / 1e9
