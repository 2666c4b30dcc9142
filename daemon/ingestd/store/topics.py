"""Concepts across documents: the catalog's list of them, and documents that share some."""

from __future__ import annotations

import math

import apsw

from ingestd.store import sql
from ingestd.store.reading import resolve
from ingestd.store.rows import ConceptCount, Related

WIDEST = 5000
"""A concept of more documents than this says little of any two that share it."""


def concepts(db: apsw.Connection, limit: int | None) -> list[ConceptCount]:
    """The catalog's concepts, those of most documents first."""
    rows = sql.rows(
        db,
        "SELECT (SELECT text FROM concepts WHERE id = concept), number FROM"
        " (SELECT concept, count(*) AS number FROM document_concepts INDEXED BY documents_of_concept"
        "  GROUP BY concept ORDER BY number DESC, concept LIMIT ?)",
        (-1 if limit is None else limit,),
    )
    return [ConceptCount(text, number) for text, number in rows]


def related(db: apsw.Connection, prefix: str, limit: int) -> list[Related]:
    """Documents that share concepts with one, closest first. Raises ``UnknownDocument``.

    A shared concept counts the more, the higher it ranks in both documents and the fewer others have it.
    """
    document, _ = resolve(db, prefix)
    total = sql.value(db, "SELECT documents FROM tally WHERE status = 'done'")
    own = sql.rows(db, "SELECT concept, rank FROM document_concepts WHERE document = ?", (document,))
    scores: dict[int, list[tuple[float, int]]] = {}
    for concept, rank in own:
        others = sql.rows(
            db,
            "SELECT document, rank FROM document_concepts WHERE concept = ? AND document <> ? LIMIT ?",
            (concept, document, WIDEST),
        )
        if len(others) == WIDEST:
            continue
        weight = math.log(1 + total / (1 + len(others))) / math.sqrt(rank)
        for other, other_rank in others:
            scores.setdefault(other, []).append((weight / math.sqrt(other_rank), concept))
    best = sorted(scores, key=lambda d: (-sum(score for score, _ in scores[d]), d))[:limit]
    return [_related(db, other, scores[other]) for other in best]


def _related(db: apsw.Connection, document: int, shared: list[tuple[float, int]]) -> Related:
    sha256, title, source = sql.the_row(
        db,
        "SELECT sha256, info ->> '$.title',"
        " (SELECT path FROM sources WHERE document = documents.id ORDER BY id LIMIT 1)"
        " FROM documents JOIN extracts ON document = documents.id WHERE documents.id = ?",
        (document,),
    )
    names = [
        sql.value(db, "SELECT text FROM concepts WHERE id = ?", (concept,))
        for _, concept in sorted(shared, reverse=True)
    ]
    return Related(sha256, source, title or "", round(sum(score for score, _ in shared), 4), tuple(names))
