"""Engines, passwords, and what happens when one of them fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestd.errors import EncryptedPDF
from ingestd.pdf import opening, tasks
from ingestd.pdf.engines import PageUnreadable, pdfium, pypdf
from ingestd.pdf.travel import ReadJob
from tests.pdf.making import Page, make, read, words
from tests.pdf.test_tasks import encrypted
from tests.pdfs import pdf, prose

DATA = make([Page().lines(50, 80, [words(9, 9 * i) for i in range(4)])])
TEXT = words(36)


@pytest.mark.parametrize("engine", ["auto", "pypdf"])
@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_the_empty_password_is_tried(engine: str, algorithm: str) -> None:
    """Most encrypted files open without asking."""
    extract = read(encrypted(DATA, "", algorithm), ReadJob(engine=engine))
    assert extract.info.encrypted
    assert extract.pages[0].text.split() == TEXT.split()


@pytest.mark.parametrize("engine", ["auto", "pypdf"])
def test_known_passwords_are_tried_in_turn(engine: str) -> None:
    """One that fits is enough; none that does is said."""
    data = encrypted(DATA, "s3cret")
    assert (
        read(data, ReadJob(engine=engine, passwords=("wrong", "s3cret"))).pages[0].text.split()
        == TEXT.split()
    )
    with pytest.raises(EncryptedPDF) as error:
        read(data, ReadJob(engine=engine, passwords=("wrong",)))
    assert "passwords" in error.value.hint


@pytest.mark.parametrize("engine", ["pdfium", "pypdf"])
def test_each_engine_does_the_whole_job(engine: str) -> None:
    """Text, facts, chunks."""
    extract = read(DATA, ReadJob(engine=engine))
    assert extract.engine == engine
    assert extract.pages[0].text.split() == TEXT.split()
    assert extract.chunks


def test_pypdf_opens_what_pdfium_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``auto`` the second parser is asked; with ``pdfium`` it is not."""
    monkeypatch.setitem(pdfium._REASONS, 3, "it says no")
    monkeypatch.setattr(pdfium.pdfium, "FPDF_LoadMemDocument64", lambda *_: None)
    monkeypatch.setattr(pdfium.pdfium, "FPDF_GetLastError", lambda: 3)
    assert read(DATA).engine == "pypdf"
    with pytest.raises(Exception, match="it says no"):
        read(DATA, ReadJob(engine="pdfium"))


def test_a_page_that_one_engine_cannot_read_is_read_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the document says that both were at work."""
    whole = pdfium.PdfiumDocument.layout

    def layout(self: pdfium.PdfiumDocument, number: int):  # type: ignore[no-untyped-def]
        if number == 2:
            raise PageUnreadable("broken")
        return whole(self, number)

    monkeypatch.setattr(pdfium.PdfiumDocument, "layout", layout)
    extract = read(make([Page().line(50, 80, f"page number {n}") for n in (1, 2, 3)]))
    assert [page.text for page in extract.pages] == ["page number 1", "page number 2", "page number 3"]
    assert extract.engine == "pdfium+pypdf"


def test_a_page_nobody_can_read_is_a_failure_of_that_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are kept, the numbers stay, and the loss is said."""

    def broken(self: object, number: int) -> None:
        raise PageUnreadable("broken")

    whole = pdfium.PdfiumDocument.layout
    monkeypatch.setattr(
        pdfium.PdfiumDocument, "layout", lambda self, n: broken(self, n) if n == 2 else whole(self, n)
    )
    monkeypatch.setattr(pypdf.PypdfDocument, "layout", broken)
    extract = read(make([Page().line(50, 80, f"page number {n} of all") for n in (1, 2, 3)]))
    assert [page.number for page in extract.pages] == [1, 3]
    assert extract.failed_pages == (2,)
    assert [(chunk.page_start, chunk.page_end) for chunk in extract.chunks] == [(1, 3)]
    assert extract.failures[0].error["type"] == "damaged"


def test_a_document_kept_open_between_its_ranges_reads_the_same(tmp_path: Path) -> None:
    """Ranges of one document, another in between, give what each gives alone; nothing stays open after."""
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    first.write_bytes(pdf(*(prose(n) for n in range(6)), marker="a"))
    second.write_bytes(pdf(*(prose(n) for n in range(10, 16)), marker="b"))
    with first.open("rb") as a, second.open("rb") as b:
        alone = []
        visits = ((a, (1, 2)), (a, (3, 4)), (b, (1, 2)), (a, (5, 6)))
        for file, pages in visits:
            opening.let_go()
            alone.append(tasks.read(file, ReadJob(), *pages).layouts)
        opening.let_go()
        kept = [tasks.read(file, ReadJob(), *pages).layouts for file, pages in visits]
        opening.let_go()
    assert alone == kept
    assert not opening._kept
