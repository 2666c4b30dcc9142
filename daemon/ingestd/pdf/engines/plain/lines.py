"""What the C module's ``mend`` and ``lines`` do, without it."""

from __future__ import annotations

import numpy as np

from ingestd.pdf.engines.glyphs import Glyphs
from ingestd.pdf.engines.letters import DROP, PRIVATE, VISIBLE, sign_of
from ingestd.pdf.engines.plain.accents import put_back
from ingestd.pdf.engines.plain.arrays import Arrays
from ingestd.pdf.engines.plain.clusters import turn_back
from ingestd.pdf.engines.plain.cutting import Cuts, cut
from ingestd.pdf.layout import Box, Line


def mend(glyphs: Glyphs, page: Box) -> None:
    """Sets right what single characters are: private signs, letters that one glyph stands for, loose accents."""
    arrays = Arrays(glyphs)
    _replace_private(arrays)
    turn_back(arrays)
    put_back(arrays, page)


def lines(glyphs: Glyphs, page: Box) -> tuple[list[Line], int]:
    """The lines of a page in stream order, and the quadrant most of the text runs to."""
    arrays = Arrays(glyphs)
    cuts, most = cut(arrays, page)
    arrays.codes[arrays.kinds & DROP != 0] = 0
    places = (cuts[name].tolist() for name in ("x0", "x1", "base", "size", "look", "follows", "turned"))
    return list(map(Line, _texts(arrays, cuts), *places)), most


def _replace_private(glyphs: Arrays) -> None:
    for index in np.flatnonzero(glyphs.kinds & PRIVATE).tolist():
        sign = sign_of(int(glyphs.codes[index]))
        glyphs.codes[index] = sign
        glyphs.kinds[index] = VISIBLE if sign else DROP


def _texts(glyphs: Arrays, cuts: Cuts) -> list[str]:
    whole = glyphs.codes.tobytes().decode("utf-32-le", "replace")
    ends = cuts["last"] + 1
    texts = [whole[first:end] for first, end in zip(cuts["first"].tolist(), ends.tolist(), strict=True)]
    behind = np.append(glyphs.codes, 0)[ends]
    for i in np.flatnonzero((behind == 0x02) | (behind == 0xFFFE)).tolist():
        texts[i] += "-"
    return [text.replace("\0", "") for text in texts] if "\0" in whole else texts
