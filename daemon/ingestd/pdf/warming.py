"""What is imported and looked up on first use, used once: a sealed process can import nothing more."""

from __future__ import annotations

from pathlib import Path

from ingestd.pdf.travel import PDFIUM, PYPDF, ReadJob

_CODECS = (
    "big5",
    "charmap",
    "cp1252",
    "cp932",
    "cp949",
    "cp950",
    "euc_jp",
    "euc_kr",
    "gb18030",
    "gb2312",
    "gbk",
    "latin_1",
    "mac_roman",
    "shift_jis",
    "utf_16",
    "utf_16_be",
    "utf_16_le",
    "utf_32_le",
)
"""What pypdf decodes fonts and strings with; the multibyte ones load a native module when first used."""
_SAMPLE = Path(__file__).with_name("sample.pdf")
"""One page of text under AES-256 (of revision 5, which takes no time), with an outline."""


def warm_up() -> None:
    """Reads a small encrypted PDF with each engine, and looks up every codec that a PDF may ask for."""
    from ingestd.pdf.tasks import ingest

    with _SAMPLE.open("rb") as file:
        for engine in (PDFIUM, PYPDF):
            ingest(file, ReadJob(engine=engine))
    for codec in _CODECS:
        "".encode(codec)
