"""What must hold whatever happens to calls, limits and workers: limits, ends, order, sums."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from ingestd.concurrency import ConcurrencyConfig, ConcurrencyManager
from ingestd.concurrency.executor import Executor
from ingestd.concurrency.lane import Lane
from ingestd.concurrency.priorities import LEVELS
from ingestd.concurrency.stats import Metrics
from ingestd.concurrency.task import Task
from ingestd.errors import WorkerCrashed, WorkerError
from tests.concurrency.behaviour import behave

PRIORITIES = st.sampled_from(list(LEVELS))


class Held:
    """A backend whose tasks end when the test says so."""

    def __init__(self) -> None:
        self.started: list[Task[Any]] = []

    def start(self, task: Task[Any]) -> None:
        self.started.append(task)

    def stop(self, kill: bool) -> None:
        """Nothing runs by itself."""


class Admission(RuleBasedStateMachine):
    """One lane against a model of it: who waits, who runs, what was counted."""

    waiting_or_running = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.backend = Held()
        self.lane = Lane("io", 2, self.backend, Metrics(), lambda: None)
        self.executor = Executor(self.lane)
        self.waiting: list[Task[Any]] = []
        self.running: list[Task[Any]] = []
        self.counts = dict.fromkeys(("submitted", "completed", "failed", "cancelled", "abandoned"), 0)

    def follow(self) -> None:
        """Moves what the backend was given from waiting to running in the model."""
        for task in self.backend.started:
            waiting_alike = [t for t in self.waiting if t.level == task.level]
            assert waiting_alike[0] is task, "first come, first served within a priority"
            self.waiting.remove(task)
            self.running.append(task)
        self.backend.started.clear()

    @rule(target=waiting_or_running, priority=PRIORITIES)
    def submit(self, priority: str) -> Any:
        task = self.executor.submit(int, priority=priority)
        self.waiting.append(task)  # type: ignore[arg-type]
        self.counts["submitted"] += 1
        self.follow()
        return task

    @rule(task=consumes(waiting_or_running), error=st.sampled_from([None, ValueError("bad")]))
    def end(self, task: Task[Any], error: Exception | None) -> None:
        if task in self.running:
            self.running.remove(task)
            outcome = "failed" if error else "completed"
            self.counts[outcome] += 1
            assert self.lane.conclude(task, outcome, 7, error)
            assert task.exception(0) is error
        self.follow()

    @rule(task=consumes(waiting_or_running))
    def abandon(self, task: Task[Any]) -> None:
        if task in self.running:
            self.running.remove(task)
            self.counts["abandoned"] += 1
            self.lane.abandon(task)
            assert isinstance(task.exception(0), TimeoutError)
            assert not self.lane.conclude(task, "completed", 7, None), "a late end changes nothing"
        self.follow()

    @rule(task=waiting_or_running)
    def cancel(self, task: Task[Any]) -> None:
        if task in self.waiting:
            self.waiting.remove(task)
            self.counts["cancelled"] += 1
            assert task.cancel()
        assert task.cancel() == task.cancelled()
        self.follow()

    @rule(limit=st.integers(1, 5))
    def resize(self, limit: int) -> None:
        self.lane.set_limit(limit)
        self.follow()

    @rule(factor=st.floats(0.01, 1.0))
    def throttle(self, factor: float) -> None:
        self.lane.set_factor(factor)
        self.follow()

    @initialize()
    def start(self) -> None:
        self.follow()

    @invariant()
    def holds(self) -> None:
        figures = self.lane.figures()
        assert {name: figures[name] for name in self.counts} == self.counts
        assert (figures["running"], figures["queued"]) == (len(self.running), len(self.waiting))
        ended = sum(figures[name] for name in ("completed", "failed", "cancelled", "abandoned"))
        assert figures["submitted"] == ended + figures["running"] + figures["queued"]
        assert figures["allowed"] >= 1
        assert not self.waiting or len(self.running) >= figures["allowed"], (
            "no slot is idle while someone waits"
        )


TestAdmission = Admission.TestCase
TestAdmission.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


class Meter:
    """Counts how many of its calls are inside at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = self.most = 0

    def __call__(self, behaviour: str) -> str:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        try:
            return behave(behaviour)
        finally:
            with self.lock:
                self.inside -= 1


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["io", "chunk"]),
        st.sampled_from(["return", "fail", "slow"]),
        PRIORITIES,
        st.sampled_from(["", "", "cancel", "throttle", "release", "shrink", "grow"]),
    ),
    max_size=60,
)

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check_sums(manager: ConcurrencyManager) -> None:
    for figures in manager.get_stats()["executors"].values():
        ended = sum(figures[name] for name in ("completed", "failed", "cancelled", "abandoned"))
        assert figures["submitted"] == ended + figures["running"] + figures["queued"]
        assert (figures["running"], figures["queued"]) == (0, 0)


