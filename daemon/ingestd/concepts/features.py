"""Classes of variants and their features: few, cheap, and of the same meaning in every field."""

from __future__ import annotations

from math import log

from ingestd.concepts.candidates import EARLY, Candidates
from ingestd.model import Concept


class Table:
    """The candidates of a document grouped by class (stems), with what the features need of each."""

    def __init__(self, found: Candidates) -> None:
        self.found = found
        self.count: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.whole: dict[str, int] = {}
        self.best: dict[str, str] = {}
        classes = found.words.classes
        count, first, whole, best = self.count, self.first, self.whole, self.best
        size = {}
        for phrase, times in found.count.items():
            key = phrase.translate(classes)
            if key in count:
                count[key] += times
                if times > size[key]:
                    best[key], size[key] = phrase, times
                if (place := found.first[phrase]) < first[key]:
                    first[key] = place
            else:
                count[key] = times
                first[key] = found.first[phrase]
                best[key], size[key] = phrase, times
        for phrase, times in found.whole.items():
            key = phrase.translate(classes)
            whole[key] = whole.get(key, 0) + times
        self.supers: dict[str, int] = {}
        self.within: dict[str, int] = {}
        supers, within = self.supers, self.within
        for key, times in count.items():
            if len(key) > 1 and times > 1:
                for part in (key[1:], key[:-1]):
                    supers[part] = supers.get(part, 0) + 1
                    if times > within.get(part, 0):
                        within[part] = times
        self.length = max(1, found.length)
        self.log_length = log(self.length)
        self.most = max(count.values(), default=1)
        self.keys = [k for k, n in count.items() if n > 1 or first[k] < EARLY]

    def concept(self, key: str, score: float) -> Concept:
        found = self.found
        variants = sorted(
            (p for p in found.count if p.translate(found.words.classes) == key),
            key=lambda p: (-found.count[p], found.first[p]),
        )
        pages = 0
        for p in variants:
            pages |= found.pages[p]
        spelled = list(dict.fromkeys(self.spell(p) for p in variants))
        return Concept(
            text=spelled[0],
            score=score,
            count=self.count[key],
            pages=tuple(found.first_page + i for i in range(pages.bit_length()) if pages >> i & 1),
            variants=tuple(spelled[1:]),
        )

    def spell(self, phrase: str) -> str:
        traits = [self.found.words.traits[c] for c in phrase]
        out = traits[0].surface
        for before, word in zip(traits, traits[1:]):
            out += word.surface if before.solid and word.solid else " " + word.surface
        return out


def features(table: Table, key: str) -> list[float]:
    count = table.count
    times = count[key]
    n = len(key)
    traits = [table.found.words.traits[c] for c in table.best[key]]
    first = table.first[key]
    words = [count.get(c, times) for c in key]
    starts = [table.first.get(c, first) for c in key]
    lengths = [len(t.lower) for t in traits]
    lt = log(times)
    return [
        1.0,
        lt,
        log(times / table.length),
        log(times / table.most),
        log(1 + first),
        first / table.length,
        sum([log(1 + s) for s in starts]) / n,
        n == 1,
        n == 2,
        n == 3,
        log(sum(lengths)),
        min(lengths) < 4,
        table.whole.get(key, 0) / times,
        table.within.get(key, 0) / times,
        log(1 + table.supers.get(key, 0)),
        log(times / min(words)),
        log(max(words) / table.most),
        sum([t.capital for t in traits]) / len(traits),
        any([t.acronym for t in traits]),
        any([t.digit for t in traits]),
        lt * (n == 1),
        table.log_length * (n == 1),
    ]
