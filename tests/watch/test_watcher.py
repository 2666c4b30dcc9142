"""Files that settle in inboxes come out of the watcher, once, in bounded batches."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestd.config import Inbox, Watch
from ingestd.errors import StoreUnavailable
from ingestd.model import Priority
from ingestd.watch.hints import MAX_NAMES
from tests.eventually import eventually
from tests.watch.conftest import PDF, Running

Start = Callable[..., Running]


def test_what_lies_there_at_start_and_what_comes_later(inbox: Path, watching: Start) -> None:
    """Files found by the first scan and files that come later are both handed out, complete ones at once."""
    (inbox / "before.pdf").write_bytes(PDF)
    running = watching(inbox, settings=Watch())
    running.gets("before.pdf", within=1.5)
    (inbox / "later.pdf").write_bytes(PDF)
    running.gets("before.pdf", "later.pdf", within=1.5)


def test_every_way_to_deliver(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """Written in place, renamed in, renamed inside, hard-linked, O_TMPFILE and linked: all arrive at once."""
    running = watching(inbox, settings=Watch())
    (inbox / "written.pdf").write_bytes(PDF)
    (tmp_path / "x").write_bytes(PDF)
    (tmp_path / "x").rename(inbox / "renamed.pdf")
    (inbox / "inside.pdf.part").write_bytes(PDF)
    (inbox / "inside.pdf.part").rename(inbox / "inside.pdf")
    (tmp_path / "y").write_bytes(PDF)
    os.link(tmp_path / "y", inbox / "linked.pdf")
    unnamed = os.open(inbox, os.O_TMPFILE | os.O_WRONLY)
    os.write(unnamed, PDF)
    os.link(f"/proc/self/fd/{unnamed}", inbox / "tmpfile.pdf", follow_symlinks=True, src_dir_fd=unnamed)
    os.close(unnamed)
    running.gets("inside.pdf", "linked.pdf", "renamed.pdf", "tmpfile.pdf", "written.pdf", within=5)


def test_directories_come_with_their_files(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """A tree moved in, and files made in the same breath as their directories, are found and watched."""
    running = watching(inbox)
    tree = tmp_path / "tree" / "a" / "b"
    tree.mkdir(parents=True)
    (tree / "moved.pdf").write_bytes(PDF)
    (tmp_path / "tree").rename(inbox / "tree")
    new = inbox / "n" / "e" / "w"
    new.mkdir(parents=True)
    (new / "new.pdf").write_bytes(PDF)
    running.gets("moved.pdf", "new.pdf")
    (inbox / "tree" / "a" / "b" / "later.pdf").write_bytes(PDF)
    running.gets("later.pdf", "moved.pdf", "new.pdf")
    (inbox / "tree" / "a").rename(inbox / "z")
    # Under another path they are other sources of the same documents.
    running.gets("later.pdf", "later.pdf", "moved.pdf", "moved.pdf", "new.pdf")
    (inbox / "z" / "b" / "last.pdf").write_bytes(PDF)
    eventually(lambda: "last.pdf" in running.names)


def test_tags_come_from_the_inbox_and_its_folders(inbox: Path, watching: Start) -> None:
    """Sub-folders are tags, also those whose names are no UTF-8; they can be switched off."""
    folder = inbox / "2024" / os.fsdecode(b"bills\xff")
    folder.mkdir(parents=True)
    (folder / "a.pdf").write_bytes(PDF)
    running = watching(Inbox(path=inbox, tags=("t", "2024"), priority=Priority.HIGH))
    running.gets("a.pdf")
    assert running.settled[0].tags == ("t", "2024", "bills\ufffd")
    assert running.settled[0].priority is Priority.HIGH
    assert running.settled[0].inbox == str(inbox)
    plain = watching(Inbox(path=inbox, tags=("t",), subfolder_tags=False))
    plain.gets("a.pdf")
    assert plain.settled[0].tags == ("t",)


def test_patterns_hold_for_files_and_directories_on_the_way(inbox: Path, watching: Start) -> None:
    """Temporaries and hidden directories are passed over silently, other names are said once."""
    (inbox / ".stversions").mkdir()
    (inbox / ".stversions" / "old.pdf").write_bytes(PDF)
    (inbox / "half.pdf.part").write_bytes(PDF)
    (inbox / "notes.txt").write_bytes(b"hello")
    (inbox / "A.PDF").write_bytes(PDF)
    running = watching(inbox)
    running.gets("A.PDF")
    (inbox / ".stversions" / "older.pdf").write_bytes(PDF)
    (inbox / "b.pdf").write_bytes(PDF)
    running.gets("A.PDF", "b.pdf")
    assert running.ignored() == {("notes.txt", "name")}


def test_a_flat_inbox_leaves_directories_alone(inbox: Path, watching: Start) -> None:
    """Without ``recursive`` nothing below is taken; a directory named like a document is said."""
    (inbox / "x.pdf").mkdir()
    (inbox / "x.pdf" / "in.pdf").write_bytes(PDF)
    (inbox / "plain").mkdir()
    running = watching(Inbox(path=inbox, recursive=False))
    (inbox / "a.pdf").write_bytes(PDF)
    running.gets("a.pdf")
    (inbox / "later.pdf").mkdir()
    (inbox / "later.pdf" / "in.pdf").write_bytes(PDF)
    (inbox / "b.pdf").write_bytes(PDF)
    eventually(lambda: running.ignored() == {("x.pdf", "directory"), ("later.pdf", "directory")})
    running.gets("a.pdf", "b.pdf")


def test_known_files_are_not_handed_out_until_they_change(inbox: Path, watching: Start) -> None:
    """What was kept or left in place is passed over; new bytes under the same name are a new file."""
    running = watching(inbox)
    (inbox / "a.pdf").write_bytes(PDF)
    running.gets("a.pdf")
    running.call(running.watcher.rescan)
    (inbox / "b.pdf").write_bytes(PDF)
    running.gets("a.pdf", "b.pdf")
    (inbox / "a.pdf").write_bytes(PDF + PDF)
    running.gets("a.pdf", "a.pdf", "b.pdf")


def test_a_file_in_flight_is_not_handed_out_twice(inbox: Path, watching: Start) -> None:
    """Re-scans do not repeat what the pipeline holds; what replaced it meanwhile comes after."""
    running = watching(inbox)
    running.gate.clear()
    (inbox / "a.pdf").write_bytes(PDF)
    eventually(lambda: len(running.watcher._watches[str(inbox)]._inspector.flight))
    running.call(running.watcher.rescan)
    (inbox / "new").write_bytes(PDF + PDF)
    (inbox / "new").rename(inbox / "a.pdf")
    (inbox / "b.pdf").write_bytes(PDF)
    eventually(lambda: len(running.watcher._watches[str(inbox)]._inspector.flight) == 2)
    running.gate.set()
    running.gets("a.pdf", "a.pdf", "b.pdf")
    sizes = {s.identity.size for s in running.settled if s.path.endswith(b"a.pdf")}
    assert sizes == {len(PDF), 2 * len(PDF)}


def test_a_failed_file_comes_again(inbox: Path, watching: Start) -> None:
    """``again_in`` re-arms: the file is handed out again without an event."""
    running = watching(inbox)
    answers = iter([0.05, 0.05, None])
    running.take = lambda settled: next(answers, None)  # a late event may bring it once more
    (inbox / "a.pdf").write_bytes(PDF)
    eventually(lambda: len(running.settled) >= 3)


def test_nothing_is_kept_in_memory_while_nobody_asks(inbox: Path, watching: Start) -> None:
    """With the consumer stopped, thousands of files wait in the inbox, not in the watcher."""
    running = watching(inbox)
    running.gate.clear()
    for index in range(3000):
        (inbox / f"{index}.pdf").write_bytes(PDF)
    watch = running.watcher._watches[str(inbox)]
    eventually(lambda: running.watcher._outbox)
    assert len(watch._inspector.flight) <= 2 * 256
    assert len(watch._inspector.waiting) == 0
    assert len(watch.hints.take().names) <= MAX_NAMES
    running.call(running.watcher.rescan)  # instead of the hints taken by this test
    running.gate.set()
    eventually(lambda: len(running.settled) == 3000, within=30)
    assert len(set(running.names)) == 3000


def test_a_burst_by_rename_loses_nothing(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """20,000 files renamed in at full speed, more than the kernel's queue holds: each comes exactly once."""
    staging = tmp_path / "staging"
    staging.mkdir()
    (tmp_path / "one").write_bytes(PDF)
    for index in range(20_000):
        os.link(tmp_path / "one", staging / f"{index}.pdf")
    running = watching(inbox)
    running.take = lambda settled: Path(os.fsdecode(settled.path)).unlink()
    for path in list(staging.iterdir()):
        path.rename(inbox / path.name)
    eventually(lambda: len(running.settled) >= 20_000, within=60)
    assert len(set(running.names)) == len(running.settled) == 20_000


