"""What a PDF knows of its subject and plain text does not."""

from __future__ import annotations

import re
from typing import NamedTuple

from ingestd.concepts.counts import LONGEST
from ingestd.concepts.lexicon import BREAK, START, Lexicon

_KEYWORD, _TITLE, _HEADING = 6.0, 1.0, 0.5
"""Log-odds a class gains: from the author's own word, from the title, from a heading."""
_TITLE_PART = 0.5
"""Share of the gain for a single word or an inner phrase of a title."""


_BETWEEN = " . "
"""Parts headings, so that no run goes over from one to the next."""
_NO_TITLE = re.compile(r"\.\w{2,4}$|^arxiv:|^untitled|^microsoft |^template|^doi", re.IGNORECASE)
"""What programs write where a title should stand."""


class Hints(NamedTuple):
    """Where to look for the subject of a document besides its text. Absent facts are empty."""

    title: str = ""
    headings: tuple[str, ...] = ()
    """Headings found in the text, and the outline's titles."""
    author_keywords: tuple[str, ...] = ()
    """The author's own key phrases (a keyword line, the PDF's metadata), one each."""

    def __bool__(self) -> bool:
        return bool(self.title or self.headings or self.author_keywords)


def gains(hints: Hints, words: Lexicon) -> dict[str, float]:
    """Class -> what the hints add to its log-odds; a class gains once, by its best hint."""
    gained: dict[str, float] = {}
    title = "" if _NO_TITLE.search(hints.title) else hints.title
    for text, gain in ((_BETWEEN.join(hints.headings), _HEADING), (title, _TITLE)):
        for run in runs(text, words):
            for part in _parts(run):
                best = gain if part == run and len(run) > 1 else gain * _TITLE_PART
                gained[part] = max(gained.get(part, 0.0), best)
    for keyword in hints.author_keywords:
        if phrase := words.spelled(keyword):
            gained[words.classes(phrase)] = _KEYWORD
    return gained


def runs(text: str, words: Lexicon) -> list[str]:
    """The classes of the runs between stop words and marks in a short text."""
    coded = words.coded(text).replace(START, "")
    return [words.classes(run) for run in coded.split(BREAK) if run]


def _parts(run: str) -> list[str]:
    size = len(run)
    return [run[i:j] for i in range(size) for j in range(i + 1, min(size, i + LONGEST) + 1)]
