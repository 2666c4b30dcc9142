"""Who does what: the queue, the workers and what each has been given. Every call is under the pool's lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from ingestd.concurrency.process.slot import Slot
from ingestd.concurrency.process.task import Task

MAX_LOSSES = 3
"""Workers that may die before they begin a task, until the task is to blame."""


class Hooks(NamedTuple):
    """What the roster has its pool do."""

    hire: Callable[[], Slot | None]
    begun: Callable[[Slot, Task], None]
    """The task is the one that its worker runs now or next."""
    leaving: Callable[[Slot], None]
    """The worker has been told to leave, or is killed."""


class Roster:
    """At most ``limit`` tasks run at once, in the order in which they came.

    Beyond its running task a busy worker may have one more in its socket, so that it need not wait for us
    between the two. That one is still nobody's: it is recalled as soon as a worker is free for it, or it is
    cancelled.
    """

    def __init__(self, limit: int, max_tasks: int | None, hooks: Hooks) -> None:
        self.limit = limit
        self.queue: deque[Task] = deque()
        self.slots: dict[int, Slot] = {}
        self.busy = 0
        self._max_tasks = max_tasks or inf
        self._hooks = hooks
        self._staff = 0  # slots that are not leaving
        self._idle: list[Slot] = []  # the last to become idle is the first to work: its caches are warm
        self._roomy: dict[Slot, None] = {}  # busy, and may be sent one task more

    @property
    def at_rest(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self.busy and self._head() is None

    def pump(self) -> None:
        """Give tasks to free workers, then one more to each busy one."""
        while self.busy < self.limit and (self._idle or self._staff < self.limit):
            task = self._next()
            if task is None:
                return
            slot = self._idle.pop() if self._idle else self.engage()
            if slot is None:
                self.queue.appendleft(task)
                return
            self._give(slot, task)
        while self._roomy and self.busy <= self.limit and (waiting := self._prefetch()) is not None:
            slot, _ = self._roomy.popitem()
            slot.queued = waiting
            slot.send(waiting)

    def engage(self) -> Slot | None:
        """A new worker, none if there can be none now."""
        slot = self._hooks.hire()
        if slot is not None:
            self._staff += 1
        return slot

    def replace(self) -> None:
        """A worker has gone that should not: have another ready, also when there is no task for it now."""
        self.pump()
        if self._staff < self.limit and not self._idle and (slot := self.engage()) is not None:
            self._idle.append(slot)

    def advance(self, slot: Slot) -> None:
        """The worker has done its task: on to the one in its socket, or to the next of the queue."""
        slot.running, slot.queued = slot.queued, None
        if slot.running is not None:
            self._begin(slot, slot.running)
        else:
            self._release(slot)
            if slot.worn or slot.given >= self._max_tasks:
                self.dismiss(slot)
            elif not slot.leaving:
                self._idle.append(slot)
        self.pump()

    def recall(self, slot: Slot) -> Task | None:
        """Take a task in the worker's socket back to the head of the queue, if it is still there."""
        task = slot.recall()
        if task is None:
            return None
        self.queue.appendleft(task)
        if slot.running is not None and not slot.running.begun:
            # What came back is the one before it, which the worker had not taken either.
            self._begin(slot, slot.running)
        self._make_room(slot)
        return task

    def recall_all(self) -> None:
        """Take back all that can be, in the order in which they came."""
        waiting = [slot for slot in self.slots.values() if slot.queued is not None]
        for slot in sorted(waiting, key=_newest_first):
            self.recall(slot)

    def give_up(self, slot: Slot) -> None:
        """The running task of a worker that is being killed is no longer its business."""
        slot.running = None
        self._release(slot)

    def dismiss(self, slot: Slot) -> None:
        """The worker ends once it has done what it has."""
        if not slot.leaving:
            self._strike(slot)
            slot.hang_up()
            self._hooks.leaving(slot)

    def execute(self, slot: Slot) -> None:
        """The worker is killed now."""
        slot.kill()
        if not slot.leaving:
            self._strike(slot)
            self._hooks.leaving(slot)

    def bury(self, slot: Slot, *, resend: bool) -> list[Task]:
        """The worker has ended: the tasks it had and did not begin go to others, the rest is returned.

        A task that no worker lived to begin, ``MAX_LOSSES`` times, is the cause of it: it is returned too.
        """
        del self.slots[slot.number]
        if not slot.leaving:
            self._strike(slot)
        held = [task for task in (slot.running, slot.queued) if task is not None]
        if slot.running is not None:
            self._release(slot)
        slot.running = slot.queued = None
        for task in held[:1] if slot.board.is_ready else ():  # one that was never ready blames no task
            task.losses += 1
        victims = [
            task
            for task in held
            if not resend or slot.board.began(task.number) is not None or task.losses >= MAX_LOSSES
        ]
        self.queue.extendleft(task for task in reversed(held) if task not in victims)
        return victims

    def clear(self) -> list[Task]:
        """All tasks there are, now in nobody's hands."""
        tasks = [task for task in self.queue if not task.withdrawn]
        self.queue.clear()
        for slot in self.slots.values():
            tasks += [task for task in (slot.running, slot.queued) if task is not None]
            slot.running = slot.queued = None
        self._roomy.clear()
        self.busy = 0
        return tasks

    def _next(self) -> Task | None:
        """The next task to run: of the queue, else one that waits behind another in a worker's socket."""
        if self._head() is not None:
            return self.queue.popleft()
        for slot in self.slots.values():
            if slot.queued is not None and self.recall(slot) is not None:
                return self.queue.popleft()
        return None

    def _prefetch(self) -> Task | None:
        task = self._head()
        if task is None or task.begun or not task.prefetchable:
            return None
        return self.queue.popleft()

    def _head(self) -> Task | None:
        """The head of the queue; withdrawn tasks are dropped on the way."""
        while self.queue:
            if not self.queue[0].withdrawn:
                return self.queue[0]
            self.queue.popleft()
        return None

    def _give(self, slot: Slot, task: Task) -> None:
        self.busy += 1
        slot.running = task
        slot.send(task)
        self._begin(slot, task)

    def _begin(self, slot: Slot, task: Task) -> None:
        task.begin()
        self._hooks.begun(slot, task)
        self._make_room(slot)

    def _make_room(self, slot: Slot) -> None:
        if slot.queued is None and slot.given < self._max_tasks and not slot.worn and not slot.leaving:
            self._roomy[slot] = None

    def _release(self, slot: Slot) -> None:
        self.busy -= 1
        self._roomy.pop(slot, None)

    def _strike(self, slot: Slot) -> None:
        slot.leaving = True
        self._staff -= 1
        self._roomy.pop(slot, None)
        if slot in self._idle:
            self._idle.remove(slot)


def _newest_first(slot: Slot) -> int:
    return -slot.queued.number if slot.queued else 0
