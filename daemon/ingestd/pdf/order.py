"""The order in which a page is read, judged page by page.

Most streams are in reading order already, and any tool that always sorts makes some of those worse. So the
stream's order is kept unless the order of a cut into columns has clearly fewer bad steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter

from ingestd.pdf.layout import Line
from ingestd.pdf.native import native

BETTER = 0.7
"""A new order must have less than this share of the stream's bad steps."""
ROWS_AT_ONCE = 2
"""Columns written row by row are left after less; boxes side by side are read one after the other."""
SCRAMBLED = 3
"""Steps back from which a page without columns is read from top to bottom."""
COLUMN_LINES, COLUMN_LETTERS = 3, 13
"""A column has at least so many lines of so many characters, and few others: table cells are no columns."""
MIN_GUTTER = 4.0
"""Points."""
MAX_STRIPES = 4
"""White stripes looked at before a page is taken to have no columns."""
DEEPEST = 32
"""Cuts of columns into columns: a page made for it would have as many as lines."""
CELL_GAP = 2.2
"""In ems: two parts of a row further apart than this are cells."""
FULL_LETTERS = 25
LONG_SKIP = 8.0
"""In ems: a step further down than this is a bad one."""

_x0, _base = itemgetter(1), itemgetter(3)


def in_order(lines: Sequence[Line]) -> list[Line]:
    """Lines as they are read; parts of one row that belong together are one line (``follows`` says so).

    ``follows`` of the result: it has cells, as a table's row has.
    """
    return _in_order_plainly(lines) if native is None else native.in_order(lines)


def _in_order_plainly(lines: Sequence[Line]) -> list[Line]:
    aside = [line for line in lines if line[7]]
    if aside:
        lines = [line for line in lines if not line.turned]
    back, skips = _bad_steps(lines)
    if back:
        gutter = _gutter(lines)
        if gutter is not None or back >= SCRAMBLED:
            cut = _cut(lines, gutter, 1)
            if sum(_bad_steps(cut)) < BETTER * (back + skips):
                lines = cut
    return _joined(lines) + aside


def _bad_steps(lines: Sequence[Line]) -> tuple[int, int]:
    """Steps in running text that no reader makes: up or to the left, and far down.

    Steps over a line or less do not count, nor do short lines: formulas and figures are full of them.
    """
    up = left = skips = run = 0
    text = [line for line in lines if len(line[0]) >= COLUMN_LETTERS]
    for a, b in pairwise(text):
        down = b[3] - a[3]
        size = b[4]
        run += 1
        if b[1] > a[2]:
            run = 0
        elif down < -1.5 * size:
            up += 1
        elif b[2] < a[1]:
            left += run < ROWS_AT_ONCE
        elif down > LONG_SKIP * size:
            skips += 1
    return up + left, skips


def _cut(lines: Sequence[Line], gutter: float | None, depth: int) -> list[Line]:
    """Columns left to right, each from top to bottom; what spans them parts them."""
    if gutter is None:
        return _by_rows(lines)
    found: list[Line] = []
    band: list[Line] = []
    for line in sorted(lines, key=_base):
        if line.x0 < gutter - 1 and line.x1 > gutter + 1:
            found += _band(band, gutter, depth)
            found.append(line)
            band = []
        else:
            band.append(line)
    return found + _band(band, gutter, depth)


def _band(lines: Sequence[Line], gutter: float, depth: int) -> list[Line]:
    left = [line for line in lines if line.x1 <= gutter + 1]
    right = [line for line in lines if line.x1 > gutter + 1]
    found: list[Line] = []
    for side in (left, right):
        if side:
            found += _cut(side, _gutter(side) if depth < DEEPEST else None, depth + 1)
    return found


def _by_rows(lines: Sequence[Line]) -> list[Line]:
    found: list[Line] = []
    row: list[Line] = []
    for line in sorted(lines, key=_base):
        if row and line.base - row[0].base > 0.4 * line.size:
            found += _row(row)
            row = []
        row.append(line)
    return found + _row(row)


