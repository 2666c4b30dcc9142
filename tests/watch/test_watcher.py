"""Files that settle in inboxes come out of the watcher, once, in bounded batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.watch.conftest import PDF, Running

Start = Callable[..., Running]


def test_what_lies_there_at_start_and_what_comes_later(inbox: Path, watching: Start) -> None:
    """Files found by the first scan and files that come later are both handed out, complete ones at once."""
    (inbox / "before.pdf").write_bytes(PDF)
    running = watching(inbox)
    running.gets("before.pdf", within=5)
    (inbox / "later.pdf").write_bytes(PDF)
    running.gets("before.pdf", "later.pdf", within=5)
