"""The calls of the cascade: ranges, limits, assembly."""

from __future__ import annotations

import io
import math
import pickle
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from ingestd.errors import DocumentTooLarge, EmptyDocument, PDFParseError
from ingestd.model import Extract
from ingestd.pdf import tasks
from ingestd.pdf.layout import unpack
from ingestd.pdf.survey import Survey
from ingestd.pdf.travel import RangeRead, ReadJob
from tests.pdf.making import HEIGHT, WIDTH, Page, make, read, spoiled, words


@contextmanager
def spooled(data: bytes) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file


def in_ranges(data: bytes, range_pages: int) -> Extract:
    """The whole cascade, as the daemon runs it, all that travels pickled."""
    job = ReadJob(range_pages=range_pages)
    with spooled(data) as file:
        begun = tasks.ingest(file, job)
        if isinstance(begun, Extract):
            return begun
        info = begun.info
        assert info is not None
        assert begun.last <= range_pages
        rest = job.ranges(begun.last + 1, info.page_count)
        reads = [begun, *(tasks.read(file, job, first, last) for first, last in rest)]
    reads = [_travelled(part) for part in reads]
    habits = pickle.loads(pickle.dumps(Survey.merge(part.survey for part in reads).settle(info)))
    before = [b"", *(part.layouts[-1] for part in reads)]
    after = [*(part.layouts[0] for part in reads[1:]), b""]
    texts = [tasks.compose(p, habits, b, a, job) for p, b, a in zip(reads, before, after, strict=False)]
    ranked = tasks.rank(
        [text.candidates for text in texts], info, [h for t in texts for h in t.headings], job
    )
    return tasks.assemble(info, texts, ranked, job)


def _travelled(part: RangeRead) -> RangeRead:
    copy: RangeRead = pickle.loads(pickle.dumps(part))
    return copy


def long_document(pages: int = 60) -> bytes:
    """Running heads, hyphens over lines and pages, headings, a word spelt with a hyphen on one page only."""
    made = []
    for n in range(pages):
        page = Page().line(50, 40, "A Treatise on Ranges").line(290, 810, str(n + 1))
        page.line(50, 80, f"{n // 5 + 1} Part" if n % 5 == 0 else f"{n // 5 + 1}.{n % 5} Piece", 14, "F2")
        page.lines(50, 110, [words(9, 13 * n + i) for i in range(50)])
        page.line(
            50, 722, "this line goes on over the edge of the page with a co-" if n % 2 else "and the co-op"
        )
        made.append(page)
        if n % 2 == 0 and n:
            made[-1].operators.insert(2, Page().line(50, 65, "operative words come first here").operators[0])
    return make(made)


def test_one_range_and_many_agree() -> None:
    """Texts, furniture, sections and offsets do not depend on how a document was parted."""
    data = long_document()
    whole, parted = in_ranges(data, 100), in_ranges(data, 7)
    assert parted.info == whole.info
    assert parted.pages == whole.pages
    text = "\f".join(page.text for page in parted.pages)
    for chunk in parted.chunks:
        assert text[chunk.start : chunk.end].strip() == text[chunk.start : chunk.end] != ""
        first = text.count("\f", 0, chunk.start) + 1
        assert (chunk.page_start, chunk.page_end) == (first, text.count("\f", 0, chunk.end) + 1)
    assert [c.index for c in parted.chunks] == list(range(len(parted.chunks)))
    assert {c.section for c in parted.chunks} == {c.section for c in whole.chunks}


@pytest.mark.parametrize("pages", [1, 47, 48, 49, 60, 96, 97, 145, 10_000])
def test_ranges_are_about_equal(pages: int) -> None:
    """As few as may be, all pages in turn, none longer than it may be, none shorter by more than a page."""
    ranges = ReadJob(range_pages=48).ranges(1, pages)
    assert [page for first, last in ranges for page in range(first, last + 1)] == list(range(1, pages + 1))
    lengths = {last - first + 1 for first, last in ranges}
    assert max(lengths) <= 48
    assert max(lengths) - min(lengths) <= 1
    assert len(ranges) == math.ceil(pages / 48)
    assert ReadJob().ranges(pages + 1, pages) == []


