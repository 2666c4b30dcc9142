"""The calls a worker answers about one PDF: top-level functions, picklable, free of side effects.

A document of at most ``job.at_once`` pages is done by ``ingest`` alone. For a longer one ``ingest``
returns the first range, and the caller goes on::

    reads  = [first, *(read(file, job, a, b) for each further range)]       # parallel
    habits = Survey.merge(r.survey for r in reads).settle(info)             # cheap, in the caller
    texts  = [compose(r, habits, before, after, job) for r in reads]        # parallel; neighbouring layouts
    ranked = rank([t.candidates for t in texts], info, headings, job)
    assemble(info, texts, ranked, job)                                      # cheap, in the caller

A range whose worker died is left out and named in ``assemble(..., failures=)``.

What a call needs is imported when it is made: the daemon only names them, and starts without any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ingestd.model import Concept, DocumentInfo, Extract, Heading, PageFailure
from ingestd.pdf.travel import RangeRead, RangeText, ReadJob, SpoolFile

if TYPE_CHECKING:
    from ingestd.pdf.survey import Habits

Ranked = tuple[tuple[Concept, ...], str]


def inspect(file: SpoolFile, job: ReadJob) -> DocumentInfo:
    """What the document says of itself, and nothing more. Raises as ``ingest`` does on opening."""
    from ingestd.pdf import answers

    return answers.inspect(file, job)


def ingest(file: SpoolFile, job: ReadJob) -> Extract | RangeRead:
    """The whole document, or the first page range of one longer than ``job.at_once`` pages.

    Raises ``EncryptedPDF``, ``PDFParseError``, ``EmptyDocument`` or ``DocumentTooLarge``.
    """
    from ingestd.pdf import answers

    return answers.ingest(file, job)


def read(file: SpoolFile, job: ReadJob, first: int, last: int) -> RangeRead:
    """The layout of pages ``first`` to ``last``. Raises as ``ingest`` does on opening."""
    from ingestd.pdf import answers

    return answers.read(file, job, first, last)


def compose(part: RangeRead, habits: Habits, before: bytes, after: bytes, job: ReadJob) -> RangeText:
    """A range as text. ``before``, ``after``: the neighbouring pages' layouts, empty where there is none."""
    from ingestd.pdf import answers

    return answers.compose(part, habits, before, after, job)


def rank(
    candidates: Sequence[bytes], info: DocumentInfo, headings: Sequence[Heading], job: ReadJob
) -> Ranked:
    """The document's concepts, best first, and its language (ISO 639-1, empty when not known)."""
    from ingestd.pdf import answers

    return answers.rank(candidates, info, headings, job)


def assemble(
    info: DocumentInfo,
    texts: Sequence[RangeText],
    ranked: Ranked,
    job: ReadJob,
    *,
    failures: Sequence[PageFailure] = (),
    timings_ms: Mapping[str, float] | None = None,
) -> Extract:
    """One ``Extract`` of ranges in page order: ``ingestd.pdf.assembly`` says how."""
    from ingestd.pdf.assembly import assemble as put_together

    return put_together(info, texts, ranked, job, failures=failures, timings_ms=timings_ms)


def warm_up() -> None:
    """Parses a tiny PDF with every engine, so that nothing is left to import once the worker is sealed."""
    from ingestd.pdf.warming import warm_up as warm

    warm()
