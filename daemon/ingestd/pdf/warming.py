"""What must be loaded before a worker is sealed: a sealed process can import nothing more."""

from __future__ import annotations

import gc
import importlib
import io
import tempfile

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
_MODULES = ("pypdf.filters", "pypdf.generic._image_inline", "pypdf.xmp", "pypdf._crypt_providers._fallback")


def warm_up() -> None:
    """Reads a small encrypted PDF with each engine. Codecs, filters and ciphers are imported on first use."""
    from ingestd.pdf.tasks import ingest

    # A document's objects die with it, by count: looking for cycles among lines is a twentieth of the time.
    gc.set_threshold(100_000, 20, 20)
    data = _sample()
    for engine in (PDFIUM, PYPDF):
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            ingest(file, ReadJob(engine=engine))
    for codec in _CODECS:
        "".encode(codec)
    for name in _MODULES:
        importlib.import_module(name)


def _sample() -> bytes:
    """One page of text under AES-256, with an outline, made by the library that reads it."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    font = {
        "/Type": "/Font",
        "/Subtype": "/Type1",
        "/BaseFont": "/Helvetica",
        "/Encoding": "/WinAnsiEncoding",
    }
    fonts = DictionaryObject(
        {NameObject("/F"): DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})}
    )
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F 12 Tf 20 100 Td (Warm words, and one to spare.) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    writer.add_outline_item(title="Words", page_number=0)
    writer.add_metadata({"/Title": "Wörter", "/CreationDate": "D:20260101000000Z"})
    writer.encrypt("", "owner", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()
