"""From the glyphs of a page to its lines: text cleaned, each line with its place."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from ingestd.pdf.engines.accents import put_back
from ingestd.pdf.engines.clusters import turn_back
from ingestd.pdf.engines.cutting import Cut, cut
from ingestd.pdf.engines.glyphs import SAMPLE, UNMAPPED, Glyphs
from ingestd.pdf.engines.letters import ACCENT, DROP, HYPHEN_MARKS, LIGATURE, PRIVATE, RTL, SHAPED, VISIBLE
from ingestd.pdf.engines.places import Box
from ingestd.pdf.layout import Line, PageLayout

_LIGATURES = {0xFB00 + i: s for i, s in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))}
_SIGNS = {0xF0B7: 0x2022, 0xF0A7: 0x25AA, 0xF0D8: 0x25B8, 0xF0FC: 0x2713}
"""What lists are marked with in Symbol and Wingdings. The rest of private use says nothing to anybody."""


def page_layout(glyphs: Glyphs, page: Box) -> PageLayout:
    """The lines of a page in stream order, turned so that most of its text is upright."""
    if glyphs.present & PRIVATE:
        _replace_private(glyphs)
    if glyphs.present & RTL:
        turn_back(glyphs)
    if glyphs.present & ACCENT:
        put_back(glyphs, page)
    if glyphs.present & DROP:
        glyphs.codes[glyphs.kinds & DROP != 0] = 0
    cuts, most = cut(glyphs, page)
    wide, high = page.right - page.left, page.top - page.bottom
    if most % 2:
        wide, high = high, wide
    lines = [Line._make((text, *row[2:])) for text, row in zip(_texts(glyphs, cuts), cuts, strict=True)]
    return PageLayout(wide, high, lines, _unmapped(glyphs))


def _replace_private(glyphs: Glyphs) -> None:
    private = np.flatnonzero(glyphs.kinds & PRIVATE)
    for index, code in zip(private.tolist(), glyphs.codes[private].tolist(), strict=True):
        sign = code if 0xFFFF < code < 0xF0000 else _SIGNS.get(code)
        glyphs.codes[index] = sign or 0
        glyphs.kinds[index] = VISIBLE if sign else DROP


def _unmapped(glyphs: Glyphs) -> float:
    looked_at = glyphs.flags[::SAMPLE]
    return float(np.count_nonzero(looked_at & UNMAPPED)) / max(1, len(looked_at))


def _texts(glyphs: Glyphs, cuts: Sequence[Cut]) -> list[str]:
    whole = glyphs.codes.tobytes().decode("utf-32-le", "replace")
    texts = [whole[row[0] : row[1] + 1] for row in cuts]
    if any(mark in whole for mark in HYPHEN_MARKS):
        ends = [whole[row[1] + 1 : row[1] + 2] for row in cuts]
        texts = [text + "-" if end in HYPHEN_MARKS else text for text, end in zip(texts, ends, strict=True)]
    if "\0" in whole:
        texts = [text.replace("\0", "") for text in texts]
    if glyphs.present & LIGATURE:
        texts = [text.translate(_LIGATURES) for text in texts]
    if glyphs.present & SHAPED:
        texts = [unicodedata.normalize("NFKC", text) for text in texts]
    return texts
