"""Classes of variants and their features: few, cheap, and of the same meaning in every field."""

from __future__ import annotations

from itertools import pairwise
from math import log

from ingestd.concepts.candidates import EARLY, Candidates
from ingestd.concepts.lexicon import Traits
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


class Table:
    """The candidates of a document by class, with what the features need of each."""

    def __init__(self, found: Candidates) -> None:
        self.found = found
        self.traits = found.words.traits
        self.length = max(1, found.length)
        self.kinds = self._group()
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

    def named(self, word: str) -> bool:
        """Whether a word is written with a capital where no sentence begins."""
        if not self.traits[word].capital:
            return False
        found = self.found
        return found.initial.get(word, 0) < found.count.get(word, 0)

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
    times, first, size = kind.count, kind.first, len(key)
    traits = [table.traits[code] for code in kind.best]
    if size == 1:
        return _word_features(table, key, kind, traits[0])
    words = [table.kinds[code] for code in key if code in table.kinds] or [kind]
    counts = [word.count for word in words]
    lengths = [len(word.lower) for word in traits]
    weak = [word.weak for word in traits]
    return (
        1.0,
        log(times),
        log(times / table.length),
        log(1 + first),
        first / table.length,
        sum([log(1 + word.first) for word in words]) / len(words),
        0.0,
        size == 2,
        size == 3,
        log(sum(lengths)),
        min(lengths) < 4,
        kind.whole / times,
        table.within.get(key, 0) / times,
        log(1 + table.longer.get(key, 0)),
        log(times / min(counts)),
        log(max(counts) / table.most),
        sum([table.named(code) for code in kind.best]) / len(traits),
        any([word.acronym for word in traits]),  # noqa: C419 - a list is faster here
        0.0,
        max(weak),
        sum(weak) / len(weak),
    )


def _word_features(table: Table, key: str, kind: Kind, word: Traits) -> tuple[float, ...]:
    times, first, letters = kind.count, kind.first, len(word.lower)
    early, count = log(1 + first), log(times)
    return (
        1.0,
        count,
        log(times / table.length),
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
        table.named(kind.best),
        word.acronym,
        count,
        word.weak,
        word.weak,
    )


def _join(kind: Kind, phrase: str, times: int, first: int) -> None:
    kind.count += times
    kind.first = min(kind.first, first)
    if times > kind.most:
        kind.others.append(kind.best)
        kind.best, kind.most = phrase, times
    else:
        kind.others.append(phrase)
