"""What the store hands out: frozen rows, with ``to_dict`` where the shape is a contract of ``--json``."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Any, NamedTuple

from ingestd.model import Concept, FileIdentity, Status


class Place(StrEnum):
    """Where the bytes of a document lie."""

    SPOOL = "spool"
    ARCHIVE = "archive"
    QUARANTINE = "quarantine"


HOME = {
    Status.SPOOLED: Place.SPOOL,
    Status.RETRYING: Place.SPOOL,
    Status.DONE: Place.ARCHIVE,
    Status.QUARANTINED: Place.QUARANTINE,
}
"""Where the bytes of a document belong."""


class Acceptance(NamedTuple):
    """What the ledger made of one spooled file."""

    sha256: str
    new: bool
    """False for a duplicate: only its source was recorded."""
    status: Status
    """Of the document, before this arrival when it is a duplicate."""
    error: dict[str, Any] | None = None
    """Why the document is retrying or quarantined."""


class Seen(NamedTuple):
    """A file left in its inbox on purpose, and why."""

    path: bytes
    identity: FileIdentity
    outcome: str


class Counts(NamedTuple):
    """Documents by status; those being worked on are counted as processing alone."""

    spooled: int = 0
    processing: int = 0
    retrying: int = 0
    done: int = 0
    quarantined: int = 0

    def to_dict(self) -> dict[str, int]:
        """The ``documents`` object of ``status --json``."""
        return self._asdict()


class Bytes(NamedTuple):
    """A document whose bytes are to be moved, or were moved without the ledger being told."""

    sha256: str
    status: Status
    place: Place
    error: dict[str, Any] | None = None

    @property
    def home(self) -> Place:
        """Where they belong."""
        return HOME[self.status]


class DocumentRow(NamedTuple):
    """One line of ``ls``."""

    sha256: str
    status: Status
    claimed: bool
    """Some run of the daemon works, or worked when it was killed, on it."""
    place: Place
    size: int
    pages: int | None
    sources: tuple[bytes, ...]
    """Paths, first arrival first."""
    attempts: int
    failures: int
    error: dict[str, Any] | None
    accepted_at: float
    retry_at: float | None
    done_at: float | None

    def to_dict(self) -> dict[str, Any]:
        """The object of ``ls --json``; paths as text, undecodable bytes as lone surrogates."""
        return {
            "id": self.sha256,
            "status": "processing" if self.claimed else self.status.value,
            "pages": self.pages,
            "sources": [os.fsdecode(path) for path in self.sources],
            "attempts": self.attempts,
            "error": None if self.error is None else {k: self.error.get(k, "") for k in _ERROR_KEYS},
            "accepted_at": self.accepted_at,
            "done_at": self.done_at,
        }


_ERROR_KEYS = ("type", "message", "hint")


class PageRow(NamedTuple):
    """One page of a catalogued document."""

    number: int
    text: str
    furniture: tuple[str, ...]
    garbled: bool

    def to_dict(self) -> dict[str, Any]:
        """The object in ``pages`` of ``show --json``."""
        return {"number": self.number, "text": self.text, "furniture": list(self.furniture)}


class ChunkRow(NamedTuple):
    """One chunk of a catalogued document, with its text."""

    index: int  # type: ignore[assignment]  # hides a method of tuples that nobody wants here
    text: str
    page_start: int
    page_end: int
    start: int
    end: int
    section: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The object in ``chunks`` of ``show --json``."""
        return self._asdict() | {"section": list(self.section)}


class AttemptRow(NamedTuple):
    """One ended try at a document."""

    number: int
    started_at: float
    ended_at: float
    outcome: str
    """``done``, ``retrying``, ``quarantined``, ``released`` (by a drain) or ``interrupted`` (by a kill)."""
    error: dict[str, Any] | None


class DocumentDetail(NamedTuple):
    """All that the catalog knows of one document."""

    row: DocumentRow
    metadata: dict[str, Any]
    """What the PDF says of itself, and what was found out while reading it. Empty until it is done."""
    pages: tuple[PageRow, ...]
    chunks: tuple[ChunkRow, ...]
    concepts: tuple[Concept, ...]
    """Best first."""
    attempts: tuple[AttemptRow, ...]
    tags: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The object of ``show --json``."""
        return self.row.to_dict() | {
            "metadata": self.metadata,
            "tags": list(self.tags),
            "pages": [page.to_dict() for page in self.pages],
            "chunks": [chunk.to_dict() for chunk in self.chunks],
            "concepts": [
                {"text": c.text, "score": c.score, "count": c.count, "pages": list(c.pages)}
                for c in self.concepts
            ],
            "history": [attempt._asdict() for attempt in self.attempts],
        }


class Hit(NamedTuple):
    """The best chunk of one document for a query."""

    sha256: str
    source: bytes
    chunk: int
    """Its index in the document."""
    page_start: int
    page_end: int
    page: int
    """The page on which the snippet begins to match."""
    snippet: str
    """Text around the match on one line."""
    marks: tuple[tuple[int, int], ...]
    """Where words of the query stand in ``snippet``."""
    score: float
    """Higher is better; comparable within one answer only."""
    hits: int
    """How many chunks of the document were among those looked at."""
    title: str

    def to_dict(self) -> dict[str, Any]:
        """The object of ``search --json``."""
        return {
            "id": self.sha256,
            "source": os.fsdecode(self.source),
            "title": self.title,
            "page_start": self.page_start,
            "page_end": self.page_end,
            "page": self.page,
            "chunk": self.chunk,
            "snippet": self.snippet,
            "score": self.score,
            "hits": self.hits,
        }


class ConceptCount(NamedTuple):
    """A concept of the catalog."""

    text: str
    documents: int
    """How many documents have it."""

    def to_dict(self) -> dict[str, Any]:
        """The object of ``concepts --json``."""
        return self._asdict()


class Related(NamedTuple):
    """A document that shares concepts with another."""

    sha256: str
    source: bytes
    title: str
    score: float
    """Higher is closer; comparable within one answer only."""
    shared: tuple[str, ...]
    """Shared concepts, the most telling first."""

    def to_dict(self) -> dict[str, Any]:
        """The object of ``show --related --json``."""
        return {
            "id": self.sha256,
            "source": os.fsdecode(self.source),
            "title": self.title,
            "score": self.score,
            "shared": list(self.shared),
        }