@QUICK
@given(CALLS)
def test_threads_under_failures_cancellations_and_throttling(calls: list[tuple[str, str, str, str]]) -> None:
    """Every future ends as its call did or as cancelled; the limits hold; the figures add up."""
    config = ConcurrencyConfig(io_workers=3, chunk_processor_workers=3, enable_auto_throttle=False)
    meters = {"io": Meter(), "chunk": Meter()}
    with ConcurrencyManager(config) as manager:
        lanes = {"io": manager.io_executor.lane, "chunk": manager.chunk_executor.lane}
        futures = []
        for executor, behaviour, priority, event in calls:
            submit = getattr(manager, f"submit_{executor}")
            futures.append((submit(meters[executor], behaviour, priority=priority), behaviour))
            if event == "cancel":
                futures[len(futures) // 2][0].cancel()
            elif event in ("throttle", "release"):
                lanes[executor].set_factor(0.3 if event == "throttle" else 1.0)
            elif event in ("shrink", "grow"):
                manager.set_limit(executor, 1 if event == "shrink" else 3)
        assert not concurrent.futures.wait([f for f, _ in futures], 20).not_done
        for future, behaviour in futures:
            if not future.cancelled():
                assert isinstance(future.exception(), ValueError) == (behaviour == "fail")
        assert all(meter.most <= 3 for meter in meters.values())
        check_sums(manager)


KILLS = st.lists(st.sampled_from(["return", "return", "fail", "slow", "die", "hang"]), max_size=10)


@settings(QUICK, max_examples=8)
@given(KILLS, st.booleans())
def test_processes_under_kills_and_timeouts(behaviours: list[str], awaited: bool) -> None:
    """Each call gets its own outcome in its own place, whatever became of the workers of the others."""
    config = ConcurrencyConfig(cpu_workers=2, enable_auto_throttle=False)
    expected = {"fail": ValueError, "die": WorkerCrashed, "hang": TimeoutError}
    with ConcurrencyManager(config) as manager:
        if awaited:
            results = asyncio.run(manager.map_cpu(behave, behaviours, timeout=1.0, return_exceptions=True))
        else:
            results = manager.map_cpu_sync(behave, behaviours, timeout=1.0, return_exceptions=True)
        for behaviour, result in zip(behaviours, results, strict=True):
            if behaviour in expected:
                assert isinstance(result, expected[behaviour])
                assert isinstance(result, WorkerError) == (behaviour != "fail")
            else:
                assert result == behaviour
        check_sums(manager)
        assert manager.get_stats()["executors"]["cpu"]["max_concurrent"] <= 2


@QUICK
@given(st.lists(st.integers(0, 3)), st.integers(1, 9), st.booleans())
def test_maps_keep_order(delays: list[int], window: int, awaited: bool) -> None:
    """However long each call takes and however small the window: results in the order of the items."""

    def late(index: int, delay: int) -> int:
        time.sleep(delay / 1000)
        return index

    with ConcurrencyManager(ConcurrencyConfig(io_workers=4, enable_auto_throttle=False)) as manager:
        items = (range(len(delays)), delays)
        if awaited:
            results = asyncio.run(manager.map_io(late, *items, window=window))
        else:
            results = manager.map_io_sync(late, *items, window=window)
        assert results == list(range(len(delays)))


@settings(QUICK, max_examples=15)
@given(st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_every_future_ends_in_a_shutdown(quick: int, stuck: int, cancel: bool) -> None:
    """Whatever hangs: after shutdown no future is pending, and the report says what was left."""
    manager = ConcurrencyManager(ConcurrencyConfig(io_workers=2, enable_auto_throttle=False))
    release = threading.Event()
    futures = [manager.submit_io(int) for _ in range(quick)]
    futures += [manager.submit_io(release.wait, 30) for _ in range(stuck)]
    report = manager.shutdown(timeout=0.02, cancel_pending=cancel)
    release.set()
    assert report is not None
    assert all(future.done() for future in futures)
    left = sum(1 for f in futures if not f.cancelled() and f.exception() is not None)
    assert len(report.left["io"]) == left <= min(2, stuck)
    assert report.cancelled["io"] == sum(f.cancelled() for f in futures)
    check_sums(manager)
