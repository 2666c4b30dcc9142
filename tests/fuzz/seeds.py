"""What is mutated: PDFs made here, of each structure a PDF may have, and a corpus where there is one."""

from __future__ import annotations

import io
import os
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from tests.pdf.making import Page, make, words
from tests.pdfs import book, encrypted, pdf, prose
from tests.raw_pdf import FORM, document, stream

MAX_SIZE = 1_000_000
"""Bytes; mutants of larger files cost much and tell little more."""


def made() -> list[bytes]:
    """Plain and compressed, encrypted, with outline, labels, attachments, a form, fonts with their own maps."""
    map_ = "<41> <00E4>\n<42> <D835DC00>\n<43> <202E>"
    own_fonts = make([Page().lines(50, 80, [words(9, 9 * i) for i in range(9)]).line(50, 300, "ABC", font="F4")],
                     unicode_map=map_)  # fmt: skip
    two_columns = make(
        [
            Page()
            .lines(50, 80, [words(5, i) for i in range(30)])
            .lines(320, 80, [words(5, i) for i in range(30)])
        ]
    )
    turned = make(
        [Page(rotate=90).line(50, 80, words(12)), Page().raw("q 0 1 -1 0 300 300 cm").line(9, 9, "up")]
    )
    return [
        pdf(prose(1), title="A title"),
        book(4),
        encrypted(pdf(prose(2)), ""),
        own_fonts,
        two_columns,
        turned,
        furnished(),
        rewritten(book(3)),
        nested_forms(),
    ]


def furnished() -> bytes:
    """With all a document can say of itself."""
    writer = PdfWriter(PdfReader(io.BytesIO(book(3))))
    writer.add_metadata({"/Title": "Title \u0142 \u202e", "/CreationDate": "D:20240229120000+01'00'"})
    writer.add_attachment("data.csv", b"1,2\n" * 50)
    writer.set_page_label(0, 1, style="/r")
    writer.set_page_label(2, 2, style="/D", start=7)
    first = writer.add_outline_item(title="One", page_number=0)
    writer.add_outline_item(title="Two", page_number=1, parent=first)
    writer.add_uri(page_number=0, uri="http://127.0.0.1/", rect=(10, 10, 90, 90))
    return written(writer)


def rewritten(data: bytes) -> bytes:
    """By another program: its streams compressed anew."""
    writer = PdfWriter(PdfReader(io.BytesIO(data)))
    writer.compress_identical_objects()
    for page in writer.pages:
        page.compress_content_streams(level=1)
    return written(writer)


def nested_forms() -> bytes:
    """Text in a form in a form."""
    return document(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
            " /Resources << /XObject << /X 5 0 R >> >> >>",
            stream("/X Do"),
            stream("/Y Do", f"{FORM} /Resources << /XObject << /Y 6 0 R >> >>"),
            stream(
                "BT /F 12 Tf 50 700 Td (the words within) Tj ET",
                f"{FORM} /Resources << /Font << /F 7 0 R >> >>",
            ),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def corpus() -> list[bytes]:
    """The files under ``INGESTD_CORPUS``; none where it is not set."""
    folder = os.environ.get("INGESTD_CORPUS")
    files = sorted(Path(folder).rglob("*.pdf")) if folder else []
    return [path.read_bytes() for path in files if path.stat().st_size <= MAX_SIZE]


def written(writer: PdfWriter) -> bytes:
    """The bytes of what ``writer`` has."""
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
