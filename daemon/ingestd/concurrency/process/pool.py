"""The meeting point: tasks on one side, workers on the other, one lock between.

Whoever submits sends at once when a worker is free; everything else happens in the reader's thread. Futures
are completed outside the lock, because their callbacks may come back here.
"""

from __future__ import annotations

import copy
import logging
import os
import threading
import time
import weakref
from enum import Enum, auto
from math import inf

from ingestd.concurrency.process import deaths
from ingestd.concurrency.process.alarms import Alarms
from ingestd.concurrency.process.reader import Reader
from ingestd.concurrency.process.roster import Roster
from ingestd.concurrency.process.slot import Garbled, Slot, resident
from ingestd.concurrency.process.spawning import Recipe
from ingestd.concurrency.process.staffing import Events, Staffing
from ingestd.concurrency.process.task import Task
from ingestd.concurrency.process.wire import PACKET, Kind, Outcome, loads
from ingestd.errors import ExecutorError, ShutdownError, WorkerStartError

log = logging.getLogger("ingestd.concurrency")

LEAVE_SECONDS = 10.0
"""How long a worker without tasks may take to end by itself."""

FALSE_STARTS = 5
"""Starts of workers that may fail in a row; then none ever will succeed."""

SHORTAGE_SECONDS = 0.5
"""Between two tries to start a worker when the system has no descriptors or processes left."""

WEIGH_SECONDS = 0.1
"""Between two looks at a worker's memory."""


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