def test_workers_share_a_short_rest() -> None:
    """On an idle machine nobody waits for one range, as long as a range is worth its call."""
    job = ReadJob(range_pages=48)
    assert [(5, 26), (27, 49)] == job.ranges(5, 49, workers=2)
    assert [(5, 16), (17, 28)] == job.ranges(5, 28, workers=8)
    assert [(5, 27)] == job.ranges(5, 27, workers=8)
    assert 209 == len(job.ranges(5, 10_000, workers=8))


def test_a_long_document_returns_its_first_range() -> None:
    """The caller gets what it needs to part the rest."""
    with spooled(make([Page().line(50, 80, f"page {n}") for n in range(5)])) as file:
        begun = tasks.ingest(file, ReadJob(range_pages=2))
        assert isinstance(begun, RangeRead)
        assert begun.info is not None
        assert (begun.first, begun.last, begun.info.page_count) == (1, 2, 5)
        assert tasks.inspect(file, ReadJob()) == begun.info


def test_limits_are_named() -> None:
    """Too many pages and too much text are refused with the figures."""
    data = make([Page().line(50, 80, words(12)) for _ in range(3)])
    with pytest.raises(DocumentTooLarge) as pages:
        read(data, ReadJob(max_pages=2))
    assert dict(pages.value.context) == {"pages": 3, "limit": 2}
    with pytest.raises(DocumentTooLarge):
        read(data, ReadJob(max_text=100))


@pytest.mark.parametrize("engine", ["auto", "pdfium", "pypdf"])
def test_garbage_is_said_to_be_damaged(engine: str) -> None:
    """With what the engine said, and no other error."""
    with pytest.raises(PDFParseError) as error:
        read(b"%PDF-1.7\nnothing that could be one\n%%EOF", ReadJob(engine=engine))
    assert error.value.context["said"]


def test_no_bytes_and_no_pages_are_empty() -> None:
    """Not damaged: there is nothing to mend."""
    with pytest.raises(EmptyDocument):
        read(b"")
    with pytest.raises((EmptyDocument, PDFParseError)):
        read(make([]))


def test_pages_without_text_are_counted() -> None:
    """Blank pages and scans are pages all the same."""
    extract = read(make([Page().line(50, 80, words(9)), Page(), Page().line(50, 80, words(9))]))
    assert extract.no_text_pages == (2,)
    assert [(chunk.page_start, chunk.page_end) for chunk in extract.chunks] == [(1, 3)]


def encrypted(data: bytes, password: str, algorithm: str = "AES-256") -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(io.BytesIO(data)))
    writer.encrypt(password, "the owner's", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("seed", range(4))
def test_places_that_no_page_has_do_no_harm(seed: int) -> None:
    """Text may stand nowhere, or be of no size: what is read of it has places, and the pages beside are as ever."""
    chance = random.Random(seed)
    good = Page().lines(50, 80, [words(9, n) for n in range(9)])
    data = make([good, *(spoiled(chance) for _ in range(300)), good])
    with spooled(data) as file:
        read_range = tasks.read(file, ReadJob(engine="pdfium"), 1, 302)
    lines = [line for packed in read_range.layouts for line in unpack(packed).lines]
    assert all(math.isfinite(number) for line in lines for number in line[1:5])
    whole = read(data, ReadJob(engine="pdfium", range_pages=1000))
    assert whole.failures == ()
    assert whole.pages[0].text == whole.pages[-1].text != ""


@pytest.mark.parametrize("engine", ["pdfium", "pypdf"])
@pytest.mark.parametrize(
    "box",
    [
        "0 0 0 0",
        f"0 0 595 {'9' * 25}",
        f"-{'9' * 25} 0 595 842",
        "0 0 595",
        "595 842 0 0",
        "0 842 595 842",
        "(a) /b [] <<>>",
    ],
)
def test_pages_of_no_size_do_no_harm(engine: str, box: str) -> None:
    """Their text is read, or they alone are said to be damaged."""
    good = Page().lines(50, 80, [words(9, n) for n in range(9)])
    kept = f"[0 0 {WIDTH} {HEIGHT}]".encode()
    data = make([good, good, good])
    at = data.index(kept, data.index(kept) + 1)
    data = data[:at] + f"[{box}]".encode() + data[at + len(kept) :]
    whole = read(data, ReadJob(engine=engine, range_pages=1000))
    assert whole.failed_pages in ((), (2,))
    assert whole.pages[0].text == whole.pages[-1].text != ""
