"""From the glyphs of a page to its lines: text cleaned, each line with its place."""

from __future__ import annotations

import unicodedata

from ingestd.pdf.engines import letters
from ingestd.pdf.engines.glyphs import SAMPLE, Glyphs
from ingestd.pdf.engines.letters import ACCENT, LIGATURE, PRIVATE, RTL, SHAPED, TABLE
from ingestd.pdf.engines.native import native
from ingestd.pdf.layout import Box, Line, PageLayout

_LIGATURES = {0xFB00 + i: s for i, s in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))}


def page_layout(glyphs: Glyphs, page: Box) -> PageLayout:
    """The lines of a page in stream order, turned so that most of its text is upright."""
    lines, most = _lines(glyphs, page)
    if glyphs.present & (LIGATURE | SHAPED):
        lines = [line._replace(text=unfolded(line.text)) for line in lines]
    wide, high = page.right - page.left, page.top - page.bottom
    if most % 2:
        wide, high = high, wide
    asked = -(-glyphs.count // SAMPLE)
    return PageLayout(wide, high, lines, glyphs.count, glyphs.unmapped / max(1, asked))


def _lines(glyphs: Glyphs, page: Box) -> tuple[list[Line], int]:
    """The lines, and the quadrant most of the text runs to. Private signs, letters that one glyph stands for
    and loose accents are set right first."""
    if native is None:
        from ingestd.pdf.engines import plain

        plain.mend(glyphs, page)
        return plain.lines(glyphs, page)
    if glyphs.present & (PRIVATE | RTL | ACCENT):
        native.mend(glyphs.buffer, glyphs.count, page, letters)
    found: tuple[list[Line], int] = native.lines(glyphs.buffer, glyphs.count, page, Line)
    return found


def unfolded(text: str) -> str:
    """Letters in place of Latin ligatures and of the contextual forms of Arabic and Hebrew."""
    text = text.translate(_LIGATURES)
    return text if text.isascii() else "".join(map(_plain_letter, text))


def _plain_letter(character: str) -> str:
    return (
        unicodedata.normalize("NFKC", character) if TABLE[min(ord(character), 0xFFFF)] & SHAPED else character
    )
