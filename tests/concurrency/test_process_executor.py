"""The process executor as an executor: limits, order, cancelling, replacing, resting, ending."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import time
from concurrent.futures import CancelledError, as_completed, wait
from pathlib import Path

import psutil
import pytest

from ingestd.concurrency import ProcessExecutor, WorkerOptions
from ingestd.concurrency.process import launch
from ingestd.errors import ShutdownError, UnpicklableError, WorkerCrashed, WorkerStartError
from tests.concurrency import process_tasks as tasks
from tests.eventually import eventually


def _busy(executor: ProcessExecutor) -> int:
    return sum(worker.busy_since is not None for worker in executor.workers())


def test_workers_start_as_tasks_come() -> None:
    """One task, one worker; a free worker is used again."""
    with tasks.executor(3) as executor:
        assert executor.workers() == []
        pids = {executor.submit(tasks.pid).result(30) for _ in range(5)}
        assert [worker.pid for worker in executor.workers()] == list(pids)
        assert executor.workers()[0].rss > 1024**2


def test_map_keeps_order() -> None:
    """With and without chunks, and lazily where Python can."""
    with tasks.executor(2) as executor:
        expected = [2 * i for i in range(50)]
        assert list(executor.map(tasks.double, range(50), timeout=30)) == expected
        assert list(executor.map(tasks.double, range(50), timeout=30, chunksize=7)) == expected
        if sys.version_info >= (3, 14):
            endless = executor.map(tasks.double, itertools.count(), buffersize=4)
            assert list(itertools.islice(endless, 50)) == expected


def test_map_in_chunks_fails_as_the_call_does() -> None:
    """An error ends the iteration where it stands; a chunk size of nothing is refused."""
    with tasks.executor(1) as executor:
        with pytest.raises(LookupError):
            list(executor.map(tasks.fail, ["a", "b"], chunksize=2))
        with pytest.raises(ValueError, match="chunksize"):
            executor.map(tasks.double, [1], chunksize=0)


def test_as_completed_sees_quick_ones_first() -> None:
    """A quick task does not wait in the socket of a slow one's worker while another worker is free."""
    with tasks.executor(2) as executor:
        slow = executor.submit(tasks.nap, 1.5)
        quick = [executor.submit(tasks.nap, 0.01) for _ in range(10)]
        assert list(as_completed([slow, *quick], timeout=30))[-1] is slow


@pytest.mark.parametrize("stage", ["queue", "socket"])
def test_a_cancelled_task_never_runs(tmp_path: Path, stage: str) -> None:
    """Whether it waits in the queue or already in the socket of a busy worker."""
    with tasks.executor(1) as executor:
        executor.submit(tasks.double, 1).result(30)
        running = executor.submit(tasks.gate, str(tmp_path), "gate")
        eventually((tmp_path / "gate").exists)
        futures = [executor.submit(tasks.mark, str(tmp_path), f"{i}") for i in range(3)]
        slot = next(iter(executor._pool._core.roster.slots.values()))
        assert slot.queued is futures[0]
        victim = futures[0] if stage == "socket" else futures[2]
        assert victim.cancel()
        assert victim.cancel()
        assert not running.cancel()
        assert not wait([victim], 5).not_done
        (tmp_path / "gate").unlink()
        done = [future.result(30) for future in futures if future is not victim]
        assert len(done) == 2
        with pytest.raises(CancelledError):
            victim.result()
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            {"0", "1", "2"} - {str(futures.index(victim))}
        )


def test_resize_limits_what_runs_at_once(tmp_path: Path) -> None:
    """Down without killing anyone, up again at once, and never more than allowed."""
    with tasks.executor(3) as executor:
        first = [executor.submit(tasks.gate, str(tmp_path), f"{i}") for i in range(3)]
        eventually(lambda: len(list(tmp_path.iterdir())) == 3)
        rest = [executor.submit(tasks.gate, str(tmp_path), f"{i}") for i in range(3, 9)]
        executor.resize(1)
        assert executor.max_workers == 1
        for i in range(3):
            (tmp_path / f"{i}").unlink()
        pids = {future.result(30) for future in first}
        eventually(lambda: _busy(executor) == 1)
        assert len(list(tmp_path.iterdir())) == 1
        executor.resize(3)
        eventually(lambda: len(list(tmp_path.iterdir())) == 3)
        assert _busy(executor) == 3
        done = 0
        while done < 6:
            for path in tmp_path.iterdir():
                path.unlink()
            done = sum(future.done() for future in rest)
            assert _busy(executor) <= 3
        assert {future.result(30) for future in rest} <= pids


