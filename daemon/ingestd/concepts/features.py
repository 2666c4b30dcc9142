"""The weighted sums: features few, cheap, of the same meaning in every field, added up as they are computed.

``NAMES`` names the weights of a model in their order. A sum is the log-odds of a class being a key.
"""

from __future__ import annotations

from functools import reduce
from math import log
from operator import add  # sum() compensates from Python 3.12 on: the same everywhere, and as in C

from ingestd.concepts.models import Model
from ingestd.concepts.table import Table

NAMES = (
    "one", "count", "early", "1 word", "2 words", "3 words", "letters", "short word", "alone", "within",
    "longer ones", "cohesion", "commonest word", "capitals", "acronym", "count of 1 word", "weakest",
    "weakness",
)  # fmt: skip
"""What each weight of a model is for."""
ENGLISH = ("weakest", "weakness")
"""Those whose features are always 0 in other languages."""


def score(table: Table, phrases: Model, words: Model) -> dict[str, float]:
    """The log-odds of every class worth it, in order of first appearance."""
    scores = dict.fromkeys(table.worth(), 0.0)
    _score_words(table, words, scores)
    _score_phrases(table, phrases, scores)
    return scores


def _score_words(table: Table, model: Model, scores: dict[str, float]) -> None:
    (one, count, early, single, _, _, letters, short, alone, nested, longer_ones, _, common, capitals,
     acronyms, count_single, weakest, weakness) = model.weights  # fmt: skip
    base, counts, weak_weight = one + single, count + count_single, weakest + weakness
    last, traits, looks, best = model.last, table.traits, table.looks, table.best
    first, whole, within, longer, log_most = (
        table.first,
        table.whole,
        table.within,
        table.longer,
        log(table.most),
    )
    for key, times in table.count.items():
        if len(key) > 1 or key not in scores:
            continue
        length, name, acronym, weak = looks[best[key]]
        total = base + early * log(1 + first[key]) + letters * log(length) - common * log_most
        total += weak_weight * weak + alone * whole[key] / times + last[traits[best[key]].ending]
        if times > 1:
            total += (counts + common) * log(times)
        if length < 4:
            total += short
        if name:
            total += capitals
        if acronym:
            total += acronyms
        if key in within:
            total += nested * within[key] / times + longer_ones * log(1 + longer[key])
        scores[key] = total


def _score_phrases(table: Table, model: Model, scores: dict[str, float]) -> None:
    (one, count, early, _, two, three, letters, short, alone, nested, longer_ones, cohesion, common, capitals,
     acronyms, _, weakest, weakness) = model.weights  # fmt: skip
    sizes = (one, one, one + two, one + three, one)
    traits, looks, best, counts = table.traits, table.looks, table.best, table.count
    first, whole, within, longer, log_most = (
        table.first,
        table.whole,
        table.within,
        table.longer,
        log(table.most),
    )
    for key, times in counts.items():
        size = len(key)
        if size == 1:
            continue
        phrase = best[key]
        seen = [looks[code] for code in phrase]
        lengths, names, acronym, weak = zip(*seen, strict=True)
        total = (sizes[size] if size < 5 else one) + early * log(1 + first[key]) + letters * log(sum(lengths))
        total += model.last[traits[phrase[-1]].ending] + model.first[traits[phrase[0]].ending]
        total += alone * whole[key] / times + weakest * max(weak) + weakness * reduce(add, weak) / len(weak)
        around = [counts.get(code, times) for code in key]
        total += cohesion * log(times / min(around)) + common * (log(max(around)) - log_most)
        if times > 1:
            total += count * log(times)
        if min(lengths) < 4:
            total += short
        if any(names):
            total += capitals * sum(names) / len(names)
        if any(acronym):
            total += acronyms
        if key in within:
            total += nested * within[key] / times + longer_ones * log(1 + longer[key])
        scores[key] = total
