"""Working less while others need the machine.

``Law`` decides from numbers alone; ``AutoThrottle`` feeds it once a second *while work is in flight*
and sets the executors' factor. On a machine that does nothing else, our own full work is no reason.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ingestd.concurrency.config import ConcurrencyConfig
from ingestd.concurrency.lane import Lane
from ingestd.concurrency.load import Load, LoadSource, MachineLoad

logger = logging.getLogger("ingestd.concurrency")

TICK = 1.0
"""Seconds between two looks at the machine."""
TICKS_OVER = 2
"""So many looks in a row must be over a threshold before anything happens."""
HOLD = 5.0
"""Seconds for a lowered factor to show its effect, and of calm before it is raised."""
CUT = 0.7
"""Factor of one lowering."""
RAISE = 0.08
"""Share that comes back with each calm look: from the floor to 1 in 12."""
FLOOR = 0.05
"""Lowest factor; each executor keeps at least one worker whatever it is."""
LINGER = 30.0
"""Seconds without work after which the factor is 1 again: nothing runs, so nothing is throttled."""

NOTICEABLE = 20.0
"""Percent of the processors that others must use before contention is theirs."""
CONTENTION = 20.0
"""Percent of time in which tasks wait for a processor that makes a full machine a contended one."""
MEMORY_PRESSURE = 10.0
MEMORY_STALL = 2.0
MEMORY_OF_LIMIT = 90.0
MEMORY_BAND = 5.0
"""Points that the memory of others must fall below its threshold before the factor rises."""


class ThrottleChange(NamedTuple):
    """One change of the throttle factor."""

    at: float
    """Unix seconds."""
    old: float
    factor: float
    reason: str


class Law:
    """From looks at the load to a factor: down by ``CUT`` with a hold, up by ``RAISE`` after calm."""

    def __init__(self, cpu_threshold: float, memory_threshold: float) -> None:
        self._cpu = cpu_threshold
        self._memory = memory_threshold
        self.factor = 1.0
        self.reason = ""
        self._over = 0
        self._hold_until = 0.0
        self._calm_since: float | None = None

    def step(self, load: Load, now: float) -> float:
        """The factor after one more look; ``now`` in monotonic seconds."""
        reason = self._overload(load)
        if reason:
            self._calm_since = None
            self._over += 1
            if self._over >= TICKS_OVER and now >= self._hold_until:
                self._set(max(FLOOR, self.factor * CUT), reason)
                self._hold_until = now + HOLD
            return self.factor
        self._over = 0
        if not self._calm(load):
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= HOLD and self.factor < 1.0:
            self._set(min(1.0, self.factor + RAISE), "the machine is calm again")
        return self.factor

    def release(self) -> None:
        """Back to 1, without waiting for calm."""
        self._over, self._calm_since = 0, None
        self._set(1.0, "no work is in flight")

    def _set(self, factor: float, reason: str) -> None:
        self.factor = round(factor, 3)
        self.reason = reason if factor < 1.0 else ""

    def _overload(self, load: Load) -> str:
        """Why the engine should yield; empty when it should not."""
        contended = load.cpu_pressure is None or load.cpu_pressure >= CONTENTION
        crowded = load.cpu >= self._cpu and load.cpu_others >= NOTICEABLE and contended
        if load.cpu_others >= self._cpu or crowded:
            return f"others use {load.cpu_others:.0f} % of the processors, {load.cpu:.0f} % are busy"
        if load.memory_others >= self._memory:
            return f"others use {load.memory_others:.0f} % of the memory"
        if (load.memory_pressure or 0) > MEMORY_PRESSURE or (load.memory_stall or 0) > MEMORY_STALL:
            return f"tasks wait for memory {load.memory_pressure or 0:.0f} % of the time"
        if (load.memory_of_limit or 0) > MEMORY_OF_LIMIT:
            return f"{load.memory_of_limit:.0f} % of the memory limit is used"
        return ""

    def _calm(self, load: Load) -> bool:
        """Would a little more work disturb nobody?"""
        contended = load.cpu_pressure is not None and load.cpu_pressure > CONTENTION / 2
        room = load.cpu_others < NOTICEABLE / 2 or (load.cpu < self._cpu and not contended)
        return (
            room
            and load.cpu_others < self._cpu / 2
            and load.memory_others < self._memory - MEMORY_BAND
            and (load.memory_pressure or 0) <= MEMORY_PRESSURE / 2
            and (load.memory_stall or 0) <= MEMORY_STALL / 2
            and (load.memory_of_limit or 0) <= MEMORY_OF_LIMIT - MEMORY_BAND
        )


class AutoThrottle:
    """Holds the executors to the law's factor. Its thread sleeps for ever while no work is in flight."""

    def __init__(self, law: Law, source: LoadSource) -> None:
        self._law = law
        self._source = source
        self._lanes: Sequence[Lane] = ()
        self._load: Load | None = None
        self._history: deque[ThrottleChange] = deque(maxlen=64)
        self._listeners: list[Callable[[ThrottleChange], None]] = []
        self._idle_since: float | None = None
        self._awake = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def govern(self, lanes: Sequence[Lane]) -> None:
        """The executors whose limits follow the factor."""
        self._lanes = lanes

    @property
    def factor(self) -> float:
        """The throttle factor: above 0, at most 1."""
        return self._law.factor

    @property
    def reason(self) -> str:
        """Why the factor is below 1; empty when it is 1."""
        return self._law.reason

    @property
    def history(self) -> list[ThrottleChange]:
        """The latest changes, oldest first."""
        return list(self._history)

    @property
    def awake(self) -> bool:
        """Is it looking at the machine now?"""
        return self._awake

    def on_change(self, listener: Callable[[ThrottleChange], None]) -> None:
        """``listener`` hears of every change, in the throttle's thread; what it raises is logged."""
        self._listeners.append(listener)

    def stats(self) -> dict[str, Any]:
        """``factor``, ``reason``, ``history`` (each change as a dictionary), ``load`` (the latest look)."""
        load = self._load
        return {
            "factor": self.factor,
            "reason": self.reason,
            "history": [change._asdict() for change in self.history],
            "load": load._asdict() if load else None,
        }

    def wake(self) -> None:
        """Work has come in. Cheap when the throttle is awake already."""
        if self._awake:
            return
        with self._changed:
            if self._stopped or self._awake:
                return
            self._awake = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ingestd-throttle", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """Ends the thread; the factor stays as it is."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def look(self, now: float) -> bool:
        """One look at the machine; false when there is nothing to look after any more."""
        busy = any(lane.busy for lane in self._lanes)
        self._idle_since = None if busy else self._idle_since or now
        before = self.factor
        load = self._source.sample()
        if load is not None:
            self._load = load
            self._law.step(load, now)
        if self._idle_since is not None and now - self._idle_since >= LINGER:
            self._law.release()
        if self.factor != before:
            self._apply(before)
        return busy or self.factor < 1.0

    def _apply(self, before: float) -> None:
        for lane in self._lanes:
            lane.set_factor(self.factor)
        change = ThrottleChange(time.time(), before, self.factor, self._law.reason)
        self._history.append(change)
        logger.debug("throttle %.2f -> %.2f %s", change.old, change.factor, change.reason)
        for listener in tuple(self._listeners):
            try:
                listener(change)
            except Exception:
                logger.exception("a listener of the throttle failed")

    def _run(self) -> None:
        while self._wait_for_work():
            # What is over within a tick (a watch guard's glance) is not worth a look at the machine.
            if not self._pause() or not any(lane.busy for lane in self._lanes):
                continue
            self._source.forget()
            try:
                self._source.sample()
                while self._pause() and self.look(time.monotonic()):
                    pass
            except (OSError, ImportError) as error:
                # Without /proc/stat, as under ProcSubset=pid, the machine cannot be seen.
                logger.warning("the load of the machine cannot be read, auto-throttle is off: %s", error)
                return

    def _wait_for_work(self) -> bool:
        with self._changed:
            self._awake = False
            if any(lane.busy for lane in self._lanes):
                self._awake = True  # it came in between the last look and now
            self._changed.wait_for(lambda: self._awake or self._stopped)
            return not self._stopped

    def _pause(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, TICK)
            return not self._stopped


class NoThrottle(AutoThrottle):
    """Full speed always; has no thread."""

    def __init__(self) -> None:
        super().__init__(Law(100.0, 100.0), _NoLoad())

    def wake(self) -> None:
        """Nothing to look after."""


class _NoLoad:
    def sample(self) -> Load | None:
        return None

    def forget(self) -> None:
        """Nothing is remembered."""


def make_throttle(config: ConcurrencyConfig, source: LoadSource | None = None) -> AutoThrottle:
    """The throttle that ``config`` asks for; ``source`` replaces the machine."""
    if not config.enable_auto_throttle:
        return NoThrottle()
    return AutoThrottle(Law(config.cpu_threshold, config.memory_threshold), source or MachineLoad())
