"""Admission: limits, cancellation, figures, and a slot that is free before its result is seen."""

from __future__ import annotations

import concurrent.futures
import threading

import pytest

from ingestd.concurrency import EXECUTOR_STATS, ConcurrencyManager
from tests.concurrency.conftest import Make
from tests.concurrency.gate import Gate
from tests.eventually import eventually


def test_never_more_at_once_than_the_limit(make_manager: Make) -> None:
    """The limit holds, and is reached."""
    manager = make_manager(io_workers=3)
    gate = Gate()
    futures = [manager.submit_io(gate, n) for n in range(10)]
    eventually(lambda: gate.inside == 3)
    stats = manager.get_stats()["executors"]["io"]
    assert (stats["running"], stats["queued"], stats["limit"], stats["allowed"]) == (3, 7, 3, 3)
    gate.open()
    assert [f.result(10) for f in futures] == list(range(10))
    assert gate.most == 3


def test_limit_follows_while_running(make_manager: Make) -> None:
    """A raised limit starts waiting work at once; a lowered one lets the running end."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    futures = [manager.submit_io(gate) for _ in range(6)]
    eventually(lambda: gate.inside == 1)
    manager.set_limit("io", 4)
    eventually(lambda: gate.inside == 4)
    manager.set_limit("io", 2)
    assert manager.get_stats()["executors"]["io"]["running"] == 4
    gate.open()
    concurrent.futures.wait(futures, 10)
    assert gate.most == 4
    with pytest.raises(ValueError, match="at least 1"):
        manager.set_limit("io", 0)


def test_cancel_takes_back_only_what_has_not_started(make_manager: Make) -> None:
    """Running work refuses; waiting work is cancelled, told to all who wait, and leaves the queue."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    running, waiting, last = (manager.submit_io(gate, n) for n in range(3))
    eventually(lambda: gate.inside == 1)
    assert not running.cancel()
    assert waiting.cancel()
    assert waiting.cancel()
    assert concurrent.futures.wait([waiting], 1).done == {waiting}
    assert manager.get_stats()["executors"]["io"]["queued"] == 1
    gate.open()
    assert last.result(10) == 2
    stats = manager.get_stats()["executors"]["io"]
    assert (stats["submitted"], stats["completed"], stats["cancelled"]) == (3, 2, 1)


def test_slot_is_free_before_the_result_is_seen(make_manager: Make) -> None:
    """Whoever has a result finds the call counted and the slot free."""
    manager = make_manager(io_workers=1)
    for n in range(1, 200):
        manager.run_io_sync(int)
        stats = manager.get_stats()["executors"]["io"]
        assert (stats["completed"], stats["running"]) == (n, 0)


def test_figures_have_the_documented_names(manager: ConcurrencyManager) -> None:
    """``get_stats`` gives exactly the figures of EXECUTOR_STATS, with metrics and without."""
    manager.run_io_sync(int)
    for figures in manager.get_stats()["executors"].values():
        assert set(figures) == set(EXECUTOR_STATS)


def test_metrics_off_shows_zeros_and_still_admits(make_manager: Make) -> None:
    """Without metrics nothing is counted, and everything works."""
    manager = make_manager(enable_metrics=False, io_workers=1)
    gate = Gate()
    futures = [manager.submit_io(gate) for _ in range(3)]
    eventually(lambda: gate.inside == 1)
    stats = manager.get_stats()["executors"]["io"]
    assert set(stats) == set(EXECUTOR_STATS)
    assert (stats["running"], stats["queued"], stats["submitted"]) == (1, 2, 0)
    gate.open()
    concurrent.futures.wait(futures, 10)
    assert manager.get_stats()["executors"]["io"]["avg_execution_ms"] == 0


def test_times_are_measured(manager: ConcurrencyManager) -> None:
    """Execution time is that of the call, in milliseconds; failures count in the success rate."""
    event = threading.Event()
    manager.run_io_sync(event.wait, 0.05)
    for _ in range(3):
        with pytest.raises(ValueError, match="invalid literal"):
            manager.run_io_sync(int, "x")
    stats = manager.get_stats()["executors"]["io"]
    assert 50 <= stats["p99_execution_ms"] < 5000
    assert stats["p50_execution_ms"] < 50
    assert (stats["success_rate"], stats["failed"], stats["max_concurrent"]) == (0.25, 3, 1)


def test_the_gc_of_a_manager_leaves_no_threads() -> None:
    """A manager that is forgotten without shutdown finishes its work, and its threads end."""
    import gc

    before = set(threading.enumerate())
    future = ConcurrencyManager().submit_io(threading.Event().wait, 0.05)
    gc.collect()
    assert future.result(10) is False
    eventually(lambda: not [t for t in threading.enumerate() if t not in before and "ingestd" in t.name])
