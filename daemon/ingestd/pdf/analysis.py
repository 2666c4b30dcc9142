"""The seam to chunking and concepts: all that this package asks of them stands here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingestd.chunking import cut
from ingestd.model import Chunk, Concept, DocumentInfo, Heading

Candidates = tuple[str, ...]
"""Concept candidates of one page range: small and picklable."""


def cut_chunks(
    text: str, page_starts: Sequence[int], numbers: Sequence[int], headings: Sequence[Heading]
) -> tuple[Chunk, ...]:
    """Chunks of ``text``, whose pages begin at ``page_starts`` and have ``numbers``."""
    if not page_starts:
        return ()
    chunks = cut(text, page_starts, headings)
    if numbers[-1] == len(numbers):
        return tuple(chunks)
    return tuple(
        replace(c, page_start=numbers[c.page_start - 1], page_end=numbers[c.page_end - 1]) for c in chunks
    )


def gather_candidates(text: str, page_starts: Sequence[int], numbers: Sequence[int]) -> Candidates:
    """Concept candidates of one page range."""
    return ()


def rank_candidates(
    candidates: Sequence[Candidates], info: DocumentInfo, headings: Sequence[Heading], limit: int
) -> tuple[tuple[Concept, ...], str]:
    """The document's concepts, best first, and its language (ISO 639-1, empty when not known)."""
    return (), ""
