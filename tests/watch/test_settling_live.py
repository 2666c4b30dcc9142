"""Writers of every temper: nothing is taken half-written, and what is complete waits for nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestd import untrusted
from ingestd.config import Watch
from ingestd.watch import settling
from tests.eventually import eventually
from tests.watch.conftest import PDF, QUICK, Running

Start = Callable[..., Running]
SLOW = Watch(settle_quiet=0.2, settle_quiet_unfinished=3600)


def holds_for(running: Running, seconds: float) -> None:
    """Nothing is handed out for so long."""
    until = time.monotonic() + seconds
    with pytest.raises(AssertionError, match="condition did not hold"):
        eventually(lambda: running.settled, within=until - time.monotonic())


def test_a_slow_writer_is_waited_for(inbox: Path, watching: Start) -> None:
    """A file that is open for writing is left alone, even complete and at rest; it comes with its close."""
    running = watching(inbox)
    with (inbox / "a.pdf").open("wb") as writer:
        for piece in (PDF[:20], PDF[20:]):
            writer.write(piece)
            writer.flush()
            holds_for(running, 0.8)
    running.gets("a.pdf", within=2)


def test_a_writer_that_closes_and_comes_back(inbox: Path, watching: Start) -> None:
    """Closed without its end, then continued: taken once, whole."""
    running = watching(inbox, settings=SLOW)
    (inbox / "a.pdf").write_bytes(PDF[:20])
    holds_for(running, 0.3)
    with (inbox / "a.pdf").open("ab") as writer:
        writer.write(PDF[20:40])
    holds_for(running, 0.3)
    with (inbox / "a.pdf").open("ab") as writer:
        writer.write(PDF[40:])
    running.gets("a.pdf", within=2)
    assert running.settled[0].identity.size == len(PDF)


def test_a_file_that_never_gets_its_end(inbox: Path, watching: Start) -> None:
    """After a long rest it is handed over as it is: perhaps damaged, and to be said so."""
    running = watching(inbox)
    started = time.monotonic()
    (inbox / "a.pdf").write_bytes(PDF[:20])
    running.gets("a.pdf")
    assert time.monotonic() - started >= QUICK.settle_quiet_unfinished


def test_an_empty_file_is_held_then_said(inbox: Path, watching: Start) -> None:
    """Nothing in it yet: wait for a second write; else it is ignored, once, and a later write counts."""
    running = watching(inbox)
    (inbox / "a.pdf").touch()
    (inbox / "b.pdf").touch()
    (inbox / "b.pdf").write_bytes(PDF)
    running.gets("b.pdf", within=3)
    eventually(lambda: running.ignored() == {("a.pdf", "empty")})
    (inbox / "a.pdf").write_bytes(PDF)
    running.gets("a.pdf", "b.pdf")


def test_without_leases_two_looks_decide(
    inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel does not tell of writers: events of close count, found files must rest."""
    monkeypatch.setattr(settling, "has_writer", lambda fd: None)
    with (inbox / "growing.pdf").open("wb") as growing:
        running = watching(inbox, settings=Watch(settle_quiet=0.5, settle_quiet_unfinished=3600))
        (inbox / "closed.pdf").write_bytes(PDF)
        running.gets("closed.pdf", within=3)
        for _ in range(8):
            growing.write(PDF)
            growing.flush()
            time.sleep(0.1)  # a writer's own pace, not a wait for the program
            running.call(running.watcher.rescan)
        assert running.names == ["closed.pdf"]
    running.gets("closed.pdf", "growing.pdf", within=3)


def test_found_files_rest_without_leases(
    inbox: Path, watching: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More files than may rest at a time are taken in turns, none is lost."""
    monkeypatch.setattr(settling, "has_writer", lambda fd: None)
    monkeypatch.setattr("ingestd.watch.waiting.CAPACITY", 50)
    for index in range(200):
        (inbox / f"{index}.pdf").write_bytes(PDF)
    running = watching(inbox)
    eventually(lambda: len(running.settled) == 200, within=20)
    assert len(set(running.names)) == 200


def test_the_lease_is_not_ours_to_take(tmp_path: Path) -> None:
    """A descriptor that can have no lease (a pipe's) answers: cannot be known."""
    read, write = os.pipe()
    try:
        assert untrusted.has_writer(read) is None
    finally:
        os.close(read)
        os.close(write)
