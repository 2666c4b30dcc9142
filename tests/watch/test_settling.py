"""When a file is whole: the rule, and what a look at a real file shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingestd.config import Watch
from ingestd.model import FileIdentity
from ingestd.watch.hints import Sign
from ingestd.watch.settling import UNTIL_CLOSED, Look, look_at, rest_needed
from tests.eventually import eventually
from tests.watch.conftest import PDF

SETTINGS = Watch(settle_quiet=2, settle_quiet_unfinished=30)


@pytest.mark.parametrize(
    ("ended", "writer", "sign", "rest"),
    [
        (True, False, Sign.SEEN, 0),
        (True, False, Sign.CLOSED, 0),
        (True, None, Sign.CLOSED, 0),
        (True, None, Sign.SEEN, 2),
        (True, True, Sign.CLOSED, UNTIL_CLOSED),
        (False, True, Sign.CLOSED, UNTIL_CLOSED),
        (False, False, Sign.CLOSED, 30),
        (False, None, Sign.SEEN, 30),
    ],
)
def test_rest_needed(ended: bool, writer: bool | None, sign: Sign, rest: float) -> None:
    """A complete file waits for nothing, one that is held for its close, a doubtful one for quiet."""
    assert rest_needed(Look(FileIdentity(1, 1, 9, 1), ended, writer), sign, SETTINGS) == rest


@pytest.mark.parametrize(
    ("content", "ended"),
    [
        (PDF, True),
        (PDF + b"\0" * 3000, True),
        (PDF + b"\0" * 5000, False),
        (PDF[:-6], False),
        (b"", False),
        (b"x" * 100_000 + PDF, True),
    ],
)
def test_the_end_is_found_near_the_end(tmp_path: Path, content: bytes, ended: bool) -> None:
    """Some junk behind the marker is tolerated; a marker far from the end is one of an earlier revision."""
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert look_at(file.fileno()).ended is ended


def test_a_writer_is_seen(tmp_path: Path) -> None:
    """A file open for writing is known to be so, and free again when it is closed."""
    path = tmp_path / "a.pdf"
    with path.open("wb") as writer, path.open("rb") as file:
        writer.write(PDF)
        writer.flush()
        assert look_at(file.fileno()).writer is True
        writer.close()
        assert look_at(file.fileno()).writer is False


def test_a_writer_that_opens_during_the_look_does_not_end_the_process(tmp_path: Path) -> None:
    """Breaking a lease signals its holder; the signal chosen is one that does nothing."""
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    opener = "import os, sys\nwhile True: os.close(os.open(sys.argv[1], os.O_WRONLY))"
    with subprocess.Popen([sys.executable, "-c", opener, path]) as writer, path.open("rb") as file:
        eventually(lambda: look_at(file.fileno()).writer is True)
        looks = [look_at(file.fileno()).writer for _ in range(3000)]
        writer.kill()
    assert set(looks) <= {True, False}
