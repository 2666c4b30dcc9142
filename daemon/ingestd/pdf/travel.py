"""What travels between the daemon and a worker about one PDF: frozen, typed, picklable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from ingestd.model import Chunk, DocumentInfo, Heading, PageFailure, PageText

if TYPE_CHECKING:
    from ingestd.pdf.survey import Survey

AUTO, PDFIUM, PYPDF = "auto", "pdfium", "pypdf"


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
    """Pages of one range. A document of one range is done in one call."""
    first_pages: int = 0
    """Where more, the pages of the first range."""
    max_pages: int = 20_000
    max_text: int = 256 * 1024**2
    """Bytes of UTF-8 of one document's text."""
    concept_limit: int = 15

    @property
    def at_once(self) -> int:
        """A document of at most so many pages is done in one call."""
        return max(self.first_pages, self.range_pages)


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
