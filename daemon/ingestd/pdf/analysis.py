"""The seam to chunking and concepts: all that this package asks of them stands here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestd.chunking import cut
from ingestd.concepts import Candidates, Hints, gather, rank
from ingestd.model import PAGE_BREAK, Chunk, Concept, DocumentInfo, Heading, PageText

__all__ = ["Candidates", "cut_chunks", "gather_candidates", "page_starts", "rank_candidates"]

_BETWEEN_KEYWORDS = re.compile(r"[,;]")


def page_starts(pages: Sequence[PageText], first: int, last: int) -> list[int]:
    """Where each page begins in the text; one that is missing begins where the next one does."""
    offset = 0
    starts = []
    texts = {page.number: page.text for page in pages}
    for number in range(first, last + 1):
        starts.append(offset)
        if number in texts:
            offset += len(texts[number]) + 1
    return starts


def cut_chunks(
    text: str, starts: Sequence[int], first: int, headings: Sequence[Heading]
) -> tuple[Chunk, ...]:
    """Chunks of ``text``, whose pages begin at ``starts`` and are numbered from ``first``."""
    return tuple(cut(text, starts, headings, first_page=first))


def gather_candidates(pages: Sequence[PageText], text: str, starts: Sequence[int], first: int) -> Candidates:
    """Concept candidates of one page range, whose text ``text`` is: small and picklable.

    Garbled pages have none: their letters name nothing, and would stand among the catalog's concepts.
    """
    if any(page.garbled for page in pages):
        text = PAGE_BREAK.join([" " * len(page.text) if page.garbled else page.text for page in pages])
    return gather(text, page_starts=starts, first_page=first)


def rank_candidates(
    candidates: Sequence[Candidates], info: DocumentInfo, headings: Sequence[Heading], limit: int
) -> tuple[tuple[Concept, ...], str]:
    """The document's concepts, best first, and its language (ISO 639-1, empty when not known)."""
    if not candidates:
        return (), ""
    merged = candidates[0].merge(*candidates[1:])
    titles = (*(heading.title for heading in headings), *(entry.title for entry in info.outline))
    keywords = tuple(word for part in _BETWEEN_KEYWORDS.split(info.keywords) if (word := part.strip()))
    hints = Hints(info.title, tuple(dict.fromkeys(titles)), keywords)
    concepts = rank(merged, limit, hints) if limit > 0 else []
    return tuple(concepts), merged.language
