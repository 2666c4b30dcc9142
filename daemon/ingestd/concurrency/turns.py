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

LOOK = 0.1
"""Seconds after which one who waits for a turn looks at those who have one: they may be waiting, too."""


class Turns:
    """Shared by the batches of one run. Begins careful: the first window shows what the work is like."""

    def __init__(self) -> None:
        self._fighting = True
        self._active: set[Turn] = set()
        self._changed = threading.Condition()
        self._since = self._idle_since = time.monotonic()
        self._ran = self._wanted = 0.0

    def begin(self) -> Turn:
        """Waits for a turn."""
        with self._changed:
            while self._fighting and len(self._active) >= AT_ONCE:
                if not self._changed.wait(LOOK):
                    self._judge(time.monotonic())
            if not self._active:
                self._since += time.monotonic() - self._idle_since  # time without turns shows nothing
            turn = Turn()
            self._active.add(turn)
        return turn

    def end(self, turn: Turn) -> None:
        """The thread lets others have a turn."""
        with self._changed:
            self._account(turn)
            self._active.discard(turn)
            self._idle_since = now = time.monotonic()
            self._judge(now)
            self._changed.notify_all()

    def _account(self, turn: Turn) -> None:
        ran, stood = turn.progress()
        self._ran += ran
        self._wanted += ran + stood

    def _judge(self, now: float) -> None:
        window = now - self._since
        if window < WINDOW:
            return
        for turn in self._active:
            self._account(turn)
        # Both err on the careful side where others keep the machine busy: that lowers what ran and, by
        # standing in line, raises what is wanted.
        computing = self._ran > COMPUTING * window
        waiting = self._wanted < (WAITING if self._fighting else STILL_WAITING) * window
        self._fighting = not (computing or waiting)
        self._since, self._ran, self._wanted = now, 0.0, 0.0


class Turn:
    """The right of one thread to run for a while."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._ran = self._stood = 0.0
        self.progress()

    def over(self) -> bool:
        """Has it lasted long enough?"""
        return time.monotonic() - self._began >= SLICE

    def progress(self) -> tuple[float, float]:
        """Seconds for which its thread (ran, stood in line for a processor) since this was last asked."""
        try:
            nanoseconds = self._file.read_bytes().split()
        except OSError:  # a kernel that does not tell: nobody is held back
            return 0.0, 0.0
        ran, stood = int(nanoseconds[0]) / 1e9, int(nanoseconds[1]) / 1e9
        since = ran - self._ran, stood - self._stood
        self._ran, self._stood = ran, stood
        return since
