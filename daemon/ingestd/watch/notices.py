"""What is said about files that are not taken: once each, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Report = Callable[[str, dict[str, Any]], None]
"""Takes the name of a log event and its fields. Called from any thread; paths in the fields are bytes."""

CAPACITY = 10_000
"""Ignored things of one inbox that are remembered; beyond it one more line is written and then none."""


class Notices:
    """The ``inbox.ignored`` events of one inbox. What a complete scan no longer meets is forgotten."""

    def __init__(self, report: Report, inbox: str) -> None:
        self._report = report
        self._inbox = inbox
        self._said: set[int] = set()
        self._met: set[int] | None = None

    def ignored(self, path: bytes, reason: str, *identity: int) -> None:
        """Say that ``path`` is ignored, unless the same was said of the same thing already."""
        key = hash((path, reason, identity))
        if self._met is not None and len(self._met) < CAPACITY:
            self._met.add(key)
        if key in self._said or len(self._said) > CAPACITY:
            return
        self._said.add(key)
        if len(self._said) > CAPACITY:
            path, reason = b"", "too_many"
        self._report("inbox.ignored", {"inbox": self._inbox, "path": path, "reason": reason})

    def scan_begins(self) -> None:
        """A complete scan begins."""
        self._met = set()

    def scan_ended(self) -> None:
        """A complete scan has met all there is."""
        if self._met is not None:
            self._said, self._met = self._met, None
