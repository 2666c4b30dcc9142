"""The candidates of a document by class: variants (singular and plural, hyphen, case) counted as one."""

from __future__ import annotations

from ingestd.concepts.candidates import EARLY, Candidates
from ingestd.concepts.counts import Counts

Row = tuple[str, float, int, list[tuple[str, int, int]]]
"""A class, its score and count, and its variants: phrase, count, pages as bits."""


class _Looks(dict[str, tuple[int, bool, bool, float]]):
    """Code of a word -> its letters, is it a name, an acronym, how weak: looked up once a document."""

    def __init__(self, found: Candidates) -> None:
        super().__init__()
        self._found = found

    def __missing__(self, code: str) -> tuple[int, bool, bool, float]:
        word, counts = self._found.words.traits[code], self._found.counts
        # a capital proves nothing where a sentence begins
        name = word.capital and counts.initial.get(code, 0) < counts.count.get(code, 0)
        look = self[code] = (len(word.lower), name, word.acronym, word.weak)
        return look


class Table:
    """The candidates of a document by class (phrases of the same stems in the same order).

    A phrase seen once, and not early, never wins: it is left out. Dictionaries are keyed by class. This is
    the plain way of what ``_phrases.ranked`` does in C.
    """

    def __init__(self, found: Candidates) -> None:
        self.words = found.words
        self.counts: Counts = found.counts
        self.traits = found.words.traits
        self.looks = _Looks(found)
        self.count: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.whole: dict[str, int] = {}
        self.best: dict[str, str] = {}
        """The commonest variant, the first of equals."""
        self._variants: dict[str, list[str]] = {}
        """All variants, where there are several."""
        self._group()
        self.within: dict[str, int] = {}
        """Count of the commonest longer phrase around it."""
        self.longer: dict[str, int] = {}
        """Number of repeated longer phrases around it."""
        self._nest()
        self.most = max(self.count.values(), default=1)

    def _group(self) -> None:
        counts, classes = self.counts, self.words.classes
        count, first, whole, best = self.count, self.first, self.whole, self.best
        places, alone = counts.first, counts.whole
        phrases = [p for p, times in counts.count.items() if times > 1 or places[p] < EARLY]
        self.words.describe("".join(phrases))
        for phrase in phrases:
            times, place, key = counts.count[phrase], places[phrase], classes(phrase)
            if key in count:
                self._variants.setdefault(key, [best[key]]).append(phrase)
                count[key] += times
                whole[key] += alone.get(phrase, 0)
                first[key] = min(first[key], place)
                if times > counts.count[best[key]]:
                    best[key] = phrase
            else:
                count[key], first[key], best[key] = times, place, phrase
                whole[key] = alone.get(phrase, 0)

    def _nest(self) -> None:
        within, longer = self.within, self.longer
        for key, times in self.count.items():
            if times > 1 and len(key) > 1:
                for part in (key[1:], key[:-1]):
                    longer[part] = longer.get(part, 0) + 1
                    if times > within.get(part, 0):
                        within[part] = times

    def admit(self, phrase: str) -> None:
        """Let in a phrase that the author vouches for, if it was too long to count or holds a stop word."""
        key = self.words.classes(phrase)
        if key and key not in self.count:
            self.count[key], self.first[key], self.whole[key], self.best[key] = 1, 0, 1, phrase

    def worth(self) -> list[str]:
        """The classes worth a score: all but lone characters of scripts without spaces."""
        traits, best = self.traits, self.best
        return [key for key in self.count if len(key) > 1 or not traits[best[key]].solid]

    def row(self, key: str, score: float) -> Row:
        """The class and its variants in order of first appearance."""
        counts = self.counts
        phrases = self._variants.get(key, [self.best[key]])
        variants = [(p, counts.count.get(p, 0), counts.pages.get(p, 0)) for p in phrases]
        return key, score, self.count[key], variants
