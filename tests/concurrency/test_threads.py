"""Threads: reused, idle at no cost, left behind when a call hangs."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from ingestd.concurrency import ConcurrencyManager
from ingestd.errors import TaskTimeout
from tests.concurrency.conftest import Make
from tests.concurrency.gate import Gate
from tests.eventually import eventually


def _io_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("ingestd-io")]


def test_a_call_past_its_timeout_is_abandoned_and_its_thread_replaced(make_manager: Make) -> None:
    """The waiter gets TaskTimeout in time, the slot works on, and the late result changes nothing."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    began = time.monotonic()
    with pytest.raises(TaskTimeout, match=r"Gate did not end within 0.05 s") as caught:
        manager.run_io_sync(gate, timeout=0.05)
    assert 0.05 <= time.monotonic() - began < 5
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.retryable
    assert manager.run_io_sync(int, timeout=10) == 0
    gate.open()
    eventually(lambda: gate.inside == 0)
    eventually(lambda: len(_io_threads()) == 1, message="the abandoned thread did not end")
    stats = manager.get_stats()["executors"]["io"]
    assert (stats["abandoned"], stats["completed"], stats["running"]) == (1, 1, 0)


def test_waiting_does_not_count_for_the_timeout(make_manager: Make) -> None:
    """A timeout bounds running, not standing in the queue."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    manager.submit_io(gate)
    future = manager.submit_io(int, timeout=0.05)
    time.sleep(0.1)  # longer than the timeout: what is shown is that nothing happens
    gate.open()
    assert future.result(10) == 0


def test_timeout_must_be_positive(manager: ConcurrencyManager) -> None:
    """No time at all is a mistake of the caller."""
    with pytest.raises(ValueError, match="more than 0"):
        manager.submit_io(int, timeout=0)


def test_processor_time_of_threads_is_refused(manager: ConcurrencyManager) -> None:
    """A limit that cannot be held is not taken."""
    with pytest.raises(ValueError, match="processes only"):
        manager.submit_io(int, cpu_seconds=1)


def test_threads_are_reused(make_manager: Make) -> None:
    """Sequential calls need no more threads than the limit (and one in passing)."""
    manager = make_manager(io_workers=1)
    names = {manager.run_io_sync(lambda: threading.current_thread().name) for _ in range(200)}
    assert len(names) <= 3


@pytest.mark.parametrize("error", [StopIteration("end"), SystemExit(3), KeyboardInterrupt()])
def test_any_exception_reaches_the_waiter(manager: ConcurrencyManager, error: BaseException) -> None:
    """What a call raises never kills its thread and never leaves the waiter without an answer."""

    def fail() -> None:
        raise error

    future = manager.submit_io(fail)
    raised = future.exception(10)
    assert raised is error or (raised is not None and raised.__cause__ is error)
    assert manager.run_io_sync(int) == 0


def test_stop_iteration_reaches_an_awaiting_task(manager: ConcurrencyManager) -> None:
    """The one exception that an asyncio future refuses does not leave its waiter hanging."""

    async def scenario() -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(manager.run_io(next, iter(())), 10)

    asyncio.run(scenario())


def test_idle_threads_do_not_hold_results(manager: ConcurrencyManager) -> None:
    """A resting thread keeps nothing of its last call alive."""
    import gc
    import weakref

    class Thing:
        pass

    reference = weakref.ref(manager.run_io_sync(Thing))
    eventually(lambda: gc.collect() >= 0 and reference() is None)


def test_idle_engine_does_not_wake(make_manager: Make) -> None:
    """After work, even with timeouts set, no thread of the engine wakes up again."""
    manager = make_manager(enable_auto_throttle=True)
    manager.map_io_sync(int, range(20), timeout=0.2)
    manager.map_chunks_sync(int, range(20))
    eventually(lambda: not manager.throttle.awake)
    time.sleep(0.3)  # a cancelled alarm may ring once
    before = _switches()
    time.sleep(1.0)  # the time over which wakeups are counted
    assert _switches() == before


def _switches() -> dict[int, int]:
    """Voluntary context switches of the engine's threads: each wakeup ends in one."""
    counts = {}
    for thread in threading.enumerate():
        if thread.name.startswith("ingestd"):
            status = Path(f"/proc/self/task/{thread.native_id}/status").read_text(encoding="ascii")
            counts[thread.native_id or 0] = int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return counts
