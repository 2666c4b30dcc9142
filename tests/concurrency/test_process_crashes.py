"""The process executor: the death of a worker is the failure of one task, named, and of nothing else."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import pytest

from ingestd.concurrency import ProcessExecutor
from ingestd.errors import IngestError, WorkerCpuExceeded, WorkerCrashed, WorkerMemoryExceeded, WorkerTimeout
from tests.concurrency import process_tasks as tasks
from tests.eventually import eventually

MIB = 1024**2


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    with tasks.executor(3) as executor:
        yield executor


@pytest.mark.parametrize(
    ("task", "args", "exitcode", "name"),
    [
        (tasks.leave, (3,), 3, None),
        (tasks.leave, (0,), 0, None),
        (tasks.segfault, (), -signal.SIGSEGV, "SIGSEGV"),
        (tasks.be_killed, (signal.SIGKILL,), -signal.SIGKILL, "SIGKILL"),
        (tasks.be_killed, (signal.SIGABRT,), -signal.SIGABRT, "SIGABRT"),
    ],
)
def test_a_crash_costs_its_own_task_only(
    executor: ProcessExecutor, task: object, args: tuple[int, ...], exitcode: int, name: str | None
) -> None:
    """However a worker dies, its task fails with what happened, and the others neither fail nor wait."""
    others = [executor.submit(tasks.nap, 0.1, i) for i in range(8)]
    victim = executor.submit(task, *args)  # type: ignore[arg-type]
    with pytest.raises(WorkerCrashed) as caught:
        victim.result(20)
    assert caught.value.context["exitcode"] == exitcode
    assert caught.value.context["signal"] == name
    assert isinstance(caught.value.context["pid"], int)
    assert [other.result(20) for other in others] == list(range(8))


def test_killed_in_the_middle_of_a_large_result(executor: ProcessExecutor, tmp_path: Path) -> None:
    """Half of a result harms nobody: its task fails, the next one gets the next worker."""
    size = 150 * MIB
    future = executor.submit(tasks.announce_blob, str(tmp_path), size)
    slots = executor._pool._core.roster.slots
    eventually(lambda: any(slot._arriving for slot in list(slots.values())), 20)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    with contextlib.suppress(WorkerCrashed):
        assert len(future.result(20)) == size
    assert executor.submit(tasks.double, 4).result(20) == 8


def test_a_worker_that_dies_between_tasks_is_replaced_unseen(executor: ProcessExecutor) -> None:
    """Also when the task is already on its way to it."""
    for _ in range(10):
        victim = executor.submit(tasks.pid).result(20)
        os.kill(victim, signal.SIGKILL)
        assert executor.submit(tasks.double, 2).result(20) == 4


def test_a_task_in_the_socket_of_a_dead_worker_goes_elsewhere(tmp_path: Path) -> None:
    """A task that waits behind one that kills its worker runs once, on another."""
    with tasks.executor(1) as executor:
        assert executor.submit(tasks.double, 1).result(20) == 2
        victim = executor.submit(tasks.nap, 30)
        waiting = [executor.submit(tasks.mark, str(tmp_path), f"{i}") for i in range(5)]
        (worker,) = eventually(lambda: [w for w in executor.workers() if w.busy_since])
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerCrashed):
            victim.result(20)
        assert worker.pid not in [future.result(20) for future in waiting]
        assert [len((tmp_path / f"{i}").read_text().splitlines()) for i in range(5)] == [1] * 5


@pytest.mark.parametrize("task", [tasks.spin, tasks.spin_in_c])
def test_a_task_past_its_time_is_killed(executor: ProcessExecutor, task: object) -> None:
    """Also in a loop in C; the time counts from its beginning, and the executor goes on."""
    started = time.monotonic()
    future = executor.submit_task(task, timeout=0.3)  # type: ignore[arg-type]
    with pytest.raises(WorkerTimeout) as caught:
        future.result(20)
    assert 0.3 <= time.monotonic() - started < 5
    assert isinstance(caught.value, TimeoutError)
    assert executor.submit(tasks.double, 3).result(20) == 6


def test_waiting_does_not_count_as_execution() -> None:
    """A time-out is of execution: neither the queue nor a worker's start is part of it."""
    with tasks.executor(1) as executor:
        futures = [executor.submit_task(tasks.nap, (0.2, i), timeout=0.9) for i in range(8)]
        assert [future.result(30) for future in futures] == list(range(8))


def test_a_task_in_time_is_left_alone(executor: ProcessExecutor) -> None:
    """And its worker is not killed later for it."""
    before = executor.submit_task(tasks.pid, timeout=0.2).result(20)
    assert executor.submit_task(tasks.nap, (0.5, "done"), timeout=30).result(20) == "done"
    eventually(lambda: before in {executor.submit(tasks.pid).result(20) for _ in range(6)})


def test_processor_time_is_limited() -> None:
    """By the task's own use: what the worker used before does not count."""
    with tasks.executor(1) as executor:
        with pytest.raises(WorkerTimeout):
            executor.submit_task(tasks.spin, timeout=0.2).result(20)
        future = executor.submit_task(tasks.spin, cpu_seconds=1)
        with pytest.raises(WorkerCpuExceeded):
            future.result(60)
        assert executor.submit_task(tasks.double, (1,), cpu_seconds=1).result(20) == 2
        assert executor.submit(tasks.double, 1).result(20) == 2


def test_memory_is_limited() -> None:
    """An allocation too large and an abort are told as what they are; without a limit an abort is a crash."""
    with tasks.executor(1, memory_limit=512 * MIB) as executor:
        with pytest.raises(WorkerMemoryExceeded):
            executor.submit(tasks.allocate, 2048 * MIB).result(20)
        with pytest.raises(WorkerMemoryExceeded):
            executor.submit(tasks.be_killed, signal.SIGABRT).result(20)
        assert executor.submit(tasks.allocate, 16 * MIB).result(20) == 16 * MIB


def test_random_kills_under_load() -> None:
    """Workers killed at random: every task ends, as itself or by a named crash, and the executor lives."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    dice = random.Random(seed)
    ok = failed = 0
    with tasks.executor(3) as executor:
        until = time.monotonic() + 4
        while time.monotonic() < until:
            sizes = [dice.choice([10, 1000, 300_000]) for _ in range(30)]
            futures = [executor.submit(tasks.blob, size) for size in sizes]
            for worker in executor.workers():
                if dice.random() < 0.5:
                    time.sleep(dice.random() * 0.03)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker.pid, signal.SIGKILL)
            assert not wait(futures, 30).not_done, f"seed {seed}"
            for size, future in zip(sizes, futures, strict=True):
                error = future.exception()
                assert error is None or isinstance(error, WorkerCrashed), f"seed {seed}: {error!r}"
                failed += error is not None
                if error is None:
                    assert len(future.result()) == size
                    ok += 1
        assert executor.submit(tasks.double, 3).result(30) == 6
    assert ok > failed


def test_every_death_tells_its_shape(executor: ProcessExecutor) -> None:
    """What the log and the catalog show of it."""
    with pytest.raises(IngestError) as caught:
        executor.submit(tasks.leave, 5).result(20)
    shape = caught.value.to_dict()
    assert shape["type"] == "crash"
    assert "tests.concurrency.process_tasks.leave exited with status 5" in shape["message"]
