"""Lines in reading order become blocks: paragraphs, headings, tables, captions.

Signs of a new block, strong ones first: a wide gap, another size or weight, a list mark, a line that ended
although the next word had room on it, an indent. Across a column's edge a paragraph goes on.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ingestd.pdf.hyphens import MARKS, is_parted
from ingestd.pdf.layout import FIXED, Line
from ingestd.pdf.native import native

WIDER = 1.3
"""A gap of so many usual ones parts blocks."""
OTHER_SIZE = 0.06
INDENT = 0.7
"""In ems."""
FAR = 3.0
"""In ems: so far from the edge a line may yet be a full one of a narrower column."""

FULL, FULL_LETTERS = 5, 25
"""So many lines end alike where a text is justified; one of so many characters may be such a line."""

NEW, SPACE, LINE, WORD, NOTHING = "|", " ", "\n", "-", "0"
"""How a line is tied to the one before it: not at all, where a block begins; by what stands for itself; as the
rest of a word; without a space, as in scripts that have none."""

_MARK = re.compile(r"[•▪▸●○◦■□–—∗*‣·-]\s+\S|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s+\S|\[\w{1,12}\]\s*\S")
_WIDE = "\u3000"
"""The first character of the scripts that are written without spaces (kana, Han, full-width forms)."""
_BULLETS = frozenset("•▪▸●○◦■□‣")
_ENDS = frozenset(".!?:;…。！？：")
_CLOSERS = "\"'”’»)]*†‡0123456789"


class Measure(NamedTuple):
    """What is usual in a column."""

    right: float
    """Where its full lines end."""
    lead: float
    """From base line to base line, in ems."""
    ends: Sequence[float]
    """Where its lines end, sorted."""

    def is_full(self, line: Line) -> bool:
        """Whether a line ends where many others do: short of the column's edge, which a table above it sets."""
        end = line[2]
        alike = bisect_left(self.ends, end + 1) - bisect_left(self.ends, end - 1)
        return len(line[0]) >= FULL_LETTERS and alike >= FULL


class Block:
    """Lines that belong together, and how each is tied to the one before it."""

    __slots__ = ("lines", "ties")

    def __init__(self, lines: list[Line], ties: str) -> None:
        self.lines = lines
        self.ties = ties

    def append(self, more: Block) -> None:
        """Running text that goes on in another block."""
        self.ties += between(self.lines[-1][0], more.lines[0][0]) + more.ties[1:]
        self.lines += more.lines


def ends_sentence(text: str) -> bool:
    """Whether a line closes a sentence, as far as its end tells."""
    last = text[-1:]
    return last in _ENDS or (last in _CLOSERS and text.rstrip(_CLOSERS)[-1:] in _ENDS)


def starts_low(text: str) -> bool:
    """Whether a line goes on inside a sentence, as far as its start tells."""
    return text[:1].islower()


def between(end: str, start: str) -> str:
    """The tie of two lines of running text."""
    if end[-1] in MARKS and is_parted(end):
        return WORD
    return NOTHING if end[-1] >= _WIDE and _is_wide(end[-1]) and _is_wide(start[0]) else SPACE


def _is_wide(character: str) -> bool:
    return _WIDE <= character <= "\u9fff" or "\uff00" <= character <= "\uffef" or character >= "\U00020000"


def blocks_of(lines: list[Line]) -> list[Block]:
    """The blocks of a page whose ``lines`` are in order."""
    ties = _ties_plainly(lines) if native is None else native.ties(lines, _MARK.match)
    blocks: list[Block] = []
    start = 0
    for more in ties.split(NEW)[1:]:
        end = start + 1 + len(more)
        blocks.append(Block(lines[start:end], NEW + more))
        start = end
    return blocks


def _ties_plainly(lines: Sequence[Line]) -> str:
    """How each line is tied to the one before it."""
    ties: list[str] = []
    columns, lead = _columns(lines)
    block: list[Line] = []
    for column in columns:
        block = _add_column(ties, block, column, lead)
    return "".join(ties)


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


