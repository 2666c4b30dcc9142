"""The order in which a page is read, judged page by page.

Most streams are in reading order already, and any tool that always sorts makes some of those worse. So the
stream's order is kept unless the order of a cut into columns has clearly fewer bad steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ingestd.pdf.layout import Line

BETTER = 0.7
"""A new order must have less than this share of the stream's bad steps."""
COLUMN_LINES, COLUMN_LETTERS = 3, 13
"""A column has at least so many lines, and at the median so many characters a line: table cells are no columns."""
LONG_SKIP = 8.0
"""In ems: a step further down than this is a bad one."""


def in_order(lines: Sequence[Line], rtl: bool = False) -> list[Line]:
    """Lines as they are read; the parts of one row that belong together are one line (``follows`` says so)."""
    upright = [line for line in lines if not line.turned]
    aside = [line for line in lines if line.turned]
    bad = _bad_steps(upright)
    if bad > 1:
        cut = _cut(upright, rtl)
        if _bad_steps(cut) < BETTER * bad:
            upright = cut
    return _joined(upright) + aside


def _bad_steps(lines: Sequence[Line]) -> int:
    bad = 0
    for a, b in zip(lines, lines[1:], strict=False):
        down = b[3] - a[3]
        size = b[4]
        if down < -0.5 * size:
            bad += b[1] < a[2]  # up, and not into a column on the right
        elif b[2] < a[1]:
            bad += 1  # to the left of all that was just read
        elif down > LONG_SKIP * size:
            bad += 1
    return bad


def _cut(lines: Sequence[Line], rtl: bool) -> list[Line]:
    """Columns left to right (or right to left), each from top to bottom; what spans them parts them."""
    gutter = _gutter(lines)
    if gutter is None:
        return _by_rows(lines, rtl)
    found: list[Line] = []
    band: list[Line] = []
    for line in sorted(lines, key=lambda line: line.base):
        if line.x0 < gutter - 1 and line.x1 > gutter + 1:
            found += _band(band, gutter, rtl)
            found.append(line)
            band = []
        else:
            band.append(line)
    return found + _band(band, gutter, rtl)


def _band(lines: Sequence[Line], gutter: float, rtl: bool) -> list[Line]:
    left = [line for line in lines if line.x1 <= gutter + 1]
    right = [line for line in lines if line.x1 > gutter + 1]
    if not left or not right:
        return _cut(left or right, rtl) if lines else []
    return _cut(right, rtl) + _cut(left, rtl) if rtl else _cut(left, rtl) + _cut(right, rtl)


def _by_rows(lines: Sequence[Line], rtl: bool) -> list[Line]:
    found: list[Line] = []
    row: list[Line] = []
    for line in sorted(lines, key=lambda line: line.base):
        if row and line.base - row[0].base > 0.4 * line.size:
            found += _row(row, rtl)
            row = []
        row.append(line)
    return found + _row(row, rtl)


def _row(row: Sequence[Line], rtl: bool) -> list[Line]:
    ordered = sorted(row, key=lambda line: line.x0, reverse=rtl)
    return [line._replace(follows=int(i > 0)) for i, line in enumerate(ordered)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """The middle of the white stripe with running text on both sides that the fewest lines cross."""
    if len(lines) < 2 * COLUMN_LINES:
        return None
    best: tuple[float, float, float] | None = None
    for low, high, crossing in _stripes(lines):
        middle = (low + high) / 2
        left = [line for line in lines if line.x1 <= low + 1]
        right = [line for line in lines if line.x0 >= high - 1]
        if not (_runs(left) and _runs(right) and _beside(left, right)):
            continue
        if crossing > 0.5 * (len(left) + len(right)):
            continue
        score = (crossing - 0.25 * min(len(left), len(right)), low - high, middle)
        if best is None or score < best:
            best = score
    return None if best is None else best[2]


def _stripes(lines: Sequence[Line]) -> list[tuple[float, float, int]]:
    """Local minima of how many lines lie over a position: from, to, how many."""
    events = sorted([(line.x0, 1) for line in lines] + [(line.x1, -1) for line in lines])
    found: list[tuple[float, float, int]] = []
    covered, fell = 0, False
    for (at, change), (until, _) in zip(events, events[1:], strict=False):
        covered += change
        if change < 0:
            fell = True
        if change < 0 and until - at > 4:
            found.append((at, until, covered))
    return found if fell else []


def _runs(lines: Sequence[Line]) -> bool:
    return len(lines) >= COLUMN_LINES and median(len(line.text) for line in lines) >= COLUMN_LETTERS


def _beside(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether two groups of lines stand side by side for some lines' height."""
    top = max(min(line.base for line in left), min(line.base for line in right))
    end = min(max(line.base for line in left), max(line.base for line in right))
    return end - top > 2 * left[0].size


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Rows made whole. ``follows`` of the result: it has cells, as a table's row has."""
    if not any(line.follows for line in lines):
        return list(lines)
    rows: list[list[Line]] = []
    for line in lines:
        if line.follows and rows and _same_row(rows[-1][-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [row[0]._replace(follows=0) if len(row) == 1 else _whole(row) for row in rows]


def _same_row(a: Line, b: Line) -> bool:
    return abs(a.base - b.base) < 0.5 * max(a.size, b.size)


def _whole(row: Sequence[Line]) -> Line:
    gaps = [abs(b.x0 - a.x1) if b.x0 > a.x0 else abs(a.x0 - b.x1) for a, b in zip(row, row[1:], strict=False)]
    size = max(part.size for part in row)
    even = len(gaps) > 1 and max(gaps) - min(gaps) < 0.3 * size
    cells = max(gaps) > 2.2 * size and not even
    text = ("  " if cells else " ").join(part.text for part in row)
    first = row[0]
    look = first.look
    for part in row:
        look &= part.look
    x0, x1 = min(part.x0 for part in row), max(part.x1 for part in row)
    return Line(text, x0, x1, first.base, first.size, look, int(cells), 0)
