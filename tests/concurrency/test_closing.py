"""The end: drained in order under a deadline, what was left is named, nobody waits for ever."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

import pytest

from ingestd.concurrency import ConcurrencyManager
from ingestd.errors import ShutdownError
from tests.concurrency.conftest import Make
from tests.concurrency.gate import Gate
from tests.eventually import eventually


def test_shutdown_drains_running_and_waiting(make_manager: Make) -> None:
    """Without a deadline everything accepted is done, and nothing is reported."""
    manager = make_manager(io_workers=1)
    futures = [manager.submit_io(int, n) for n in range(50)]
    report = manager.shutdown()
    assert report is not None
    assert report.clean
    assert [f.result(0) for f in futures] == list(range(50))
    assert manager.shutdown() is report


def test_no_call_is_taken_after_shutdown(manager: ConcurrencyManager) -> None:
    """Each executor refuses with ShutdownError."""
    manager.shutdown()
    for submit in (manager.submit_io, manager.submit_chunk, manager.submit_cpu):
        with pytest.raises(ShutdownError, match="shutting down"):
            submit(int)
    with pytest.raises(ShutdownError):
        asyncio.run(manager.run_io(int))


def test_deadline_cancels_what_waits_and_names_what_runs(make_manager: Make) -> None:
    """At the deadline the waiting is cancelled, the running given up: every future ends."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    running, waiting = manager.submit_io(gate), manager.submit_io(int)
    eventually(lambda: gate.inside == 1)
    began = time.monotonic()
    report = manager.shutdown(timeout=0.1)
    assert 0.1 <= time.monotonic() - began < 5
    assert report is not None
    assert report.cancelled["io"] == 1
    assert report.left["io"] == ["tests.concurrency.gate.Gate"]
    assert not report.clean
    assert waiting.cancelled()
    assert isinstance(running.exception(1), ShutdownError)
    gate.open()


def test_cancel_pending_lets_only_the_running_end(make_manager: Make) -> None:
    """What has not started is taken back at once; what runs gets its time."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    running, waiting = manager.submit_io(gate, 1), manager.submit_io(int)
    assert manager.shutdown(wait=False, cancel_pending=True) is None
    eventually(waiting.cancelled)
    gate.open()
    assert running.result(10) == 1
    report = manager.shutdown()
    assert report is not None
    assert report.cancelled["io"] == 1


def test_work_in_flight_may_use_the_executors_below_while_they_drain(make_manager: Make) -> None:
    """A chunk task that is being drained still gets its cpu and io calls; a cascade its second stage."""
    manager = make_manager()
    gate = Gate()

    def shepherd() -> list[int]:
        gate()
        return [manager.run_cpu_sync(int, "1"), manager.run_io_sync(int, "2")]

    future = manager.submit_chunk(shepherd)
    cascade = manager.submit_cascade(gate, int, "3")
    eventually(lambda: gate.inside == 2)
    manager.shutdown(wait=False)
    with pytest.raises(ShutdownError):
        manager.submit_cpu(int)
    gate.open()
    assert future.result(20) == [1, 2]
    assert cascade.result(20) == 3


def test_shutdown_async_leaves_the_loop_free(make_manager: Make) -> None:
    """The event loop turns while the engine drains."""
    manager = make_manager()
    gate = Gate()
    manager.submit_io(gate)

    async def scenario() -> bool:
        ending = asyncio.create_task(manager.shutdown_async())
        await asyncio.sleep(0.05)
        gate.open()
        return (await ending).clean

    assert asyncio.run(scenario())


def test_context_managers_drain(make_manager: Make) -> None:
    """Leaving a block finishes its work; leaving it by an error takes back what has not started."""
    with make_manager() as manager:
        future = manager.submit_io(int)
    assert future.done()

    async def scenario() -> bool:
        async with make_manager() as manager:
            inner = manager.submit_io(int)
        return inner.done()

    assert asyncio.run(scenario())
    gate = Gate()
    with pytest.raises(ZeroDivisionError), make_manager(io_workers=1) as manager:
        manager.submit_io(gate)
        waiting = manager.submit_io(int)
        waiting.add_done_callback(lambda _: gate.open())
        raise ZeroDivisionError
    assert waiting.cancelled()


def _script(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=True
    )


@pytest.mark.parametrize(
    "work",
    [
        "manager.submit_io(lambda: (time.sleep(0.3), print('done')))",
        "manager.submit_cpu(time.sleep, 0.3).add_done_callback(lambda f: print('done'))",
        "manager.submit_chunk(lambda: (time.sleep(0.3), manager.run_cpu_sync(abs, 1), print('done')))",
    ],
)
def test_the_end_of_the_interpreter_finishes_accepted_work(work: str) -> None:
    """Falling off the end of a script loses nothing: threads, processes, and one calling the other."""
    done = _script(
        f"import time\nfrom ingestd.concurrency import ConcurrencyManager\nmanager = ConcurrencyManager()\n{work}\n"
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_hanging_thread_does_not_keep_the_interpreter() -> None:
    """A call that never ends costs the drain timeout, then the process ends."""
    done = _script(
        "import threading\n"
        "from ingestd.concurrency import ConcurrencyConfig, ConcurrencyManager\n"
        "manager = ConcurrencyManager(ConcurrencyConfig(drain_timeout=0.2))\n"
        "manager.submit_io(threading.Event().wait)\n"
    )
    assert done.stderr == ""


def test_the_child_of_a_fork_refuses_instead_of_hanging(manager: ConcurrencyManager) -> None:
    """The parent's manager has no threads in the child: calls there fail at once, and so ends the child."""
    manager.run_io_sync(int)
    pid = os.fork()
    if pid == 0:
        try:
            manager.submit_io(int)
        except ShutdownError:
            manager.shutdown()
            os._exit(7)
        os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert manager.run_io_sync(int) == 0
