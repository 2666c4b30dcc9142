"""A disk that is full or fails: nothing is lost, the daemon says why it waits, and goes on by itself."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.life.daemon import Daemon
from tests.pdfs import pdf, prose

SETTINGS = """
drain_timeout = 5
[executors]
cpu_workers = 1
[throttle]
enabled = false
[retry]
first_delay = 0.1
max_delay = 0.5
[breaker]
failure_threshold = 3
recovery_timeout = 0.5
"""
FILES = 4
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a tmpfs")


def drop(daemon: Daemon, numbers: range) -> set[str]:
    """Drops a document for each number; their ids."""
    made = {f"{n}.pdf": pdf(prose(n), marker=str(n)) for n in numbers}
    for name, data in made.items():
        daemon.drop(name, data)
    return {hashlib.sha256(data).hexdigest() for data in made.values()}


def assert_all_done(daemon: Daemon, expected: set[str]) -> None:
    """Each once, its bytes at home, nothing left over."""
    eventually(lambda: daemon.documents().done == len(expected), 60, "not all are done")
    eventually(lambda: sorted(f"{sha256}.pdf" for sha256 in expected) == daemon.files("archive"), 20)
    eventually(lambda: daemon.files("spool") == [] and list(daemon.inbox.iterdir()) == [], 40)
    with daemon.catalog() as catalog:
        assert [] == catalog.integrity()
        assert {"done"} == {row.status for row in catalog.documents()}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon whose state lies on a file system of four megabytes."""
    daemon = Daemon(tmp_path, SETTINGS)
    daemon.state.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(daemon.state)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield daemon
        daemon.kill()
    finally:
        daemon.kill()
        subprocess.run(["umount", "-l", str(daemon.state)], check=True)


def fill(daemon: Daemon) -> Path:
    """Takes all space that is left."""
    ballast = daemon.state / "ballast"
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


@needs_root
def test_a_full_disk_is_waited_for(small_disk: Daemon) -> None:
    """Full while files come: they stay, status and log say why; with space again all are done."""
    daemon = small_disk
    first = drop(daemon, range(FILES))
    daemon.start()
    assert_all_done(daemon, first)
    ballast = fill(daemon)
    second = drop(daemon, range(FILES, 3 * FILES))
    (opened, *_) = daemon.until("breaker.opened")
    assert "No space left on device" in opened["error"]["message"] or "full" in opened["error"]["message"]
    told = eventually(lambda: daemon.ctl("status")["troubles"], 20)
    assert opened["breaker"] in told
    assert "full" in str(told) or "No space left" in str(told)
    assert "full" in (shown := daemon.ctl_raw("status").stdout) or "No space left" in shown
    ballast.unlink()
    assert_all_done(daemon, first | second)
    daemon.until("breaker.closed")
    assert [] == daemon.events("document.quarantined") + daemon.events("document.retrying")
    assert 0 == daemon.stop()


@needs_root
def test_a_full_disk_at_the_start_is_waited_for(small_disk: Daemon) -> None:
    """The daemon comes up by itself once there is space; SIGTERM ends the wait."""
    daemon = small_disk
    ballast = fill(daemon)
    expected = drop(daemon, range(FILES))
    daemon.start(ready=False)
    waiting = eventually(lambda: [line for line in daemon.log() if "waits for its disk" in str(line)], 60)
    assert "Check free space" in str(waiting) or "Free space" in str(waiting)
    assert 0 == daemon.stop()
    daemon.start(ready=False)
    ballast.unlink()
    daemon.until("daemon.ready")
    assert_all_done(daemon, expected)
    ballast = fill(daemon)
    daemon.kill()
    daemon.start(ready=False)
    ballast.unlink()
    daemon.until("daemon.ready", 2)
    assert 0 == daemon.stop()


@pytest.mark.parametrize(
    "faults",
    [
        "accept.copied:ENOSPC@1-9,store.completed:EIO@1-2,archive.renamed:EROFS@1-3",
        "accept.renamed:EIO@1-5,store.commit:EIO@3-12,archive.synced:EIO@1-2",
        "accept.copied:EMFILE@1-4,store.accepted:EIO@1-2,store.claimed:ESTALE@1-4,store.moved:EIO@1-3",
        "accept.set_aside:EIO@1-2,accept.disposed:ESTALE@1-2,store.commit:ENOSPC@2-9",
    ],
)
def test_a_disk_that_fails_for_a_while_costs_nothing(daemon: Daemon, faults: str) -> None:
    """Each kind of failure at each step passes; all documents are done, none in quarantine."""
    daemon.configure(SETTINGS)
    expected = drop(daemon, range(FILES))
    daemon.start(faults=faults)
    assert_all_done(daemon, expected)
    assert [] == daemon.events("document.quarantined")
    assert 0 == daemon.stop()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"GIF89a" + bytes(5000), "is not a catalog of ingestd"),
        (b"SQLite format 3\0" + bytes(range(256)) * 64, "catalog.db' is damaged"),
    ],
)
def test_a_catalog_that_is_none_stops_the_start(daemon: Daemon, content: bytes, sentence: str) -> None:
    """One clear sentence, exit status 78, and the file is left as it is."""
    daemon.state.mkdir()
    catalog = daemon.state / "catalog.db"
    catalog.write_bytes(content)
    daemon.start(ready=False)
    assert 78 == daemon.wait()
    said = daemon.log_file.read_text()
    assert sentence in said
    assert 1 == said.count("ingestd: ")
    assert "Traceback" not in said
    assert content == catalog.read_bytes()


def test_a_catalog_that_is_damaged_while_it_runs_ends_the_daemon(daemon: Daemon) -> None:
    """It ends in order and says what is wrong, rather than to go on with half its wits."""
    daemon.configure(SETTINGS)
    expected = drop(daemon, range(FILES))
    daemon.start()
    assert_all_done(daemon, expected)
    daemon.ctl("status")
    catalog = daemon.state / "catalog.db"
    size = eventually(
        lambda: (daemon.state / "catalog.db").stat().st_size > 50_000 and catalog.stat().st_size
    )
    with catalog.open("r+b") as file:
        file.write(os.urandom(size))
    drop(daemon, range(FILES, 2 * FILES))
    assert 78 == daemon.wait()
    assert "Traceback" not in daemon.log_file.read_text()


def test_bytes_that_somebody_removed_hold_up_nobody(daemon: Daemon) -> None:
    """The one document goes to quarantine as ``missing``; dropped again and retried it is done."""
    daemon.configure(SETTINGS)
    data = pdf(prose(1), marker="lost")
    lost = daemon.drop("lost.pdf", data)
    daemon.start(faults="accept.committed:kill", ready=False)
    daemon.wait()
    (daemon.state / "spool" / f"{hashlib.sha256(data).hexdigest()}.pdf").unlink()
    lost.unlink()
    expected = drop(daemon, range(FILES)) | {hashlib.sha256(data).hexdigest()}
    daemon.start()
    (quarantined,) = daemon.until("document.quarantined")
    assert "missing" == quarantined["error"]["type"]
    eventually(lambda: daemon.documents().done == FILES)
    daemon.drop("again.pdf", data)
    eventually(lambda: [e for e in daemon.events("document.duplicate") if e["path"].endswith("again.pdf")])
    daemon.ctl("retry", "--reason", "missing")
    assert_all_done(daemon, expected)
    assert [] == daemon.events("breaker.opened")
    assert 0 == daemon.stop()
