"""Phrases of coded words, counted: the plain way of what ``_phrases.Counts`` does in C."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from ingestd.concepts.lexicon import BREAK, START

LONGEST = 4
"""Words in the longest candidate."""

Packed = tuple[int, str, bytes, bytes, bytes, bytes, list[int]]
"""How counts travel: length, the phrases with breaks between them, then for each its count, first place, how
often it was a whole run and how often it began a sentence (32 bits each, of this machine), and its pages."""


class Counts:
    """What is known of each phrase, in order of first appearance. Made for one thread."""

    def __init__(self) -> None:
        self.length = 0
        """Candidate words in all."""
        self.count: dict[str, int] = {}
        self.first: dict[str, int] = {}
        """Place of the first occurrence, in candidate words from the start."""
        self.whole: dict[str, int] = {}
        """How often a phrase was all that stood between two breaks."""
        self.pages: dict[str, int] = {}
        """Pages it stands on, one bit each."""
        self.initial: dict[str, int] = {}
        """Word -> how often it began a sentence."""

    def __len__(self) -> int:
        return len(self.count)

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

    def keep(self, least: int, early: int, words: bool) -> None:
        """Forget all but what was counted ``least`` times, stood ``early`` or, if so wished, is a word."""
        first = self.first
        kept = {p for p, n in self.count.items() if n >= least or first[p] < early or (words and len(p) == 1)}
        self.count = _only(kept, self.count)
        self.first = _only(kept, self.first)
        self.pages = _only(kept, self.pages)
        self.whole = _only(kept, self.whole)
        self.initial = _only(kept, self.initial)

    def used(self) -> str:
        """Every code in the phrases, once each."""
        return "".join(dict.fromkeys("".join(self.count)))

    def pack(self) -> Packed:
        """All of it, to travel and to be taken."""
        whole = [self.whole.get(phrase, 0) for phrase in self.count]
        initial = [self.initial.get(phrase, 0) for phrase in self.count]
        count, first = _column(self.count.values()), _column(self.first.values())
        pages = list(self.pages.values())
        return self.length, BREAK.join(self.count), count, first, _column(whole), _column(initial), pages

    def take(self, packed: Packed, old: str, new: str, shift: int) -> None:
        """Add what was counted in the text that follows, ``shift`` pages on; its ``old`` codes are ``new`` here."""
        length, phrases, *columns, pages = packed
        recoded = phrases.translate(str.maketrans(old, new)).split(BREAK) if phrases else []
        counts, firsts, wholes, initials = (array("I", column) for column in columns)
        for row, phrase in enumerate(recoded):
            if phrase in self.count:
                self.count[phrase] += counts[row]
                self.pages[phrase] |= pages[row] << shift
            else:
                self.count[phrase] = counts[row]
                self.first[phrase] = self.length + firsts[row]
                self.pages[phrase] = pages[row] << shift
            if wholes[row]:
                self.whole[phrase] = self.whole.get(phrase, 0) + wholes[row]
            if initials[row]:
                self.initial[phrase] = self.initial.get(phrase, 0) + initials[row]
        self.length += length


def _only(kept: set[str], table: dict[str, int]) -> dict[str, int]:
    return {phrase: n for phrase, n in table.items() if phrase in kept}


def _column(numbers: Iterable[int]) -> bytes:
    return array("I", numbers).tobytes()
