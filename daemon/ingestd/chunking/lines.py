"""Line ends as borders: what kind of line ends there and what follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestd.chunking.harm import BLANK_LINE, CLAUSE, PARAGRAPH, ROW, WRAP, Border
from ingestd.chunking.kinds import BULLETS, NEW_LINES
from ingestd.chunking.sentences import ends_sentence

_LINE_END = re.compile(rf"[{NEW_LINES}\f]\s*")
_NEW_LINE = re.compile(rf"\r\n|[{NEW_LINES}]")
_ITEM = re.compile(rf"(?:[{re.escape(BULLETS)}]|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,4}})[.)])\s|\|")
_SHORT_LINE = 45
"""Characters: running text is not set narrower."""


def line_ends(text: str, first: int, last: int) -> Iterator[Border]:
    """The line ends of ``text[first:last]``, which begins and ends with what is no white space, in order."""
    previous = first
    for match in _LINE_END.finditer(text, first, last):
        end, start = _back_over_space(text, match.start(), previous), match.end()
        yield end, start, _harm(text, previous, end, start, match.group())
        previous = start


def _back_over_space(text: str, position: int, floor: int) -> int:
    while position > floor and text[position - 1].isspace():
        position -= 1
    return position


def _harm(text: str, line: int, end: int, start: int, gap: str) -> float:
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
