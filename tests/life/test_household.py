"""What the daemon's processes are to the machine: their turn on a processor, their allocator."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from ingestd import allocator
from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.life.processes import forkserver_of, workers_of
from tests.pdfs import pdf, prose


def mapped(pid: int) -> bool:
    """Whether a process has the library in its memory. Workers, sealed, do not let an ordinary user look."""
    return allocator.LIBRARY in Path(f"/proc/{pid}/maps").read_text()


installed = pytest.mark.skipif(not allocator.find(), reason=f"{allocator.PACKAGE} is not installed")


@installed
def test_the_workers_have_it_where_it_is(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the process that forks them, which works with it; the daemon has the C library's own."""
    monkeypatch.delenv("LD_PRELOAD", raising=False)
    daemon.start()
    daemon.drop("one.pdf", pdf(prose(1)))
    daemon.until("document.ingested")
    (forkserver,) = forkserver_of(daemon)
    assert mapped(forkserver)
    assert daemon.process is not None
    assert not mapped(daemon.process.pid)


@installed
def test_the_operator_has_the_last_word(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ``LD_PRELOAD`` of their own stays as it is, also an empty one."""
    monkeypatch.setenv("LD_PRELOAD", "")
    daemon.start()
    (forkserver,) = forkserver_of(daemon)
    assert not mapped(forkserver)


def test_all_wait_their_turn(daemon: Daemon) -> None:
    """Daemon, forkserver and workers are batch jobs: when they wake they cut in on nobody."""
    daemon.start()
    assert daemon.process is not None
    daemon.drop("one.pdf", pdf(prose(1)))
    daemon.until("document.ingested")
    processes = [daemon.process.pid, *forkserver_of(daemon), *eventually(lambda: workers_of(daemon))]
    policies = set()
    for thread in (thread for pid in processes for thread in Path(f"/proc/{pid}/task").iterdir()):
        with contextlib.suppress(ProcessLookupError):  # it has ended since
            policies.add(os.sched_getscheduler(int(thread.name)))
    assert {os.SCHED_BATCH} == policies
