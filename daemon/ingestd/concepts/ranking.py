"""From counted candidates to concepts: classes of variants, features, one weighted sum, no repeats."""

from __future__ import annotations

import math
from operator import mul

from ingestd.concepts.candidates import Candidates, gather
from ingestd.concepts.features import Table, features
from ingestd.concepts.hints import Hints
from ingestd.concepts.weights import LONG, SHORT
from ingestd.model import Concept


def extract_concepts(text: str, limit: int = 15) -> list[Concept]:
    """The concepts of a text in any language, best first, at most ``limit``, no repeats; never raises."""
    return rank(gather(text), limit) if limit > 0 else []


def rank(candidates: Candidates, limit: int = 15, hints: Hints | None = None) -> list[Concept]:
    """The best concepts of what was gathered; ``score`` is a probability-like figure from 0 to 1."""
    table = Table(candidates)
    weights = LONG if table.length > 600 else SHORT
    scored = []
    for key in table.keys:
        scored.append((sum(map(mul, weights, features(table, key))), key))
    scored.sort(key=lambda pair: (-pair[0], table.first[pair[1]], pair[1]))
    return _chosen(scored, table, limit)


def _chosen(scored: list[tuple[float, str]], table: Table, limit: int) -> list[Concept]:
    chosen: list[Concept] = []
    taken: set[str] = set()
    for score, key in scored:
        if len(chosen) >= limit:
            break
        order_free = "".join(sorted(key))
        if order_free in taken:
            continue
        taken.add(order_free)
        chosen.append(table.concept(key, 1 / (1 + math.exp(-score))))
    return chosen
