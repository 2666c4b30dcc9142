"""Paragraphs that a caption, a footnote or a page's edge interrupts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestd.pdf.layout import FIXED
from ingestd.pdf.paragraphs import Block, ends_sentence, starts_low

REACH = 6
"""Blocks that may stand between the two parts."""
SMALLER = 0.95
SAME = 0.06

_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|listing|algorithm|scheme|plate|chart|abb(?:ildung|\.)?|tabelle|tableau|figura|tabla)"
    r"\s*\d",
    re.I,
)


def is_body(block: Block, body: float) -> bool:
    """Whether a block is running text."""
    line = block.lines[0]
    return (
        abs(line.size - body) <= SAME * body
        and not (line.look & FIXED or line.turned or line.follows)
        and _CAPTION.match(line.text) is None
    )


def _is_aside(block: Block, body: float) -> bool:
    """Whether running text may go on behind a block as if it were not there."""
    line = block.lines[0]
    return line.size < SMALLER * body or _CAPTION.match(line.text) is not None or bool(line.follows)


def mend(blocks: list[Block], body: float) -> list[Block]:
    """The blocks with the parts of interrupted paragraphs put together, in place of the first part."""
    i = 0
    while i < len(blocks):
        block = blocks[i]
        if len(block.lines) > 1 and not ends_sentence(block.lines[-1].text) and is_body(block, body):
            j = _goes_on(blocks, i, body)
            if j is not None:
                block.append(blocks.pop(j))
                continue
        i += 1
    return blocks


def _goes_on(blocks: Sequence[Block], i: int, body: float) -> int | None:
    for j in range(i + 1, min(i + 1 + REACH, len(blocks))):
        if j > i + 1 and is_body(blocks[j], body):
            return j if starts_low(blocks[j].lines[0].text) else None
        if not _is_aside(blocks[j], body):
            return None
    return None


def last_of(blocks: Sequence[Block], body: float) -> int | None:
    """The block that running text may leave the page with."""
    for i in range(len(blocks) - 1, max(-1, len(blocks) - 1 - REACH), -1):
        if is_body(blocks[i], body):
            return i
    return None


def first_of(blocks: Sequence[Block], body: float) -> int | None:
    """The block that running text may come onto the page with."""
    for i in range(min(REACH, len(blocks))):
        if is_body(blocks[i], body):
            return i
    return None
