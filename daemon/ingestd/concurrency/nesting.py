"""What the current thread works for: what makes a nested wait refusable.

A task that waits for the executor it runs on can wait for ever: all the workers may be doing the same. So
a thread knows the executors whose slots are held by it or by those who wait for it, and a call that would
wait for one of those is refused, always. Calls to another executor are free, save the one that would close
a circle: all slots of io waiting for chunk, say, and all slots of chunk for io.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ingestd.errors import NestedExecutorError

if TYPE_CHECKING:
    from ingestd.concurrency.lane import Lane
    from ingestd.concurrency.task import Task

Held = frozenset["Lane"]

NOTHING: Held = frozenset()


class _Mark(threading.local):
    task: Task[Any] | None = None


class _Process:
    is_worker = False


_mark = _Mark()
_waits: dict[Task[Any], Task[Any]] = {}
"""Tasks that are waiting now, and for which; guarded by the lock, which is taken before a lane's."""
_lock = threading.Lock()


def work_for(task: Task[Any] | None) -> None:
    """Says which task the current thread runs from now on."""
    _mark.task = task


def held() -> Held:
    """The lanes whose slots the current thread's work depends on; empty outside the engine."""
    return _mark.task.held if _mark.task is not None else NOTHING


def refuse_wait(lane: Lane) -> None:
    """Raises ``NestedExecutorError`` when waiting for ``lane`` here could wait for ever."""
    if lane in held():
        raise _refusal(lane.name)


def begin_wait(other: Task[Any]) -> None:
    """The current thread is about to wait for ``other``; raises as ``refuse_wait``, also for a closed circle."""
    refuse_wait(other.lane)
    task = _mark.task
    if task is None:
        return
    with _lock:
        _waits[task] = other
        if _is_closed_circle(other.lane):
            del _waits[task]
            raise _refusal(other.lane.name)


def end_wait() -> None:
    """The current thread goes on."""
    if _mark.task is not None:
        with _lock:
            _waits.pop(_mark.task, None)


def _is_closed_circle(lane: Lane) -> bool:
    """Does everything that could ever free a slot of ``lane`` wait for such a slot itself?"""
    seen, pending = {lane}, [lane]
    while pending:
        holders = pending.pop().holders()
        awaited = [_waits[task] for task in holders if task in _waits]
        # Who waits for something that has ended only has not woken up yet.
        if not holders or len(awaited) < len(holders) or any(other.done() for other in awaited):
            return False
        further = {other.lane for other in awaited} - seen
        seen |= further
        pending += further
    return True


def enter_worker(initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """The first call in a manager's worker process: from here on it knows that it is one."""
    _Process.is_worker = True
    if initializer is not None:
        initializer(*initargs)


def refuse_processes() -> None:
    """Raises ``NestedExecutorError`` in a worker process: a pool in each worker is no better."""
    if _Process.is_worker:
        raise _refusal("cpu")


def _refusal(name: str) -> NestedExecutorError:
    return NestedExecutorError(
        f"a task would wait for the {name} executor, which waits for it",
        hint="Call the function directly, or use an executor further down (io > chunk > cpu).",
        executor=name,
    )
