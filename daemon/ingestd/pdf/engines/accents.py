"""Loose accents, as TeX's older fonts set them, put back on their letters by position.

Such a font draws ``ü`` as two glyphs, one over the other, and the stream says ``¨u``, ``u¨`` or has the
accent at the far end of the line.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

from ingestd.pdf.engines.glyphs import GENERATED, Glyphs
from ingestd.pdf.engines.letters import ACCENT, VISIBLE
from ingestd.pdf.engines.places import Box, Places, turned_places

_COMBINING = {
    0x60: "\u0300", 0xB4: "\u0301", 0x2C6: "\u0302", 0x2DC: "\u0303", 0xAF: "\u0304", 0x2D8: "\u0306",
    0x2D9: "\u0307", 0xA8: "\u0308", 0x2DA: "\u030a", 0x2DD: "\u030b", 0x2C7: "\u030c", 0xB8: "\u0327",
    0x2DB: "\u0328",
}  # fmt: skip
REACH = 300
"""Glyphs before and after an accent among which its letter is looked for: a line or two."""
_DOTLESS = {"\u0131": "i", "\u0237": "j"}

Codes = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]


def put_back(glyphs: Glyphs, page: Box) -> None:
    """Writes the composed letters into the codes and takes the accents out of them."""
    codes, kinds = glyphs.codes, glyphs.kinds
    places = turned_places(glyphs, np.flatnonzero(kinds & VISIBLE), page)
    keep = np.ones(len(places.at), np.bool_)
    for accent in np.flatnonzero(kinds[places.at] & ACCENT).tolist():
        letter = _letter_under(codes, kinds, places, accent)
        if letter is None:
            continue
        at = places.at[letter]
        composed = _compose(int(codes[at]), int(codes[places.at[accent]]))
        if composed is None:
            continue
        codes[at] = ord(composed)
        codes[places.at[accent]] = kinds[places.at[accent]] = 0
        keep[accent] = False
        _mend(glyphs, places, keep, accent)


def _letter_under(codes: Codes, kinds: Kinds, places: Places, accent: int) -> int | None:
    """The glyph whose box holds the middle of the accent; nearly always a neighbour in the stream."""
    middle = float(places.x0[accent] + places.x1[accent]) / 2
    reach = 0.6 * float(places.size[accent])
    base = float(places.base[accent])
    for near in (accent + 1, accent - 1):
        if (
            0 <= near < len(places.at)
            and places.x0[near] <= middle <= places.x1[near]
            and abs(places.base[near] - base) < reach
            and chr(codes[places.at[near]]).isalpha()
        ):
            return near
    first = max(0, accent - REACH)
    around = slice(first, accent + REACH)
    over = (places.x0[around] <= middle) & (middle <= places.x1[around])
    over &= (np.abs(places.base[around] - base) < reach) & (kinds[places.at[around]] & ACCENT == 0)
    found = [first + i for i in np.flatnonzero(over).tolist()]
    letters = [i for i in found if chr(codes[places.at[i]]).isalpha()]
    return min(letters, key=lambda i: abs(i - accent), default=None)


def _compose(letter: int, accent: int) -> str | None:
    base = chr(letter)
    composed = unicodedata.normalize("NFC", _DOTLESS.get(base, base) + _COMBINING[accent])
    return composed if len(composed) == 1 else None


def _mend(glyphs: Glyphs, places: Places, keep: npt.NDArray[np.bool_], accent: int) -> None:
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
