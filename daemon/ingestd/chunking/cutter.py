"""From text to chunks with their pages, sections and contexts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from ingestd.chunking.borders import borders
from ingestd.chunking.context import REACH, context_of
from ingestd.chunking.headings import Sections, find_headings
from ingestd.chunking.partition import partition
from ingestd.model import PAGE_BREAK, Chunk, Heading


def chunk_text(text: str) -> list[Chunk]:
    """The chunks of any text, in order; form feeds part its pages, headings are found in it.

    Every character that is not white space lies in exactly one chunk; chunks begin and end with such
    a character. None is longer than 1,200 characters, most are near 400.
    """
    return cut(text, page_starts(text), find_headings(text))


def page_starts(text: str) -> list[int]:
    """Offsets at which the pages of a text begin whose pages are joined by form feeds."""
    starts = [0]
    position = text.find(PAGE_BREAK)
    while position >= 0:
        starts.append(position + 1)
        position = text.find(PAGE_BREAK, position + 1)
    return starts


def cut(
    text: str,
    page_starts: Sequence[int],
    headings: Sequence[Heading],
    *,
    first_index: int = 0,
    first_page: int = 1,
    before: str = "",
    after: str = "",
) -> list[Chunk]:
    """The chunks of ``text``, a document or one page range of it.

    All offsets, in and out, count from the beginning of ``text``. ``page_starts`` rise from 0.
    ``headings`` are in order; those before a page range, with negative starts, are open where it
    begins. ``before`` and ``after`` are the text around a page range (300 characters do, and the
    form feed belongs to it): they come into contexts only.
    """
    sections = Sections(text, headings)
    lead = before[-REACH - 1 :]
    whole = f"{lead}{text}{after[: REACH + 1]}"
    chunks = []
    for index, (start, end) in enumerate(partition(borders(text, sections.spans)), first_index):
        section = sections.path(start)
        page, last_page = bisect_right(page_starts, start), bisect_right(page_starts, end - 1)
        context = context_of(whole, start + len(lead), end + len(lead), section)
        chunks.append(
            Chunk(index, start, end, first_page + page - 1, first_page + last_page - 1, section, context)
        )
    return chunks


def shifted(chunks: Iterable[Chunk], *, index: int, offset: int) -> list[Chunk]:
    """The chunks of a page range as those of its document, where it begins at ``offset``.

    They are numbered from ``index``.
    """
    if not index and not offset:
        return list(chunks)
    return [
        chunk._replace(index=number, start=chunk.start + offset, end=chunk.end + offset)
        for number, chunk in enumerate(chunks, index)
    ]
