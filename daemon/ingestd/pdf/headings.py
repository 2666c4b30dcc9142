"""Which blocks are headings, and of what level: by outline, numbering, size and weight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ingestd.model import OutlineEntry
from ingestd.pdf.layout import BOLD, FIXED
from ingestd.pdf.paragraphs import Block
from ingestd.pdf.survey import Habits

LARGER = 1.08
"""Times the body's size: from here on size alone makes a heading."""
MAX_LEVEL = 6
MAX_LETTERS, MAX_LINES = 180, 4

_NUMBER = re.compile(
    r"(?:(?:chapter|section|part|appendix|kapitel|teil|anhang)\s+)?(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s+\S", re.I
)
_LETTERS = re.compile(r"[\W_]+")


def standing_out(blocks: Sequence[Block], habits: Habits) -> list[int]:
    """The indexes of the blocks whose look sets them apart from the body."""
    larger = LARGER * habits.body
    return [i for i, block in enumerate(blocks) if (line := block.lines[0])[4] > larger or line[5] & BOLD]


def level_of(block: Block, text: str, number: int, habits: Habits) -> int | None:
    """The level of the heading that a block on page ``number`` is, or None where it is none."""
    if len(text) > MAX_LETTERS:
        return None
    outline = habits.outline.get(number)
    if outline and (level := _in_outline(text, outline)):
        return level
    line = block.lines[0]
    if not (line.look & BOLD or line.size > LARGER * habits.body) or line.turned or line.follows:
        return None
    style = (round(line.size * 2) / 2, line.look & BOLD)
    if style not in habits.styles or not _can_be(block, text):
        return None
    if match := _NUMBER.match(text):
        return min(MAX_LEVEL, 1 + match[1].rstrip(".0").count("."))
    return min(MAX_LEVEL, 1 + habits.styles.index(style))


def _can_be(block: Block, text: str) -> bool:
    if len(block.lines) > MAX_LINES or block.lines[0].look & FIXED:
        return False
    if text[-1] in ".,;" and not text.endswith("..."):
        return False
    first = next((c for c in text if c.isalpha()), "")
    return bool(first) and not (text[0].islower() and text[0].isascii())


def _in_outline(text: str, outline: tuple[OutlineEntry, ...]) -> int | None:
    bare = _bare(text)
    for entry in outline:
        title = _bare(entry.title)
        if title and (title == bare or (bare.endswith(title) and len(bare) - len(title) <= 8)):
            return min(MAX_LEVEL, entry.level)
    return None


@lru_cache(1024)
def _bare(text: str) -> str:
    return _LETTERS.sub("", text).lower()
