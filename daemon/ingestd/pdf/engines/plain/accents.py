"""Loose accents, as TeX's older fonts set them, put back on their letters by position.

Such a font draws ``ü`` as two glyphs, one over the other, and the stream says ``¨u``, ``u¨`` or has the
accent at the far end of the line.
"""

from __future__ import annotations

import numpy as np

from ingestd.pdf.engines.letters import ACCENT, VISIBLE, composed, is_letter
from ingestd.pdf.engines.plain.arrays import GENERATED, Arrays, Bools, Ints, Kinds
from ingestd.pdf.engines.plain.places import Places, turned_places
from ingestd.pdf.layout import Box

REACH = 300
"""Glyphs before and after an accent among which its letter is looked for: a line or two."""


def put_back(glyphs: Arrays, page: Box) -> None:
    """Writes the composed letters into the codes and takes the accents out of them."""
    codes, kinds = glyphs.codes, glyphs.kinds
    places = turned_places(glyphs, np.flatnonzero(kinds & VISIBLE), page)
    keep = np.ones(len(places.at), np.bool_)
    for accent in np.flatnonzero(kinds[places.at] & ACCENT).tolist():
        letter = _letter_under(codes, kinds, places, accent)
        if letter is None:
            continue
        at = places.at[letter]
        whole = composed(int(codes[at]), int(codes[places.at[accent]]))
        if not whole:
            continue
        codes[at] = whole
        codes[places.at[accent]] = kinds[places.at[accent]] = 0
        keep[accent] = False
        _mend(glyphs, places, keep, accent)


def _letter_under(codes: Ints, kinds: Kinds, places: Places, accent: int) -> int | None:
    """The glyph whose box holds the middle of the accent; nearly always a neighbour in the stream."""
    middle = float(places.x0[accent] + places.x1[accent]) / 2
    reach = 0.6 * float(places.size[accent])
    base = float(places.base[accent])
    for near in (accent + 1, accent - 1):
        if (
            0 <= near < len(places.at)
            and places.x0[near] <= middle <= places.x1[near]
            and abs(places.base[near] - base) < reach
            and is_letter(int(codes[places.at[near]]))
        ):
            return near
    first = max(0, accent - REACH)
    around = slice(first, accent + REACH)
    over = (places.x0[around] <= middle) & (middle <= places.x1[around])
    over &= (np.abs(places.base[around] - base) < reach) & (kinds[places.at[around]] & ACCENT == 0)
    found = [first + i for i in np.flatnonzero(over).tolist()]
    letters = [i for i in found if is_letter(int(codes[places.at[i]]))]
    return min(letters, key=lambda i: abs(i - accent), default=None)


def _mend(glyphs: Arrays, places: Places, keep: Bools, accent: int) -> None:
    """Takes back the space or line end that pdfium saw around the accent, unless there is one anyway."""
    before, after = accent - 1, accent + 1
    while before >= 0 and not keep[before]:
        before -= 1
    if before < 0 or after >= len(places.at):
        return
    size = float(places.size[after])
    if abs(float(places.base[before] - places.base[after])) > 0.3 * size:
        return
    gap = float(places.x0[after] - places.x1[before])
    if not -0.3 * size < gap < 0.9 * size:
        return
    between = np.arange(places.at[before] + 1, places.at[after])
    made = between[glyphs.flags[between] & GENERATED != 0]
    glyphs.codes[made] = glyphs.kinds[made] = 0
    if gap > 0.15 * size and len(made):
        glyphs.codes[made[0]] = 0x20
