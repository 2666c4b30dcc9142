"""Lines in reading order become blocks: paragraphs, headings, tables, captions.

Signs of a new block, strong ones first: a wide gap, another size or weight, a list mark, a line that ended
although the next word had room on it, an indent. Across a column's edge a paragraph goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ingestd.pdf.hyphens import MARKS, is_parted
from ingestd.pdf.layout import FIXED, Line

WIDER = 1.3
"""A gap of so many usual ones parts blocks."""
OTHER_SIZE = 0.06
INDENT = 0.7
"""In ems."""

SPACE, LINE = " ", "\n"
"""How a line is tied to the one before it in its block."""

_MARK = re.compile(r"[•▪▸●○◦■□–—∗*‣·-]\s+\S|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s+\S|\[\w{1,12}\]\s*\S")
_BULLETS = frozenset("•▪▸●○◦■□‣")
_ENDS = frozenset(".!?:;…。！？：")
_CLOSERS = "\"'”’»)]*†‡0123456789"


class Measure(NamedTuple):
    """What is usual in a column."""

    right: float
    """Where its full lines end."""
    lead: float
    """From base line to base line, in ems."""


class Block:
    """Lines that belong together, and how each is tied to the one before it."""

    __slots__ = ("lines", "ties")

    def __init__(self, first: Line) -> None:
        self.lines = [first]
        self.ties = [""]

    def add(self, line: Line, tie: str) -> None:
        """One more line."""
        self.lines.append(line)
        self.ties.append(tie)


def ends_sentence(text: str) -> bool:
    """Whether a line closes a sentence, as far as its end tells."""
    last = text[-1:]
    return last in _ENDS or (last in _CLOSERS and text.rstrip(_CLOSERS)[-1:] in _ENDS)


def starts_low(text: str) -> bool:
    """Whether a line goes on inside a sentence, as far as its start tells."""
    return text[:1].islower()


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """The blocks of a page whose ``lines`` are in order."""
    blocks: list[Block] = []
    columns, lead = _columns(lines)
    for column in columns:
        _add_column(blocks, column, lead)
    return blocks


def _columns(lines: Sequence[Line]) -> tuple[list[Sequence[Line]], float]:
    """Runs of lines that only go down; and from base line to base line, in ems, what is usual."""
    starts: list[int] = []
    steps: list[float] = []
    for i, (a, b) in enumerate(pairwise(lines), 1):
        size = b[4]
        down = b[3] - a[3]
        if down < -0.5 * size or b[1] > a[2] + 3 * size or b[2] < a[1] or a[7] != b[7]:
            starts.append(i)
        elif 0.5 * size < down < 2.6 * size:
            steps.append(down / size)
    steps.sort()
    lead = steps[(len(steps) - 1) // 2] if steps else 1.3
    return [lines[a:z] for a, z in pairwise([0, *starts, len(lines)])], lead


def _right_edge(column: Sequence[Line]) -> float:
    """Where full lines end: the right edge, less what sticks out of it."""
    ends = sorted([line[2] for line in column])
    return ends[-1 - len(ends) // 8]


def _add_column(blocks: list[Block], column: Sequence[Line], lead: float) -> None:
    right = _right_edge(column)
    most = WIDER * lead
    if blocks and (tie := _over_the_edge(blocks[-1], column)):
        block = blocks[-1]
        block.add(column[0], tie)
    else:
        block = Block(column[0])
        blocks.append(block)
    for i, (a, b) in enumerate(pairwise(column), 2):
        text, x0, _, base, size, look, cells, _ = b
        if (  # goes on without any doubt, as most lines do: saves the long way
            look == a[5] < FIXED
            and cells == a[6] == 0
            and -0.02 * size < size - a[4] < 0.02 * size
            and -0.3 * size < x0 - a[1] < 0.3 * size
            and base - a[3] < most * size
            and right - a[2] < size
            and text[0].isalpha()
            and (text[1:3].isalpha() or text[1:2] == SPACE)
        ):
            block.lines.append(b)
            block.ties.append(SPACE)
            continue
        tie = _tie(block, a, b, column[i] if i < len(column) else None, Measure(right, lead))
        if tie:
            block.add(b, tie)
        else:
            block = Block(b)
            blocks.append(block)


def _tie(block: Block, a: Line, b: Line, after: Line | None, measure: Measure) -> str:
    """How ``b`` goes on from ``a``, the last line of ``block``; empty where it does not."""
    right, lead = measure
    size = b[4]
    down = b[3] - a[3]
    if abs(size - a[4]) > OTHER_SIZE * size:
        return _tie_of_sizes(a, b, lead)
    if a.look != b.look and not (a.look | b.look) & FIXED:
        return ""
    if a.follows or b.follows:
        return LINE if a.follows and b.follows and down < 2.5 * lead * size else ""
    if down > WIDER * lead * size and down > 1.15 * _lead_in(block, lead):
        return ""
    if a.look & FIXED and b.look & FIXED:
        return LINE
    text = b[0]
    if text[0] in _BULLETS:
        return ""
    if a[0][-1] in MARKS and is_parted(a[0]) and text[0].isalpha():
        return SPACE
    shift = b[1] - a[1]
    room = right - a[2]
    ended = room > 0.3 * size + _first_word(b)
    if -INDENT * size < shift < INDENT * size:
        return _tie_of_ended(a, b) if ended else SPACE if not _new_item(a, b, block) else ""
    if shift > 0:
        return _tie_of_indented(block, a, b, after, ended)
    if len(block.lines) == 1 or not _hangs(block):
        return _tie_of_ended(a, b) if ended else SPACE
    return ""


def _tie_of_sizes(a: Line, b: Line, lead: float) -> str:
    """Another size is another block, but for a line that is all script, symbol or one big letter."""
    if min(len(a[0]), len(b[0])) <= 3 and b[3] - a[3] < 1.2 * lead * max(a[4], b[4]) and starts_low(b[0]):
        return SPACE
    return ""


def _lead_in(block: Block, lead: float) -> float:
    lines = block.lines
    return lines[-1][3] - lines[-2][3] if len(lines) > 1 else lead * lines[-1][4]


def _first_word(line: Line) -> float:
    """Room its first word and the space before it would have taken on the line before."""
    text = line[0]
    end = text.find(" ")
    return (line[2] - line[1]) / len(text) * ((end if end > 0 else len(text)) + 1)


def _tie_of_ended(a: Line, b: Line) -> str:
    """``a`` ended although there was room."""
    if ends_sentence(a[0]) or not starts_low(b[0]):
        return "" if ends_sentence(a[0]) or _MARK.match(b[0]) or len(a[0]) > 25 else LINE
    return SPACE


def _new_item(a: Line, b: Line, block: Block) -> bool:
    return _MARK.match(b[0]) is not None and (
        _MARK.match(block.lines[0][0]) is not None or ends_sentence(a[0])
    )


def _tie_of_indented(block: Block, a: Line, b: Line, after: Line | None, ended: bool) -> str:
    """``b`` stands in: the first line of a paragraph, or the second of a list's item."""
    hanging = after is not None and abs(after[1] - b[1]) < INDENT * b[4] and after[3] > b[3]
    if hanging and len(block.lines) == 1 and not ended:
        return SPACE
    if _MARK.match(a[0]) and len(block.lines) == 1:
        return SPACE
    if starts_low(b[0]) and not ends_sentence(a[0]):
        return SPACE
    return ""


def _hangs(block: Block) -> bool:
    """Whether the block's lines after its first stand in."""
    first, second = block.lines[0], block.lines[1]
    return second[1] - first[1] > INDENT * second[4]


def _over_the_edge(block: Block, run: Sequence[Line]) -> str:
    """How a new column goes on from the block that ended the column before."""
    a, b = block.lines[-1], run[0]
    if (
        a.turned
        or b.turned
        or abs(a[4] - b[4]) > OTHER_SIZE * b[4]
        or a.look != b.look
        or a.follows
        or b.follows
    ):
        return ""
    if starts_low(b[0]):
        return SPACE if not ends_sentence(a[0]) or a[0][-1] in ":;" else ""
    if a[0][-1] in "-‐\xad,":
        return SPACE
    indented = len(run) > 1 and b[1] - run[1][1] > INDENT * b[4]
    return SPACE if not indented and not ends_sentence(a[0]) and len(block.lines) > 1 else ""