def _row(row: Sequence[Line]) -> list[Line]:
    ordered = sorted(row, key=_x0) if len(row) > 1 else row
    return [
        line if bool(line[6]) == (i > 0) else line._replace(follows=int(i > 0))
        for i, line in enumerate(ordered)
    ]


def _gutter(lines: Sequence[Line]) -> float | None:
    """The middle of the white stripe with running text on both sides that the fewest lines cross."""
    if len(lines) < 2 * COLUMN_LINES:
        return None
    for _, low, high in sorted(_stripes(lines))[:MAX_STRIPES]:
        left = [line for line in lines if line[2] <= low + 1]
        right = [line for line in lines if line[1] >= high - 1]
        if 3 * len(lines) > 4 * (len(left) + len(right)):
            continue
        if _runs(left) and _runs(right) and _beside(left, right):
            return (low + high) / 2
    return None


def _stripes(lines: Sequence[Line]) -> list[tuple[float, float, float]]:
    """Places between the end of one line and the start of the next one: how bad as a gutter, from, to."""
    text = [line for line in lines if len(line[0]) >= COLUMN_LETTERS]
    events = sorted([(line[1], 1) for line in text] + [(line[2], -1) for line in text])
    found: list[tuple[float, float, float]] = []
    covered = 0
    for (at, change), (until, following) in pairwise(events):
        covered += change
        if change < 0 < following and until - at > MIN_GUTTER:
            found.append((covered - 0.1 * (until - at), at, until))
    return found


def _runs(lines: Sequence[Line]) -> bool:
    """Whether most of what lines hold is running text."""
    lengths = [len(line[0]) for line in lines]
    long = [n for n in lengths if n >= COLUMN_LETTERS]
    return len(long) >= COLUMN_LINES and sum(long) > 0.6 * sum(lengths)


def _beside(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether two groups of lines stand side by side for some lines' height."""
    top = max(min(line.base for line in left), min(line.base for line in right))
    end = min(max(line.base for line in left), max(line.base for line in right))
    return end - top > 2 * left[0].size


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Rows made whole."""
    behind = [i for i, line in enumerate(lines) if line[6]]
    if not behind:
        return list(lines)
    found = list(lines)
    rows: list[list[int]] = []
    for i in behind:
        if not i or not _same_row(lines[i - 1], lines[i]):
            found[i] = lines[i]._replace(follows=0)
        elif rows and rows[-1][1] == i:
            rows[-1][1] = i + 1
        else:
            rows.append([i - 1, i + 1])
    edges: set[int] | None = None
    for first, end in reversed(rows):
        row = lines[first:end]
        cells = _has_cells(row)
        if cells and _is_justified(row):
            if edges is None:
                edges = {int(line[2]) for line in lines if len(line[0]) > FULL_LETTERS}
            cells = not _is_edge(int(row[-1].x1), edges)
        found[first:end] = [_whole(row, cells)]
    return found


def _same_row(a: Line, b: Line) -> bool:
    return abs(a.base - b.base) < 0.5 * max(a.size, b.size)


def _whole(row: Sequence[Line], cells: bool) -> Line:
    first, last = row[0], row[-1]
    text = ("  " if cells else " ").join([part[0] for part in row])
    x0, x1 = min(first.x0, last.x0), max(first.x1, last.x1)
    return Line(text, x0, x1, first.base, first.size, first.look & last.look, int(cells), 0)


def _has_cells(row: Sequence[Line]) -> bool:
    """A gap or two of moderate width are a justified line's, a heading's behind its number, or a list's."""
    if len(row) > 2:
        return True
    gap = max(row[1].x0 - row[0].x1, row[0].x0 - row[1].x1)
    return gap > CELL_GAP * max(row[0].size, row[1].size) and len(row[0].text) > 3


def _is_justified(row: Sequence[Line]) -> bool:
    """Whether all gaps are alike, as those are of a line spread to the full width."""
    gaps = [b.x0 - a.x1 for a, b in pairwise(row)]
    return max(gaps) - min(gaps) < 0.15 * row[0].size


def _is_edge(at: int, edges: set[int]) -> bool:
    """Whether full lines of text end there, to a point or two."""
    return not edges.isdisjoint((at - 1, at, at + 1))
