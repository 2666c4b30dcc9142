"""Letters of right-to-left scripts that one glyph stands for, such as lam and alef.

pdfium puts the glyphs of such a line in the order they are read, and in doing so turns the letters of one
glyph round. They are told by having one box in common, and turned back. Only where the font calls the glyph
by a presentation form does pdfium take it apart itself, in the right order.
"""

from __future__ import annotations

import numpy as np

from ingestd.pdf.engines.letters import RTL, is_form
from ingestd.pdf.engines.plain.arrays import Arrays


def turn_back(glyphs: Arrays) -> None:
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
        if (glyphs.kinds[run] & RTL).any() and not is_form(_text(glyphs, run)):
            glyphs.codes[run] = glyphs.codes[run][::-1].copy()
            glyphs.kinds[run] = glyphs.kinds[run][::-1].copy()


def _text(glyphs: Arrays, run: slice) -> str:
    return glyphs.codes[run].tobytes().decode("utf-32-le", "replace")
