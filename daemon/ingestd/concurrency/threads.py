"""Threads that run tasks: no wakeups while idle, and each can be left behind with a task that hangs."""

from __future__ import annotations

import itertools
import threading
from functools import partial
from queue import SimpleQueue
from typing import Any

from ingestd.concurrency import nesting
from ingestd.concurrency.alarm import AlarmClock
from ingestd.concurrency.task import Task

_Mailbox = SimpleQueue[Task[Any] | None]


class Threads:
    """A thread for each task that is admitted; the lane's limit bounds them, idle ones are used first.

    They are daemon threads, since one that hangs must not keep the process from ending;
    the manager drains them at exit.
    """

    def __init__(self, name: str, clock: AlarmClock) -> None:
        self._name = name
        self._clock = clock
        self._idle: list[_Mailbox] = []
        self._numbers = itertools.count(1)
        self._stopped = False

    def start(self, task: Task[Any]) -> None:
        try:
            mailbox = self._idle.pop()  # the one used last: its stack is warm
        except IndexError:
            mailbox = SimpleQueue()
            name = f"{self._name}-{next(self._numbers)}"
            threading.Thread(target=self._work, args=(mailbox,), name=name, daemon=True).start()
        mailbox.put(task)

    def stop(self, kill: bool) -> None:
        """Idle threads end now, busy ones with their task; nothing can kill a thread."""
        self._stopped = True
        while self._idle:
            try:
                self._idle.pop().put(None)
            except IndexError:
                return

    def _work(self, mailbox: _Mailbox) -> None:
        task = mailbox.get()
        while task is not None:
            kept, successor = self._run(task)
            if not kept:
                return  # abandoned meanwhile: another thread has its place
            task = successor  # lets go of the one before, and of its result, while this thread rests
            if task is None:
                task = self._wait(mailbox)

    def _wait(self, mailbox: _Mailbox) -> Task[Any] | None:
        self._idle.append(mailbox)
        if self._stopped:
            self.stop(kill=False)
        return mailbox.get()

    def _run(self, task: Task[Any]) -> tuple[bool, Task[Any] | None]:
        """(is this thread still part of the pool, the task it goes on with)."""
        call = task.call
        if call is None:
            return False, None  # shut down in the instant between admission and start
        fn, args, kwargs = call
        if task.timeout is not None:
            task.alarm = self._clock.set(task.timeout, partial(task.lane.abandon, task))
        value: Any = None
        error: BaseException | None = None
        nesting.work_for(task)
        try:
            value = fn(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001  # the one who waits gets it, whatever it is
            error = raised
        nesting.work_for(None)
        if task.alarm is not None:
            self._clock.cancel(task.alarm)
        kept, successor = task.lane.end(task, "completed" if error is None else "failed")
        try:
            if kept:
                task.settle(value, error)
            return kept, successor
        finally:
            del error  # its traceback holds this frame: break the circle
