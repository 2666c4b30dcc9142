"""Where the visible glyphs of a page stand, as a reader sees it: turned upright, y downwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ingestd.pdf.engines.glyphs import QUADRANT_MASK, QUADRANT_SHIFT, Glyphs

Floats = npt.NDArray[np.float32]


class Box(NamedTuple):
    """The visible part of a page in PDF coordinates."""

    left: float
    bottom: float
    right: float
    top: float


class Places(NamedTuple):
    """One entry a visible glyph, in stream order."""

    at: npt.NDArray[np.intp]
    """Its index among all characters of the page."""
    x0: Floats
    x1: Floats
    base: Floats
    size: Floats
    quadrant: npt.NDArray[Any]
    """0 where it runs as most of the page does."""

    def only(self, keep: npt.NDArray[np.bool_]) -> Places:
        """The places that ``keep`` marks."""
        at, x0, x1, base, size, quadrant = self
        return Places(at[keep], x0[keep], x1[keep], base[keep], size[keep], quadrant[keep])


def turned_places(glyphs: Glyphs, at: npt.NDArray[np.intp], page: Box) -> Places:
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
    size = np.maximum(size, np.float32(0.5))
    return Places(at, x0, x1, base, size, (quadrant - most) & QUADRANT_MASK)


def quadrant_of_most(quadrant: npt.NDArray[Any]) -> int:
    """The way most of the glyphs run."""
    return int(np.bincount(quadrant, minlength=4).argmax())
