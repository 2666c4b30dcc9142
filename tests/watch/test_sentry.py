"""The inbox goes, comes back, is another one, or cannot be watched: one event each, and no file is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestd import linux
from ingestd.config import Inbox, Watch
from ingestd.watch import filesystems
from ingestd.watch.inotify import Event, Inotify
from tests.eventually import eventually
from tests.watch.conftest import PDF, Running

Start = Callable[..., Running]
ROOT = os.geteuid() == 0


def events(running: Running) -> list[str]:
    """What was said of the inbox's state, shortly."""
    short: dict[str, Callable[[dict[str, Any]], str]] = {
        "inbox.lost": lambda f: f"lost {f['reason']}",
        "inbox.recovered": lambda f: "recovered",
        "inbox.watching": lambda f: f"watching by {f['mode']}",
    }
    return [short[name](fields) for name, fields in list(running.reports) if name in short]


def arrives(running: Running, path: Path) -> None:
    """A file put there now is handed out."""
    path.write_bytes(PDF)
    eventually(lambda: path.name in running.names, message=f"{path.name} not in {running.names}")


def test_an_inbox_that_is_missing_at_start(tmp_path: Path, watching: Start) -> None:
    """It is said once and waited for; when it is made it is watched."""
    inbox = tmp_path / "inbox"
    running = watching(inbox)
    assert events(running) == ["lost missing"]
    assert running.watcher.inboxes()[0].lost == "missing"
    inbox.mkdir()
    (inbox / "a.pdf").write_bytes(PDF)
    running.gets("a.pdf")
    assert events(running) == ["lost missing", "recovered", "watching by events"]
    arrives(running, inbox / "b.pdf")


