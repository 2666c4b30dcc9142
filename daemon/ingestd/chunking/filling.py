"""Weaker borders for the stretches of a text that have no strong ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ingestd.chunking.harm import ANYWHERE, CLAUSE, SPACING, STRETCH, WORD, Border
from ingestd.chunking.kinds import CLOSERS

_CLAUSE = re.compile(r"[,;:–—)\]}](?=\s)|[，、；：］）」』】،؛]")
_SPACE = re.compile(r"\s+")
_LONG = STRETCH // 2
"""Characters of a word that is cut inside, and of its pieces."""
_THAI_LEADING_VOWELS = "เแโใไ"


def filled(text: str, first: int, last: int, found: Sequence[Border]) -> list[Border]:
    """``found``, which is in order, with weaker borders in every stretch that is too long without.

    Of several borders at one place the first stays; of the ends of words, one in each run of ``SPACING``.
    """
    borders: list[Border] = []
    previous = first
    for border in (*found, (last, last, 0.0)):
        end = border[0]
        if end < previous:
            continue
        if end - previous > STRETCH:
            borders.extend(_clauses(text, previous, end))
        if end < last:
            borders.append(border)
        previous = border[1]
    return borders


def _clauses(text: str, first: int, last: int) -> Iterator[Border]:
    previous = first
    for match in _CLAUSE.finditer(text, first, last):
        end = match.end()
        while end < last and text[end] in CLOSERS:
            end += 1
        if previous < end < last:
            start = over_space(text, end)
            yield from _words(text, previous, end)
            if start < last:
                yield end, start, CLAUSE
            previous = start
    yield from _words(text, previous, last)


def over_space(text: str, position: int) -> int:
    """The offset of the next character from ``position`` on that is no white space."""
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _words(text: str, first: int, last: int) -> Iterator[Border]:
    if last - first <= STRETCH:
        return
    previous, run = first, -1
    for match in _SPACE.finditer(text, first, last):
        end, start = match.span()
        if previous < end and start < last:
            if end - previous > _LONG:
                yield from _anywhere(text, previous, end)
            if start // SPACING != run:
                run = start // SPACING
                yield end, start, WORD
            previous = start
    yield from _anywhere(text, previous, last)


def _anywhere(text: str, first: int, last: int) -> Iterator[Border]:
    position = first + _LONG
    while position < last - 8:
        best = _syllable(text, position)
        yield best, best, ANYWHERE
        position += _LONG


def _syllable(text: str, position: int) -> int:
    """The best of the next places for a cut inside a word: never before a mark that belongs to a letter."""
    places = range(position, min(position + 8, len(text)))
    for place in places:
        if text[place] in _THAI_LEADING_VOWELS:
            return place
    for place in places:
        if not unicodedata.category(text[place]).startswith("M") and text[place - 1] != "\u200d":
            return place
    return position
