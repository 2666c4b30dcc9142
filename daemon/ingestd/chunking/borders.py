"""Where a text may be cut, and how much harm a cut does there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ingestd.chunking.sentences import CLOSERS, ends_sentence, sentence_ends

# The harm of a cut, in the unit of `partition`: 1 is a chunk of twice the wanted length.
HEADING = -0.4
BLANK_LINE = 0.0
PARAGRAPH = 0.05
"""A line end behind a sentence."""
ROW = 0.3
"""A line end in a table, a list, code, verse."""
SENTENCE = 0.25
CLAUSE = 0.6
WRAP = 0.8
"""A line end in running text."""
WORD = 1.0
ANYWHERE = 1.4
INSIDE_HEADING = 2.5
"""Also between a heading and what it heads."""

STRETCH = 300
"""Characters without a border from which on weaker ones are looked for."""

_SPACING = 32
"""Characters a border stands from the next at least: of several nearer ones the strongest is kept."""

_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_NEW_LINE = re.compile(r"\r\n|[\n\r\v\x1c-\x1e\x85\u2028\u2029]")
_ITEM = re.compile(r"(?:[-*•‣◦▪–—·+>]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})[.)])\s|\|")
_CLAUSE = re.compile(r"[,;:–—)\]}](?=\s)|[，、；：］）」』】،؛]")
_RECORD = re.compile(r"[}\]],?(\s+)(?=[{\[])")
_SHORT_LINE = 45
"""Characters: running text is not set narrower."""


class Border(NamedTuple):
    """A place between two characters (or two runs of them, white space between)."""

    end: int
    """Behind the last character before it."""
    start: int
    """At the first character after it."""
    cost: float


def borders(text: str, heading_spans: Sequence[tuple[int, int]]) -> list[Border]:
    """The borders of ``text`` in order, dense enough that none is farther than ``STRETCH`` from the next.

    The first stands before the first character that is not white space, the last behind the last
    one; a text of white space has none.
    """
    first, last = _extent(text)
    if first >= last:
        return []
    found = sorted((*_line_ends(text, first, last), *_sentence_borders(text, first, last)))
    found = _with_headings(found, heading_spans)
    return [Border(first, first, 0.0), *_thinned(_filled(text, first, last, found)), Border(last, last, 0.0)]


def _extent(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())


def _line_ends(text: str, first: int, last: int) -> Iterator[Border]:
    previous = first
    for match in _LINE_END.finditer(text, first, last):
        end, start = _back_over_space(text, match.start(), previous), match.end()
        yield Border(end, start, _line_cost(text, previous, end, start, match.group()))
        previous = start


def _back_over_space(text: str, position: int, floor: int) -> int:
    while position > floor and text[position - 1].isspace():
        position -= 1
    return position


def _line_cost(text: str, line: int, end: int, start: int, gap: str) -> float:
    closed = ends_sentence(text, end)
    if "\f" in gap:
        return PARAGRAPH if closed else WRAP if text[start].islower() else CLAUSE
    if len(gap) > 1 and len(_NEW_LINE.findall(gap)) > 1:
        return ROW if text[end - 1] == ":" else BLANK_LINE
    if closed:
        return PARAGRAPH
    if gap[-1] in " \t" or _ITEM.match(text, start) or _is_row(text[line:end]):
        return ROW
    if text[start].islower():
        return WRAP
    return ROW if end - line < _SHORT_LINE else CLAUSE


def _is_row(line: str) -> bool:
    return "|" in line or "\t" in line or "   " in line


def _sentence_borders(text: str, first: int, last: int) -> Iterator[Border]:
    for end in sentence_ends(text):
        if first < end < last:
            start = _over_space(text, end)
            if "\n" not in text[end:start]:
                yield Border(end, start, SENTENCE)
    for match in _RECORD.finditer(text, first, last):
        yield Border(match.start(1), match.end(), SENTENCE)


def _over_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _with_headings(found: list[Border], spans: Sequence[tuple[int, int]]) -> list[Border]:
    """``found`` with the borders before, inside and behind each heading's span revalued."""
    if not spans:
        return found
    result, index = [], 0
    for border in found:
        while index < len(spans) and spans[index][1] < border.end:
            index += 1
        cost = border.cost
        if index < len(spans):
            start, end = spans[index]
            if border.start <= start:
                cost = HEADING if border.start == start else cost
            elif border.end <= end:
                cost = INSIDE_HEADING
        result.append(border._replace(cost=cost))
    return result


def _filled(text: str, first: int, last: int, found: Iterable[Border]) -> Iterator[Border]:
    """``found`` with weaker borders in every stretch that is too long without."""
    previous = first
    for border in (*found, Border(last, last, 0.0)):
        if border.end < previous:
            continue
        if border.end - previous > STRETCH:
            yield from _clauses(text, previous, border.end)
        if border.end < last:
            yield border
        previous = border.start


def _clauses(text: str, first: int, last: int) -> Iterator[Border]:
    previous = first
    for match in _CLAUSE.finditer(text, first, last):
        end = match.end()
        while end < last and text[end] in CLOSERS:
            end += 1
        if previous < end < last:
            start = _over_space(text, end)
            yield from _words(text, previous, end)
            if start < last:
                yield Border(end, start, CLAUSE)
            previous = start
    yield from _words(text, previous, last)


_SPACE = re.compile(r"\s+")


def _words(text: str, first: int, last: int) -> Iterator[Border]:
    if last - first <= STRETCH:
        return
    previous = first
    for match in _SPACE.finditer(text, first, last):
        if previous < match.start() and match.end() < last:
            yield from _anywhere(text, previous, match.start())
            yield Border(match.start(), match.end(), WORD)
            previous = match.end()
    yield from _anywhere(text, previous, last)


def _anywhere(text: str, first: int, last: int) -> Iterator[Border]:
    position = first + STRETCH // 2
    while position < last - 8:
        best = _syllable(text, position)
        yield Border(best, best, ANYWHERE)
        position += STRETCH // 2


_THAI_LEADING_VOWELS = "เแโใไ"


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


def _thinned(found: Iterable[Border]) -> Iterator[Border]:
    """The strongest of those in each run of ``_SPACING`` characters, so that their number is bounded."""
    kept: Border | None = None
    for border in found:
        if kept is None or border.start // _SPACING != kept.start // _SPACING:
            if kept is not None:
                yield kept
            kept = border
        elif border.cost < kept.cost:
            kept = border
    if kept is not None:
        yield kept
