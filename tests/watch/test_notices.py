"""Each ignored thing is said once."""

from __future__ import annotations

from typing import Any

import pytest

from ingestd.watch import notices
from ingestd.watch.notices import Notices


def collected() -> tuple[Notices, list[dict[str, Any]]]:
    """Notices and what they report."""
    said: list[dict[str, Any]] = []
    return Notices(lambda event, fields: said.append({"event": event, **fields}), "/in"), said


def test_once_each() -> None:
    """The same thing for the same reason is one event; another reason or another thing is another."""
    notes, said = collected()
    for _ in range(3):
        notes.ignored(b"/in/a", "fifo", 1)
    notes.ignored(b"/in/a", "fifo", 2)
    notes.ignored(b"/in/a", "socket", 2)
    assert [s["reason"] for s in said] == ["fifo", "fifo", "socket"]
    assert said[0] == {"event": "inbox.ignored", "inbox": "/in", "path": b"/in/a", "reason": "fifo"}


def test_what_went_away_is_said_again_when_it_comes_back() -> None:
    """A complete scan that does not meet a thing forgets it, one that meets it does not."""
    notes, said = collected()
    notes.ignored(b"/in/a", "fifo")
    notes.ignored(b"/in/b", "fifo")
    notes.scan_begins()
    notes.ignored(b"/in/b", "fifo")
    notes.scan_ended()
    notes.ignored(b"/in/a", "fifo")
    notes.ignored(b"/in/b", "fifo")
    assert [s["path"] for s in said] == [b"/in/a", b"/in/b", b"/in/a"]


def test_memory_and_log_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound one line says so, and no more."""
    monkeypatch.setattr(notices, "CAPACITY", 3)
    notes, said = collected()
    for index in range(20):
        notes.ignored(b"/in/%d" % index, "name")
    assert [s["reason"] for s in said] == ["name", "name", "name", "too_many"]
