"""From counted candidates to concepts: classes of variants, one weighted sum each, no repeats."""

from __future__ import annotations

import math

from ingestd.concepts.candidates import Candidates, gather
from ingestd.concepts.features import Table, features
from ingestd.concepts.hints import Hints
from ingestd.concepts.mixture import mixture
from ingestd.model import Concept


def extract_concepts(text: str, limit: int = 15) -> list[Concept]:
    """The concepts of a text in any language, best first, at most ``limit``, no repeats; never raises."""
    return rank(gather(text), limit) if limit > 0 else []


def rank(candidates: Candidates, limit: int = 15, hints: Hints | None = None) -> list[Concept]:
    """The best concepts of what was gathered; ``score`` is a probability-like figure from 0 to 1."""
    table = Table(candidates)
    scores = _scores(table)
    order = sorted(scores, key=lambda key: (-scores[key], table.first[key], len(key)))
    return _chosen(order, scores, table, limit)


def _scores(table: Table) -> dict[str, float]:
    mixed = mixture(table.found)
    phrase, word = mixed.phrases.score, mixed.words.score
    traits, bests = table.traits, table.best
    scores = {}
    for key in table.worth():
        numbers, best = features(table, key), bests[key]
        if len(key) == 1:
            scores[key] = word(numbers, traits[best].ending)
        else:
            scores[key] = phrase(numbers, traits[best[-1]].ending, traits[best[0]].ending)
    return scores


def _chosen(order: list[str], scores: dict[str, float], table: Table, limit: int) -> list[Concept]:
    """The first ``limit`` classes, less those that say nothing new beside one already chosen."""
    chosen: dict[str, Concept] = {}
    taken: set[str] = set()
    for key in order:
        if len(chosen) >= limit:
            break
        unordered = "".join(sorted(key))
        if unordered in taken or _never_alone(key, chosen, table):
            continue
        taken.add(unordered)
        chosen[key] = table.concept(key, _chance(scores[key]))
    return list(chosen.values())


def _never_alone(key: str, chosen: dict[str, Concept], table: Table) -> bool:
    """Whether a class occurs inside a chosen phrase only."""
    count = table.count[key]
    return any(key in longer and count <= concept.count for longer, concept in chosen.items())


def _chance(score: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))
