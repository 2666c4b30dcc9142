"""The meeting point of callers and workers: one lock, and what it guards."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from math import inf

from ingestd.concurrency.process.alarms import Alarms
from ingestd.concurrency.process.reader import Reader
from ingestd.concurrency.process.roster import Hooks, Roster
from ingestd.concurrency.process.slot import Slot
from ingestd.concurrency.process.spawning import Recipe
from ingestd.concurrency.process.staffing import Events, Staffing
from ingestd.concurrency.process.task import Task
from ingestd.errors import ExecutorError

log = logging.getLogger("ingestd.concurrency")

LEAVE_SECONDS = 10.0
"""How long a worker without tasks may take to end by itself, and one that was killed to be gone."""

SHORTAGE_SECONDS = 0.5
"""Between two tries to start a worker when the system has no descriptors or processes left."""


class State(Enum):
    """The life of a pool."""

    OPEN = auto()
    CLOSING = auto()
    """No new tasks; those accepted are still run."""
    BROKEN = auto()
    """No worker can be started."""
    CLOSED = auto()
    FORKED = auto()
    """This is a copy in a forked process: workers and reader belong to the original."""


class Core:
    """State of one pool. Whoever touches it holds ``lock``."""

    def __init__(self, recipe: Recipe, *, limit: int, max_tasks: int | None) -> None:
        self.lock = threading.Lock()
        self.state = State.OPEN
        self.refusal: ExecutorError | None = None
        """Why no task is taken, if not for shutdown."""
        self.killing = False
        """Workers are being killed for good: their tasks are not given to others."""
        self.unheld = False
        """Nobody can submit any more."""
        self.recipe = recipe
        self.roster = Roster(limit, max_tasks, Hooks(self._hire, self._watch_over, self.expect_end))
        self.alarms = Alarms(self._moot)
        self.armed = inf
        """When the reader wakes by itself."""
        self.reader: Reader | None = None
        self.staffing: Staffing
        self._make_reader: Callable[[], Reader]

    def attend(self, events: Events, make_reader: Callable[[], Reader]) -> None:
        """Whom to tell what is heard of workers, and how to start listening."""
        self.staffing = Staffing(self.recipe, self.roster.slots, events, self.lock)
        self._make_reader = make_reader

    def alarm(self, when: float, slot: Slot | None, task: Task | None) -> None:
        """Have the reader look at it at the monotonic instant ``when``."""
        self.alarms.add(when, slot, task)
        if when < self.armed:
            self.wake()

    def expect_end(self, slot: Slot) -> None:
        """The worker was told to leave, or killed: see that it goes."""
        self.alarm(time.monotonic() + LEAVE_SECONDS, slot, None)

    def wake(self) -> None:
        """Have the reader look at the state."""
        if self.reader is not None and self.state is not State.CLOSED:
            self.reader.wake()

    def kill_all(self) -> None:
        """Every worker is killed now."""
        for slot in self.roster.slots.values():
            self.roster.execute(slot)

    def _hire(self) -> Slot | None:
        """A new worker; none if the system has none to give now."""
        reader = self.reader or self._start_reader()
        try:
            slot = self.staffing.hire(reader)
        except OSError as error:
            log.warning("no worker can be started now: %s", error)
            self.staffing.false_starts += 1
            self.alarm(time.monotonic() + SHORTAGE_SECONDS, None, None)
            return None
        self.alarm(time.monotonic() + self.recipe.options.start_timeout, slot, None)
        return slot

    def _start_reader(self) -> Reader:
        reader = self._make_reader()
        try:
            reader.thread.start()
        except RuntimeError:  # at the end of the interpreter, or out of threads
            reader.close()
            raise
        self.reader = reader
        return reader

    def _watch_over(self, slot: Slot, task: Task) -> None:
        if task.timeout is not None:
            self.alarm(time.monotonic() + task.timeout, slot, task)

    def _moot(self, slot: Slot | None, task: Task | None) -> bool:
        if slot is None:
            return False
        if slot.number not in self.roster.slots:
            return True
        if task is not None:
            return slot.running is not task
        return slot.board.is_ready and not slot.leaving