def test_an_inbox_of_high_priority_is_served_first(tmp_path: Path, watching: Start) -> None:
    """When both have files, those of high priority come first."""
    low, high = tmp_path / "low", tmp_path / "high"
    low.mkdir()
    high.mkdir()
    running = watching(Inbox(path=low, priority=Priority.LOW), Inbox(path=high, priority=Priority.HIGH))
    running.gate.clear()
    for directory in (low, high):
        for index in range(600):
            (directory / f"{index}.pdf").write_bytes(PDF)
    eventually(lambda: len(running.watcher._outbox) == 2)
    running.pace = 0.15
    running.gate.set()
    eventually(lambda: len(running.settled) == 1200, within=20)
    first = [s.inbox for s in running.settled[:800]]
    assert first.count(str(high)) >= 500


def test_trouble_of_the_store_passes(inbox: Path, watching: Start) -> None:
    """A look-up that fails in a way that passes costs time, not files."""
    running = watching(inbox)
    broken = threading.Event()
    broken.set()
    inspector = running.watcher._watches[str(inbox)]._inspector

    def known(sources: object) -> set[tuple[bytes, object]]:
        if broken.is_set():
            raise StoreUnavailable("the store is down")
        return running.known

    inspector._known = known  # type: ignore[assignment]
    (inbox / "a.pdf").write_bytes(PDF)
    eventually(lambda: running.watcher._watches[str(inbox)]._plan.scan < float("inf"))
    broken.clear()
    running.gets("a.pdf")


