"""Where a text may be cut, and how much harm a cut does there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from ingestd.chunking import native
from ingestd.chunking.filling import filled, over_space
from ingestd.chunking.harm import (
    BLANK_LINE,
    CLAUSE,
    HEADING,
    INSIDE_HEADING,
    PARAGRAPH,
    ROW,
    SENTENCE,
    SPACING,
    WRAP,
    Border,
)
from ingestd.chunking.kinds import kinds_of
from ingestd.chunking.lines import line_ends
from ingestd.chunking.sentences import is_caseless, sentence_ends, weight_of

_RECORD = re.compile(r"[}\]],?(\s+)(?=[{\[])")
_HARM = (BLANK_LINE, PARAGRAPH, ROW, SENTENCE, CLAUSE, WRAP)


def borders(text: str, heading_spans: Sequence[tuple[int, int]]) -> list[Border]:
    """The borders of ``text`` in order, dense enough that none is farther than ``STRETCH`` from the next.

    The first stands before the first character that is not white space, the last behind the last
    one; a text of white space has none.
    """
    first, last = _extent(text)
    if first >= last:
        return []
    found = strong_borders(text, first, last)
    _revalue(found, heading_spans)
    return [(first, first, 0.0), *_thinned(filled(text, first, last, found)), (last, last, 0.0)]


def _extent(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())


def strong_borders(text: str, first: int, last: int) -> list[Border]:
    """The ends of lines, sentences and records in ``text[first:last]``, in order.

    What stands there begins and ends with a character that is no white space.
    """
    caseless = is_caseless(text)
    if native.native is not None:
        return native.native.strong(text, (first, last), caseless, _HARM, kinds_of, weight_of)  # type: ignore[no-any-return]
    return sorted((*line_ends(text, first, last), *_sentence_borders(text, first, last, caseless)))


def _sentence_borders(text: str, first: int, last: int, caseless: bool) -> Iterator[Border]:
    for end in sentence_ends(text, caseless):
        if first < end < last:
            start = over_space(text, end)
            if "\n" not in text[end:start]:
                yield end, start, SENTENCE
    for match in _RECORD.finditer(text, first, last):
        yield match.start(1), match.end(), SENTENCE


def _revalue(found: list[Border], spans: Sequence[tuple[int, int]]) -> None:
    """Changes the borders before, inside and behind each heading's span."""
    done = 0
    for first, last in spans:
        behind = bisect_left(found, (last + 1,), lo=done)
        for index in range(behind - 1, done - 1, -1):
            end, start, _ = found[index]
            if start < first:
                break
            found[index] = (end, start, HEADING if start == first else INSIDE_HEADING)
        done = max(done, behind)


def _thinned(found: Sequence[Border]) -> list[Border]:
    """The strongest in each run of ``SPACING`` characters, so that their number is bounded."""
    kept: list[Border] = []
    run, least = -1, 0.0
    for border in found:
        _, start, cost = border
        if start // SPACING != run:
            kept.append(border)
            run, least = start // SPACING, cost
        elif cost < least:
            kept[-1] = border
            least = cost
    return kept
