"""PDFs with text known to the letter, made by a real typesetter."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from functools import cache

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

PROSE = (
    "reading order decides whether a document can be found again because words that stand side by side on "
    "paper must stand side by side in the catalog and nothing that was dropped may ever be lost"
)
WORDS = PROSE.split()


def pdf(*pages: str, title: str = "", marker: str = "") -> bytes:
    """One page for each text, its lines broken at newlines; ``marker`` makes the bytes differ."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setSubject(marker)
    for text in pages:
        body = canvas.beginText(72, 770)
        for line in text.split("\n"):
            body.textLine(line)
        canvas.drawText(body)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def prose(number: int, sentences: int = 12) -> str:
    """A page of text that no other number gives."""
    lines = []
    for i in range(sentences):
        start = (number * 7 + i * 5) % len(WORDS)
        words = [*WORDS[start:], *WORDS[:start]][:11]
        lines.append(f"Sentence {i} of page {number}: {' '.join(words)}.")
    return "\n".join(lines)


def book(pages: int, marker: str = "") -> bytes:
    """A document of many pages of prose."""
    return pdf(*(prose(n) for n in range(1, pages + 1)), marker=marker)


def encrypted(data: bytes, password: str) -> bytes:
    """The same document behind a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="AES-256")
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def sources_of(names: Sequence[str], start: int = 1) -> dict[str, bytes]:
    """A document for each name."""
    return {name: pdf(prose(i), marker=name) for i, name in enumerate(names, start)}


@cache
def flate_bomb(mebibytes: int) -> bytes:
    """One page whose content unpacks to so much memory."""
    packer = zlib.compressobj(1)
    stream = b"".join(packer.compress(bytes(2**20)) for _ in range(mebibytes)) + packer.flush()
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    content = StreamObject()
    content.set_data(stream)
    content[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(content)
    return _written(writer)