def test_wrong_arguments_are_refused() -> None:
    """At once, as of the standard library."""
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        ProcessExecutor(0)
    with pytest.raises(TypeError, match="initializer"):
        ProcessExecutor(1, initializer=5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_tasks_per_child"):
        ProcessExecutor(1, max_tasks_per_child=0)
    with pytest.raises(TypeError, match="max_tasks_per_child"):
        ProcessExecutor(1, max_tasks_per_child=1.5)  # type: ignore[arg-type]
    with ProcessExecutor(1) as executor, pytest.raises(ValueError, match="max_workers"):
        executor.resize(0)


def test_tasks_per_child_is_a_counter() -> None:
    """Each worker does so many tasks and is replaced; nothing dead-locks, nothing is lost."""
    with tasks.executor(2, max_tasks=2) as executor:
        pids = [future.result(60) for future in [executor.submit(tasks.pid) for _ in range(20)]]
        assert max(pids.count(pid) for pid in pids) == 2


def test_a_worker_grown_fat_is_replaced() -> None:
    """After its task, which is not harmed."""
    with tasks.executor(1, recycle_rss=120 * 1024**2) as executor:
        fat = executor.submit(tasks.keep, 200 * 1024**2).result(30)
        eventually(lambda: executor.submit(tasks.pid).result(30) != fat)


def test_the_initializer_runs_in_every_worker() -> None:
    """Also in one that replaces another."""
    with ProcessExecutor(
        1, initializer=tasks.start, initargs=("yes",), options=WorkerOptions(lean=True)
    ) as executor:
        assert executor.submit(tasks.started).result(30) == "yes"
        with pytest.raises(WorkerCrashed):
            executor.submit(tasks.leave, 1).result(30)
        assert executor.submit(tasks.started).result(30) == "yes"


@pytest.mark.parametrize(
    ("initializer", "words"), [(tasks.fail_to_start, "no, thank you"), (tasks.die_at_start, "status 9")]
)
def test_no_start_is_told(initializer: object, words: str) -> None:
    """If workers cannot start, every task fails with the reason, and none is taken any more."""
    with ProcessExecutor(2, initializer=initializer, options=WorkerOptions(lean=True)) as executor:  # type: ignore[arg-type]
        futures = [executor.submit(tasks.double, 1) for _ in range(4)]
        for future in futures:
            with pytest.raises(WorkerStartError, match=words):
                future.result(30)
        with pytest.raises(WorkerStartError, match=words):
            executor.submit(tasks.double, 1)


def test_a_start_that_takes_for_ever_is_ended() -> None:
    """``start_timeout`` bounds it."""
    options = WorkerOptions(lean=True, start_timeout=0.3)
    executor = ProcessExecutor(1, initializer=time.sleep, initargs=(60,), options=options)
    with executor, pytest.raises(WorkerStartError):
        executor.submit(tasks.double, 1).result(30)


def test_an_unpicklable_initializer_is_told_by_submit() -> None:
    """Before any task is taken."""
    with (
        ProcessExecutor(1, initializer=lambda: None) as executor,
        pytest.raises(UnpicklableError, match="initializer"),
    ):
        executor.submit(tasks.double, 1)


def test_preloaded_modules_are_there_and_little_else(tmp_path: Path) -> None:
    """What is preloaded is in every worker; a worker as such is small."""
    with tasks.executor(1, preload=("colorsys",)) as executor:
        names = executor.submit(tasks.modules).result(30)
    assert "colorsys" in names
    assert {"pydantic", "structlog", "psutil", "asyncio", "pytest"}.isdisjoint(names)


def test_a_module_that_cannot_be_preloaded_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """In the log; the workers work."""
    with tasks.executor(1, preload=("no_such_module",)) as executor:
        assert executor.submit(tasks.double, 1).result(30) == 2
        eventually(lambda: "no_such_module" in caplog.text)


def test_rest_costs_nothing() -> None:
    """Neither the caller's process nor forkserver and workers wake up when there is nothing to do."""
    with tasks.executor(2) as executor:
        assert [f.result(30) for f in [executor.submit_task(tasks.nap, (0.1,), timeout=60) for _ in range(4)]]
        assert executor._pool._core.staffing.server is not None
        processes = [executor._pool._core.staffing.server.pid, *[worker.pid for worker in executor.workers()]]
        threads = [f"/proc/{pid}/status" for pid in processes]
        threads.append(f"/proc/self/task/{executor._pool._core.reader.thread.native_id}/status")  # type: ignore[union-attr]
        time.sleep(0.3)  # the last of the work
        before = [_switches(path) for path in threads]
        time.sleep(1.0)  # the time under test
        assert [_switches(path) for path in threads] == before


def _switches(status: str) -> int:
    lines = Path(status).read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))


