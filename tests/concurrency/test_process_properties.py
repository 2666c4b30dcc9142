"""The process executor under anything: every future ends, results are right, limits are kept."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestd.concurrency import ProcessExecutor
from ingestd.errors import WorkerCrashed, WorkerTimeout
from tests.concurrency import process_tasks as tasks

WORKERS = 3

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("double"), st.integers(0, 300_000)),
        st.tuples(st.just("nap"), st.sampled_from([0.0, 0.001, 0.01])),
        st.tuples(st.just("fail"), st.none()),
        st.tuples(st.just("leave"), st.none()),
        st.tuples(st.just("late"), st.none()),
        st.tuples(st.just("cancel"), st.integers(0, 50)),
        st.tuples(st.just("resize"), st.integers(1, WORKERS)),
        st.tuples(st.just("kill"), st.integers(0, WORKERS - 1)),
        st.tuples(st.just("kill forkserver"), st.none()),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    with tasks.executor(WORKERS) as executor:
        yield executor


def _submit(executor: ProcessExecutor, kind: str, value: Any) -> Future[Any]:
    if kind == "double":
        return executor.submit(tasks.double, b"x" * value)
    if kind == "nap":
        return executor.submit(tasks.nap, value, "rested")
    if kind == "fail":
        return executor.submit(tasks.fail, "as asked")
    if kind == "leave":
        return executor.submit(tasks.leave, 3)
    return executor.submit_task(tasks.nap, (30,), timeout=0.02)


def _disturb(executor: ProcessExecutor, kind: str, value: Any, futures: list[Future[Any]]) -> None:
    if kind == "cancel" and value < len(futures):
        futures[value].cancel()
    elif kind == "resize":
        executor.resize(value)
    elif kind == "kill":
        for worker in executor.workers()[value : value + 1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
    elif kind == "kill forkserver" and (server := executor._pool._core.staffing.server) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGKILL)


def _check(kind: str, value: Any, future: Future[Any]) -> None:
    if future.cancelled():
        return
    error = future.exception()
    if isinstance(error, WorkerCrashed):
        return  # it met one of the kills
    if kind == "double":
        assert future.result() == b"x" * (2 * value)
    elif kind == "nap":
        assert future.result() == "rested"
    elif kind == "fail":
        assert isinstance(error, LookupError)
    else:
        assert isinstance(error, WorkerTimeout)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_every_future_ends_as_it_should(executor: ProcessExecutor, steps: list[tuple[str, Any]]) -> None:
    """Under crashes, kills, time-outs, cancelling, resizing: nothing hangs or is mixed up, no overload."""
    executor.resize(WORKERS)
    asked: list[tuple[str, Any]] = []
    futures: list[Future[Any]] = []
    for kind, value in steps:
        if kind in ("double", "nap", "fail", "leave", "late"):
            asked.append((kind, value))
            futures.append(_submit(executor, kind, value))
        else:
            _disturb(executor, kind, value, futures)
    assert not wait(futures, 60).not_done
    for (kind, value), future in zip(asked, futures, strict=True):
        _check(kind, value, future)
    assert executor.submit(tasks.double, 1).result(60) == 2
    assert _most_at_once(futures) <= WORKERS


def _most_at_once(futures: list[Future[Any]]) -> int:
    """How many tasks ran at the same time, by what their workers noted."""
    ran = [(f.started_at, f.ended_at) for f in futures if f.ended_at is not None]  # type: ignore[attr-defined]
    return max((sum(a <= start < b for a, b in ran) for start, _ in ran), default=0)
