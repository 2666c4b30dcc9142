"""From counted candidates to concepts: classes of variants, one weighted sum each, no repeats."""

from __future__ import annotations

import math
from typing import cast

from ingestd.concepts.candidates import EARLY, Candidates, gather
from ingestd.concepts.features import score
from ingestd.concepts.hints import Hints, gains
from ingestd.concepts.mixture import mixture
from ingestd.concepts.table import Row, Table
from ingestd.model import Concept


def extract_concepts(text: str, limit: int = 15) -> list[Concept]:
    """The concepts of a text in any language, best first, at most ``limit``, no repeats; never raises."""
    return rank(gather(text), limit) if limit > 0 else []


def rank(candidates: Candidates, limit: int = 15, hints: Hints | None = None) -> list[Concept]:
    """The best concepts of what was gathered; ``score`` is a probability-like figure from 0 to 1."""
    hints = _completed(hints or Hints(), candidates)
    admitted = [candidates.words.spelled(keyword) for keyword in hints.author_keywords]
    gained = gains(hints, candidates.words) if hints else {}
    everything = len(candidates.counts) + len(admitted) + 1
    most = min(4 * limit + 20, everything)
    while True:
        rows = _ranked(candidates, admitted, gained, most)
        chosen = _chosen(rows, limit)
        if len(chosen) >= limit or len(rows) < most:
            return [_concept(row, candidates) for row in chosen]
        most = min(16 * most, everything)


def _ranked(found: Candidates, admitted: list[str], gained: dict[str, float], most: int) -> list[Row]:
    """The best classes of all, at most so many; equals in order of first appearance."""
    models, words, counts = mixture(found), found.words, found.counts
    if words.native is not None:
        words.describe(words.known.unknown(counts, EARLY) + "".join(admitted))
        given = words.known, counts, EARLY, admitted, gained
        return cast(
            "list[Row]", words.native.ranked(*given, models.phrases.columns, models.words.columns, most)
        )
    table = Table(found)
    for phrase in admitted:
        table.admit(phrase)
    scores = score(table, models.phrases, models.words)
    for key, gain in gained.items():
        if key in scores:
            scores[key] += gain
    order = sorted(scores, key=scores.__getitem__, reverse=True)
    return [table.row(key, scores[key]) for key in order[:most]]


def _completed(hints: Hints, candidates: Candidates) -> Hints:
    """The hints with what the text itself gave as the author's key phrases."""
    keywords = (*hints.author_keywords, *candidates.keywords)
    return hints._replace(author_keywords=tuple(dict.fromkeys(keywords)))


def _chosen(rows: list[Row], limit: int) -> list[Row]:
    """The first ``limit`` classes, less those that say nothing new beside one already chosen."""
    chosen: list[Row] = []
    taken: set[str] = set()
    inside: dict[str, int] = {}
    for row in rows:
        if len(chosen) >= limit:
            break
        key, _, count, _ = row
        unordered = "".join(sorted(key)) if len(key) > 1 else key
        if unordered in taken or inside.get(key, 0) >= count:
            continue  # the same words in another order, or never seen outside a chosen phrase
        taken.add(unordered)
        for part in _parts(key) if len(key) > 1 else ():
            inside[part] = max(inside.get(part, 0), count)
        chosen.append(row)
    return chosen


def _concept(row: Row, found: Candidates) -> Concept:
    """A class as the program speaks of it: the commonest variant first."""
    _, score, count, variants = row
    bits = variants[0][2]
    if len(variants) > 1:
        variants = sorted(variants, key=lambda variant: -variant[1])
        for _, _, pages in variants:
            bits |= pages
    spelled = dict.fromkeys([found.words.spell(phrase) for phrase, _, _ in variants])
    return Concept(
        next(iter(spelled)), _chance(score), count, _pages(bits, found.first_page), (*spelled,)[1:]
    )


def _pages(bits: int, first: int) -> tuple[int, ...]:
    if bits == 1:
        return (first,)
    return tuple([first + i for i in range(bits.bit_length()) if bits >> i & 1])


def _parts(key: str) -> list[str]:
    """All shorter phrases inside a phrase."""
    size = len(key)
    return [key[i : i + n] for n in range(1, size) for i in range(size - n + 1)]


def _chance(score: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, score))))
