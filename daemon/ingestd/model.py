"""The words of the program as frozen types: what travels between its parts.

Nothing here does anything: no I/O, no clock, no logging. Pages are numbered from 1; offsets count
characters of the *document's text*, which is its pages' texts joined by one form feed; times are
Unix seconds (``time.time()``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

PAGE_BREAK = "\f"
"""Joins the texts of the pages into the text of the document."""


class Status(StrEnum):
    """Where a document stands. *Processing* is no state but a claim on a row: a kill leaves no lie behind."""

    SPOOLED = "spooled"
    RETRYING = "retrying"
    DONE = "done"
    QUARANTINED = "quarantined"


class Priority(StrEnum):
    """Order of work: high before normal before low, without starving the low."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class AfterAccept(StrEnum):
    """What becomes of a source once its bytes are durable in the spool."""

    ARCHIVE = "archive"
    KEEP = "keep"


class FileIdentity(NamedTuple):
    """What tells a file's content from its earlier content without reading it."""

    device: int
    inode: int
    size: int
    mtime_ns: int


class Settled(NamedTuple):
    """A file in an inbox that nobody is writing any more."""

    inbox: str
    path: bytes
    """Absolute, as the kernel spells it."""
    identity: FileIdentity
    tags: tuple[str, ...] = ()
    """The inbox's tags, then the sub-folders between inbox and file."""
    priority: Priority = Priority.NORMAL


class Spooled(NamedTuple):
    """The bytes of one settled file, durable in the spool; the ledger does not know of it yet."""

    sha256: str
    size: int
    source: Settled


class Claim(NamedTuple):
    """One document taken from the ledger to be worked on by this run of the daemon."""

    sha256: str
    size: int
    priority: Priority
    attempt: int
    """1 for the first try. Counts every try ever begun, so it names this claim for good."""
    failures: int
    """How many tries have failed since the operator last put the document back."""
    worker_deaths: int
    """How many of those failures were the death of a worker."""
    inbox: str
    path: bytes
    """The source it arrived under first."""
    accepted_at: float


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One line of a document's outline."""

    level: int
    """1 for the outermost."""
    title: str
    page: int | None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a PDF says of itself. Absent facts are empty, never invented."""

    page_count: int
    title: str = ""
    author: str = ""
    subject: str = ""
    keywords: str = ""
    creator: str = ""
    producer: str = ""
    created: str = ""
    """ISO 8601, or empty where the file says nothing that can be read as a date."""
    modified: str = ""
    outline: tuple[OutlineEntry, ...] = ()
    page_labels: tuple[str, ...] = ()
    """One a page, empty when the file has none."""
    attachments: tuple[str, ...] = ()
    """Names of embedded files."""
    encrypted: bool = False


class PageText(NamedTuple):
    """One page as a person reads it."""

    number: int
    text: str
    furniture: tuple[str, ...] = ()
    """Running heads, footers, page numbers: kept out of ``text``."""
    garbled: bool = False
    """The fonts lack a usable Unicode map: the text is not to be trusted."""


class Heading(NamedTuple):
    """A heading found in the text of a document."""

    start: int
    """Offset of its first character in the document's text."""
    level: int
    title: str


class Chunk(NamedTuple):
    """A piece of text of a size for retrieval. ``document_text[start:end]`` is its text."""

    index: int  # type: ignore[assignment]  # hides a method of tuples that nobody wants here
    start: int
    end: int
    page_start: int
    page_end: int
    section: tuple[str, ...] = ()
    context: str = ""
    """Words around it (headings, neighbouring text) that are indexed with it and are no part of it."""


class Concept(NamedTuple):
    """A key phrase of a document."""

    text: str
    """Surface form as the document writes it."""
    score: float
    count: int = 1  # type: ignore[assignment]  # as above
    pages: tuple[int, ...] = ()
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageFailure:
    """A run of pages that no engine could read while the rest of the document is good."""

    first: int
    last: int
    error: dict[str, Any]
    """Shape of ``IngestError.to_dict``."""


_ROWS: dict[str, Any] = {"pages": PageText, "chunks": Chunk, "concepts": Concept}


@dataclass(frozen=True)  # without slots: before Python 3.11.4 they hide a class's own `__getstate__`
class Extract:
    """All that comes out of one document."""

    info: DocumentInfo
    pages: tuple[PageText, ...]
    chunks: tuple[Chunk, ...]
    concepts: tuple[Concept, ...]
    language: str = ""
    """ISO 639-1 code, empty when not known."""
    engine: str = ""
    failures: tuple[PageFailure, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    """Milliseconds of worker time by step."""

    def __getstate__(self) -> dict[str, Any]:
        """Plain rows: named tuples, which are pickled one by one, take three times as long."""
        rows = {name: [*map(tuple, getattr(self, name))] for name in _ROWS}
        return {**self.__dict__, **rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        rows = {name: tuple(map(kind._make, state[name])) for name, kind in _ROWS.items()}
        self.__dict__.update(state, **rows)

    @property
    def no_text_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that were read and hold no text at all (scans, blank pages)."""
        return tuple(p.number for p in self.pages if not p.text.strip())

    @property
    def garbled_pages(self) -> tuple[int, ...]:
        """Numbers of the pages whose text cannot be trusted."""
        return tuple(p.number for p in self.pages if p.garbled)

    @property
    def failed_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that could not be read."""
        return tuple(n for f in self.failures for n in range(f.first, f.last + 1))
