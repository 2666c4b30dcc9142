"""SIGTERM, whatever hangs: out in time, exit status 0, nothing lost, and the last line says what was left."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.life.processes import workers_of
from tests.pdfs import book, pdf, prose

DRAIN = 1.5
"""Seconds of ``drain_timeout``."""
SPARE = 1.0
"""Seconds that the end may take beyond it; twice that here: the machine may be busy."""
SETTINGS = f"""
drain_timeout = {DRAIN}
[executors]
cpu_workers = 2
[throttle]
enabled = false
[breaker]
failure_threshold = 1
recovery_timeout = 30
"""
FILES = 30


@pytest.fixture
def loaded(daemon: Daemon) -> Daemon:
    """A daemon, not started, with more before it than it can do before it is told to stop."""
    daemon.configure(SETTINGS)
    for n in range(FILES):
        daemon.drop(f"{n}.pdf", book(60, marker=str(n)))
    return daemon


def drain(daemon: Daemon) -> list[str]:
    """SIGTERM; fails if it takes too long. What the daemon says it left."""
    began = time.monotonic()
    assert 0 == daemon.stop()
    assert time.monotonic() - began < DRAIN + 2 * SPARE
    last = daemon.log()[-1]
    assert "daemon.stopped" == last["event"]
    assert [] == [line for line in daemon.log() if "exception" in line]
    left: list[str] = last["left"]
    return left


def finish(daemon: Daemon, number: int = FILES) -> None:
    """The next start does all that is left, and nothing twice."""
    daemon.start()
    eventually(lambda: daemon.documents().done == number, 90, "not all are done")
    eventually(lambda: daemon.files("spool") == [] and list(daemon.inbox.iterdir()) == [], 30)
    done = [line["doc"] for line in daemon.events("document.ingested")]
    assert len(set(done)) == len(done)
    with daemon.catalog() as catalog:
        assert [] == catalog.integrity()
        assert {0} == {row.failures for row in catalog.documents()}
    assert 0 == daemon.stop()


@contextlib.contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Processes that do not move."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("moment", range(2))
def test_under_full_load(loaded: Daemon, moment: int) -> None:
    """At some moment between the first file and the last."""
    loaded.start()
    time.sleep(random.Random(moment).uniform(0, 1.0))
    left = drain(loaded)
    counts = loaded.documents()
    assert counts.processing == 0
    assert len(left) <= counts.spooled
    finish(loaded)


def test_with_a_parser_that_hangs(loaded: Daemon) -> None:
    """Its document is given back, and named in the last line."""
    loaded.start()
    eventually(lambda: loaded.documents().processing >= 2 and len(workers_of(loaded)) == 2)
    workers = workers_of(loaded)  # both: one born later would do what they hold up
    with stopped(workers):
        left = drain(loaded)
        assert len(left) >= 2
        eventually(lambda: not any(Path("/proc", str(pid)).exists() for pid in workers))
    finish(loaded)


@pytest.mark.parametrize("point", ["accept.copied", "store.commit", "archive.renamed"])
def test_with_a_disk_that_is_stuck(loaded: Daemon, point: str) -> None:
    """What hangs is left behind, wherever it hangs."""
    loaded.start(faults=f"{point}:hang@{4 if point == 'store.commit' else 1}")
    loaded.until("daemon.ready")
    time.sleep(1.0)
    drain(loaded)
    finish(loaded)


@pytest.mark.parametrize("fault", ["accept.copied:ENOSPC@1+", "store.commit:EIO@3+"])
def test_with_an_open_breaker(loaded: Daemon, fault: str) -> None:
    """What waits for the resource waits for the next start."""
    loaded.start(faults=fault)
    loaded.until("breaker.opened")
    drain(loaded)
    finish(loaded)


def test_while_it_starts(daemon: Daemon) -> None:
    """From the moment that it says it starts."""
    daemon.configure(SETTINGS)
    daemon.drop("a.pdf", pdf(prose(1)))
    daemon.start(ready=False)
    daemon.until("daemon.starting")
    drain(daemon)
    finish(daemon, 1)
