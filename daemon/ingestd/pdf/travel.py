"""What travels between the daemon and a worker about one PDF: frozen, typed, picklable."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingestd.model import Chunk, DocumentInfo, Heading, PageFailure, PageText

if TYPE_CHECKING:
    from ingestd.pdf.survey import Survey

AUTO, PDFIUM, PYPDF = "auto", "pdfium", "pypdf"

OPENING_PAGES = 4
"""Pages of the first range of a document of several, where no other waits: the rest is read in parallel."""
SHORT_PAGES = 12
"""Pages of the shortest range that is worth a call of its own: opening a document again costs some pages' time."""


class SpoolFile(Protocol):
    """An open file of the spool: private and never written again, so it may be read whole or mapped."""

    def fileno(self) -> int:
        """A descriptor open for reading, at any position."""
        ...


class ReadJob(NamedTuple):
    """How a document is to be read."""

    engine: str = AUTO
    """``auto``, ``pdfium`` or ``pypdf``."""
    passwords: tuple[str, ...] = ()
    range_pages: int = 48
    """Pages of one range, at most. A document of one range is done in one call."""
    whole_pages: int = 0
    """Where more: a document of so many is done in one call all the same."""
    max_pages: int = 20_000
    max_text: int = 256 * 1024**2
    """Bytes of UTF-8 of one document's text."""
    concept_limit: int = 15

    @property
    def at_once(self) -> int:
        """A document of at most so many pages is done in one call."""
        return max(self.whole_pages, self.range_pages)

    def opening(self, pages: int) -> int:
        """How many of a document's ``pages`` the first call reads, which learns their number."""
        if pages <= self.at_once:
            return pages
        return self.whole_pages or min(OPENING_PAGES, self.range_pages)

    def ranges(self, first: int, last: int, workers: int = 1) -> list[tuple[int, int]]:
        """Pages ``first`` to ``last`` in ranges of about the same length: workers that share them end together.

        None where ``last`` comes before ``first``.
        """
        pages = last - first + 1
        count = max(-(-pages // self.range_pages), min(workers, pages // SHORT_PAGES))
        borders = [first + pages * n // max(1, count) for n in range(count + 1)]
        return [(begin, end - 1) for begin, end in pairwise(borders)]


class RangeRead(NamedTuple):
    """The layout of one page range, read but not yet put in order."""

    first: int
    last: int
    layouts: tuple[bytes, ...]
    """One a page, opaque; empty for a page that could not be read."""
    survey: Survey
    engine: str
    info: DocumentInfo | None
    """Given by ``ingest`` only."""
    letters: int
    """Characters of its pages as they were read: ``max_text`` bounds the sum over all ranges too."""
    failures: tuple[PageFailure, ...]
    timings_ms: dict[str, float]


class RangeText(NamedTuple):
    """One page range as text. Offsets count characters of the range's text (pages joined by a form feed)."""

    first: int
    last: int
    pages: tuple[PageText, ...]
    headings: tuple[Heading, ...]
    chunks: tuple[Chunk, ...]
    candidates: bytes
    """For ``rank``, opaque to whoever carries them there."""
    text_bytes: int
    """Size of the pages' texts as UTF-8."""
    engine: str
    failures: tuple[PageFailure, ...]
    timings_ms: dict[str, float]
