"""Letters of right-to-left scripts that one glyph stands for, such as lam and alef.

pdfium puts the glyphs of such a line in the order they are read, and in doing so turns the letters of one
glyph round. They are told by having one box in common, and turned back. Only where the font calls the glyph
by a presentation form does pdfium take it apart itself, in the right order.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

from ingestd.pdf.engines.glyphs import Glyphs
from ingestd.pdf.engines.letters import RTL


def turn_back(glyphs: Glyphs) -> None:
    """Reverses the codes of each run of characters that share a box and hold a right-to-left letter."""
    left, bottom, right, top = glyphs.places()[:4]
    same = (left[1:] == left[:-1]) & (right[1:] == right[:-1]) & (right[1:] > left[1:])
    same &= (bottom[1:] == bottom[:-1]) & (top[1:] == top[:-1])
    end = 0
    for start in np.flatnonzero(same).tolist():
        if start < end:
            continue
        end = start + 1
        while end < len(same) and same[end]:
            end += 1
        run = slice(start, end + 1)
        if (glyphs.kinds[run] & RTL).any() and _text(glyphs, run) not in _presentation_forms():
            glyphs.codes[run] = glyphs.codes[run][::-1].copy()
            glyphs.kinds[run] = glyphs.kinds[run][::-1].copy()


def _text(glyphs: Glyphs, run: slice) -> str:
    return "".join(map(chr, glyphs.codes[run].tolist()))


@cache
def _presentation_forms() -> frozenset[str]:
    """What the presentation forms of Arabic and Hebrew are made of."""
    codes = (*range(0xFB1D, 0xFE00), *range(0xFE70, 0xFEFD))
    return frozenset(unicodedata.normalize("NFKC", chr(code)) for code in codes)
