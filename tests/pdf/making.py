"""Small PDFs made to the letter: what stands where, in which order of the stream, is the test's to say."""

from __future__ import annotations

import io
import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingestd.model import Extract
from ingestd.pdf.tasks import ingest
from ingestd.pdf.travel import ReadJob

WIDTH, HEIGHT = 595, 842
WORDS = [
    "the",
    "engine",
    "reads",
    "every",
    "page",
    "in",
    "order",
    "and",
    "keeps",
    "what",
    "it",
    "finds",
    "in",
    "a",
    "safe",
    "place",
    "while",
    "others",
    "wait",
    "for",
    "their",
    "turn",
    "at",
    "the",
    "door",
    "of",
    "the",
    "small",
    "house",
    "near",
    "the",
    "river",
    "where",
    "nobody",
    "has",
    "ever",
    "seen",
    "such",
    "a",
    "careful",
    "machine",
    "work",
]


@dataclass
class Page:
    """A page under construction; y is given from the upper edge, as a reader sees it."""

    rotate: int = 0
    operators: list[str] = field(default_factory=list)

    def line(self, x: float, y: float, text: str, size: float = 10, font: str = "F1") -> Page:
        """One line of text with its base line ``y`` points below the upper edge."""
        return self.raw(f"BT /{font} {size} Tf 1 0 0 1 {x} {HEIGHT - y} Tm ({escaped(text)}) Tj ET")

    def lines(self, x: float, y: float, texts: Iterable[str], size: float = 10, lead: float = 12) -> Page:
        """Lines below each other."""
        for i, text in enumerate(texts):
            self.line(x, y + i * lead, text, size)
        return self

    def raw(self, operator: str) -> Page:
        """Any operator."""
        self.operators.append(operator)
        return self


NUMBERS = ["9" * 60, "9" * 38, "-" + "9" * 38, "9" * 30, "9" * 20, "9999999", "0", "1", "0." + "0" * 39 + "1"]
"""As a spoiled file may spell them: beyond what a float holds, where its squares are, and next to nothing."""
OPERATORS = [
    "{} {} {} {} {} {} cm",
    "BT {} Tc {} Tw {} Tz {} Ts {} TL ET",
    "BT /F1 10 Tf {} {} {} {} {} {} Tm (odd words) Tj ET",
    "BT /F1 {} Tf {} {} Td (odd words) Tj ET",
    "BT /F1 10 Tf 50 500 Td [(odd) {} (words)] TJ ET",
]


def spoiled(chance: random.Random) -> Page:
    """A page on which text stands where no page reaches, and the more so what comes behind it."""
    operators = " ".join(chance.sample(OPERATORS, chance.randrange(1, 4)))
    numbers = [chance.choice(NUMBERS) for _ in range(operators.count("{}"))]
    return Page().raw(operators.format(*numbers)).line(50, 100, "good words")


def escaped(text: str) -> str:
    """Text as it stands in a PDF string, in WinAnsi."""
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def words(count: int, start: int = 0) -> str:
    """So many words of made-up prose, other ones for another ``start``."""
    return " ".join(WORDS[(start + i) % len(WORDS)] for i in range(count))


def make(pages: Sequence[Page], *, unicode_map: str = "", extra: Sequence[str] = (), root: str = "") -> bytes:
    """The bytes of a PDF. Fonts: F1 Helvetica, F2 bold, F3 Courier, F4 with ``unicode_map`` (bfchar lines),
    F5 Courier with it."""
    first = 8 + len(extra)
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(unicode_map.splitlines())} beginbfchar\n"
        f"{unicode_map}\nendbfchar endcmap end end"
    )
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {root} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        _font("Helvetica"),
        _font("Helvetica-Bold"),
        _font("Courier"),
        _font("Times-Roman", "/ToUnicode 7 0 R" if unicode_map else ""),
        _stream(cmap),
        *extra,
    ]
    for i, page in enumerate(pages):
        turn = f"/Rotate {page.rotate}" if page.rotate else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {turn} /Contents {first + 2 * i + 1} 0 R"
            f" /Resources << /Font << /F1 3 0 R /F2 4 0 R /F3 5 0 R /F4 6 0 R /F5 {first + 2 * len(pages)} 0 R >> >> >>"
        )
        objects.append(_stream("\n".join(page.operators)))
    objects.append(_font("Courier", "/ToUnicode 7 0 R" if unicode_map else ""))
    return _file(objects)


def _font(name: str, more: str = "") -> str:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding {more} >>"


def _stream(text: str) -> str:
    return f"<< /Length {len(text.encode('cp1252'))} >>\nstream\n{text}\nendstream"


def _file(objects: Sequence[str]) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252"))
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def read(data: bytes, job: ReadJob | None = None) -> Extract:
    """What ``ingest`` makes of the bytes, which must fit one page range."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        result = ingest(file, job or ReadJob(range_pages=1000))
    assert isinstance(result, Extract)
    return result


def text_of(*pages: Page, engine: str = "auto") -> str:
    """The text of a document of these pages, with its page breaks."""
    return "\f".join(page.text for page in read(make(pages), ReadJob(engine=engine)).pages)
