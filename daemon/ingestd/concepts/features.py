"""Classes of variants and their features: few, cheap, and of the same meaning in every field."""

from __future__ import annotations

from itertools import pairwise
from math import log

from ingestd.concepts.candidates import EARLY, Candidates
from ingestd.model import Concept

NAMES = (
    "one", "count", "early", "1 word", "2 words", "3 words", "letters", "short word", "alone", "within",
    "longer ones", "cohesion", "commonest word", "capitals", "acronym", "count of 1 word", "weakest", "weakness",
)  # fmt: skip
"""Names of the numbers ``features`` returns, in order."""
ENGLISH = ("weakest", "weakness")
"""Those that are always 0 in other languages."""


class _Looks(dict[str, tuple[int, bool, bool, float]]):
    """Code of a word -> its letters, whether it is a name, an acronym, how weak: looked up once a document."""

    def __init__(self, found: Candidates) -> None:
        super().__init__()
        self._found = found

    def __missing__(self, code: str) -> tuple[int, bool, bool, float]:
        word, found = self._found.words.traits[code], self._found
        # a capital proves nothing where a sentence begins
        name = word.capital and found.initial.get(code, 0) < found.count.get(code, 0)
        look = self[code] = (len(word.lower), name, word.acronym, word.weak)
        return look


class Table:
    """The candidates of a document by class (phrases of the same stems in the same order).

    A phrase seen once, and not early, never wins: it is left out. Dictionaries are keyed by class.
    """

    def __init__(self, found: Candidates) -> None:
        self.found = found
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
        found, classes = self.found, self.found.words.classes
        count, first, whole, best = self.count, self.first, self.whole, self.best
        places, alone = found.first, found.whole
        for phrase, times in found.count.items():
            place = places[phrase]
            if times == 1 and place >= EARLY:
                continue
            key = phrase.translate(classes)
            if key in count:
                self._variants.setdefault(key, [best[key]]).append(phrase)
                count[key] += times
                whole[key] += alone.get(phrase, 0)
                first[key] = min(first[key], place)
                if times > found.count[best[key]]:
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

    def worth(self) -> list[str]:
        """The classes worth a score: all but lone characters of scripts without spaces."""
        traits, best = self.traits, self.best
        return [key for key in self.count if len(key) > 1 or not traits[best[key]].solid]

    def concept(self, key: str, score: float) -> Concept:
        """The class as the program speaks of it."""
        found = self.found
        phrases = self._variants.get(key) or [self.best[key]]
        phrases = sorted(phrases, key=lambda phrase: -found.count[phrase]) if len(phrases) > 1 else phrases
        spelled = list(dict.fromkeys(map(self.spell, phrases)))
        bits = 0
        for phrase in phrases:
            bits |= found.pages[phrase]
        pages = tuple([found.first_page + i for i in range(bits.bit_length()) if bits >> i & 1])
        return Concept(spelled[0], score, self.count[key], pages, tuple(spelled[1:]))

    def spell(self, phrase: str) -> str:
        """The surface form of a coded phrase."""
        words = [self.traits[code] for code in phrase]
        text = words[0].surface
        for before, word in pairwise(words):
            text += word.surface if before.solid and word.solid else " " + word.surface
        return text


def features(table: Table, key: str) -> tuple[float, ...]:
    """The numbers of a class that ``NAMES`` names."""
    if len(key) == 1:
        return _word_features(table, key)
    times, size, best = table.count[key], len(key), table.best[key]
    letters = capitals = 0
    acronym, shortest, weakest, weakness = False, 9, 0.0, 0.0
    looks = table.looks
    for code in best:
        length, name, short_form, weak = looks[code]
        letters += length
        capitals += name
        acronym = acronym or short_form
        if length < shortest:
            shortest = length
        if weak:
            weakness += weak
            weakest = max(weakest, weak)
    counts = [table.count.get(code, times) for code in key]
    return (
        1.0,
        log(times),
        log(1 + table.first[key]),
        0.0,
        size == 2,
        size == 3,
        log(letters),
        shortest < 4,
        table.whole[key] / times,
        table.within.get(key, 0) / times,
        log(1 + table.longer.get(key, 0)),
        log(times / min(counts)),
        log(max(counts) / table.most),
        capitals / len(best),
        acronym,
        0.0,
        weakest,
        weakness / len(best),
    )


def _word_features(table: Table, key: str) -> tuple[float, ...]:
    times = table.count[key]
    letters, name, acronym, weak = table.looks[table.best[key]]
    count = log(times)
    return (
        1.0,
        count,
        log(1 + table.first[key]),
        1.0,
        0.0,
        0.0,
        log(letters),
        letters < 4,
        table.whole[key] / times,
        table.within.get(key, 0) / times,
        log(1 + table.longer.get(key, 0)),
        0.0,
        log(times / table.most),
        name,
        acronym,
        count,
        weak,
        weak,
    )
