"""The seam to chunking and concepts: all that this package asks of them stands here."""

from __future__ import annotations

from collections.abc import Sequence

from ingestd.model import Chunk, Concept, DocumentInfo, Heading

Candidates = tuple[str, ...]
"""Concept candidates of one page range: small and picklable."""


def cut_chunks(
    text: str, page_starts: Sequence[int], numbers: Sequence[int], headings: Sequence[Heading]
) -> tuple[Chunk, ...]:
    """Chunks of ``text``, whose pages begin at ``page_starts`` and have ``numbers``."""
    if not page_starts:
        return ()
    ends = [*(start - 1 for start in page_starts[1:]), len(text)]
    spans = [
        (n, a, b)
        for n, (a, b) in zip(numbers, zip(page_starts, ends, strict=True), strict=True)
        if text[a:b].strip()
    ]
    return tuple(Chunk(i, a, b, n, n) for i, (n, a, b) in enumerate(spans))


def gather_candidates(text: str, page_starts: Sequence[int], numbers: Sequence[int]) -> Candidates:
    """Concept candidates of one page range."""
    return ()


def rank_candidates(
    candidates: Sequence[Candidates], info: DocumentInfo, headings: Sequence[Heading], limit: int
) -> tuple[tuple[Concept, ...], str]:
    """The document's concepts, best first, and its language (ISO 639-1, empty when not known)."""
    return (), ""
