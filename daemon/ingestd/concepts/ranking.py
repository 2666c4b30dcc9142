"""From counted candidates to concepts: classes of variants, one weighted sum each, no repeats."""

from __future__ import annotations

import math
from dataclasses import replace

from ingestd.concepts.candidates import Candidates, gather
from ingestd.concepts.features import score
from ingestd.concepts.hints import Hints, gains
from ingestd.concepts.mixture import mixture
from ingestd.concepts.table import Table
from ingestd.model import Concept


def extract_concepts(text: str, limit: int = 15) -> list[Concept]:
    """The concepts of a text in any language, best first, at most ``limit``, no repeats; never raises."""
    return rank(gather(text), limit) if limit > 0 else []


def rank(candidates: Candidates, limit: int = 15, hints: Hints | None = None) -> list[Concept]:
    """The best concepts of what was gathered; ``score`` is a probability-like figure from 0 to 1."""
    table = Table(candidates)
    hints = _completed(hints or Hints(), candidates)
    for keyword in hints.author_keywords:
        table.admit(candidates.words.spelled(keyword))
    mixed = mixture(candidates)
    scores = score(table, mixed.phrases, mixed.words)
    for key, gain in gains(hints, candidates.words).items() if hints else ():
        if key in scores:
            scores[key] += gain
    # stable: equals stay in order of first appearance
    order = sorted(scores, key=scores.__getitem__, reverse=True)
    return _chosen(order, scores, table, limit)


def _completed(hints: Hints, candidates: Candidates) -> Hints:
    """The hints with what the text itself gave as the author's key phrases."""
    keywords = (*hints.author_keywords, *candidates.keywords)
    return replace(hints, author_keywords=tuple(dict.fromkeys(keywords)))


def _chosen(order: list[str], scores: dict[str, float], table: Table, limit: int) -> list[Concept]:
    """The first ``limit`` classes, less those that say nothing new beside one already chosen."""
    chosen: list[Concept] = []
    taken: set[str] = set()
    inside: dict[str, int] = {}
    for key in order:
        if len(chosen) >= limit:
            break
        count = table.count[key]
        unordered = "".join(sorted(key)) if len(key) > 1 else key
        if unordered in taken or inside.get(key, 0) >= count:
            continue  # the same words in another order, or never seen outside a chosen phrase
        taken.add(unordered)
        for part in _parts(key) if len(key) > 1 else ():
            inside[part] = max(inside.get(part, 0), count)
        chosen.append(table.concept(key, _chance(scores[key])))
    return chosen


def _parts(key: str) -> list[str]:
    """All shorter phrases inside a phrase."""
    size = len(key)
    return [key[i : i + n] for n in range(1, size) for i in range(size - n + 1)]


def _chance(score: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))
