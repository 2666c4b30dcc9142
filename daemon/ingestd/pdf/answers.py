"""How a worker answers the calls of ``tasks``: free of side effects, with all that reading a PDF takes."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ingestd.model import PAGE_BREAK, Concept, DocumentInfo, Extract, Heading
from ingestd.pdf.analysis import Candidates, cut_chunks, gather_candidates, page_starts, rank_candidates
from ingestd.pdf.assembly import assemble
from ingestd.pdf.compose import compose_pages
from ingestd.pdf.layout import PageLayout, unpack
from ingestd.pdf.opening import let_go, opened
from ingestd.pdf.reading import ReadPages, read_pages
from ingestd.pdf.survey import Habits
from ingestd.pdf.travel import RangeRead, RangeText, ReadJob, SpoolFile

Ranked = tuple[tuple[Concept, ...], str]


def inspect(file: SpoolFile, job: ReadJob) -> DocumentInfo:
    """See ``tasks``, as for all that follow."""
    with opened(file, job) as document:
        return document.first.info()


def ingest(file: SpoolFile, job: ReadJob) -> Extract | RangeRead:
    """The whole document, or its first page range."""
    timings: dict[str, float] = {}
    with opened(file, job) as document:
        with _timed(timings, "info"):
            info = document.first.info()
        with _timed(timings, "read"):
            pages = read_pages(document, 1, job.opening(info.page_count), job.max_text)
    if info.page_count > job.at_once:
        return _packed(pages, info, timings)
    with _timed(timings, "compose"):
        habits = pages.survey.settle(info)
    text, candidates = _composed(pages, habits, None, None, timings)
    ranking: dict[str, float] = {}
    with _timed(ranking, "rank"):
        ranked = rank_candidates([candidates], info, text.headings, job.concept_limit)
    return assemble(info, [text], ranked, job, timings_ms=ranking)


def read(file: SpoolFile, job: ReadJob, first: int, last: int) -> RangeRead:
    """A further page range."""
    timings: dict[str, float] = {}
    with opened(file, job, keep=True) as document, _timed(timings, "read"):
        pages = read_pages(document, first, min(last, document.first.page_count), job.max_text)
    return _packed(pages, None, timings)


def _packed(pages: ReadPages, info: DocumentInfo | None, timings: dict[str, float]) -> RangeRead:
    layouts = tuple(layout.pack() if layout else b"" for layout in pages.layouts)
    last = pages.first + len(layouts) - 1
    letters = sum(layout.letters for layout in pages.layouts if layout)
    return RangeRead(
        pages.first, last, layouts, pages.survey, pages.engine, info, letters, pages.failures, timings
    )


def compose(part: RangeRead, habits: Habits, before: bytes, after: bytes, job: ReadJob) -> RangeText:
    """A range as text."""
    let_go()  # all ranges are read by now
    layouts = [unpack(data) if data else None for data in part.layouts]
    pages = ReadPages(part.first, layouts, part.survey, part.engine, part.failures)
    neighbours = (unpack(before) if before else None, unpack(after) if after else None)
    text, candidates = _composed(pages, habits, *neighbours, dict(part.timings_ms))
    return text._replace(candidates=pickle.dumps(candidates, pickle.HIGHEST_PROTOCOL))


def _composed(
    pages: ReadPages,
    habits: Habits,
    before: PageLayout | None,
    after: PageLayout | None,
    timings: dict[str, float],
) -> tuple[RangeText, Candidates]:
    with _timed(timings, "compose"):
        texts, headings = compose_pages(pages.first, pages.layouts, habits, before, after)
        text = PAGE_BREAK.join([page.text for page in texts])
        last = pages.first + len(pages.layouts) - 1
        starts = page_starts(texts, pages.first, last)
    with _timed(timings, "chunks"):
        chunks = cut_chunks(text, starts, pages.first, headings)
    with _timed(timings, "candidates"):
        candidates = gather_candidates(texts, text, starts, pages.first)
    composed = RangeText(
        first=pages.first,
        last=last,
        pages=texts,
        headings=headings,
        chunks=chunks,
        candidates=b"",
        text_bytes=len(text.encode()),
        engine=pages.engine,
        failures=pages.failures,
        timings_ms=timings,
    )
    return composed, candidates


def rank(
    candidates: Sequence[bytes], info: DocumentInfo, headings: Sequence[Heading], job: ReadJob
) -> Ranked:
    """Concepts and language."""
    gathered = [pickle.loads(data) for data in candidates]  # of a worker, in a worker
    return rank_candidates(gathered, info, headings, job.concept_limit)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.monotonic()
    try:
        yield
    finally:
        timings[step] = timings.get(step, 0.0) + (time.monotonic() - start) * 1e3
