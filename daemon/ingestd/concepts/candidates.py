"""Candidates of a text or of a page range: every run of one to four words between stop words and marks, counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from ingestd.concepts.cleaning import clean, running_heads
from ingestd.concepts.language import Manner, detect_language, manner, sample
from ingestd.concepts.lexicon import BREAK, START, Lexicon, lexicon
from ingestd.model import PAGE_BREAK

LONGEST = 4
"""Words in the longest candidate."""

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
    """What ``rank`` needs to know of a text: small, picklable, mergeable in reading order.

    All tables are keyed by coded phrases (see ``lexicon``) in order of first appearance.
    """

    def __init__(self, words: Lexicon) -> None:
        self.words = words
        self.count: dict[str, int] = {}
        self.first: dict[str, int] = {}
        """Place of the first occurrence, in candidate words from the start."""
        self.whole: dict[str, int] = {}
        """How often a phrase was all that stood between two breaks."""
        self.pages: dict[str, int] = {}
        """Pages it stands on: bit 0 is ``first_page``."""
        self.initial: dict[str, int] = {}
        """Word -> how often it began a sentence."""
        self.first_page = 1
        self.page_count = 0
        self.length = 0
        """Candidate words in all."""
        self.manner = Manner()
        self.keywords: list[str] = []
        """The author's own key phrases, from a line that says so."""

    @property
    def language(self) -> str:
        """ISO 639-1, empty when not known."""
        return self.words.language

    def add(self, coded: str, page: int) -> None:
        """Count the phrases of one coded piece of text that stands on the ``page``-th page, from 0."""
        runs, places = self._runs(coded)
        bit = 1 << page
        count, first, pages, whole = self.count, self.first, self.pages, self.whole
        for run, times in runs.items():
            if len(run) <= LONGEST:
                whole[run] = whole.get(run, 0) + times
            size, place = len(run), places[run]
            for start in range(size):
                for end in range(start + 1, min(size, start + LONGEST) + 1):
                    phrase = run[start:end]
                    if phrase in count:
                        count[phrase] += times
                        pages[phrase] |= bit
                    else:
                        count[phrase] = times
                        first[phrase] = place + start
                        pages[phrase] = bit

    def _runs(self, coded: str) -> tuple[dict[str, int], dict[str, int]]:
        """Each run's count, and the place of its first occurrence."""
        runs: dict[str, int] = {}
        places: dict[str, int] = {}
        initial = self.initial
        place = self.length
        for piece in coded.split(BREAK):
            run = piece
            if run[:1] == START:
                run = run[1:]
                if run:
                    initial[run[0]] = initial.get(run[0], 0) + 1
            if run in runs:
                runs[run] += 1
            else:
                runs[run] = 1
                places[run] = place
            place += len(run)
        self.length = place
        runs.pop("", None)
        return runs, places

    def merge(self, *others: Candidates) -> Candidates:
        """Take in what was gathered from the text that follows, in reading order; returns itself."""
        for other in others:
            self._take(other)
            self._prune()
        return self

    def _take(self, other: Candidates) -> None:
        recode = {} if other.words is self.words else _recoding(other, self.words)
        shift = max(0, other.first_page - self.first_page)
        for phrase, times in other.count.items():
            key = phrase.translate(recode) if recode else phrase
            if key in self.count:
                self.count[key] += times
                self.pages[key] |= other.pages[phrase] << shift
            else:
                self.count[key] = times
                self.first[key] = self.length + other.first[phrase]
                self.pages[key] = other.pages[phrase] << shift
            if alone := other.whole.get(phrase):
                self.whole[key] = self.whole.get(key, 0) + alone
            if began := other.initial.get(phrase):
                self.initial[key] = self.initial.get(key, 0) + began
        self.length += other.length
        self.manner += other.manner
        self.page_count = max(self.page_count, shift + other.page_count)
        self.keywords = self.keywords or other.keywords

    def drop_hopeless(self) -> None:
        """Forget phrases of a long text that were seen once, and not early."""
        if self.length > _LONG:
            self._keep({p for p, n in self.count.items() if n > 1 or len(p) == 1 or self.first[p] < EARLY})

    def _prune(self) -> None:
        cap = min(_CAP, max(2_000, _CAP * 1_000 // max(1, self.page_count)))
        least = 1
        while len(self.count) > cap:
            least += 1
            early = EARLY if least < 8 else 0
            self._keep({p for p, n in self.count.items() if n >= least or self.first[p] < early})

    def _keep(self, kept: set[str]) -> None:
        self.count = {p: n for p, n in self.count.items() if p in kept}
        self.first = {p: n for p, n in self.first.items() if p in kept}
        self.pages = {p: n for p, n in self.pages.items() if p in kept}
        self.whole = {p: n for p, n in self.whole.items() if p in kept}
        self.initial = {p: n for p, n in self.initial.items() if p in kept}

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["words"]
        used = sorted(set().union(*self.count)) if self.count else []
        state["spelled"] = {code: self.words.traits[code].surface for code in used}
        state["language"] = self.language
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        words = lexicon(state.pop("language"))
        recode = {ord(code): words.code(word) for code, word in state.pop("spelled").items()}
        for table in ("count", "first", "whole", "initial", "pages"):
            state[table] = {phrase.translate(recode): n for phrase, n in state[table].items()}
        self.__dict__.update(state)
        self.words = words


def gather(
    text: str,
    *,
    page_starts: Iterable[int] = (),
    first_page: int = 1,
    language: str | None = None,
) -> Candidates:
    """The candidates of a text, or of a page range of one.

    ``page_starts`` are the offsets of the pages in ``text``; without them its form feeds tell. ``first_page``
    is the number of its first page. ``language`` saves finding it; ranges of one document may each find their own.
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
        body, keywords = clean(piece, heads)
        if first_page + page <= _FRONT_PAGES and not found.keywords:
            found.keywords = keywords
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
    found.add(found.words.coded(block), page)
    found._prune()


def _recoding(other: Candidates, words: Lexicon) -> dict[int, str]:
    used = set().union(*other.count) if other.count else set()
    return {ord(code): words.code(other.words.traits[code].surface) for code in used}


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
