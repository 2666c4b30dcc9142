"""Where the visible glyphs of a page stand, as a reader sees it: turned upright, y downwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ingestd.pdf.engines.plain.arrays import QUADRANT_MASK, QUADRANT_SHIFT, Arrays, Floats, Indexes
from ingestd.pdf.layout import Box


class Places(NamedTuple):
    """One entry a visible glyph, in stream order."""

    at: Indexes
    """Its index among all characters of the page."""
    x0: Floats
    x1: Floats
    base: Floats
    size: Floats
    quadrant: npt.NDArray[Any]
    """0 where it runs as most of the page does."""


def turned_places(glyphs: Arrays, at: Indexes, page: Box) -> Places:
    """The places of the glyphs ``at``, turned so that most of the text is upright.

    ``/Rotate`` needs no asking: characters say themselves which way they run.
    """
    quadrant = glyphs.flags[at] >> QUADRANT_SHIFT & QUADRANT_MASK
    most = quadrant_of_most(quadrant)
    left, bottom, right, top, x, y, size = (row[at] for row in glyphs.places())
    if most == 0:
        x0, x1, base = left - page.left, right - page.left, page.top - y
    elif most == 2:
        x0, x1, base = page.right - right, page.right - left, y - page.bottom
    elif most == 1:
        x0, x1, base = bottom - page.bottom, top - page.bottom, x - page.left
    else:
        x0, x1, base = page.top - top, page.top - bottom, page.right - x
    size = np.fmax(size, np.float32(0.5))
    return Places(at, x0, x1, base, size, (quadrant - most) & QUADRANT_MASK)


def quadrant_of_most(quadrant: npt.NDArray[Any]) -> int:
    """The way most of the glyphs run."""
    return int(np.bincount(quadrant, minlength=4).argmax())
