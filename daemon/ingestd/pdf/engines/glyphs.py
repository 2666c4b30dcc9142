"""Every character of a page with its place and look: by a small C module, or through ctypes.

Both ways give equal bytes; the C module is some hundred times faster.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import pypdfium2_raw as pdfium

from ingestd.pdf.engines.letters import TABLE
from ingestd.pdf.engines.native import native

ROWS = 9
"""Numbers of a character, four bytes each: code, flags, left, top, right, bottom, x, y, size."""
SAMPLE = 8
"""Every so many characters one is asked whether its font gives it a Unicode value."""
_CALLS = (
    pdfium.FPDFText_GetUnicode,
    pdfium.FPDFText_GetLooseCharBox,
    pdfium.FPDFText_GetCharOrigin,
    pdfium.FPDFText_GetFontSize,
    pdfium.FPDFText_GetMatrix,
    pdfium.FPDFText_IsGenerated,
    pdfium.FPDFText_HasUnicodeMapError,
    pdfium.FPDFText_GetTextObject,
    pdfium.FPDFText_GetFontWeight,
    pdfium.FPDFText_GetFontInfo,
    pdfium.FPDFTextObj_GetFont,
    pdfium.FPDFText_CountChars,
)
_ADDRESSES = (ctypes.c_void_p * len(_CALLS))(*[ctypes.cast(call, ctypes.c_void_p).value for call in _CALLS])
_scratch = bytearray(16_384 * (4 * ROWS + 1))
"""Where nearly every page finds room: fresh memory costs a fault of the processor every 4 KB."""


@dataclass(slots=True)
class Glyphs:
    """The characters of one page in stream order, in a buffer that the next page read may overwrite.

    Coordinates are PDF's (y upwards, not turned). x and y: the origin on the base line; size: the height of
    the font as it stands on the page in points, 0 for generated characters. All are ``layout.sane``.
    """

    buffer: bytearray
    """The rows of all characters, then a byte each: what ``letters.TABLE`` says of its code."""
    count: int
    present: int
    """Every bit that is set in any of these bytes."""
    unmapped: int
    """How many of those asked have no Unicode value."""


def read_glyphs(text_page: Any, limit: int) -> Glyphs:
    """The first characters of an open text page, ``limit`` at most."""
    if native is None:
        from ingestd.pdf.engines.plain.reading import read

        return read(text_page, limit)
    return Glyphs(*native.read(_ADDRESSES, text_page, limit, TABLE, _scratch))
