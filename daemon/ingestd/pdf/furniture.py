"""Running heads, footers, page numbers: told by coming back at the same height of page after page."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ingestd.pdf.layout import Key, Outer, PageLayout

ZONE = 0.12
"""Share of the page's height, above and below, in which furniture stands."""
NEAR = 4.0
"""Points: heights closer than this are the same height."""
EDGE = 0.2
"""Share in which the outermost row may stand instead, where nothing is further out."""
REPEATS = 3
"""Pages on which something must stand to be furniture; two in a document of at most four."""
COUNTED = 10
"""One page in so many must bear what is alike but for its digits: "Theorem 3" may open a page by chance."""
MAX_ROWS = 4
"""Rows looked at in each zone."""
MIN_LENGTH, MAX_LENGTH = 4, 160
"""Characters of a row that are looked at, and that make it worth it."""
MARGIN = 0.06
"""Share of the page's height in which text of a single page is taken for furniture."""
APART = 2.2
"""In ems: the white there must be between."""

_ROMAN, _ROMAN_LETTERS = re.compile(r"\W*[ivxlc]{1,7}\W*", re.I), 11
_NUMBER = re.compile("[0-9#]+")
_LONE_NUMBER = re.compile(r"\W*(?:page |seite |p\. ?|s\. ?)?\d{1,4}(?: (?:of|von|/) \d{1,4})?\W*", re.I)
_PAGE = re.compile(
    r"^\W*(?:page |seite |p\. ?|s\. ?)?(\d{1,4})(?:(?=[\s|/–—-])|\W*$)|(?:^|[\s|/–—(\[-])(\d{1,4})[^\w.]*$",
    re.I,
)
"""A number by itself at an end of a row: not that of a list's item, a section (``4.1``) or a symbol (``k1``)."""


def rows(layout: PageLayout) -> list[tuple[float, list[int]]]:
    """The rows of the outer zones, outermost first in each: their height, and the indexes of their lines."""
    upper, lower = _zones(layout)
    outer = [
        (line[3], i) for i, line in enumerate(layout.lines) if not upper <= line[3] <= lower and not line[7]
    ]
    outer.sort()
    split = bisect(outer, (upper, 0))
    return _grouped(outer[:split]) + _grouped(outer[: split - 1 if split else None : -1])


def _zones(layout: PageLayout) -> tuple[float, float]:
    """The heights above and below which furniture may stand."""
    height = layout.height
    bases = [line[3] for line in layout.lines if not line[7]]
    if not bases:
        return height * ZONE, height * (1 - ZONE)
    upper = max(height * ZONE, min(height * EDGE, min(bases) + 1))
    return upper, min(height * (1 - ZONE), max(height * (1 - EDGE), max(bases) - 1))


def _grouped(sorted_lines: Iterable[tuple[float, int]]) -> list[tuple[float, list[int]]]:
    found: list[tuple[float, list[int]]] = []
    for base, index in sorted_lines:
        if found and abs(found[-1][0] - base) < NEAR:
            found[-1][1].append(index)
        elif len(found) == MAX_ROWS:
            break
        else:
            found.append((base, [index]))
    return found


def keys(layout: PageLayout, number: int, base: float, indexes: Sequence[int]) -> list[Key]:
    """What may come back of one row: its masked text, each part of it, and its page number."""
    height = round(base / NEAR)
    parts = [_masked(layout.lines[i][0]) for i in indexes]
    found = [(part, height) for part in parts if len(part) >= MIN_LENGTH]
    if len(parts) > 1:
        found.append((" ".join(sorted(parts)), height))
    elif parts[0] == "#" and not ZONE < base / layout.height < 1 - ZONE:
        found.append(("#", height))  # beside others, or further in, it may be a cell's
    for index in indexes:
        text = layout.lines[index][0]
        if (text[-1].isdigit() or text[0].isdigit()) and (match := _PAGE.search(text)):
            found.append((f"\0{int(match[1] or match[2]) - number}", height))
    return found


def _masked(text: str) -> str:
    if len(text) <= _ROMAN_LETTERS and _ROMAN.fullmatch(text):
        return "#"
    return _NUMBER.sub("#", text[:MAX_LENGTH])


def outer(layout: PageLayout, number: int) -> Outer:
    """The keys of each row in the outer zones, and its lines; kept with the layout, being asked twice."""
    if layout.outer is None:
        layout.outer = [(keys(layout, number, base, indexes), indexes) for base, indexes in rows(layout)]
    return layout.outer


def count(layout: PageLayout, number: int) -> set[Key]:
    """Every key of a page once."""
    return {key for found, _ in outer(layout, number) for key in found}


def settle(counts: Counter[Key], pages: int) -> frozenset[Key]:
    """The keys that come back on enough pages, counting the neighbouring heights too."""
    repeats = REPEATS if pages > 4 else 2
    found = set()
    for (text, height), n in counts.items():
        together = n + counts.get((text, height - 1), 0) + counts.get((text, height + 1), 0)
        counted = text[0] == "\0" or ("#" in text and text != "#")
        if together >= (max(repeats, pages / COUNTED) if counted else repeats) and text.strip():
            found.add((text, height))
    return frozenset(found)


def find(layout: PageLayout, number: int, habits: frozenset[Key]) -> list[int]:
    """The indexes of the lines that are furniture, in the order of the page."""
    if not habits:
        return []
    found: list[int] = []
    for row, indexes in outer(layout, number):
        if not habits.isdisjoint(row):
            found += indexes
    return sorted(found)


def find_alone(layout: PageLayout) -> list[int]:
    """The same for a document so short that nothing can come back: what stands apart at the very edge.

    That is a page number alone in the first or last row, and rows in the margin with white between them and
    the text.
    """
    order = sorted((line.base, i) for i, line in enumerate(layout.lines) if not line.turned)
    found: list[int] = []
    for from_edge in (order, order[::-1]):
        found += _apart(layout, _grouped(from_edge))
    return sorted(set(found))


def _apart(layout: PageLayout, outer: Sequence[tuple[float, list[int]]]) -> list[int]:
    found: list[int] = []
    for (base, indexes), (inner, _) in pairwise(outer):
        found += indexes
        lines = [layout.lines[i] for i in indexes]
        white = abs(inner - base) / max(line.size for line in lines)
        depth = min(base, layout.height - base) / layout.height
        if white > APART and (depth < MARGIN or (len(found) == 1 and _LONE_NUMBER.fullmatch(lines[0].text))):
            return found if sum(len(layout.lines[i].text) for i in found) < 2 * MAX_LENGTH else []
        if depth >= MARGIN:
            break
    return []
