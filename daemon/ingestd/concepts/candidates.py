"""Candidates of a text or of a page range: one to four words between stop words and marks, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from ingestd.concepts.cleaning import clean, running_heads
from ingestd.concepts.counts import Counts
from ingestd.concepts.language import Manner, detect_language, manner, sample
from ingestd.concepts.lexicon import Lexicon, lexicon
from ingestd.model import PAGE_BREAK

_BLOCK = 1 << 18
"""Characters tokenised at a time."""
_CAP = 60_000
"""Phrases held at most, at up to a thousand pages; fewer where page sets are longer."""
_LONG = 6_000
"""Candidate words from which a phrase seen once, not early, is dropped."""
_FRONT_PAGES = 3
"""Pages on which the author's key phrases can stand."""
EARLY = 250
"""Candidate words from the start of a text (or range) that count as early."""


class Candidates:
    """What ``rank`` needs to know of a text: small, picklable, mergeable in reading order."""

    def __init__(self, words: Lexicon) -> None:
        self.words = words
        self.counts = _counts(words)
        """Phrases as the lexicon codes them; page bit 0 is ``first_page``."""
        self.first_page = 1
        self.page_count = 0
        self.manner = Manner()
        self.keywords: list[str] = []
        """The author's own key phrases, from a line that says so."""

    @property
    def language(self) -> str:
        """ISO 639-1, empty when not known."""
        return self.words.language

    @property
    def length(self) -> int:
        """Candidate words in all."""
        return int(self.counts.length)

    def merge(self, *others: Candidates) -> Candidates:
        """Take in what was gathered from the text that follows, in reading order; returns itself."""
        for other in others:
            self._take(other)
            self.prune()
        return self

    def _take(self, other: Candidates) -> None:
        old = "" if other.words is self.words else other.counts.used()
        shift = max(0, other.first_page - self.first_page)
        self.counts.take(other.counts.pack(), old, self.words.recoded(old, other.words), shift)
        self.manner += other.manner
        self.page_count = max(self.page_count, shift + other.page_count)
        self.keywords = self.keywords or other.keywords

    def drop_hopeless(self) -> None:
        """Forget phrases of a long text that were seen once, and not early."""
        if self.length > _LONG:
            self.counts.keep(2, EARLY, True)

    def prune(self) -> None:
        """Forget the seldom ones of too many."""
        cap = min(_CAP, max(2_000, _CAP * 1_000 // max(1, self.page_count)))
        least = 1
        while len(self.counts) > cap:
            least += 1
            self.counts.keep(least, EARLY if least < 8 else 0, False)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["words"]
        used = self.counts.used()
        state["counts"] = self.counts.pack()
        state["spelled"] = (used, [self.words.surfaces[code] for code in used])
        state["language"] = self.language
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        words = lexicon(state.pop("language"))
        old, spelled = state.pop("spelled")
        counts = _counts(words)
        counts.take(state["counts"], old, words.codes(spelled), 0)
        self.__dict__.update(state)
        self.counts = counts
        self.words = words


def _counts(words: Lexicon) -> Any:
    return Counts() if words.native is None else words.native.Counts()


def gather(
    text: str,
    *,
    page_starts: Iterable[int] = (),
    first_page: int = 1,
    language: str | None = None,
) -> Candidates:
    """The candidates of a text, or of a page range of one.

    ``page_starts`` are the offsets of the pages in ``text``; without them its form feeds tell. ``first_page``
    is the number of its first page. ``language`` saves finding it; ranges of one document may each find their
    own. Merged, ranges give what the whole text gives, but for what is seen once in a range of thousands of
    words, what a bounded table has dropped, furniture and reference lists that only the whole shows, and a
    manner sampled in other places.
    """
    looked_at = sample(text)
    words = looked_at.lower().split()
    if language is None:
        language = detect_language(looked_at, words)
    found = Candidates(lexicon(language))
    found.manner = manner(words, language)
    found.first_page = first_page
    pieces = _pages(text, sorted(page_starts))
    heads = running_heads(pieces)
    for page, piece in enumerate(pieces):
        found.page_count = page + 1
        front = first_page + page <= _FRONT_PAGES and not found.keywords
        body, keywords = clean(piece, heads, front=front)
        found.keywords = found.keywords or keywords
        for block in _blocks(body):
            _add_block(found, block, page)
    found.drop_hopeless()
    return found


def _add_block(found: Candidates, block: str, page: int) -> None:
    if found.words.full:
        fresh = lexicon(found.language)
        state = found.__getstate__()
        found.__setstate__(state)
        assert found.words is fresh
    found.counts.add(found.words.coded(block), page)
    found.prune()


def _pages(text: str, starts: list[int]) -> list[str]:
    if not starts:
        return text.split(PAGE_BREAK)
    edges = [0, *starts[1:], len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def _blocks(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _BLOCK:
        end = max(text.rfind(" ", start, start + _BLOCK), text.rfind("\n", start, start + _BLOCK)) + 1
        end = end if end > start else start + _BLOCK
        yield text[start:end]
        start = end
    yield text[start:]
