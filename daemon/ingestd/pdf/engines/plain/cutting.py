"""Cutting the stream of glyphs where a line ends or a wide gap opens.

pdfium ends a line by generated characters, or by the mark it puts in place of a hyphen. Now and then it joins
the end of one row to the start of the next, or writes the columns of a page as one line.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ingestd.pdf.engines.letters import BREAK, RTL, VISIBLE
from ingestd.pdf.engines.plain.arrays import (
    BOLD,
    FIXED,
    GENERATED,
    QUADRANT_MASK,
    QUADRANT_SHIFT,
    Arrays,
    Bools,
    Indexes,
)
from ingestd.pdf.engines.plain.places import Places, quadrant_of_most, turned_places
from ingestd.pdf.layout import Box

WIDE_GAP = 0.9
"""In ems: a gap that may lie between columns."""
RAISED = 0.12
"""In ems: base lines further apart than this are a script above or below."""
CLOSE = 0.15
"""In ems: a script closer than this belongs to what it stands at."""
SAME_ROW, OVERLAP = 0.55, 0.3
"""In ems: how far a base line may lie from the one before, and a glyph reach back over the one before, for a
row that pdfium ended to go on: it ends rows at scripts."""

Cuts = npt.NDArray[np.void]
"""One record a line, see ``CUT``."""

CUT = np.dtype(
    [
        ("first", "i4"),  # the first and the last of its characters
        ("last", "i4"),
        ("x0", "f4"),
        ("x1", "f4"),
        ("base", "f4"),
        ("size", "f4"),
        ("look", "u4"),
        ("follows", "u4"),  # stands on the same row as the line before, behind a wide gap
        ("turned", "u4"),
    ]
)


def cut(glyphs: Arrays, page: Box) -> tuple[Cuts, int]:
    """The lines of a page in stream order, and the quadrant most of its text runs to.

    Zeroes the spaces that pdfium puts between a letter and a script right at it.
    """
    at = np.flatnonzero(glyphs.kinds & VISIBLE)
    if not len(at):
        return np.empty(0, CUT), 0
    places = turned_places(glyphs, at, page)
    _join_scripts(glyphs, places)
    first, follows = _starts(glyphs, places)
    last = np.append(first[1:], len(at)) - 1
    counts = last - first + 1
    cuts = np.empty(len(first), CUT)
    cuts["first"], cuts["last"] = at[first], at[last]
    cuts["x0"] = np.minimum.reduceat(places.x0, first)
    cuts["x1"] = np.maximum.reduceat(places.x1, first)
    cuts["base"] = np.add.reduceat(places.base.astype(np.float64), first) / counts
    cuts["size"] = np.add.reduceat(places.size.astype(np.float64), first) / counts
    cuts["look"] = _share(glyphs, BOLD, at, first, counts) | _share(glyphs, FIXED, at, first, counts) << 1
    cuts["follows"], cuts["turned"] = follows, places.quadrant[first] != 0
    return cuts, quadrant_of_most(glyphs.flags[at] >> QUADRANT_SHIFT & QUADRANT_MASK)


def _share(glyphs: Arrays, bit: int, at: Indexes, first: Indexes, counts: Indexes) -> Indexes:
    """1 where more than half of a line has the bit."""
    return (2 * np.add.reduceat((glyphs.flags[at] & bit != 0).astype(np.intp), first) > counts).astype(
        np.intp
    )


def _join_scripts(glyphs: Arrays, places: Places) -> None:
    at, x0, x1, base, size = places[:5]
    joined = at[1:] - at[:-1] == 2
    joined &= np.abs(base[1:] - base[:-1]) > RAISED * size[1:]
    joined &= np.abs(x0[1:] - x1[:-1]) < CLOSE * np.maximum(size[1:], size[:-1])
    spaces = at[:-1][joined] + 1
    glyphs.codes[spaces[glyphs.flags[spaces] & GENERATED != 0]] = 0


def _starts(glyphs: Arrays, places: Places) -> tuple[Indexes, Bools]:
    """Where lines begin among the visible glyphs, and which of them only lie behind a gap of the same row."""
    at, x0, x1, base, size, quadrant = places
    row = np.cumsum(glyphs.kinds & BREAK != 0)[at]
    ended = row[1:] != row[:-1]
    larger = np.maximum(size[1:], size[:-1])
    down = np.abs(base[1:] - base[:-1])
    gap = x0[1:] - x1[:-1]
    # Places jump to and fro inside a row of mixed directions: there only pdfium's own line ends count.
    mixed = np.isin(row, row[glyphs.kinds[at] & RTL != 0])
    goes_on = ended & ~mixed[1:] & ~mixed[:-1] & (quadrant[1:] == 0) & (quadrant[:-1] == 0)
    goes_on &= (down < np.float32(SAME_ROW) * larger) & (gap < np.float32(WIDE_GAP) * larger)
    goes_on &= (gap > np.float32(-OVERLAP) * larger) & _only_generated(glyphs, at)
    _mend(glyphs, at, goes_on, gap < np.float32(CLOSE) * larger)
    ended &= ~goes_on
    ahead = gap > np.float32(WIDE_GAP) * larger
    behind = x0[:-1] - x1[1:] > np.float32(WIDE_GAP) * larger
    away = ahead | behind | ((down > np.float32(0.7) * larger) & (x0[1:] < x0[:-1]))
    away &= ~mixed[1:] & (quadrant[1:] == 0) & ~goes_on
    turns = quadrant[1:] != quadrant[:-1]
    follows = ahead & away & (down < np.float32(0.5) * larger) & ~ended & ~turns
    start = np.concatenate(([True], ended | away | turns))
    return np.flatnonzero(start), np.concatenate(([False], follows))[start]


def _only_generated(glyphs: Arrays, at: Indexes) -> Bools:
    """Where pdfium put in all that lies between a visible glyph and the next."""
    own = np.cumsum(glyphs.flags & GENERATED == 0)[at]
    alone: Bools = own[1:] - own[:-1] == 1
    return alone


def _mend(glyphs: Arrays, at: Indexes, goes_on: Bools, close: Bools) -> None:
    for i in np.flatnonzero(goes_on).tolist():
        between = slice(int(at[i]) + 1, int(at[i + 1]))
        glyphs.codes[between] = 0
        if not close[i]:
            glyphs.codes[at[i] + 1] = 0x20