def test_a_jump_of_the_clock_changes_nothing(inbox: Path, watching: Start) -> None:
    """Times of modification in the future or the distant past are compared for equality only."""
    running = watching(inbox)
    for name, seconds in (("future.pdf", 2**33), ("past.pdf", 0), ("before.pdf", -1_000_000)):
        (inbox / f".{name}").write_bytes(PDF)
        os.utime(inbox / f".{name}", (seconds, seconds))
        (inbox / f".{name}").rename(inbox / name)
    running.gets("before.pdf", "future.pdf", "past.pdf")


def test_out_of_descriptors(inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the process can open nothing for a while, files are late, not lost, and the inbox is not lost."""
    running = watching(inbox)
    really = os.open

    def refused(path: object, *arguments: Any, **named: Any) -> int:
        if threading.current_thread() is not threading.main_thread():
            raise OSError(errno.EMFILE, "Too many open files")
        return really(path, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refused)
        (inbox / "a.pdf").write_bytes(PDF)
        eventually(lambda: running.watcher._watches[str(inbox)]._plan.scan < time.monotonic() + 10)
    running.gets("a.pdf")
    assert not running.said("inbox.lost")


def test_closing_while_a_disk_hangs(inbox: Path, watching: Start) -> None:
    """The end does not wait for a step that is stuck."""
    running = watching(inbox)
    hang, hanging = threading.Event(), threading.Event()

    def known(sources: object) -> tuple[()]:
        hanging.set()
        hang.wait()
        return ()

    running.watcher._watches[str(inbox)]._inspector._known = known
    (inbox / "a.pdf").write_bytes(PDF)
    assert hanging.wait(10)
    asyncio.run_coroutine_threadsafe(running.watcher.aclose(), running._loop).result(timeout=10)
    hang.set()
