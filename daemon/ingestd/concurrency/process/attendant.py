"""What happens in the reader's thread: outcomes, deaths, deadlines, the end.

Futures are completed outside the lock, because their callbacks may come back to the pool.
"""

from __future__ import annotations

import copy
import logging
import time

from ingestd.concurrency.process import deaths, trust
from ingestd.concurrency.process.channel import PACKET
from ingestd.concurrency.process.core import Core, State
from ingestd.concurrency.process.slot import Garbled, Slot, resident
from ingestd.concurrency.process.task import Task
from ingestd.concurrency.process.wire import Kind, Outcome
from ingestd.errors import WorkerStartError

log = logging.getLogger("ingestd.concurrency")

FALSE_STARTS = 5
"""Starts of workers that may fail in a row; then none ever will succeed."""

WEIGH_SECONDS = 0.1
"""Between two looks at a worker's memory."""


class Attendant:
    """Serves one pool; every method is called by its reader's thread alone."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._loads = trust.reader(core.recipe.options.results_from)
        self._buffer = bytearray(PACKET)
        self._view = memoryview(self._buffer)

    def step(self) -> float | None:
        """Whatever is due; then when to be called again, or none when all is over."""
        while True:
            with self._core.lock:
                if self._core.unheld and self._core.state is State.OPEN:
                    self._core.state = State.CLOSING
                due = self._core.alarms.due(time.monotonic())
                if due is None:
                    if self._wind_down():
                        return None
                    self._core.armed = self._core.alarms.next()
                    return self._core.armed
            self._on_due(*due)

    def on_fault(self, error: BaseException) -> None:
        """The reader has met a fault of ours: nobody is left to complete futures, so all fail now."""
        reason = f"the executor's own thread failed: {error!r}"
        self.give_up(WorkerStartError(reason, hint="This is a fault in ingestd: report it."))
        with self._core.lock:
            self._core.state = State.CLOSED
            for slot in self._core.roster.slots.values():
                slot.close()
            self._core.roster.slots.clear()
            self._core.staffing.close()

    def _wind_down(self) -> bool:
        """When closing and nothing is left to do, dismiss the workers; true once they are gone."""
        if self._core.state not in (State.CLOSING, State.BROKEN) or not self._core.roster.at_rest:
            return False
        for slot in self._core.roster.slots.values():
            if not slot.leaving:
                self._core.roster.dismiss(slot)
        if self._core.roster.slots:
            return False
        self._core.state = State.CLOSED
        self._core.staffing.close()
        return True

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
            with self._core.lock:
                self._core.alarm(due, slot, task)
            return
        self.on_packet(slot)  # it may be done all the same
        if self._end_overdue(slot, task):
            task.fail(deaths.timeout(task.name, task.timeout, slot.pid))

    def _on_tardy(self, slot: Slot) -> None:
        """The worker does not get ready, does not leave, or its end is not told."""
        if slot.killed:
            slot.server.kill()  # it is stuck; without it, ends are seen otherwise
            return
        with self._core.lock:
            self._core.staffing.false_starts += not slot.leaving
            self._core.roster.execute(slot)
            self._core.expect_end(slot)

    def _end_overdue(self, slot: Slot, task: Task) -> bool:
        with self._core.lock:
            if slot.running is not task:
                return False
            if slot.queued is not None and self._core.roster.recall(slot) is None:
                # The worker has taken the next one, so this one is over and its outcome on the way.
                self._core.alarm(time.monotonic(), slot, task)
                return False
            self._core.roster.execute(slot)
            self._core.roster.give_up(slot)
            self._core.roster.replace()
            return True

    def on_packet(self, slot: Slot) -> bool:
        """Take one message of a worker; false if there is none."""
        try:
            outcome = slot.receive(self._buffer, self._view)
        except Garbled as error:
            log.error("worker %s sent garbage and is killed: %s", slot.pid, error)
            with self._core.lock:
                self._core.roster.execute(slot)
            return False
        if outcome is None:
            return False
        if outcome.kind is Kind.NO_START and not slot.proven:
            text, short, _ = self._loads(outcome.body)
            self.give_up(WorkerStartError(f"the initializer of the workers failed: {short}", traceback=text))
        else:
            self._on_outcome(slot, outcome)
        return True

    def _on_outcome(self, slot: Slot, outcome: Outcome) -> None:
        with self._core.lock:
            task = slot.running
            if task is None or task.number != outcome.number:
                # It comes after the task was given up, or is not of our making.
                self._core.roster.execute(slot)
                return
            self._core.staffing.false_starts = 0
            slot.proven = True
            limited = slot.board.memory_limited
            slot.worn = slot.worn or self._is_worn(slot) or (limited and outcome.kind is Kind.OUT_OF_MEMORY)
            self._core.roster.advance(slot)
        task.settle(outcome, self._loads, memory_limited=limited)
        if outcome.on_board:
            outcome.release()
            slot.board.has_read()

    def _is_worn(self, slot: Slot) -> bool:
        limit = self._core.recipe.options.recycle_rss
        now = time.monotonic()
        if limit is None or now - slot.weighed < WEIGH_SECONDS:
            return False
        slot.weighed = now
        return resident(slot.pid or 0) > limit

    def on_end(self, slot: Slot, status: int | None) -> None:
        """A worker has ended. What it sent before still counts."""
        while self.on_packet(slot):
            pass
        with self._core.lock:
            if slot.process is not None and not slot.leaving and not slot.board.is_ready:
                self._core.staffing.false_starts += 1
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
        with self._core.lock:
            if hopeful := self._core.staffing.false_starts < FALSE_STARTS:
                if self._core.state is State.OPEN:
                    self._core.roster.replace()
                elif self._core.state is State.CLOSING:
                    self._core.roster.pump()
        if not hopeful:
            reason = f"no worker can be started, tried {FALSE_STARTS} times: {obstacle}"
            self.give_up(WorkerStartError(reason))

    def _bury(self, slot: Slot) -> list[Task]:
        assert self._core.reader is not None
        self._core.reader.forget(slot.near.fileno())
        if slot.process is not None:
            self._core.reader.forget(slot.process)
        return self._core.roster.bury(slot, resend=not self._core.killing)

    def give_up(self, error: WorkerStartError) -> None:
        """No worker can be started: every task fails with ``error``, and none is taken any more."""
        with self._core.lock:
            if self._core.state is not State.CLOSED:
                self._core.state = State.BROKEN
            self._core.refusal = self._core.refusal or error
            tasks = self._core.roster.clear()
            self._core.kill_all()
        for task in tasks:
            task.begin()
            task.fail(copy.copy(error))
