"""What kind of character a code is, looked up for a whole page at once."""

from __future__ import annotations

import numpy as np

VISIBLE, BREAK, DROP, LIGATURE, RTL, ACCENT, PRIVATE, SHAPED = (1 << i for i in range(8))
"""Has a shape of its own; ends a line; is never text; U+FB00 to FB06; written right to left; a loose accent;
private use; a contextual form of an Arabic or Hebrew letter."""

TABLE = np.full(0x10000, VISIBLE, np.uint8)
"""The bits of each code. The last one stands for all above, some of it private or no character at all."""


def _mark(kind: int, *ranges: tuple[int, int]) -> None:
    for first, last in ranges:
        TABLE[first : last + 1] = kind


_mark(DROP, (0, 0x1F), (0x7F, 0x9F), (0x200B, 0x200B), (0x200E, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F))
_mark(DROP, (0xD800, 0xDFFF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFD))
_mark(
    0,
    (0x09, 0x09),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x2000, 0x200A),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
)
_mark(BREAK, (0x02, 0x02), (0x0A, 0x0D), (0xFFFE, 0xFFFE))
_mark(VISIBLE | LIGATURE, (0xFB00, 0xFB06))
_mark(VISIBLE | RTL, (0x0590, 0x08FF))
_mark(VISIBLE | RTL | SHAPED, (0xFB1D, 0xFDFF), (0xFE70, 0xFEFE))
_mark(VISIBLE | PRIVATE, (0xE000, 0xF8FF), (0xFFFF, 0xFFFF))
for _code in (0x60, 0xA8, 0xAF, 0xB4, 0xB8, 0x2C6, 0x2C7, 0x2D8, 0x2D9, 0x2DA, 0x2DB, 0x2DC, 0x2DD):
    TABLE[_code] |= ACCENT
