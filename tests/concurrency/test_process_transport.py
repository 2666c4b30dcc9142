"""The process executor: what travels arrives whole, and what cannot travel is told by name."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestd.concurrency import Descriptor, ProcessExecutor
from ingestd.errors import UnpicklableError
from tests.concurrency import process_tasks as tasks
from tests.eventually import eventually


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    with tasks.executor(2) as executor:
        yield executor


@pytest.mark.parametrize(
    "size", [0, 1, 16_000, 98_000, 196_000, 196_608, 200_000, 1_000_000, 2_097_000, 2_097_152, 12_345_678]
)
def test_payloads_of_any_size(executor: ProcessExecutor, size: int) -> None:
    """There and back, on both sides of every border between ways of sending."""
    data = os.urandom(size)
    assert executor.submit(tasks.double, data).result(30) == data * 2


def test_large_results_one_behind_the_other(executor: ProcessExecutor) -> None:
    """A small task with a large result may follow such a one before we have read that."""
    for size in (300_000, 1_500_000):
        futures = [executor.submit(tasks.blob, size + i) for i in range(40)]
        assert [len(future.result(60)) for future in futures] == [size + i for i in range(40)]


def test_large_messages_both_ways_at_once(executor: ProcessExecutor) -> None:
    """Both sides writing more than any buffer holds do not wait for each other."""
    data = os.urandom(3_000_000)
    assert all(result == data * 2 for result in executor.map(tasks.double, [data] * 12, timeout=60))


def test_a_stuck_worker_does_not_block_who_submits(executor: ProcessExecutor) -> None:
    """Submitting large tasks is done although no worker reads them."""
    blockers = [executor.submit(tasks.nap, 0.5) for _ in range(2)]
    futures = [executor.submit(len, bytes(5_000_000)) for _ in range(6)]
    assert not any(blocker.done() for blocker in blockers)
    assert [future.result(30) for future in futures] == [5_000_000] * 6


def test_a_descriptor_arrives_open(executor: ProcessExecutor, tmp_path: Path) -> None:
    """The caller may close its own as soon as the task is submitted, also while it waits in the queue."""
    (tmp_path / "one").write_bytes(b"first")
    (tmp_path / "two").write_bytes(b"second")
    blockers = [executor.submit(tasks.nap, 0.2) for _ in range(2)]
    with (tmp_path / "one").open("rb") as one, (tmp_path / "two").open("rb") as two:
        small = executor.submit(tasks.read_both, Descriptor(one), "x", Descriptor(two.fileno()))
        large = executor.submit(tasks.read_both, Descriptor(two), "x" * 500_000, Descriptor(one))
    assert small.result(30) == (b"first", "x", b"second")
    assert large.result(30) == (b"second", "x" * 500_000, b"first")
    assert all(blocker.exception(30) is None for blocker in blockers)


def test_a_descriptor_is_closed_after_its_task(tmp_path: Path) -> None:
    """On both sides; what kept hold of it in the worker is told so."""
    (tmp_path / "file").write_bytes(b"content")
    with tasks.executor(1) as executor:
        before = executor.submit(tasks.open_descriptors).result(30)
        ours = len(list(Path("/proc/self/fd").iterdir()))
        with (tmp_path / "file").open("rb") as file:
            for _ in range(20):
                assert executor.submit(tasks.keep_descriptor, Descriptor(file)).result(30) > 2
        with pytest.raises(ValueError, match="closed when its task ended"):
            executor.submit(tasks.use_kept_descriptor).result(30)
        assert executor.submit(tasks.open_descriptors).result(30) == before
        assert len(list(Path("/proc/self/fd").iterdir())) == ours


def test_a_descriptor_survives_the_death_of_a_worker_that_never_saw_it(tmp_path: Path) -> None:
    """A task that is sent again has its files again."""
    (tmp_path / "file").write_bytes(b"content")
    with tasks.executor(1) as executor, (tmp_path / "file").open("rb") as file:
        for _ in range(5):
            os.kill(executor.submit(tasks.pid).result(30), 9)
            assert executor.submit(tasks.read_all, Descriptor(file)).result(30) == b"content"


def test_a_descriptor_does_not_travel_otherwise(executor: ProcessExecutor) -> None:
    """Neither by pickle nor as a result."""
    with pytest.raises(UnpicklableError):
        Descriptor(0).__reduce__()
    with pytest.raises(UnpicklableError, match="Descriptor"):
        executor.submit(Descriptor, 0).result(30)


@pytest.mark.parametrize(
    ("task", "args", "words"),
    [
        (lambda: None, (), ["<lambda>", "cannot be pickled"]),
        (tasks.double, (threading.Lock(),), ["process_tasks.double", "cannot be pickled", "lock"]),
        (
            tasks.double,
            (tasks.Unreadable(),),
            ["process_tasks.double", "unpickled in the worker", "not to be read"],
        ),
        (tasks.return_a_lock, (), ["process_tasks.return_a_lock", "returned", "lock"]),
        (tasks.return_unreadable, (), ["process_tasks.return_unreadable", "result", "cannot be unpickled"]),
        (tasks.return_large_unreadable, (), ["process_tasks.return_large_unreadable", "cannot be unpickled"]),
        (tasks.fail_stubbornly, (), ["process_tasks.fail_stubbornly", "Stubborn: ab"]),
        (tasks.fail_with_a_lock, (), ["process_tasks.fail_with_a_lock", "RuntimeError", "lock"]),
    ],
)
def test_what_cannot_travel_is_named(
    executor: ProcessExecutor, task: object, args: tuple[object, ...], words: list[str]
) -> None:
    """Function, argument, result or error: a clear failure of that task, at once, and the worker goes on."""
    with pytest.raises(UnpicklableError) as caught:
        executor.submit(task, *args).result(30)  # type: ignore[arg-type]
    for word in words:
        assert word in str(caught.value)
    assert executor.submit(tasks.double, 1).result(30) == 2


def test_errors_bring_their_remote_traceback(executor: ProcessExecutor) -> None:
    """The cause of the error shows where in the worker it was raised."""
    with pytest.raises(LookupError, match="lost") as caught:
        executor.submit(tasks.fail, "lost").result(30)
    assert "process_tasks.py" in str(caught.value.__cause__)


def test_arguments_are_taken_at_submission(executor: ProcessExecutor) -> None:
    """Changing them afterwards changes nothing."""
    blockers = [executor.submit(tasks.nap, 0.2) for _ in range(2)]
    data = [1]
    future = executor.submit(tasks.double, data)
    data.append(2)
    assert future.result(30) == [1, 1]
    assert all(blocker.exception(30) is None for blocker in blockers)


def test_a_finished_future_holds_only_its_result(executor: ProcessExecutor) -> None:
    """It is freed without the garbage collector, with all that it carried."""
    gc.disable()
    try:
        future = executor.submit(tasks.double, b"x" * 100)
        future.result(30)
        gone = weakref.ref(future)
        del future
        eventually(lambda: gone() is None)
    finally:
        gc.enable()


def test_queues_of_multiprocessing_reach_the_initializer() -> None:
    """As with the standard pool: locks, queues and pipes may be arguments of the initializer."""
    queue = multiprocessing.get_context("forkserver").Queue()
    with ProcessExecutor(1, initializer=tasks.put, initargs=(queue,)) as executor:
        executor.submit(tasks.put_pid, 42).result(60)
        assert queue.get(timeout=30) == 42
    queue.close()
    queue.join_thread()
