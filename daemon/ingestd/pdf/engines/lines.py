"""From the glyphs of a page to its lines: text cleaned, each line with its place."""

from __future__ import annotations

import unicodedata

import numpy as np

from ingestd.pdf.engines.accents import put_back
from ingestd.pdf.engines.clusters import turn_back
from ingestd.pdf.engines.cutting import Cuts, cut
from ingestd.pdf.engines.glyphs import SAMPLE, Glyphs
from ingestd.pdf.engines.letters import ACCENT, DROP, LIGATURE, PRIVATE, RTL, SHAPED, TABLE, VISIBLE
from ingestd.pdf.engines.native import native
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
    if native is None:
        lines, most = lines_plainly(glyphs, page)
    else:
        lines, most = native.lines(glyphs.buffer, glyphs.count, page, Line)
    if glyphs.present & (LIGATURE | SHAPED):
        lines = [line._replace(text=unfolded(line.text)) for line in lines]
    wide, high = page.right - page.left, page.top - page.bottom
    if most % 2:
        wide, high = high, wide
    asked = -(-glyphs.count // SAMPLE)
    return PageLayout(wide, high, lines, glyphs.count, glyphs.unmapped / max(1, asked))


def lines_plainly(glyphs: Glyphs, page: Box) -> tuple[list[Line], int]:
    """What the C module's ``lines`` does, without it: the lines, and the quadrant most of the text runs to."""
    cuts, most = cut(glyphs, page)
    if glyphs.present & DROP:
        glyphs.codes[glyphs.kinds & DROP != 0] = 0
    places = (cuts[name].tolist() for name in ("x0", "x1", "base", "size", "look", "follows", "turned"))
    return list(map(Line, _texts(glyphs, cuts), *places)), most


def unfolded(text: str) -> str:
    """Letters in place of Latin ligatures and of the contextual forms of Arabic and Hebrew."""
    text = text.translate(_LIGATURES)
    return text if text.isascii() else "".join(map(_plain_letter, text))


def _plain_letter(character: str) -> str:
    return (
        unicodedata.normalize("NFKC", character) if TABLE[min(ord(character), 0xFFFF)] & SHAPED else character
    )


def _replace_private(glyphs: Glyphs) -> None:
    private = np.flatnonzero(glyphs.kinds & PRIVATE)
    for index, code in zip(private.tolist(), glyphs.codes[private].tolist(), strict=True):
        sign = code if 0xFFFF < code < 0xF0000 else _SIGNS.get(code)
        glyphs.codes[index] = sign or 0
        glyphs.kinds[index] = VISIBLE if sign else DROP


def _texts(glyphs: Glyphs, cuts: Cuts) -> list[str]:
    whole = glyphs.codes.tobytes().decode("utf-32-le", "replace")
    ends = cuts["last"] + 1
    texts = [whole[first:end] for first, end in zip(cuts["first"].tolist(), ends.tolist(), strict=True)]
    behind = np.append(glyphs.codes, 0)[ends]
    for i in np.flatnonzero((behind == 0x02) | (behind == 0xFFFE)).tolist():
        texts[i] += "-"
    return [text.replace("\0", "") for text in texts] if "\0" in whole else texts
