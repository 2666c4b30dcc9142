"""SIGKILL to workers, and to the process that forks them: no innocent document pays for it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.life.processes import forkserver_of, workers_of
from tests.pdfs import book

DOCUMENTS = 24
PAGES = 30
SETTINGS = """
[executors]
cpu_workers = 2
[throttle]
enabled = false
[retry]
first_delay = 0.05
[pdf]
range_pages = 8
"""


def alive(pid: int) -> bool:
    """A dead process that nobody has asked about yet is dead."""
    try:
        status = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def kill_one(pids: list[int], rng: random.Random) -> int:
    """SIGKILL to one of them; how many that were."""
    if not pids:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(rng.choice(pids), signal.SIGKILL)
        return 1
    return 0


def household_of(daemon: Daemon) -> list[int]:
    """The workers, and the process that forks them."""
    return workers_of(daemon) + forkserver_of(daemon)


@pytest.mark.parametrize("victims", [workers_of, household_of])
def test_innocent_documents_survive(
    daemon: Daemon, seed: int, report: list[str], victims: Callable[[Daemon], list[int]]
) -> None:
    """All documents are done by the same daemon, each once, however many of its processes die."""
    rng = random.Random(seed)
    daemon.configure(SETTINGS)
    for n in range(DOCUMENTS):
        daemon.drop(f"{n}.pdf", book(PAGES, marker=str(n)))
    daemon.start()
    killed = 0
    while (done := daemon.documents().done) < DOCUMENTS:
        killed += kill_one(victims(daemon), rng)
        # Faster than workers can start there is no progress, and the daemon says so and ends.
        eventually(lambda done=done: daemon.documents().done > done, 60, "no progress")  # type: ignore[misc]
        time.sleep(rng.uniform(0, 0.05))
    assert killed >= 1
    assert 0 == daemon.stop()  # the last line is written after the catalog has it
    assert [] == daemon.events("document.quarantined")
    assert DOCUMENTS == len({line["doc"] for line in daemon.events("document.ingested")})
    assert 1 == len(daemon.events("daemon.starting"))
    with daemon.catalog() as catalog:
        assert [] == catalog.integrity()
        assert {(PAGES, 0)} == {
            (row.pages, len(catalog.show(row.sha256).metadata["failed_pages"])) for row in catalog.documents()
        }
    report.append(f"{killed} kills of {victims.__name__}, {len(daemon.events('document.retrying'))} retries")


def test_workers_do_not_outlive_a_killed_daemon(daemon: Daemon) -> None:
    """SIGKILL to the daemon ends its workers and the process that forks them, busy or not."""
    daemon.configure(SETTINGS)
    for n in range(10):
        daemon.drop(f"{n}.pdf", book(PAGES, marker=str(n)))
    daemon.start()
    family = eventually(lambda: workers_of(daemon) and workers_of(daemon) + forkserver_of(daemon))
    daemon.kill()
    eventually(lambda: not any(alive(pid) for pid in family), 10)


def test_workers_that_cannot_start_end_the_daemon_in_order(daemon: Daemon) -> None:
    """It does not put the blame on documents: it says why, ends, and the next start does them all."""
    daemon.configure(SETTINGS)
    for n in range(10):
        daemon.drop(f"{n}.pdf", book(PAGES, marker=str(n)))
    daemon.start()
    (forkserver,) = forkserver_of(daemon)
    born = Path(f"/proc/{forkserver}/task/{forkserver}/children")
    while not daemon.ended():
        with contextlib.suppress(OSError):
            for pid in born.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.001)
    assert 1 == daemon.wait()
    assert "no worker can be started" in daemon.log_file.read_text()
    daemon.log_file.unlink()  # its last line is for people
    daemon.start()
    eventually(lambda: daemon.documents().done == 10, 60)
    assert 0 == daemon.documents().quarantined
    assert 0 == daemon.stop()