def _measure(column: Sequence[Line], lead: float) -> Measure:
    """Full lines end at the right edge, less what sticks out of it."""
    ends = sorted([line[2] for line in column])
    return Measure(ends[-1 - len(ends) // 8], lead, ends)


def _add_column(ties: list[str], block: list[Line], column: Sequence[Line], lead: float) -> list[Line]:
    """Ties a column to the open ``block``, and its lines to each other; gives back the block that is open then."""
    measure = _measure(column, lead)
    tie = _over_the_edge(block, column) if block else NEW
    for i, b in enumerate(column):
        if i:
            a = column[i - 1]
            after = column[i + 1] if i + 1 < len(column) else None
            tie = SPACE if _goes_on_surely(a, b, measure) else _tie(block, a, b, after, measure)
        if tie == NEW:
            block = []
        elif tie == SPACE:
            tie = between(block[-1][0], b[0])
        ties.append(tie)
        block.append(b)
    return block


def _goes_on_surely(a: Line, b: Line, measure: Measure) -> bool:
    """Whether ``b`` goes on from ``a`` without any doubt, as most lines do: saves the long way."""
    text, x0, _, base, size, look, cells, _ = b
    return (
        look == a[5] < FIXED
        and cells == a[6] == 0
        and -0.02 * size < size - a[4] < 0.02 * size
        and -0.3 * size < x0 - a[1] < 0.3 * size
        and base - a[3] < WIDER * measure.lead * size
        and measure.right - a[2] < size
        and text[0].isalpha()
        and (text[1:3].isalpha() or text[1:2] == SPACE)
    )


def _tie(block: Sequence[Line], a: Line, b: Line, after: Line | None, measure: Measure) -> str:
    """How ``b`` goes on from ``a``, the last line of ``block``; ``NEW`` where it does not."""
    right, lead, _ = measure
    size = b[4]
    down = b[3] - a[3]
    if abs(size - a[4]) > OTHER_SIZE * size:
        return _tie_of_sizes(a, b, lead)
    if a.look != b.look and not (a.look | b.look) & FIXED:
        return NEW
    if a.follows or b.follows:
        return LINE if a.follows and b.follows and down < 2.5 * lead * size else NEW
    if down > WIDER * lead * size and down > 1.15 * _lead_in(block, lead):
        return NEW
    if a.look & FIXED and b.look & FIXED:
        return LINE
    text = b[0]
    if text[0] in _BULLETS:
        return NEW
    if a[0][-1] in MARKS and is_parted(a[0]) and text[0].isalpha():
        return SPACE
    shift = b[1] - a[1]
    room = right - a[2]
    ended = room > 0.3 * size + _first_word(b) and not (room > FAR * size and measure.is_full(a))
    if -INDENT * size < shift < INDENT * size:
        return _tie_of_ended(a, b) if ended else NEW if _new_item(a, b, block) else SPACE
    if shift > 0:
        return _tie_of_indented(block, a, b, after, ended)
    if len(block) == 1 or not _hangs(block):
        return _tie_of_ended(a, b) if ended else SPACE
    return NEW


def _tie_of_sizes(a: Line, b: Line, lead: float) -> str:
    """Another size is another block, but for a line that is all script, symbol or one big letter."""
    if min(len(a[0]), len(b[0])) <= 3 and b[3] - a[3] < 1.2 * lead * max(a[4], b[4]) and starts_low(b[0]):
        return SPACE
    return NEW


def _lead_in(block: Sequence[Line], lead: float) -> float:
    return block[-1][3] - block[-2][3] if len(block) > 1 else lead * block[-1][4]


def _first_word(line: Line) -> float:
    """Room its first word and the space before it would have taken on the line before."""
    text = line[0]
    end = text.find(" ")
    return (line[2] - line[1]) / len(text) * ((end if end > 0 else len(text)) + 1)


def _tie_of_ended(a: Line, b: Line) -> str:
    """``a`` ended although there was room."""
    if ends_sentence(a[0]) or not starts_low(b[0]):
        return NEW if ends_sentence(a[0]) or _MARK.match(b[0]) or len(a[0]) > 25 else LINE
    return SPACE


def _new_item(a: Line, b: Line, block: Sequence[Line]) -> bool:
    return _MARK.match(b[0]) is not None and (_MARK.match(block[0][0]) is not None or ends_sentence(a[0]))


def _tie_of_indented(block: Sequence[Line], a: Line, b: Line, after: Line | None, ended: bool) -> str:
    """``b`` stands in: the first line of a paragraph, or the second of a list's item."""
    hanging = after is not None and abs(after[1] - b[1]) < INDENT * b[4] and after[3] > b[3]
    if hanging and len(block) == 1 and not ended:
        return SPACE
    if _MARK.match(a[0]) and len(block) == 1:
        return SPACE
    if starts_low(b[0]) and not ends_sentence(a[0]):
        return SPACE
    return NEW


def _hangs(block: Sequence[Line]) -> bool:
    """Whether the block's lines after its first stand in."""
    first, second = block[0], block[1]
    return second[1] - first[1] > INDENT * second[4]


def _over_the_edge(block: Sequence[Line], run: Sequence[Line]) -> str:
    """How a new column goes on from the block that ended the column before."""
    a, b = block[-1], run[0]
    if (
        a.turned
        or b.turned
        or abs(a[4] - b[4]) > OTHER_SIZE * b[4]
        or a.look != b.look
        or a.follows
        or b.follows
    ):
        return NEW
    if starts_low(b[0]):
        return SPACE if not ends_sentence(a[0]) or a[0][-1] in ":;" else NEW
    if a[0][-1] in "-‐\xad,":
        return SPACE
    indented = len(run) > 1 and b[1] - run[1][1] > INDENT * b[4]
    return SPACE if not indented and not ends_sentence(a[0]) and len(block) > 1 else NEW
