"""The count of waiting files counts what would be taken."""

from __future__ import annotations

import os
from pathlib import Path

from ingestd.config import Inbox
from ingestd.watch.census import count_waiting
from tests.watch.conftest import PDF


def test_documents_wait_other_things_do_not(inbox: Path, tmp_path: Path) -> None:
    """Documents anywhere in the inbox count; temporaries, other things, links and known files do not."""
    (inbox / "sub").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "e.pdf").write_bytes(PDF)
    (inbox / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("a.pdf", "sub/b.pdf", "known.pdf", "c.txt", ".d.pdf"):
        (inbox / name).write_bytes(PDF)
    os.mkfifo(inbox / "fifo.pdf")
    known = os.fsencode(inbox / "known.pdf")

    def look_up(files: object) -> set[bytes]:
        return {known} & {path for path, _ in files}  # type: ignore[attr-defined]

    assert count_waiting(Inbox(path=inbox), look_up) == 2
    assert count_waiting(Inbox(path=inbox, recursive=False), look_up) == 1
    assert count_waiting(Inbox(path=tmp_path / "missing"), look_up) == 0


def test_many_files_are_counted_in_pieces(inbox: Path) -> None:
    """The look-up never gets more than a piece at a time."""
    for index in range(1000):
        (inbox / f"{index}.pdf").touch()
    sizes: list[int] = []

    def look_up(files: object) -> set[bytes]:
        sizes.append(len(files))  # type: ignore[arg-type]
        return set()

    assert count_waiting(Inbox(path=inbox), look_up) == 1000
    assert max(sizes) <= 256
