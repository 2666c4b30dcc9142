"""Documents made up for the tests of the store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ingestd.model import (
    PAGE_BREAK,
    Chunk,
    Claim,
    Concept,
    DocumentInfo,
    Extract,
    FileIdentity,
    PageText,
    Priority,
    Settled,
    Spooled,
)
from ingestd.store import Store

RUN = "run-1"


def sha256(content: str) -> str:
    """The id of a document of this content."""
    return hashlib.sha256(content.encode()).hexdigest()


def spooled(
    content: str, name: str = "", *, priority: Priority = Priority.NORMAL, tags: tuple[str, ...] = ()
) -> Spooled:
    """A file of this content in the spool."""
    path = f"/inbox/{name or content}.pdf".encode()
    source = Settled("/inbox", path, FileIdentity(1, 2, len(content), 4), tags, priority)
    return Spooled(sha256(content), len(content), source)


def extract(
    *pages: str,
    title: str = "",
    concepts: Sequence[str | Concept] = (),
    size: int = 0,
    around: int = 40,
) -> Extract:
    """An extract of these pages, one chunk a page, or cut every ``size`` characters."""
    text = PAGE_BREAK.join(pages)
    chunks: list[Chunk] = []
    start = 0
    for number, page in enumerate(pages, start=1):
        end = start + len(page)
        for begin in range(start, end, size or len(page)):
            stop = min(end, begin + (size or len(page)))
            context = text[max(0, begin - around) : begin] + " " + text[stop : stop + around]
            chunks.append(Chunk(len(chunks), begin, stop, number, number, ("1 Part", "1.1 Piece"), context))
        start = end + len(PAGE_BREAK)
    return Extract(
        info=DocumentInfo(len(pages), title=title),
        pages=tuple(PageText(n, page, ("running head",)) for n, page in enumerate(pages, start=1)),
        chunks=tuple(chunks),
        concepts=tuple(
            c if isinstance(c, Concept) else Concept(c, 1 / (n + 1), 2, (1,)) for n, c in enumerate(concepts)
        ),
        language="en",
        engine="made",
        timings_ms={"read": 1.5},
    )


def claimed(store: Store, content: str, **source: object) -> Claim:
    """A new document of this content, claimed; nothing else must wait."""
    store.accept([spooled(content, **source)], 100.0)  # type: ignore[arg-type]
    (claim,) = store.claim(RUN, 1, 101.0)
    return claim


def catalogued(store: Store, content: str, result: Extract, **source: object) -> str:
    """The id of a new document that is done with this result."""
    claim = claimed(store, content, **source)
    store.complete(claim, result, 102.0)
    return claim.sha256
