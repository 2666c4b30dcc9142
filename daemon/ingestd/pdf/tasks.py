"""The calls a worker answers about one PDF: top-level functions, picklable, free of side effects.

A document of at most ``job.range_pages`` pages is done by ``ingest`` alone. For a longer one ``ingest``
returns the first range, and the caller goes on::

    reads  = [first, *(read(file, job, a, b) for each further range)]       # parallel
    habits = Survey.merge(r.survey for r in reads).settle(info)             # cheap, in the caller
    texts  = [compose(r, habits, before, after, job) for r in reads]        # parallel; neighbouring layouts
    ranked = rank([t.candidates for t in texts], info, headings, job)
    assemble(info, texts, ranked, job)                                      # cheap, in the caller

A range whose worker died is left out and named in ``assemble(..., failures=)``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate

from ingestd.errors import DocumentTooLarge
from ingestd.model import PAGE_BREAK, Concept, DocumentInfo, Extract, Heading, PageFailure
from ingestd.pdf.analysis import Candidates, cut_chunks, gather_candidates, rank_candidates
from ingestd.pdf.assembly import assemble
from ingestd.pdf.compose import compose_pages
from ingestd.pdf.opening import Opened, opened
from ingestd.pdf.survey import Habits, Survey
from ingestd.pdf.travel import RangeRead, RangeText, ReadJob, SpoolFile

__all__ = ["assemble", "compose", "ingest", "inspect", "rank", "read", "warm_up"]

Ranked = tuple[tuple[Concept, ...], str]


def inspect(file: SpoolFile, job: ReadJob) -> DocumentInfo:
    """What the document says of itself, and nothing more. Raises as ``ingest`` does on opening."""
    with opened(file, job) as document:
        return document.first.info()


def ingest(file: SpoolFile, job: ReadJob) -> Extract | RangeRead:
    """The whole document, or the first page range of one longer than ``job.range_pages``.

    Raises ``EncryptedPDF``, ``PDFParseError``, ``EmptyDocument`` or ``DocumentTooLarge``.
    """
    timings: dict[str, float] = {}
    with opened(file, job) as document:
        with _timed(timings, "info"):
            info = document.first.info()
        result = replace(_read(document, 1, min(info.page_count, job.range_pages), job), info=info)
    if info.page_count > job.range_pages:
        return result
    habits = result.survey.settle(info)
    text = compose(result, habits, b"", b"", job)
    with _timed(timings, "rank"):
        ranked = rank([text.candidates], info, text.headings, job)
    return assemble(info, [text], ranked, job, timings_ms=timings)


def read(file: SpoolFile, job: ReadJob, first: int, last: int) -> RangeRead:
    """The layout of pages ``first`` to ``last``. Raises as ``ingest`` does on opening."""
    with opened(file, job) as document:
        return _read(document, first, min(last, document.first.page_count), job)


def _read(document: Opened, first: int, last: int, job: ReadJob) -> RangeRead:
    layouts: list[bytes] = []
    failures: list[PageFailure] = []
    start = time.monotonic()
    room = job.max_text
    for number in range(first, last + 1):
        page = document.page(number, lambda engine, n: b"=" + engine.text(n).encode("utf-8", "replace"))
        if isinstance(page, PageFailure):
            failures.append(page)
            page = b""
        layouts.append(page)
        room -= len(page)
        if room < 0:
            raise DocumentTooLarge(f"the text is larger than {job.max_text} bytes", limit=job.max_text)
    engine = "+".join(sorted(document.engines)) or document.first.engine
    spent = {"read": (time.monotonic() - start) * 1e3}
    return RangeRead(first, last, tuple(layouts), Survey(), engine, None, tuple(failures), spent)


def compose(part: RangeRead, habits: Habits, before: bytes, after: bytes, job: ReadJob) -> RangeText:
    """A range as text. ``before``, ``after``: the neighbouring pages' layouts, empty where there is none."""
    timings = dict(part.timings_ms)
    with _timed(timings, "compose"):
        pages, headings = compose_pages(part.first, part.layouts, habits, before, after)
        text = PAGE_BREAK.join([page.text for page in pages])
        starts = list(accumulate((len(page.text) + 1 for page in pages[:-1]), initial=0)) if pages else []
        numbers = [page.number for page in pages]
    with _timed(timings, "chunks"):
        chunks = cut_chunks(text, starts, numbers, headings)
    with _timed(timings, "candidates"):
        candidates = gather_candidates(text, starts, numbers)
    return RangeText(
        part.first,
        part.last,
        pages,
        headings,
        chunks,
        candidates,
        len(text.encode()),
        part.engine,
        part.failures,
        timings,
    )


def rank(
    candidates: Sequence[Candidates], info: DocumentInfo, headings: Sequence[Heading], job: ReadJob
) -> Ranked:
    """The document's concepts, best first, and its language (ISO 639-1, empty when not known)."""
    return rank_candidates(candidates, info, headings, job.concept_limit)


@contextmanager
def _timed(timings: dict[str, float], step: str) -> Iterator[None]:
    start = time.monotonic()
    try:
        yield
    finally:
        timings[step] = timings.get(step, 0.0) + (time.monotonic() - start) * 1e3


def warm_up() -> None:
    """Parses a tiny PDF with every engine, so that nothing is left to import once the worker is sealed."""
    from ingestd.pdf.warming import warm_up as warm

    warm()
