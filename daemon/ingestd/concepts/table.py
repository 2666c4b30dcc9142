"""The candidates of a document by class: variants (singular and plural, hyphen, case) counted as one."""

from __future__ import annotations

from itertools import pairwise

from ingestd.concepts.candidates import EARLY, Candidates
from ingestd.model import Concept


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

    def admit(self, phrase: str) -> None:
        """Let in a phrase that others vouch for, if it was not counted: too long, or with a stop word inside."""
        key = phrase.translate(self.found.words.classes)
        if key and key not in self.count:
            self.count[key], self.first[key], self.whole[key], self.best[key] = 1, 0, 1, phrase

    def worth(self) -> list[str]:
        """The classes worth a score: all but lone characters of scripts without spaces."""
        traits, best = self.traits, self.best
        return [key for key in self.count if len(key) > 1 or not traits[best[key]].solid]

    def concept(self, key: str, score: float) -> Concept:
        """The class as the program speaks of it: the commonest variant first."""
        found = self.found
        phrases = self._variants.get(key)
        if phrases is None:
            phrase = self.best[key]
            return Concept(
                self.spell(phrase), score, self.count[key], self._pages(found.pages.get(phrase, 0))
            )
        phrases = sorted(phrases, key=lambda phrase: -found.count[phrase])
        spelled = list(dict.fromkeys(map(self.spell, phrases)))
        bits = 0
        for phrase in phrases:
            bits |= found.pages[phrase]
        return Concept(spelled[0], score, self.count[key], self._pages(bits), tuple(spelled[1:]))

    def _pages(self, bits: int) -> tuple[int, ...]:
        first = self.found.first_page
        return (
            (first,) if bits == 1 else tuple([first + i for i in range(bits.bit_length()) if bits >> i & 1])
        )

    def spell(self, phrase: str) -> str:
        """The surface form of a coded phrase."""
        words = [self.traits[code] for code in phrase]
        if not words[0].solid:
            return " ".join([word.surface for word in words])
        text = words[0].surface
        for before, word in pairwise(words):
            text += word.surface if before.solid and word.solid else " " + word.surface
        return text
