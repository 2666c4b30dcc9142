"""What a document says of itself."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from ingestd.model import OutlineEntry
from ingestd.pdf.strings import clean, iso_date
from ingestd.pdf.travel import ReadJob
from tests.pdf.making import Page, make, read

OUTLINE = [
    "<< /Type /Outlines /First 9 0 R /Last 10 0 R /Count 2 >>",
    "<< /Title (One) /Parent 8 0 R /Next 10 0 R /First 11 0 R /Last 11 0 R /Dest [12 0 R /Fit] >>",
    "<< /Title (Two) /Parent 8 0 R /Next 9 0 R /Dest [14 0 R /Fit] >>",
    "<< /Title (One and \\(a half\\)) /Parent 9 0 R /First 11 0 R /Dest [14 0 R /Fit] >>",
]


def made() -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(make([Page().line(50, 80, "one"), Page().line(50, 80, "two")]))))
    writer.add_metadata(
        {
            "/Title": "Ein\x00 Titel über\n Dinge",
            "/Author": "A. Author",
            "/Keywords": "x, y",
            "/CreationDate": "D:20240229120000+01'00'",
        }
    )
    writer.add_attachment("data.csv", b"1,2")
    writer.set_page_label(0, 0, style="/r")
    writer.set_page_label(1, 1, style="/D")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("engine", ["pdfium", "pypdf"])
def test_facts_are_read_by_both_engines(engine: str) -> None:
    """Cleaned, dates as ISO 8601, labels one a page, names of attachments."""
    info = read(made(), ReadJob(engine=engine)).info
    assert (info.title, info.author, info.keywords) == ("Ein Titel über Dinge", "A. Author", "x, y")
    assert info.created == "2024-02-29T12:00:00+01:00"
    assert info.page_labels == ("i", "1")
    assert info.attachments == ("data.csv",)
    assert not info.encrypted


@pytest.mark.parametrize("engine", ["pdfium", "pypdf"])
def test_an_outline_that_bites_its_tail_ends(engine: str) -> None:
    """Each entry once, with its level and page, whatever circle the links make."""
    data = make(
        [Page().line(50, 80, "one"), Page().line(50, 80, "two")], extra=OUTLINE, root="/Outlines 8 0 R"
    )
    outline = read(data, ReadJob(engine=engine)).info.outline
    assert outline[0] == OutlineEntry(1, "One", 1)
    assert OutlineEntry(2, "One and (a half)", 2) in outline
    assert len(outline) <= 5_000


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("D:20240131120000Z", "2024-01-31T12:00:00+00:00"),
        ("D:20240131", "2024-01-31T00:00:00"),
        ("20240131120000-05'30'", "2024-01-31T12:00:00-05:30"),
        ("2024-01-31T12:00:00+0100", "2024-01-31T12:00:00+01:00"),
        ("D:2024", "2024-01-01T00:00:00"),
        ("D:20241399", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_dates(raw: str, iso: str) -> None:
    """What can be read as a date is one; the rest is empty, not guessed."""
    assert iso_date(raw) == iso


def test_strings_are_safe_to_keep() -> None:
    """One line, no controls, no lone surrogates, bounded."""
    assert clean("a\x00b\r\n c\ud800\ue000 \u202f d") == "a b c d"
    assert len(clean("x" * 10_000)) == 2_000
