"""A function over chunks in batches: order, early exit, adaptive batches, a loop that never stalls."""

from __future__ import annotations

import asyncio
import operator
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ingestd.concurrency import (
    ChunkProcessor,
    ConcurrencyManager,
    ProcessingConfig,
    process_chunks_async,
    process_chunks_sync,
    set_concurrency_manager,
)
from ingestd.concurrency import throttle as throttle_module
from ingestd.concurrency.profile import STAGES
from ingestd.errors import TaskTimeout
from tests.concurrency.conftest import Make
from tests.concurrency.gate import Gate
from tests.concurrency.test_throttle import OTHERS, Scripted
from tests.eventually import eventually

Run = Callable[..., list[Any]]


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    """Both forms of ``process_chunks``, called alike."""
    if request.param == "sync":
        return lambda processor, chunks, fn: processor.process_chunks_sync(chunks, fn)
    return lambda processor, chunks, fn: asyncio.run(processor.process_chunks_async(chunks, fn))


def pid_of(chunk: object) -> int:
    return os.getpid()


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("items", [0, 1, 32, 33, 500])
def test_results_in_order_for_any_size(manager: ConcurrencyManager, run: Run, items: int) -> None:
    """Every chunk once, in order, from a list or from an iterator."""
    processor = ChunkProcessor(manager)
    expected = [-n for n in range(items)]
    assert run(processor, range(items), operator.neg) == expected
    assert run(processor, iter(range(items)), operator.neg) == expected
    stats = processor.get_stats()
    assert (stats["items"], stats["batches"]) == (items, -(-items // 32))


def test_functions_use_the_process_s_manager(manager: ConcurrencyManager) -> None:
    """Without a manager the one of the process is used; with one, that one."""
    before = set_concurrency_manager(manager)
    try:
        assert process_chunks_sync("abc", str.upper) == ["A", "B", "C"]
        assert asyncio.run(process_chunks_async("abc", str.upper)) == ["A", "B", "C"]
        assert manager.get_stats()["executors"]["chunk"]["completed"] == 2
    finally:
        set_concurrency_manager(before)
    assert process_chunks_sync("a", str.upper, ProcessingConfig(batch_size=1), manager=manager) == ["A"]


def test_early_exit_at_the_concept_limit(manager: ConcurrencyManager, run: Run) -> None:
    """Results end with the chunk that reaches the limit; the input is not read to its end."""
    read = []

    def endless() -> Iterator[str]:
        while True:
            read.append(1)
            yield "two concepts"

    processor = ChunkProcessor(manager, ProcessingConfig(concept_limit=9, batch_size=2))
    assert run(processor, endless(), words) == [["two", "concepts"]] * 5
    stats = processor.get_stats()
    assert (stats["concepts"], stats["early_exit"]) == (10, True)
    assert len(read) < 50
    eventually(lambda: manager.get_stats()["executors"]["chunk"]["queued"] == 0)


def test_small_workloads_stay_in_threads_large_ones_go_to_processes(
    manager: ConcurrencyManager, run: Run
) -> None:
    """By the number of chunks; of an input without a length, the part beyond that number."""
    processor = ChunkProcessor(manager, ProcessingConfig(large_workload=64, batch_size=8))
    assert set(run(processor, range(63), pid_of)) == {os.getpid()}
    assert os.getpid() not in run(processor, range(64), pid_of)
    mixed = run(processor, iter(range(100)), pid_of)
    assert set(mixed[:56]) == {os.getpid()}
    assert os.getpid() not in mixed[64:]
    assert processor.get_stats()["process_batches"] == 6


def test_processes_only_where_allowed_and_possible(make_manager: Make, run: Run) -> None:
    """Without use_process_pool, or for a function that cannot travel, threads do it all."""
    config = ProcessingConfig(large_workload=1)
    forbidden = ChunkProcessor(make_manager(use_process_pool=False), config)
    assert set(run(forbidden, range(100), pid_of)) == {os.getpid()}
    allowed = ChunkProcessor(make_manager(), config)
    assert set(run(allowed, range(100), lambda chunk: os.getpid())) == {os.getpid()}


def test_batches_halve_while_throttled(make_manager: Make, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others need the machine: batches get half as large, so that the engine yields sooner."""
    monkeypatch.setattr(throttle_module, "TICK", 0.002)
    manager = make_manager(enable_auto_throttle=True, load_source=Scripted(OTHERS), chunk_batch_size=8)
    gate = Gate()
    manager.submit_io(gate)
    eventually(lambda: manager.throttle_factor < 1.0)
    processor = ChunkProcessor(manager)
    run(processor, range(64), operator.neg)
    assert processor.get_stats()["batches"] == 16
    gate.open()


def test_an_error_ends_the_run_or_stands_among_the_results(manager: ConcurrencyManager, run: Run) -> None:
    """The first error comes out, unless errors are asked for as results."""
    with pytest.raises(ValueError, match="'x'"):
        run(ChunkProcessor(manager), ["1", "x", "3"], int)
    tolerant = ChunkProcessor(manager, ProcessingConfig(return_exceptions=True))
    one, error, three = run(tolerant, ["1", "x", "3"], int)
    assert (one, type(error), three) == (1, ValueError, 3)
    slow = ChunkProcessor(manager, ProcessingConfig(timeout=0.05))
    with pytest.raises(TaskTimeout):
        run(slow, [1], lambda _: threading.Event().wait(0.5))


def test_senseless_settings_are_refused() -> None:
    """A batch of nothing is a mistake."""
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        ProcessingConfig(batch_size=0)


def test_profile_shows_where_the_time_went(manager: ConcurrencyManager, run: Run) -> None:
    """Each documented stage has its turns and its time; without profiling nothing is measured."""
    processor = ChunkProcessor(manager, ProcessingConfig(batch_size=5, enable_profiling=True))
    event = threading.Event()
    run(processor, range(10), lambda _: event.wait(0.01))
    stats = processor.get_stats()
    assert set(stats["stages"]) == set(STAGES)
    assert {name: stage["count"] for name, stage in stats["stages"].items()} == {
        "cut": 11,
        "wait": 2,
        "run": 2,
        "collect": 2,
    }
    assert stats["stages"]["run"]["p50_ms"] >= 50
    assert stats["stages"]["run"]["total_ms"] >= 100
    assert stats["total_ms"] >= 50
    plain = ChunkProcessor(manager)
    run(plain, range(10), operator.neg)
    assert "stages" not in plain.get_stats()


def slow_input(items: int, seconds: float) -> Iterator[int]:
    for n in range(items):
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            pass
        yield n


def spin(chunk: int) -> int:
    until = time.thread_time() + 0.01
    while time.thread_time() < until:
        pass
    return chunk


async def stalls_beside(work: Any) -> list[float]:
    """By how much the event loop was late, each time, while ``work`` ran.

    Measured in this process's processor time where that is less: what other processes take is not ours.
    """
    late = []
    task = asyncio.ensure_future(work)
    while not task.done():
        began, used = time.perf_counter(), time.process_time()
        await asyncio.sleep(0.001)
        late.append(min(time.perf_counter() - began - 0.001, time.process_time() - used))
    await task
    return late


@pytest.mark.parametrize("kind", ["busy threads", "slow input", "many small"])
def test_the_event_loop_never_stalls(make_manager: Make, kind: str) -> None:
    """Beside busy chunk threads, a slow input, or very many chunks, the loop comes round within 50 ms.

    Busy neighbours may make it late once, a fault of ours does each time: the best of three runs counts.
    """
    manager = make_manager(chunk_processor_workers=16, use_process_pool=False)
    processor = ChunkProcessor(manager, ProcessingConfig(batch_size=5 if kind == "busy threads" else 32))
    work = {
        "busy threads": lambda: processor.process_chunks_async(range(160), spin),
        "slow input": lambda: processor.process_chunks_async(slow_input(300, 0.002), operator.neg),
        "many small": lambda: processor.process_chunks_async(range(100_000), operator.neg),
    }[kind]
    runs = [asyncio.run(stalls_beside(work())) for _ in range(3)]
    assert all(len(late) > 20 for late in runs)
    assert min(map(max, runs)) <= 0.05


def test_threads_that_wait_are_not_held_back(make_manager: Make) -> None:
    """Taking turns is for threads that fight for the interpreter: those that wait for each other all run."""
    manager = make_manager(chunk_processor_workers=8)
    processor = ChunkProcessor(manager, ProcessingConfig(batch_size=1))
    barrier = threading.Barrier(8)
    assert sorted(processor.process_chunks_sync(range(8), lambda _: barrier.wait(20))) == list(range(8))
