"""Putting the ranges of a document together: offsets are shifted, nothing is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingestd.chunking import shifted
from ingestd.errors import DocumentTooLarge, PDFParseError
from ingestd.model import Chunk, Concept, DocumentInfo, Extract, Heading, PageFailure, PageText
from ingestd.pdf.travel import RangeText, ReadJob


def assemble(
    info: DocumentInfo,
    texts: Sequence[RangeText],
    ranked: tuple[tuple[Concept, ...], str],
    job: ReadJob,
    *,
    failures: Sequence[PageFailure] = (),
    timings_ms: Mapping[str, float] | None = None,
) -> Extract:
    """One ``Extract`` of ranges in page order. Cheap: for the daemon's own process.

    ``failures``: the ranges that are missing; ``timings_ms``: of further steps, added to the ranges' own.
    Raises ``DocumentTooLarge`` when all the text together is, ``PDFParseError`` when no page is left.
    """
    pages: list[PageText] = []
    chunks: list[Chunk] = []
    open_headings: list[Heading] = []
    offset = size = 0
    for text in texts:
        chunks += shifted(_under(open_headings, text), index=len(chunks), offset=offset)
        for heading in text.headings:
            open_headings = [h for h in open_headings if h.level < heading.level] + [heading]
        pages += text.pages
        offset += sum([len(page.text) + 1 for page in text.pages])
        size += text.text_bytes
    if size > job.max_text:
        raise DocumentTooLarge(
            f"the text has {size} bytes, the limit is {job.max_text}", bytes=size, limit=job.max_text
        )
    failed = sorted([*failures, *(f for t in texts for f in t.failures)], key=lambda f: f.first)
    engine = "+".join(sorted({name for t in texts for name in t.engine.split("+")}))
    if failed and not pages:
        raise PDFParseError(
            f"no page of the PDF can be read: {failed[0].error['message']}", pages=info.page_count
        )
    concepts, language = ranked
    return Extract(
        info,
        tuple(pages),
        tuple(chunks),
        concepts,
        language,
        engine,
        tuple(failed),
        _sum(texts, timings_ms or {}),
    )


def _under(open_headings: Sequence[Heading], text: RangeText) -> Sequence[Chunk]:
    """The chunks of a range with the headings in their sections that were open where the range begins."""
    if not open_headings:
        return text.chunks
    found: list[Chunk] = []
    ahead = list(reversed(text.headings))
    for chunk in text.chunks:
        while ahead and ahead[-1].start <= chunk.start:
            level = ahead.pop().level
            open_headings = [h for h in open_headings if h.level < level]
        carried = tuple(heading.title for heading in open_headings)
        found.append(chunk._replace(section=carried + chunk.section))
    return found


def _sum(texts: Sequence[RangeText], more: Mapping[str, float]) -> dict[str, float]:
    total = dict(more)
    for text in texts:
        for step, spent in text.timings_ms.items():
            total[step] = total.get(step, 0.0) + spent
    return {step: round(spent, 3) for step, spent in total.items()}
