"""The meeting point: tasks on one side, workers on the other, one lock between.

Whoever submits sends at once when a worker is free; everything else happens in the reader's thread. Futures
are completed outside the lock, because their callbacks may come back here.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from enum import Enum, auto
from math import inf

from ingestd.concurrency.process import deaths
from ingestd.concurrency.process.alarms import Alarms
from ingestd.concurrency.process.forkserver import Word
from ingestd.concurrency.process.reader import Reader
from ingestd.concurrency.process.roster import Roster
from ingestd.concurrency.process.slot import Garbled, Outcome, Slot, resident
from ingestd.concurrency.process.spawning import Forkserver, Message, Recipe, standing
from ingestd.concurrency.process.task import Task
from ingestd.concurrency.process.wire import PACKET, Kind, loads
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

_GUARD_HINT = "Guard the script's own work by `if __name__ == '__main__':`."


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
        self._recipe = recipe
        self._name = name
        self._lock = threading.Lock()
        self._state = State.OPEN
        self._refusal: ExecutorError | None = None
        self._roster = Roster(limit, max_tasks, self._hire, self._watch_over)
        self._alarms = Alarms(self._moot)
        self._armed = inf  # when the reader wakes by itself
        self._hired = 0
        self._false_starts = 0
        self._killing = False
        self._server: Forkserver | None = None
        self._reader: Reader | None = None
        self._buffer = bytearray(PACKET)
        self._view = memoryview(self._buffer)
        _pools.add(self)

    # -- callers, any thread ---------------------------------------------------------------------------

    def check(self) -> None:
        """Raise ``ShutdownError`` or ``WorkerStartError`` if no task can be submitted."""
        if self._state is not State.OPEN:
            raise self._refusal or ShutdownError("cannot schedule new futures after shutdown")

    def submit(self, task: Task) -> None:
        """Run the task as soon as a worker is free. Raises as ``check``."""
        with self._lock:
            self.check()
            self._recipe.initializer()
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
            if self._state is State.CLOSING:
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

    def kill(self) -> None:
        """Kill every worker; their tasks fail with ``WorkerCrashed``. Only after ``close``."""
        with self._lock:
            self._killing = True
            for slot in self._roster.slots.values():
                self._roster.execute(slot)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all is over; false if it is not after ``timeout`` seconds."""
        reader = self._reader
        if reader is None or reader.thread is threading.current_thread():
            return True
        reader.thread.join(timeout)
        return not reader.thread.is_alive()

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
        if self._server is not None:
            self._server.abandon()
        if self._reader is not None:
            self._reader.close()
        self._server = self._reader = None

    # -- under the lock, any thread --------------------------------------------------------------------

    def _hire(self) -> Slot | None:
        """A new worker, to which tasks can be sent at once; none if the system has none to give now."""
        reader = self._reader or self._start_reader()
        try:
            return self._hire_now(reader)
        except OSError as error:
            log.warning("no worker can be started now: %s", error)
            self._false_starts += 1
            self._alarm(time.monotonic() + SHORTAGE_SECONDS, None, None)
            return None

    def _hire_now(self, reader: Reader) -> Slot:
        if self._server is None:
            self._server = Forkserver(self._recipe)
            reader.watch(self._server.channel.fileno(), self._on_message, self._server)
        self._hired += 1
        slot = Slot(self._hired)
        self._server.fork(slot)
        reader.watch(slot.near.fileno(), self._on_packet, slot)
        self._alarm(time.monotonic() + self._recipe.options.start_timeout, slot, None)
        return slot

    def _start_reader(self) -> Reader:
        self._reader = Reader(self._name, self._step)
        self._reader.thread.start()
        return self._reader

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

    def _wake(self) -> None:
        if self._reader is not None and self._state is not State.CLOSED:
            self._reader.wake()

    # -- the reader's thread ---------------------------------------------------------------------------

    def _step(self) -> float | None:
        """Whatever is due; then when to be called again, or none when all is over."""
        while True:
            with self._lock:
                due = self._alarms.due(time.monotonic())
                if due is None:
                    if self._wind_down():
                        return None
                    self._armed = self._alarms.next()
                    return self._armed
            self._on_due(*due)

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
        if self._server is not None:
            self._server.close()
        self._recipe.close()
        return True

    def _dismiss(self, slot: Slot) -> None:
        self._roster.dismiss(slot)
        self._alarm(time.monotonic() + LEAVE_SECONDS, slot, None)

    def _on_due(self, slot: Slot | None, task: Task | None) -> None:
        if slot is None:
            self._rehire("the system has none to give")
            return
        if task is None:
            # The worker does not get ready, or does not leave.
            with self._lock:
                self._roster.execute(slot)
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

    def _end_overdue(self, slot: Slot, task: Task) -> bool:
        with self._lock:
            if slot.running is not task:
                return False
            if slot.queued is not None and self._roster.recall(slot) is None:
                # The worker has taken the next one, so this one is over and its outcome on the way.
                self._alarm(time.monotonic(), slot, task)
                return False
            self._roster.execute(slot)
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
                self._roster.execute(slot)
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
                self._roster.execute(slot)
                return
            self._false_starts = 0
            limited = slot.board.memory_limited
            slot.worn = slot.worn or self._is_worn(slot) or (limited and outcome.kind is Kind.OUT_OF_MEMORY)
            self._roster.advance(slot)
        task.settle(outcome, memory_limited=limited)

    def _is_worn(self, slot: Slot) -> bool:
        limit = self._recipe.options.recycle_rss
        now = time.monotonic()
        if limit is None or now - slot.weighed < WEIGH_SECONDS:
            return False
        slot.weighed = now
        return resident(slot.pid or 0) > limit

    def _on_message(self, server: Forkserver) -> None:
        try:
            message = server.receive()
        except EOFError:
            self._on_server_lost(server)
            return
        if message is None:
            return
        if message.word is Word.STANDING:
            self._on_standing(server, message)
        elif message.word is Word.FORKED:
            self._on_forked(message)
        elif (slot := self._roster.slots.get(message.slot)) is not None:
            self._on_end(slot, message.value)

    def _on_standing(self, server: Forkserver, message: Message) -> None:
        server.standing = True
        state = standing(message)
        for problem in state.problems:
            log.warning("a module cannot be preloaded for the workers: %s", problem)
        if state.main_error:
            reason = f"the main module cannot be imported in a worker: {state.main_error}"
            self._break(WorkerStartError(reason, hint=_GUARD_HINT))

    def _on_forked(self, message: Message) -> None:
        slot = self._roster.slots.get(message.slot)
        if slot is not None:
            slot.pid, slot.process = message.value, message.process
        elif message.process is not None:
            os.close(message.process)

    def _on_server_lost(self, server: Forkserver) -> None:
        """The forkserver is gone. Its workers live on; their ends are now seen through their processes."""
        assert self._reader is not None
        self._reader.forget(server.channel.fileno())
        server.close()
        with self._lock:
            self._server = None
            self._false_starts += not server.standing
            slots = list(self._roster.slots.values())
        for slot in slots:
            if slot.process is None:
                self._on_end(slot, None)
            else:
                self._reader.watch(slot.process, self._on_end, slot, None)

    def _on_end(self, slot: Slot, status: int | None) -> None:
        """A worker has ended. What it sent before still counts."""
        while self._on_packet(slot):
            pass
        with self._lock:
            if slot.process is not None and not slot.leaving and not slot.board.is_ready:
                self._false_starts += 1
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
            if hopeful := self._false_starts < FALSE_STARTS:
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
                self._roster.execute(slot)
        for task in tasks:
            task.begin()
            task.fail(error)


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
