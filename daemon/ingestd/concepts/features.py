"""Classes of variants and their features: few, cheap, and of the same meaning in every field."""

from __future__ import annotations

from itertools import pairwise
from math import log

from ingestd.concepts.candidates import EARLY, Candidates
from ingestd.model import Concept

NAMES = (
    "one", "count", "share", "early", "place", "early words", "1 word", "2 words", "3 words", "letters",
    "short word", "alone", "within", "longer ones", "cohesion", "commonest word", "capitals", "acronym",
    "count of 1 word", "weakest", "weakness",
)  # fmt: skip
"""Names of the numbers ``features`` returns, in order."""
ENGLISH = ("weakest", "weakness")
"""Those that are always 0 in other languages."""


class Kind:
    """A class of variants: phrases of the same stems in the same order."""

    __slots__ = ("best", "count", "first", "most", "others", "whole")

    def __init__(self, phrase: str, count: int, first: int, whole: int) -> None:
        self.best = phrase
        """Its commonest variant, the first of equals."""
        self.most = count
        """How often that one occurs."""
        self.count = count
        self.first = first
        self.whole = whole
        self.others: list[str] = []


class _Looks(dict[str, tuple[int, bool, bool, float]]):
    """Code of a word -> its letters, whether it is a name, an acronym, how weak: looked up once a document."""

    def __init__(self, found: Candidates) -> None:
        super().__init__()
        self.found = found

    def __missing__(self, code: str) -> tuple[int, bool, bool, float]:
        word, found = self.found.words.traits[code], self.found
        # a capital proves nothing where a sentence begins
        name = word.capital and found.initial.get(code, 0) < found.count.get(code, 0)
        look = self[code] = (len(word.lower), name, word.acronym, word.weak)
        return look


class Table:
    """The candidates of a document by class, with what the features need of each."""

    def __init__(self, found: Candidates) -> None:
        self.found = found
        self.traits = found.words.traits
        self.length = max(1, found.length)
        self.log_length = log(self.length)
        self.looks = _Looks(found)
        self.kinds = self._group()
        self.words = {
            key: (kind.count, log(1 + kind.first)) for key, kind in self.kinds.items() if len(key) == 1
        }
        """Count and log place of the single words, by class."""
        self.within, self.longer = self._nesting()
        self.most = max([kind.count for kind in self.kinds.values()], default=1)

    def _group(self) -> dict[str, Kind]:
        found, classes = self.found, self.found.words.classes
        firsts, wholes = found.first, found.whole
        kinds: dict[str, Kind] = {}
        for phrase, times in found.count.items():
            first = firsts[phrase]
            if times == 1 and first >= EARLY and len(phrase) > 1:
                continue
            key = phrase.translate(classes)
            kind = kinds.get(key)
            if kind is None:
                kinds[key] = Kind(phrase, times, first, wholes.get(phrase, 0))
            else:
                _join(kind, phrase, times, first)
                kind.whole += wholes.get(phrase, 0)
        return kinds

    def _nesting(self) -> tuple[dict[str, int], dict[str, int]]:
        """Of each class: the count of the commonest longer phrase around it, and the number of such phrases."""
        within: dict[str, int] = {}
        longer: dict[str, int] = {}
        for key, kind in self.kinds.items():
            times = kind.count
            if times > 1 and len(key) > 1:
                for part in (key[1:], key[:-1]):
                    longer[part] = longer.get(part, 0) + 1
                    if times > within.get(part, 0):
                        within[part] = times
        return within, longer

    def worth(self) -> list[str]:
        """The classes worth a score: one seen once, not early, never wins."""
        return [
            key
            for key, kind in self.kinds.items()
            if (kind.count > 1 or kind.first < EARLY)
            and not (
                len(kind.best) == 1
                and self.traits[kind.best].solid
                and len(self.traits[kind.best].surface) == 1
            )
        ]

    def concept(self, key: str, score: float) -> Concept:
        """The class as the program speaks of it."""
        found, kind = self.found, self.kinds[key]
        variants = [kind.best, *sorted(kind.others, key=lambda phrase: -found.count[phrase])]
        spelled = list(dict.fromkeys(map(self.spell, variants)))
        bits = 0
        for phrase in variants:
            bits |= found.pages[phrase]
        pages = tuple([found.first_page + i for i in range(bits.bit_length()) if bits >> i & 1])
        return Concept(spelled[0], score, kind.count, pages, tuple(spelled[1:]))

    def spell(self, phrase: str) -> str:
        """The surface form of a coded phrase."""
        words = [self.traits[code] for code in phrase]
        text = words[0].surface
        for before, word in pairwise(words):
            text += word.surface if before.solid and word.solid else " " + word.surface
        return text


def features(table: Table, key: str) -> tuple[float, ...]:
    """The numbers of a class that ``NAMES`` names."""
    kind = table.kinds[key]
    if len(key) == 1:
        return _word_features(table, key, kind)
    return _phrase_features(table, key, kind)


def _phrase_features(table: Table, key: str, kind: Kind) -> tuple[float, ...]:
    times, first, size, length = kind.count, kind.first, len(key), table.length
    letters = capitals = acronym = 0
    shortest, weakest, weakness = 9, 0.0, 0.0
    looks = table.looks
    for code in kind.best:
        long, capital, short_form, weak = looks[code]
        letters += long
        capitals += capital
        acronym |= short_form
        shortest = min(shortest, long)
        weakness += weak
        weakest = max(weakest, weak)
    rarest = commonest = times
    early = 0.0
    for code in key:
        count, place = table.words.get(code) or (times, log(1 + first))
        early += place
        rarest = min(rarest, count)
        commonest = max(commonest, count)
    best = len(kind.best)
    count = log(times)
    return (
        1.0,
        count,
        count - table.log_length,
        log(1 + first),
        first / length,
        early / size,
        0.0,
        size == 2,
        size == 3,
        log(letters),
        shortest < 4,
        kind.whole / times,
        table.within.get(key, 0) / times,
        log(1 + table.longer.get(key, 0)),
        log(times / rarest),
        log(commonest / table.most),
        capitals / best,
        acronym,
        0.0,
        weakest,
        weakness / best,
    )


def _word_features(table: Table, key: str, kind: Kind) -> tuple[float, ...]:
    times, first = kind.count, kind.first
    letters, capital, acronym, weak = table.looks[kind.best]
    early, count = log(1 + first), log(times)
    return (
        1.0,
        count,
        count - table.log_length,
        early,
        first / table.length,
        early,
        1.0,
        0.0,
        0.0,
        log(letters),
        letters < 4,
        kind.whole / times,
        table.within.get(key, 0) / times,
        log(1 + table.longer.get(key, 0)),
        0.0,
        log(times / table.most),
        capital,
        acronym,
        count,
        weak,
        weak,
    )


def _join(kind: Kind, phrase: str, times: int, first: int) -> None:
    kind.count += times
    kind.first = min(kind.first, first)
    if times > kind.most:
        kind.others.append(kind.best)
        kind.best, kind.most = phrase, times
    else:
        kind.others.append(phrase)