class Pool:
    """Runs tasks in worker processes, at most ``limit`` at once."""

    def __init__(self, recipe: Recipe, *, limit: int, max_tasks: int | None, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._state = State.OPEN
        self._refusal: ExecutorError | None = None
        self._roster = Roster(limit, max_tasks, self._hire, self._watch_over)
        events = Events(self._on_packet, self._on_end, self._break)
        self._staffing = Staffing(recipe, self._roster.slots, events)
        self._alarms = Alarms(self._moot)
        self._armed = inf  # when the reader wakes by itself
        self._killing = False
        self._unheld = False
        self._reader: Reader | None = None
        self._buffer = bytearray(PACKET)
        self._view = memoryview(self._buffer)
        _pools.add(self)

    # -- callers, any thread ---------------------------------------------------------------------------

    def check(self) -> None:
        """Raise ``ShutdownError`` or ``WorkerStartError`` if no task can be submitted."""
        if self._state is not State.OPEN:
            # A copy: each raise adds to its traceback.
            raise copy.copy(self._refusal) or ShutdownError("cannot schedule new futures after shutdown")

    def submit(self, task: Task) -> None:
        """Run the task as soon as a worker is free. Raises as ``check``."""
        with self._lock:
            self.check()
            self._staffing.recipe.initializer()
            self._roster.queue.append(task)
            self._roster.pump()

    def withdraw(self, task: Task) -> bool:
        """Take back a task that no worker has taken yet; false if it is too late or someone else has."""
        with self._lock:
            for slot in self._roster.slots.values():
                if slot.queued is task:
                    self._roster.recall(slot)
                    break
            if withdrawn := not task.begun and not task.withdrawn:
                task.withdrawn = True
            self._roster.pump()
            if self._state is State.CLOSING or self._unheld:
                self._wake()
        return withdrawn

    @property
    def limit(self) -> int:
        """How many tasks may run at once."""
        return self._roster.limit

    def resize(self, limit: int) -> None:
        """From now on at most ``limit`` tasks run at once; those that run go on, no worker is killed."""
        with self._lock:
            self._roster.limit = limit
            self._roster.recall_all()
            if self._state in (State.OPEN, State.CLOSING):
                self._roster.pump()

    def close(self, *, cancel: bool = False) -> None:
        """Take no new tasks, end when those accepted are done; with ``cancel`` drop those that wait."""
        waiting: list[Task] = []
        with self._lock:
            if self._state is State.OPEN:
                self._state = State.CLOSING if self._reader else State.CLOSED
            if cancel and self._state is State.CLOSING:
                self._roster.recall_all()
                waiting = [task for task in self._roster.queue if not task.begun]
            self._wake()
        for task in waiting:
            task.cancel()

    def let_go(self) -> None:
        """Nobody can submit any more: ``close``. Called by the garbage collector, perhaps under our own lock."""
        self._unheld = True
        if self._lock.acquire(blocking=False):
            try:
                self._wake()
            finally:
                self._lock.release()

    def kill(self) -> None:
        """Kill every worker; their tasks fail with ``WorkerCrashed``. Only after ``close``."""
        with self._lock:
            self._killing = True
            for slot in self._roster.slots.values():
                self._execute(slot)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all is over; false if it is not after ``timeout`` seconds."""
        reader = self._reader
        if reader is None or reader.thread is threading.current_thread():
            return True
        reader.thread.join(timeout)
        if reader.thread.is_alive():
            return False
        self._reader = None  # reader and pool hold each other
        return True

    def staff(self) -> list[tuple[int, float | None]]:
        """Process id of each worker, and the monotonic seconds at which it began its task if it has one."""
        with self._lock:
            return [
                (slot.pid, slot.board.began(slot.running.number) if slot.running else None)
                for slot in self._roster.slots.values()
                if slot.pid is not None
            ]

    def abandon(self) -> None:
        """In a forked copy of the process: let go of everything without touching the original's."""
        self._lock = threading.Lock()
        if self._state is State.CLOSED:
            return
        self._state = State.FORKED
        self._refusal = ExecutorError(
            "this executor belongs to the process that made it, not to its fork",
            hint="Make an executor in each process.",
        )
        for slot in self._roster.slots.values():
            slot.close()
        self._roster.slots.clear()
        self._staffing.abandon()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # -- under the lock, any thread --------------------------------------------------------------------

    def _hire(self) -> Slot | None:
        """A new worker; none if the system has none to give now."""
        reader = self._reader or self._start_reader()
        try:
            slot = self._staffing.hire(reader)
        except OSError as error:
            log.warning("no worker can be started now: %s", error)
            self._staffing.false_starts += 1
            self._alarm(time.monotonic() + SHORTAGE_SECONDS, None, None)
            return None
        self._alarm(time.monotonic() + self._staffing.recipe.options.start_timeout, slot, None)
        return slot

    def _start_reader(self) -> Reader:
        reader = Reader(self._name, self._step, self._on_fault)
        try:
            reader.thread.start()
        except RuntimeError:  # at the end of the interpreter, or out of threads
            reader.close()
            raise
        self._reader = reader
        return reader

    def _watch_over(self, slot: Slot, task: Task) -> None:
        if task.timeout is not None:
            self._alarm(time.monotonic() + task.timeout, slot, task)

    def _alarm(self, when: float, slot: Slot | None, task: Task | None) -> None:
        self._alarms.add(when, slot, task)
        if when < self._armed:
            self._wake()

    def _moot(self, slot: Slot | None, task: Task | None) -> bool:
        if slot is None:
            return False
        if slot.number not in self._roster.slots:
            return True
        if task is not None:
            return slot.running is not task
        return slot.board.is_ready and not slot.leaving

    def _execute(self, slot: Slot) -> None:
        self._roster.execute(slot)
        self._alarm(time.monotonic() + LEAVE_SECONDS, slot, None)

    def _wake(self) -> None:
        if self._reader is not None and self._state is not State.CLOSED:
            self._reader.wake()

    # -- the reader's thread ---------------------------------------------------------------------------

    def _step(self) -> float | None:
        """Whatever is due; then when to be called again, or none when all is over."""
        while True:
            with self._lock:
                if self._unheld and self._state is State.OPEN:
                    self._state = State.CLOSING
                due = self._alarms.due(time.monotonic())
                if due is None:
                    if self._wind_down():
                        return None
                    self._armed = self._alarms.next()
                    return self._armed
            self._on_due(*due)

    def _on_fault(self, error: BaseException) -> None:
        """The reader has met a fault of ours: nobody is left to complete futures, so all fail now."""
        reason = f"the executor's own thread failed: {error!r}"
        self._break(WorkerStartError(reason, hint="This is a fault in ingestd: report it."))
        with self._lock:
            self._state = State.CLOSED
            for slot in self._roster.slots.values():
                slot.close()
            self._roster.slots.clear()
            self._staffing.close()

    def _wind_down(self) -> bool:
        """When closing and nothing is left to do, dismiss the workers; true once they are gone."""
        if self._state not in (State.CLOSING, State.BROKEN) or not self._roster.at_rest:
            return False
        for slot in self._roster.slots.values():
            if not slot.leaving:
                self._dismiss(slot)
        if self._roster.slots:
            return False
        self._state = State.CLOSED
        self._staffing.close()
        return True

    def _dismiss(self, slot: Slot) -> None:
        self._roster.dismiss(slot)
        self._alarm(time.monotonic() + LEAVE_SECONDS, slot, None)

    def _on_due(self, slot: Slot | None, task: Task | None) -> None:
        if slot is None:
            self._rehire("the system has none to give")
            return
        if task is None:
            self._on_tardy(slot)
            return
        assert task.timeout is not None
        began = slot.board.began(task.number)
        due = (time.monotonic() if began is None else began) + task.timeout
        if due > time.monotonic():
            # The worker began it later than it was sent: it was still starting.
            with self._lock:
                self._alarm(due, slot, task)
            return
        self._on_packet(slot)  # it may be done all the same
        if self._end_overdue(slot, task):
            task.fail(deaths.timeout(task.name, task.timeout, slot.pid))

    def _on_tardy(self, slot: Slot) -> None:
        """The worker does not get ready, does not leave, or its end is not told."""
        if slot.killed:
            slot.server.kill()  # it is stuck; without it, ends are seen otherwise
            return
        with self._lock:
            self._staffing.false_starts += not slot.leaving
            self._execute(slot)

    def _end_overdue(self, slot: Slot, task: Task) -> bool:
        with self._lock:
            if slot.running is not task:
                return False
            if slot.queued is not None and self._roster.recall(slot) is None:
                # The worker has taken the next one, so this one is over and its outcome on the way.
                self._alarm(time.monotonic(), slot, task)
                return False
            self._execute(slot)
            self._roster.give_up(slot)
            self._roster.replace()
            return True

    def _on_packet(self, slot: Slot) -> bool:
        """Take one message of a worker; false if there is none."""
        try:
            outcome = slot.receive(self._buffer, self._view)
        except Garbled as error:
            log.error("worker %s sent garbage and is killed: %s", slot.pid, error)
            with self._lock:
                self._execute(slot)
            return False
        if outcome is None:
            return False
        if outcome.kind is Kind.NO_START:
            text, short, _ = loads(outcome.body)
            self._break(WorkerStartError(f"the initializer of the workers failed: {short}", traceback=text))
        else:
            self._on_outcome(slot, outcome)
        return True

    def _on_outcome(self, slot: Slot, outcome: Outcome) -> None:
        with self._lock:
            task = slot.running
            if task is None or task.number != outcome.number:
                # It comes after the task was given up, or is not of our making.
                self._execute(slot)
                return
            self._staffing.false_starts = 0
            limited = slot.board.memory_limited
            slot.worn = slot.worn or self._is_worn(slot) or (limited and outcome.kind is Kind.OUT_OF_MEMORY)
            self._roster.advance(slot)
        task.settle(outcome, memory_limited=limited)
        if outcome.on_board:
            outcome.release()
            slot.board.has_read()

    def _is_worn(self, slot: Slot) -> bool:
        limit = self._staffing.recipe.options.recycle_rss
        now = time.monotonic()
        if limit is None or now - slot.weighed < WEIGH_SECONDS:
            return False
        slot.weighed = now
        return resident(slot.pid or 0) > limit

    def _on_end(self, slot: Slot, status: int | None) -> None:
        """A worker has ended. What it sent before still counts."""
        while self._on_packet(slot):
            pass
        with self._lock:
            if slot.process is not None and not slot.leaving and not slot.board.is_ready:
                self._staffing.false_starts += 1
            victims = self._bury(slot)
            memory_limited = slot.board.memory_limited
            slot.close()
        self._rehire(f"they end before they are ready; the last {deaths.how(status)}")
        for task in victims:
            cpu_limited = task.cpu_seconds is not None
            task.fail(
                deaths.death(
                    task.name, slot.pid, status, memory_limited=memory_limited, cpu_limited=cpu_limited
                )
            )

    def _rehire(self, obstacle: str) -> None:
        """Have as many workers again as there is need for, or see that this is hopeless."""
        with self._lock:
            if hopeful := self._staffing.false_starts < FALSE_STARTS:
                if self._state is State.OPEN:
                    self._roster.replace()
                elif self._state is State.CLOSING:
                    self._roster.pump()
        if not hopeful:
            self._break(WorkerStartError(f"no worker can be started, tried {FALSE_STARTS} times: {obstacle}"))

    def _bury(self, slot: Slot) -> list[Task]:
        assert self._reader is not None
        self._reader.forget(slot.near.fileno())
        if slot.process is not None:
            self._reader.forget(slot.process)
        return self._roster.bury(slot, resend=not self._killing)

    def _break(self, error: WorkerStartError) -> None:
        """No worker can be started: every task fails with ``error``, and none is taken any more."""
        with self._lock:
            if self._state is not State.CLOSED:
                self._state = State.BROKEN
            self._refusal = self._refusal or error
            tasks = self._roster.clear()
            for slot in self._roster.slots.values():
                self._execute(slot)
        for task in tasks:
            task.begin()
            task.fail(copy.copy(error))


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _after_fork() -> None:
    for pool in list(_pools):
        pool.abandon()


def _at_exit() -> None:
    """As the standard library's executors: the interpreter ends when what was submitted is done."""
    pools = list(_pools)
    for pool in pools:
        pool.close()
    for pool in pools:
        pool.join()


os.register_at_fork(after_in_child=_after_fork)
# Earlier than atexit: at that point the interpreter has already joined all threads, ours among them.
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
