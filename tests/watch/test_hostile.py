"""What strangers put into an inbox: never opened if it is no file, never followed, each thing said once."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.eventually import eventually
from tests.watch.conftest import PDF, Running

Start = Callable[..., Running]
ROOT = os.geteuid() == 0


@pytest.mark.parametrize("before", [True, False], ids=["found", "dropped"])
def test_things_that_are_no_files(inbox: Path, tmp_path: Path, watching: Start, before: bool) -> None:
    """FIFO, socket, device, links to files and directories: each said once, none opened, others unharmed."""
    running = None if before else watching(inbox)
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "theirs.pdf").write_bytes(PDF)
    os.mkfifo(inbox / "fifo.pdf")
    (inbox / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (inbox / "dir.pdf").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(inbox / "socket.pdf"))
    expected = {
        ("fifo.pdf", "fifo"),
        ("link.pdf", "symlink"),
        ("dir.pdf", "symlink"),
        ("socket.pdf", "socket"),
    }
    if ROOT:
        os.mknod(inbox / "device.pdf", 0o600 | 0o020000, os.makedev(1, 3))
        expected.add(("device.pdf", "device"))
    (inbox / "x.pdf").mkdir()
    (inbox / "x.pdf" / "good.pdf").write_bytes(PDF)
    running = running or watching(inbox)
    running.gets("good.pdf")
    eventually(lambda: running.ignored() == expected)
    running.call(running.watcher.rescan)
    (inbox / "last.pdf").write_bytes(PDF)
    running.gets("good.pdf", "last.pdf")
    assert len(running.said("inbox.ignored")) == len(expected)


def test_names_of_every_kind(inbox: Path, watching: Start) -> None:
    """Newlines, escape sequences, direction marks, invalid UTF-8, 255 bytes: handed out as they are."""
    names = [
        b"new\nline.pdf",
        b"\x1b[31mred.pdf",
        b"\xe2\x80\xaefdp.pdf",
        b"caf\xe9\xff.pdf",
        b"n" * 251 + b".pdf",
    ]
    running = watching(inbox)
    for name in names:
        Path(os.fsdecode(os.fsencode(inbox) + b"/" + name)).write_bytes(PDF)
    eventually(lambda: len(running.settled) == len(names))
    assert {s.path for s in running.settled} == {os.fsencode(inbox) + b"/" + name for name in names}


def test_a_huge_sparse_file_costs_nothing(inbox: Path, watching: Start) -> None:
    """10 GiB of holes are not read: the size is for the spool to judge."""
    with (inbox / "huge.pdf").open("wb") as file:
        file.truncate(10 * 2**30)
    watching(inbox).gets("huge.pdf", within=5)


def test_a_directory_swapped_for_a_link(inbox: Path, tmp_path: Path, watching: Start) -> None:
    """A directory that becomes a link out of the inbox leads nowhere."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (inbox / "d").mkdir()
    running = watching(inbox)
    (inbox / "d" / "a.pdf").write_bytes(PDF)
    running.gets("a.pdf")
    (inbox / "d").rename(tmp_path / "was")
    (inbox / "d").symlink_to(outside, target_is_directory=True)
    (outside / "secret.pdf").write_bytes(PDF)
    running.call(running.watcher.rescan)
    (tmp_path / "was" / "gone.pdf").write_bytes(PDF)
    (inbox / "b.pdf").write_bytes(PDF)
    running.gets("a.pdf", "b.pdf")


UNPRIVILEGED = """
import concurrent.futures.thread, os, sys
import ingestd.watch.emitter
from pathlib import Path
from tests.eventually import eventually
from tests.watch.conftest import Running
from ingestd.config import Inbox
inbox = Path(sys.argv[1])
os.setgroups([]); os.setgid(65534); os.setuid(65534)
running = Running([Inbox(path=inbox)])
eventually(lambda: running.ignored() == {("locked.pdf", "unreadable")})
print("ready", flush=True)
sys.stdin.readline()
eventually(lambda: running.names == ["found.pdf", "locked.pdf", "others.pdf"], message=str(running.names))
inbox.chmod(0) if os.stat(inbox).st_uid == 65534 else None
eventually(lambda: [f["reason"] for f in running.said("inbox.lost")] == ["unreadable"])
inbox.chmod(0o777)
eventually(lambda: running.said("inbox.recovered"))
running.stop()
assert len(running.said("inbox.ignored")) == 1, running.reports
"""


@pytest.mark.skipif(not ROOT, reason="needs to act as two users")
def test_as_an_ordinary_user_among_others() -> None:
    """Without privileges: an unreadable file is said once and taken after chmod, other users' files have no
    lease and settle all the same, an inbox made unreadable is lost and recovers."""
    # Not below pytest's own directory, which is closed to other users.
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        inbox = Path(parent, "inbox")
        inbox.mkdir()
        os.chown(inbox, 65534, 65534)
        inbox.chmod(0o777)
        (inbox / "found.pdf").write_bytes(PDF)
        (inbox / "locked.pdf").write_bytes(PDF)
        (inbox / "locked.pdf").chmod(0o600)
        command = [sys.executable, "-c", UNPRIVILEGED, inbox]
        root = Path(__file__).parents[2]
        with subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdin and child.stdout
            assert child.stdout.readline() == "ready\n"
            (inbox / "others.pdf").write_bytes(PDF)
            (inbox / "locked.pdf").chmod(0o644)
            child.stdin.write("go\n")
            child.stdin.close()
            assert child.wait(30) == 0
