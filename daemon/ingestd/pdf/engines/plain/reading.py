"""Every character of a page with its place and look, one call of pdfium after the other."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
import pypdfium2_raw as pdfium

from ingestd.pdf.engines.glyphs import ROWS, SAMPLE, Glyphs
from ingestd.pdf.engines.letters import TABLE, VISIBLE
from ingestd.pdf.engines.plain.arrays import (
    BOLD,
    FIXED,
    FONT_SHIFT,
    GENERATED,
    ITALIC,
    QUADRANT_SHIFT,
    UNMAPPED,
    Arrays,
)
from ingestd.pdf.layout import FAR_AWAY, sane

_MAYBE_GENERATED = (0x20, 0x0D, 0x0A)
_BOLD_NAMES = (b"bold", b"black", b"heavy", b"demi", b"cmbx", b"cmssbx", b"sfbx", b"ecbx", b"-bd", b"-medi")
_FIXED_NAMES = (b"courier", b"mono", b"cmtt", b"consol", b"typewriter", b"sftt")
_FONT_FIXED, _FONT_ITALIC, _FONT_BOLD, _WEIGHT_BOLD, _NAME = 1 << 0, 1 << 6, 1 << 18, 600, 128
_TELLING = 4
"""Letters from which a font's name is believed over its weight, which files often have wrong."""
_FONTS = 256
_KINDS = np.frombuffer(TABLE, np.uint8)


def read(text_page: Any, limit: int) -> Glyphs:
    """What the C module's ``read`` gives.

    The characters of one text object have font and size in common. Where neither the object nor the lower
    edge of the box changes, the origin's height is the one before (its x matters only in turned text, where
    the lower edge changes with every character).
    """
    count = max(0, min(pdfium.FPDFText_CountChars(text_page), limit))
    buffer = bytearray(count * (4 * ROWS + 1))
    glyphs = Arrays(Glyphs(buffer, count, 0, 0))
    codes, flags, numbers = glyphs.codes, glyphs.flags, glyphs.numbers
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    last: int | None = None
    look, size, bottom = 0, 0.0, 0.0
    fonts: dict[int | None, int] = {}
    for i in range(count):
        codes[i] = code = pdfium.FPDFText_GetUnicode(text_page, i)
        pdfium.FPDFText_GetLooseCharBox(text_page, i, box)
        numbers[2:6, i] = box.left, box.top, box.right, box.bottom
        if code in _MAYBE_GENERATED and pdfium.FPDFText_IsGenerated(text_page, i) == 1:
            flags[i] = GENERATED
            continue
        address = ctypes.cast(pdfium.FPDFText_GetTextObject(text_page, i), ctypes.c_void_p).value
        if address != last or box.bottom != bottom:
            pdfium.FPDFText_GetCharOrigin(text_page, i, x, y)
            bottom = box.bottom
        if address != last:
            (look, size), last = _look_of(text_page, i, fonts), address
        sampled = i % SAMPLE == 0 and pdfium.FPDFText_HasUnicodeMapError(text_page, i) == 1
        flags[i] = look | (UNMAPPED if sampled else 0)
        numbers[6:9, i] = sane(x.value), sane(y.value), sane(size)
    numbers[2:6] = np.where(np.abs(numbers[2:6]) < FAR_AWAY, numbers[2:6], 0)
    glyphs.kinds[:] = _KINDS[np.minimum(codes, 0xFFFF)]
    _measure_by_boxes(glyphs)
    present = int(np.bitwise_or.reduce(glyphs.kinds)) if count else 0
    return Glyphs(buffer, count, present, int(np.count_nonzero(flags & UNMAPPED)))


def _measure_by_boxes(glyphs: Arrays) -> None:
    """Type 3 fonts may be of size 1 and drawn large: where most boxes say so, the tallest is the measure."""
    left, bottom, right, top, _, _, size = glyphs.places()
    height = np.where(glyphs.flags >> QUADRANT_SHIFT & 1 != 0, right - left, top - bottom)
    own = glyphs.flags & GENERATED == 0
    measured = own & (glyphs.kinds & VISIBLE != 0) & (height > 0)
    odd = (size < np.float32(0.4) * height) | (size > np.float32(2.5) * height)
    for font in np.unique(glyphs.flags[measured] >> FONT_SHIFT).tolist():
        of_font = glyphs.flags >> FONT_SHIFT == font
        boxes = measured & of_font
        if 2 * np.count_nonzero(odd & boxes) > np.count_nonzero(boxes):
            size[own & of_font] = height[boxes].max()


def _look_of(text_page: Any, index: int, fonts: dict[int | None, int]) -> tuple[int, float]:
    """What all characters of one text object have in common. ``fonts`` numbers the fonts of the page."""
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text_page, index, matrix)
    name, flags = ctypes.create_string_buffer(_NAME), ctypes.c_int()
    if pdfium.FPDFText_GetFontInfo(text_page, index, name, _NAME, flags) > _NAME:
        name.value = b""
    low = name.value.lower()
    bold = (
        any(part in low for part in _BOLD_NAMES)
        or flags.value & _FONT_BOLD
        or (len(low) < _TELLING and pdfium.FPDFText_GetFontWeight(text_page, index) >= _WEIGHT_BOLD)
    )
    fixed = any(part in low for part in _FIXED_NAMES) or flags.value & _FONT_FIXED
    font = ctypes.cast(
        pdfium.FPDFTextObj_GetFont(pdfium.FPDFText_GetTextObject(text_page, index)), ctypes.c_void_p
    ).value
    slot = fonts.setdefault(font, min(len(fonts), _FONTS - 1))
    bits = (
        _quadrant(matrix) << QUADRANT_SHIFT
        | slot << FONT_SHIFT
        | (BOLD if bold else 0)
        | (ITALIC if flags.value & _FONT_ITALIC else 0)
        | (FIXED if fixed else 0)
    )
    size = pdfium.FPDFText_GetFontSize(text_page, index) * math.sqrt(
        matrix.c * matrix.c + matrix.d * matrix.d
    )
    return bits, size


def _quadrant(matrix: Any) -> int:
    if abs(matrix.b) > abs(matrix.a):
        return 1 if matrix.b > 0 else 3
    return 2 if matrix.a < 0 else 0
