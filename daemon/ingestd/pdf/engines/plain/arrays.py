"""The characters of a page as arrays: views of one buffer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ingestd.pdf.engines.glyphs import ROWS, Glyphs

GENERATED, UNMAPPED, BOLD, ITALIC, FIXED = 1, 2, 16, 32, 64
"""Bits of ``Arrays.flags``: put in by pdfium; no Unicode value (asked of some); looks of the font."""
QUADRANT_SHIFT, QUADRANT_MASK = 2, 3
"""Bits of ``Arrays.flags``: where the text's own right points: 0 right, 1 up, 2 left, 3 down."""
FONT_SHIFT = 8
"""From here on ``Arrays.flags`` holds the number of the font on its page."""

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Indexes = npt.NDArray[np.intp]
Ints = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]


class Arrays:
    """What ``Glyphs`` holds, one array a property. Writing to them writes to the buffer."""

    def __init__(self, glyphs: Glyphs) -> None:
        count, shape = ROWS * glyphs.count, (glyphs.count, ROWS)
        self.rows: Ints = np.frombuffer(glyphs.buffer, np.uint32, count).reshape(shape).T
        """All of it but the kinds, one row a property; in memory all of a character stands together."""
        self.numbers: Floats = np.frombuffer(glyphs.buffer, np.float32, count).reshape(shape).T
        self.codes: Ints = self.rows[0]
        """Code points."""
        self.flags: Ints = self.rows[1]
        """See ``GENERATED`` and the like."""
        self.kinds: Kinds = np.frombuffer(glyphs.buffer, np.uint8, glyphs.count, 4 * count)
        """What ``letters.TABLE`` says of each code."""

    def places(self) -> list[Floats]:
        """left, bottom, right, top, x, y, size."""
        left, top, right, bottom, x, y, size = self.numbers[2:]
        return [left, bottom, right, top, x, y, size]
