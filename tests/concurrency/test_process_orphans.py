"""The process executor: nobody outlives anybody, whoever is killed; a fork and an exit do no harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestd.concurrency import ProcessExecutor
from ingestd.errors import ExecutorError
from tests.concurrency import process_tasks as tasks
from tests.eventually import eventually


def _script(code: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    prelude = "import os, sys, time\nfrom tests.concurrency import process_tasks as tasks\n"
    return subprocess.run(
        [sys.executable, "-c", prelude + code], capture_output=True, text=True, timeout=timeout
    )


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    with tasks.executor(2) as executor:
        yield executor


def test_sigkill_of_the_parent_ends_busy_workers() -> None:
    """Also in a loop in C; the forkserver goes too."""
    code = """
executor = tasks.executor(2)
futures = [executor.submit(tasks.spin_in_c), executor.submit(tasks.spin)]
while sum(worker.busy_since is not None for worker in executor.workers()) < 2:
    time.sleep(0.01)
print(executor._pool._core.staffing.server.pid, *[worker.pid for worker in executor.workers()], flush=True)
time.sleep(60)
"""
    prelude = "import time\nfrom tests.concurrency import process_tasks as tasks\n"
    with subprocess.Popen(
        [sys.executable, "-c", prelude + code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 3
        assert all(tasks.alive(pid) for pid in pids)
        parent.kill()
    eventually(lambda: not any(tasks.alive(pid) for pid in pids), 10)


def test_sigkill_of_the_forkserver_harms_nobody(executor: ProcessExecutor) -> None:
    """Running tasks end well, new workers come from a new forkserver, a later crash is still told."""
    for _ in range(3):
        running = [executor.submit(tasks.nap, 0.5, i) for i in range(2)]
        eventually(lambda: sum(w.busy_since is not None for w in executor.workers()) == 2)
        server = executor._pool._core.staffing.server
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        assert [future.result(20) for future in running] == [0, 1]
        with pytest.raises(ExecutorError, match=r"died|exited"):
            executor.submit(tasks.leave, 1).result(20)
        assert list(executor.map(tasks.double, range(4), timeout=20)) == [0, 2, 4, 6]


def test_sigkill_of_the_forkserver_while_workers_start() -> None:
    """Tasks that were sent to workers which never came to be are sent again."""
    for delay in (0.0, 0.05, 0.2):
        with tasks.executor(4) as executor:
            futures = [executor.submit(tasks.double, i) for i in range(20)]
            time.sleep(delay)
            server = executor._pool._core.staffing.server
            if server is not None:
                os.kill(server.pid, signal.SIGKILL)
            assert [future.result(30) for future in futures] == [2 * i for i in range(20)]


def test_workers_ignore_the_signals_of_a_stop(executor: ProcessExecutor) -> None:
    """A drain finishes what runs although the whole group was signalled."""
    future = executor.submit(tasks.nap, 0.5, "drained")
    (worker,) = eventually(lambda: [w for w in executor.workers() if w.busy_since])
    server = executor._pool._core.staffing.server
    assert server is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        for pid in (worker.pid, server.pid):
            os.kill(pid, number)
    assert future.result(20) == "drained"
    assert executor._pool._core.staffing.server is server


def test_a_fork_of_the_callers_process(executor: ProcessExecutor) -> None:
    """The copy says clearly that it cannot be used, ends at once, and leaves the original's workers alone."""
    assert executor.submit(tasks.double, 1).result(20) == 2
    child = os.fork()
    if child == 0:
        status = 1
        try:
            executor.submit(tasks.double, 1)
        except ExecutorError:
            executor.shutdown()
            status = 7
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert executor.submit(tasks.double, 5).result(20) == 10


def test_a_living_fork_does_not_keep_workers_alive() -> None:
    """A copy of the caller's process holds nothing that belongs to the workers."""
    code = """
executor = tasks.executor(1)
pid = executor.submit(tasks.pid).result(20)
future = executor.submit(tasks.spin)
while not executor.workers()[0].busy_since:
    time.sleep(0.01)
if os.fork() == 0:
    os.close(1); os.close(2)
    time.sleep(30)
    os._exit(0)
print(pid, flush=True)
os.kill(os.getpid(), 9)
"""
    pid = int(_script(code).stdout)
    eventually(lambda: not tasks.alive(pid), 10)


def test_exit_waits_for_what_was_submitted() -> None:
    """As of the standard library: the interpreter ends when the work is done."""
    done = _script("tasks.executor(2).submit(tasks.nap, 0.3).add_done_callback(lambda f: print('done'))")
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_submit_at_exit_is_refused() -> None:
    """With an error that is a RuntimeError, not by a hang."""
    code = """
import atexit
executor = tasks.executor(1)
executor.submit(tasks.double, 1).result(20)
@atexit.register
def late():
    try:
        executor.submit(tasks.double, 1)
    except RuntimeError as error:
        print(error)
"""
    assert "cannot schedule new futures" in _script(code).stdout


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    """It would start workers in its workers; the error says what to write."""
    script = tmp_path / "script.py"
    script.write_text(
        "from ingestd.concurrency import ProcessExecutor\n"
        "def f(): return 1\n"
        "try:\n    print(ProcessExecutor(1).submit(f).result(30))\n"
        "except Exception as error:\n"
        "    if 'cannot be imported' not in str(error): raise\n"
        "    print(error.hint)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert "__main__" in done.stdout, done.stderr


def test_functions_of_the_main_module_run(tmp_path: Path) -> None:
    """As with the standard pool."""
    script = tmp_path / "script.py"
    script.write_text(
        "from ingestd.concurrency import ProcessExecutor\n"
        "def f(x): return x + 1\n"
        "if __name__ == '__main__':\n"
        "    with ProcessExecutor(1) as executor: print(executor.submit(f, 1).result(30))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("2\n", "")