def test_shutdown_waits() -> None:
    """All tasks done, all workers and the forkserver gone, no descriptor left."""
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    children = set(psutil.Process().children(recursive=True))
    executor = tasks.executor(2)
    futures = [executor.submit(tasks.nap, 0.1, i) for i in range(6)]
    executor.shutdown()
    assert [future.result(0) for future in futures] == list(range(6))
    assert set(psutil.Process().children(recursive=True)) <= children
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    with pytest.raises(ShutdownError):
        executor.submit(tasks.double, 1)


def test_shutdown_cancels_what_has_not_begun() -> None:
    """What runs ends well; everything else is cancelled, also what waits in a socket."""
    executor = tasks.executor(2)
    running = [executor.submit(tasks.nap, 0.3, i) for i in range(2)]
    eventually(lambda: _busy(executor) == 2)
    waiting = [executor.submit(tasks.nap, 0.3) for _ in range(20)]
    executor.shutdown(wait=False, cancel_futures=True)
    assert all(future.cancelled() for future in waiting)
    executor.shutdown()
    assert [future.result(0) for future in running] == [0, 1]


def test_kill_workers_ends_everything_at_once() -> None:
    """For a drain past its deadline: running tasks fail by name, waiting ones are cancelled."""
    executor = tasks.executor(2)
    running = [executor.submit(tasks.nap, 60) for _ in range(2)]
    eventually(lambda: _busy(executor) == 2)
    waiting = [executor.submit(tasks.nap, 60) for _ in range(4)]
    executor.kill_workers()
    executor.shutdown()
    assert all(isinstance(future.exception(0), WorkerCrashed) for future in running)
    assert all(future.cancelled() for future in waiting)


def test_an_executor_nobody_holds_ends() -> None:
    """Once its tasks are done."""
    future = tasks.executor(1).submit(tasks.nap, 0.2, "done")
    assert future.result(30) == "done"
    eventually(lambda: not _forkservers())


def _forkservers() -> list[int]:
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            found += [child.pid] if "forkserver" in " ".join(child.cmdline()) else []
    return found


def test_callbacks_may_submit() -> None:
    """They run without any lock of the executor."""
    with tasks.executor(1) as executor:
        later = []
        future = executor.submit(tasks.double, 1)
        future.add_done_callback(lambda f: later.append(executor.submit(tasks.double, f.result())))
        eventually(lambda: later and later[0].result(30) == 4)


def test_a_future_knows_when_it_ran() -> None:
    """Seconds of execution, without the wait before it."""
    with tasks.executor(1) as executor:
        futures = [executor.submit_task(tasks.nap, (0.2,)) for _ in range(2)]
        wait(futures, 30)
        for future in futures:
            assert 0.2 <= future.ended_at - future.started_at < 0.4 + 2  # type: ignore[attr-defined]
        assert futures[1].started_at >= futures[0].ended_at  # type: ignore[attr-defined]


def test_a_head_start_is_taken_over_once() -> None:
    """By the executor of the same preload; the next one, and one of another preload, start their own."""
    already = {child.pid for child in psutil.Process().children()}
    launch.head_start("decimal")
    (early,) = {child.pid for child in psutil.Process().children()} - already
    with (
        tasks.executor(1, preload=("fractions",)) as other,
        tasks.executor(1, preload=("decimal",)) as first,
        tasks.executor(1, preload=("decimal",)) as second,
    ):
        assert early != other.submit(os.getppid).result(30)
        assert early == first.submit(os.getppid).result(30)
        assert "decimal" in first.submit(tasks.modules).result(30)
        assert early != second.submit(os.getppid).result(30)
    assert not psutil.pid_exists(early)


def test_workers_have_the_environment_they_were_given() -> None:
    """From the start of the process that forks them; a head start without it is not taken over."""
    already = {child.pid for child in psutil.Process().children()}
    launch.head_start("decimal")
    (early,) = {child.pid for child in psutil.Process().children()} - already
    with tasks.executor(1, preload=("decimal",), environment=(("GREETING", "hello"),)) as executor:
        assert "hello" == executor.submit(os.getenv, "GREETING").result(30)
        forkserver = executor.submit(os.getppid).result(30)
        assert b"GREETING=hello" in Path(f"/proc/{forkserver}/environ").read_bytes().split(b"\0")
        assert early != forkserver
        assert "GREETING" not in os.environ
    with tasks.executor(1, preload=("decimal",)) as executor:
        assert early == executor.submit(os.getppid).result(30)


def test_a_worker_at_rest_gives_back_what_was_freed() -> None:
    """Memory that is free in between what is kept goes back to the system, and the worker works on."""
    with tasks.executor(1) as executor:
        worker = psutil.Process(executor.submit(tasks.litter, 200_000).result(30))
        eventually(lambda: worker.memory_info().rss < 120 * 2**20, 20)
        assert worker.pid == executor.submit(tasks.pid).result(30)