def test_an_inbox_that_is_renamed_and_made_anew(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """Files in the new directory arrive, those in the old one are not ours any more."""
    running = watching(inbox)
    arrives(running, inbox / "a.pdf")
    inbox.rename(tmp_path / "old")
    inbox.mkdir()
    (tmp_path / "old" / "theirs.pdf").write_bytes(PDF)
    arrives(running, inbox / "b.pdf")
    arrives(running, inbox / "c.pdf")
    assert running.names == ["a.pdf", "b.pdf", "c.pdf"]
    said = events(running)
    assert said[0] == "watching by events"
    assert said[1] in ("lost replaced", "lost missing")
    assert said[2:] == ["recovered", "watching by events"]


def test_an_inbox_that_is_deleted(inbox: Path, watching: Start) -> None:
    """Said once, for as long as it is gone."""
    running = watching(inbox, settings=Watch(guard_interval=0.05))
    inbox.rmdir()
    eventually(lambda: events(running) == ["watching by events", "lost missing"])
    inbox.write_bytes(b"a file in its place")
    eventually(lambda: running.watcher.inboxes()[0].lost == "not_a_directory")
    inbox.unlink()
    inbox.mkdir()
    arrives(running, inbox / "a.pdf")
    assert events(running) == ["watching by events", "lost missing", "recovered", "watching by events"]


def test_a_parent_that_is_renamed(tmp_path: Path, watching: Start) -> None:
    """No event tells of it; the guard does."""
    inbox = tmp_path / "parent" / "inbox"
    inbox.mkdir(parents=True)
    running = watching(inbox)
    (tmp_path / "parent").rename(tmp_path / "moved")
    eventually(lambda: events(running) == ["watching by events", "lost missing"])
    inbox.mkdir(parents=True)
    arrives(running, inbox / "a.pdf")


@pytest.mark.skipif(not ROOT, reason="needs to mount")
@pytest.mark.parametrize("lazily", [False, True])
def test_an_inbox_that_is_unmounted_and_mounted_again(inbox: Path, watching: Start, lazily: bool) -> None:
    """What stands at the path is watched: the mount, the bare directory below it, another mount."""
    mount = ["mount", "-t", "tmpfs", "ingestd-test", os.fspath(inbox)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount here")
    try:
        running = watching(inbox)
        arrives(running, inbox / "a.pdf")
        subprocess.run(["umount", *(["-l"] if lazily else []), os.fspath(inbox)], check=True)
        arrives(running, inbox / "below.pdf")
        subprocess.run(mount, check=True)
        arrives(running, inbox / "b.pdf")
        arrives(running, inbox / "c.pdf")
    finally:
        subprocess.run(["umount", "-l", os.fspath(inbox)], capture_output=True)
    assert events(running)[:4] == ["watching by events", "lost replaced", "recovered", "watching by events"]


def test_too_few_watches(inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the kernel grants no more watches the tree is polled until it does, and it is said once."""
    granted = 3
    real = linux.inotify_add_watch

    def limited(fd: int, path: bytes, mask: int) -> int:
        watch = real(fd, path, mask)
        if watch > granted:
            linux.inotify_rm_watch(fd, watch)
            raise OSError(errno.ENOSPC, "no more watches")
        return watch

    monkeypatch.setattr(linux, "inotify_add_watch", limited)
    for index in range(6):
        (inbox / f"{index}").mkdir()
    running = watching(inbox)
    eventually(lambda: events(running) == ["watching by events", "watching by mixed"])
    for index in range(6):
        arrives(running, inbox / f"{index}" / f"{index}.pdf")
    assert "max_user_watches" in running.said("inbox.watching")[1]["hint"]
    granted = 1000
    eventually(lambda: events(running)[2:] == ["watching by events"])


def test_too_few_instances(inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an inotify instance the inbox is polled until one is granted."""

    def refused(flags: int) -> int:
        raise OSError(errno.EMFILE, "too many instances")

    with monkeypatch.context() as patch:
        patch.setattr(linux, "inotify_init", refused)
        running = watching(inbox)
        assert events(running) == ["watching by poll"]
        arrives(running, inbox / "a.pdf")
    eventually(lambda: events(running) == ["watching by poll", "watching by events"])
    arrives(running, inbox / "b.pdf")


def test_network_file_systems_are_polled(
    inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS, CIFS, FUSE send no events of others' changes: files arrive by polling, and it is said."""
    monkeypatch.setattr(linux, "file_system_type", lambda fd: 0x6969)
    running = watching(inbox)
    assert running.said("inbox.watching") == [{"inbox": str(inbox), "mode": "poll", "reason": "nfs"}]
    (inbox / "d").mkdir()
    arrives(running, inbox / "d" / "a.pdf")
    with (inbox / "held.pdf").open("wb") as writer:
        writer.write(PDF)
        writer.flush()
        arrives(running, inbox / "b.pdf")
    eventually(lambda: running.names == ["a.pdf", "b.pdf", "held.pdf"])


def test_the_kind_of_a_file_system_is_read_from_the_kernel(inbox: Path) -> None:
    """A local one is none to be polled; proc's number is as documented."""
    with_fd = os.open("/proc", os.O_RDONLY)
    here = os.open(inbox, os.O_RDONLY)
    try:
        assert linux.file_system_type(with_fd) == 0x9FA0
        assert filesystems.polled_kind(here) is None
    finally:
        os.close(with_fd)
        os.close(here)


def test_an_overflow_is_healed_by_a_scan(
    inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events that the kernel dropped cost nothing but a scan of the inbox."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 50_000:
        pytest.skip("the kernel's queue is too large to be filled here")
    (inbox / "flood").mkdir()
    (inbox / "quiet").mkdir()
    running = watching(inbox)
    arrives(running, inbox / "quiet" / "a.pdf")
    reading, resting = threading.Event(), threading.Event()
    read = Inotify.read

    def late(inotify: Inotify) -> list[Event]:
        if not reading.is_set():
            resting.set()
        reading.wait()
        return read(inotify)

    monkeypatch.setattr(Inotify, "read", late)
    try:
        (inbox / "a.part").write_bytes(PDF)  # wakes the read that is waiting already
        eventually(resting.is_set)
        os.mkfifo(inbox / "flood" / "x")
        for _ in range(limit // 2 + 100):
            (inbox / "flood" / "x").chmod(0o600)
            (inbox / "flood").chmod(0o755)
        (inbox / "quiet" / "dropped.pdf").write_bytes(PDF)
        assert "dropped.pdf" not in running.names
    finally:
        reading.set()
    eventually(lambda: "dropped.pdf" in running.names)


def test_deaf_threads_are_replaced(inbox: Path, watching: Start) -> None:
    """If a thread of the observer ends, the guard listens anew and scans."""
    running = watching(inbox)
    ears = running.watcher._watches[str(inbox)]._sentry._ears
    assert ears is not None
    ears.emitter.stop()
    (inbox / "unheard.pdf").write_bytes(PDF)
    eventually(lambda: "lost deaf" in events(running))
    running.gets("unheard.pdf")
    arrives(running, inbox / "heard.pdf")


def test_inboxes_do_not_disturb_each_other(tmp_path: Path, watching: Start) -> None:
    """One is lost, the other goes on."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    running = watching(Inbox(path=one), Inbox(path=other))
    one.rmdir()
    eventually(lambda: running.said("inbox.lost"))
    arrives(running, other / "a.pdf")
