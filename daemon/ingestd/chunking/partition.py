"""Choosing the cuts: the cheapest way through all borders, by dynamic programming."""

from __future__ import annotations

from array import array

from ingestd.chunking import native
from ingestd.chunking.harm import Border

TARGET = 370
"""Characters of a chunk that nothing speaks against; with whole sentences the mean is about 400."""

LONGEST = 900
"""Characters no chunk goes beyond, whatever its borders."""

_LONG = 1.5
"""How much worse a length beyond the target is than one as far below it: a long chunk could be two."""


def _length_cost(length: int) -> float:
    off = (length - TARGET) / TARGET
    return off * off * (_LONG if off > 0 else 1.0)


_LENGTH_COST = array("d", map(_length_cost, range(LONGEST + 1)))


def partition(borders: list[Border]) -> list[tuple[int, int]]:
    """Spans (start, end) from border to border, of least harm together. Linear in the number of borders."""
    if native.native is not None:
        return native.native.partition(borders, _LENGTH_COST)  # type: ignore[no-any-return]
    return _walk_back(borders, _choices(borders))


def _choices(borders: list[Border]) -> list[int]:
    """For each border the one at which the chunk before it best begins."""
    starts = [start for _, start, _ in borders]
    best = [0.0]
    came_from = [0]
    low = 0
    for index in range(1, len(borders)):
        end, _, cost = borders[index]
        while end - starts[low] > LONGEST:
            low += 1
        harm = [b + _LENGTH_COST[end - s] for b, s in zip(best[low:index], starts[low:index], strict=True)]
        least = min(harm)
        best.append(least + cost)
        came_from.append(low + harm.index(least))
    return came_from


def _walk_back(borders: list[Border], came_from: list[int]) -> list[tuple[int, int]]:
    spans, index = [], len(borders) - 1
    while index > 0:
        before = came_from[index]
        spans.append((borders[before][1], borders[index][0]))
        index = before
    spans.reverse()
    return spans
