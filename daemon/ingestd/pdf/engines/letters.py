"""What is known of single characters: their kind, looked up for a whole page at once, and how they compose."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

VISIBLE, BREAK, DROP, LIGATURE, RTL, ACCENT, PRIVATE, SHAPED = (1 << i for i in range(8))
"""Has a shape of its own; ends a line; is never text; U+FB00 to FB06; written right to left; a loose accent;
private use; a contextual form of an Arabic or Hebrew letter."""

TABLE = bytearray([VISIBLE]) * 0x10000
"""The bits of each code. The last one stands for all above, some of it private or no character at all."""

_SIGNS = {0xF0B7: 0x2022, 0xF0A7: 0x25AA, 0xF0D8: 0x25B8, 0xF0FC: 0x2713}
"""What lists are marked with in Symbol and Wingdings. The rest of private use says nothing to anybody."""
_COMBINING = {
    0x60: "\u0300", 0xB4: "\u0301", 0x2C6: "\u0302", 0x2DC: "\u0303", 0xAF: "\u0304", 0x2D8: "\u0306",
    0x2D9: "\u0307", 0xA8: "\u0308", 0x2DA: "\u030a", 0x2DD: "\u030b", 0x2C7: "\u030c", 0xB8: "\u0327",
    0x2DB: "\u0328",
}  # fmt: skip
_DOTLESS = {"\u0131": "i", "\u0237": "j"}


def _mark(kind: int, *ranges: tuple[int, int]) -> None:
    for first, last in ranges:
        TABLE[first : last + 1] = bytes([kind]) * (last + 1 - first)


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
for _code in _COMBINING:
    TABLE[_code] |= ACCENT


def sign_of(code: int) -> int:
    """What a code of private use stands for, 0 where nobody knows."""
    return code if 0xFFFF < code < 0xF0000 else _SIGNS.get(code, 0)


def is_letter(code: int) -> bool:
    """Whether an accent may stand on it."""
    return code <= sys.maxunicode and chr(code).isalpha()


def composed(letter: int, accent: int) -> int:
    """The one character that a letter and a loose accent make, 0 where there is none."""
    base = chr(letter)
    whole = unicodedata.normalize("NFC", _DOTLESS.get(base, base) + _COMBINING[accent])
    return ord(whole) if len(whole) == 1 else 0


def is_form(text: str) -> bool:
    """Whether a presentation form of Arabic or Hebrew is made of these letters, in this order."""
    return text in _forms()


@cache
def _forms() -> frozenset[str]:
    codes = (*range(0xFB1D, 0xFE00), *range(0xFE70, 0xFEFD))
    return frozenset(unicodedata.normalize("NFKC", chr(code)) for code in codes)
