"""What one attempt at a document has cost and brought, counted by all the chunk threads that work on it."""

from __future__ import annotations

import threading

from ingestd.errors import DocumentTooLarge, WorkerError

MAX_DEATHS = 8
"""Workers that one attempt may cost before its remaining bad pages are given up."""
HOPELESS = 2 * MAX_DEATHS
"""Workers after which no range is begun any more, if fewer than that have been read."""


class Toll:
    """Says how much patience an attempt has left."""

    def __init__(self, max_text: int) -> None:
        self._max_text = max_text
        self._lock = threading.Lock()
        self._deaths = self._ranges = self._letters = 0
        self._last: WorkerError | None = None

    def died(self, error: WorkerError) -> None:
        """A worker did, over this document."""
        with self._lock:
            self._deaths += 1
            self._last = error

    def read(self, letters: int) -> None:
        """A range was. Raises ``DocumentTooLarge``: too much in all is too much before the last one is read."""
        with self._lock:
            self._ranges += 1
            self._letters += letters
            if self._letters > self._max_text:
                limit = self._max_text
                raise DocumentTooLarge(f"the text is larger than {limit} bytes", limit=limit)

    @property
    def patient(self) -> bool:
        """Whether a bad range is worth the other engine and halving."""
        return self._deaths < MAX_DEATHS

    @property
    def hopeless(self) -> WorkerError | None:
        """The last death, where there were so many that nothing more is worth a try."""
        with self._lock:
            return self._last if self._deaths >= max(HOPELESS, self._ranges + 1) else None
