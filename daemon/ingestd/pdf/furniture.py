"""Running heads, footers and page numbers: told by their coming back at the same height of page after page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ingestd.pdf.layout import PageLayout

ZONE = 0.12
"""Share of the page's height, above and below, in which furniture stands."""
NEAR = 4.0
"""Points: heights closer than this are the same height."""
REPEATS = 3
"""Pages on which something must stand to be furniture; two in a document of at most four."""
MAX_ROWS = 4
"""Rows looked at in each zone."""
MAX_LENGTH = 160
MARGIN = 0.06
"""Share of the page's height in which text of a single page is taken for furniture."""
APART = 2.2
"""In ems: the white there must be between."""

_NUMBER = re.compile(r"\d+|\b(?=[ivxlc])(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})\b", re.I)
_LONE_NUMBER = re.compile(r"\W*(?:page |seite |p\. ?|s\. ?)?\d{1,4}(?: (?:of|von|/) \d{1,4})?\W*", re.I)
_PAGE = re.compile(r"^\W*(?:page |seite |p\. ?|s\. ?)?(\d{1,4})\b|\b(\d{1,4})\W*$", re.I)

Key = tuple[str, int]
"""What comes back (text with its numbers masked, or how far the printed page number is from ours), and where."""


def rows(layout: PageLayout) -> list[tuple[float, list[int]]]:
    """The rows of the outer zones, outermost first in each: their height, and the indexes of their lines."""
    edge = layout.height * ZONE
    upper = sorted(
        (line.base, i) for i, line in enumerate(layout.lines) if line.base < edge and not line.turned
    )
    bottom = layout.height - edge
    lower = sorted(
        ((line.base, i) for i, line in enumerate(layout.lines) if line.base > bottom and not line.turned),
        reverse=True,
    )
    return _grouped(upper) + _grouped(lower)


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
    parts = [layout.lines[i].text for i in indexes]
    found = [(_NUMBER.sub("#", part)[:MAX_LENGTH], height) for part in parts]
    if len(parts) > 1:
        found.append((_NUMBER.sub("#", " ".join(sorted(parts)))[:MAX_LENGTH], height))
    for part in parts:
        if match := _PAGE.search(part):
            found.append((f"\0{int(match[1] or match[2]) - number}", height))
    return found


def count(layout: PageLayout, number: int) -> Counter[Key]:
    """Every key of a page once."""
    return Counter({key for base, indexes in rows(layout) for key in keys(layout, number, base, indexes)})


def settle(counts: Counter[Key], pages: int) -> frozenset[Key]:
    """The keys that come back on three pages or half of them, counting the neighbouring heights too."""
    enough = REPEATS if pages > 4 else 2
    found = set()
    for (text, height), n in counts.items():
        together = n + counts.get((text, height - 1), 0) + counts.get((text, height + 1), 0)
        if together >= enough and text.strip():
            found.add((text, height))
    return frozenset(found)


def find(layout: PageLayout, number: int, habits: frozenset[Key]) -> list[int]:
    """The indexes of the lines that are furniture, in the order of the page."""
    if not habits:
        return []
    found: list[int] = []
    for base, indexes in rows(layout):
        if any(key in habits for key in keys(layout, number, base, indexes)):
            found += indexes
    return sorted(found)


def find_alone(layout: PageLayout) -> list[int]:
    """The same for a document so short that nothing can come back: what stands apart at the very edge.

    That is a page number alone in the first or last row, and rows in the margin with white between them and the text.
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
