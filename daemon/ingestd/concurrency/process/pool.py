"""The callers' side of the pool.

Whoever submits sends at once when a worker is free; everything else happens in the reader's thread.
"""

from __future__ import annotations

import copy
import os
import threading
import weakref
from functools import partial

from ingestd.concurrency.process.attendant import Attendant
from ingestd.concurrency.process.core import Core, State
from ingestd.concurrency.process.reader import Reader
from ingestd.concurrency.process.spawning import Recipe
from ingestd.concurrency.process.staffing import Events
from ingestd.concurrency.process.task import Task
from ingestd.errors import ExecutorError, ShutdownError


class Pool:
    """Runs tasks in worker processes, at most ``limit`` at once. Any thread may call."""

    def __init__(self, recipe: Recipe, *, limit: int, max_tasks: int | None, name: str) -> None:
        self._core = Core(recipe, limit=limit, max_tasks=max_tasks)
        attendant = Attendant(self._core)
        events = Events(attendant.on_packet, attendant.on_end, attendant.give_up)
        self._core.attend(events, partial(Reader, name, attendant.step, attendant.on_fault))
        _pools.add(self)

    def check(self) -> None:
        """Raise ``ShutdownError`` or ``WorkerStartError`` if no task can be submitted."""
        if self._core.state is not State.OPEN:
            # A copy: each raise adds to its traceback.
            raise copy.copy(self._core.refusal) or ShutdownError("cannot schedule new futures after shutdown")

    def submit(self, task: Task) -> None:
        """Run the task as soon as a worker is free. Raises as ``check``."""
        with self._core.lock:
            self.check()
            self._core.recipe.initializer()
            self._core.roster.queue.append(task)
            self._core.roster.pump()

    def withdraw(self, task: Task) -> bool:
        """Take back a task that no worker has taken yet; false if it is too late or someone else has."""
        with self._core.lock:
            for slot in self._core.roster.slots.values():
                if slot.queued is task:
                    self._core.roster.recall(slot)
                    break
            if withdrawn := not task.begun and not task.withdrawn:
                task.withdrawn = True
            self._core.roster.pump()
            if self._core.state is State.CLOSING or self._core.unheld:
                self._core.wake()
        return withdrawn

    @property
    def limit(self) -> int:
        """How many tasks may run at once."""
        return self._core.roster.limit

    def resize(self, limit: int) -> None:
        """From now on at most ``limit`` tasks run at once; those that run go on, no worker is killed."""
        with self._core.lock:
            self._core.roster.limit = limit
            self._core.roster.recall_all()
            if self._core.state in (State.OPEN, State.CLOSING):
                self._core.roster.pump()

    def close(self, *, cancel: bool = False) -> None:
        """Take no new tasks, end when those accepted are done; with ``cancel`` drop those that wait."""
        waiting: list[Task] = []
        with self._core.lock:
            if self._core.state is State.OPEN:
                self._core.state = State.CLOSING if self._core.reader else State.CLOSED
            if cancel and self._core.state is State.CLOSING:
                self._core.roster.recall_all()
                waiting = [task for task in self._core.roster.queue if not task.begun]
            self._core.wake()
        for task in waiting:
            task.cancel()

    def let_go(self) -> None:
        """Nobody can submit any more: close. The garbage collector calls this, perhaps under our own lock."""
        self._core.unheld = True
        if self._core.lock.acquire(blocking=False):
            try:
                self._core.wake()
            finally:
                self._core.lock.release()

    def kill(self) -> None:
        """Kill every worker; their tasks fail with ``WorkerCrashed``. Only after ``close``."""
        with self._core.lock:
            self._core.killing = True
            self._core.kill_all()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all is over; false if it is not after ``timeout`` seconds."""
        reader = self._core.reader
        if reader is None or reader.thread is threading.current_thread():
            return True
        reader.thread.join(timeout)
        if reader.thread.is_alive():
            return False
        self._core.reader = None  # reader and pool hold each other
        return True

    def staff(self) -> list[tuple[int, float | None]]:
        """Process id of each worker, and the monotonic seconds at which it began its task if it has one."""
        with self._core.lock:
            return [
                (slot.pid, slot.board.began(slot.running.number) if slot.running else None)
                for slot in self._core.roster.slots.values()
                if slot.pid is not None
            ]

    def abandon(self) -> None:
        """In a forked copy of the process: let go of everything without touching the original's."""
        self._core.lock = threading.Lock()
        if self._core.state is State.CLOSED:
            return
        self._core.state = State.FORKED
        self._core.refusal = ExecutorError(
            "this executor belongs to the process that made it, not to its fork",
            hint="Make an executor in each process.",
        )
        for slot in self._core.roster.slots.values():
            slot.close()
        self._core.roster.slots.clear()
        self._core.roster.queue.clear()
        self._core.staffing.abandon()
        if self._core.reader is not None:
            self._core.reader.close()
            self._core.reader = None


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
