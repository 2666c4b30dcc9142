"""Which chunks match a query, best first, folded to documents, in bounded time however large the catalog.

BM25 reads the whole list of every word it ranks by (40 ns an entry) and the length of every chunk that
matches (1.5 us). So words that stand in a good part of all chunks are not ranked by as long as rarer ones are
there: they say little, and only filter what the rarer ones found. Of very many chunks the newest are ranked.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import apsw

from ingestd.store import sql
from ingestd.store.query import Query, Term

FIRST_LOOK = 64
"""Chunks looked at first, at least."""
LAST_LOOK = 4096
"""Chunks looked at, at most, when few documents own most of the best chunks."""
RANKED = 10_000
"""Chunks that are ranked at most, the newest first: a bound for words that stand everywhere."""
COMMON_SHARE = 30
"""A word in more than a thirtieth of all chunks is common ..."""
COMMON_LEAST = 2000
"""... if it is in this many."""


@dataclass(frozen=True, slots=True)
class Match:
    """The best chunk of one document."""

    document: int
    rowid: int
    score: float
    hits: int = 1


@dataclass(frozen=True, slots=True)
class Scope:
    """Documents to search in: those with a concept, with a tag, or all."""

    concept: int | None = None
    tag: str | None = None

    def condition(self, document: str) -> tuple[str, tuple[Any, ...]]:
        """SQL over the expression ``document``, with its values."""
        parts = ["TRUE"]
        values: list[Any] = []
        if self.concept is not None:
            parts.append(f"{document} IN (SELECT document FROM document_concepts WHERE concept = ?)")
            values.append(self.concept)
        if self.tag is not None:
            parts.append(f"{document} IN (SELECT document FROM tags WHERE tag = ?)")
            values.append(self.tag)
        return " AND ".join(parts), tuple(values)


def expression(query: Query) -> str:
    """The query in FTS5's own language, of quoted strings and our operators only."""
    required = " AND ".join(f"({_any(clause)})" for clause in query.clauses)
    if query.optional:
        required = f"({required}) OR (({required}) AND ({_any(query.optional)}))"
    if not query.excluded:
        return required
    return f"({required}) NOT (text : ({_any(query.excluded)}))"


def _any(terms: Iterable[Term]) -> str:
    return " OR ".join(term.expression() for term in terms)


class Matcher:
    """Matches queries inside one scope, in one transaction."""

    def __init__(self, db: apsw.Connection, scope: Scope) -> None:
        self._db = db
        self._scope = scope
        chunks = sql.value(db, "SELECT coalesce(max(id), 0) FROM chunks")
        self.common = max(COMMON_LEAST, chunks // COMMON_SHARE)
        """Chunks that make a word common."""
        self._counts: dict[Term, int] = {}

    def count(self, term: Term) -> int:
        """In how many chunks the term stands, counted no further than ``common``."""
        if term not in self._counts:
            self._counts[term] = sql.value(
                self._db,
                "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)",
                (term.expression(), self.common),
            )
        return self._counts[term]

    def best(self, query: Query, limit: int) -> list[Match]:
        """Up to ``limit`` documents, best first."""
        telling = self._telling(query)
        among = None if telling == query else self._all(query)
        if among == []:
            return []
        look = max(FIRST_LOOK, limit * 4)
        while True:
            rows = self._chunks(telling, among, look)
            matches = _by_document(rows)
            if query.excluded:
                matches = [m for m in matches if not self._holds(m.document, query.excluded)]
            if len(matches) >= limit or len(rows) < look or look >= LAST_LOOK:
                return matches[:limit]
            look *= 4

    def _telling(self, query: Query) -> Query:
        """The query without its common words, if that leaves any."""
        telling = tuple(
            clause
            for clause in query.clauses
            if len(clause) > 1 or clause[0].quoted or self.count(clause[0]) < self.common
        )
        return replace(query, clauses=telling or query.clauses)

    def _all(self, query: Query) -> list[int]:
        """Chunks that match, unranked: a matter of the rarest word."""
        found: list[int] = sql.column(
            self._db,
            "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?",
            (expression(query), RANKED),
        )
        return found

    def _chunks(self, query: Query, among: list[int] | None, look: int) -> list[tuple[int, int, float]]:
        """Document, chunk id and score (higher is better) of the best chunks, of some or of all."""
        condition, values = self._scope.condition("(SELECT document FROM chunks WHERE chunks.id = ranked.id)")
        if among is not None:
            condition += " AND id IN (SELECT value FROM carray(?))"
            values += (apsw.carray(array("q", among)),)
        found: list[tuple[int, int, float]] = sql.rows(
            self._db,
            "SELECT document, best.id, score FROM ("
            " SELECT id, score FROM ("
            "  SELECT rowid AS id, -bm25(search, 1.0, 0.5) AS score FROM search WHERE search MATCH ?"
            "  ORDER BY rowid DESC LIMIT ?"
            f" ) AS ranked WHERE {condition} ORDER BY score DESC, id LIMIT ?"
            ") AS best CROSS JOIN chunks ON chunks.id = best.id ORDER BY score DESC, best.id",
            (expression(query), RANKED, *values, look),
        )
        return found

    def _holds(self, document: int, terms: Iterable[Term]) -> bool:
        """Whether any chunk of the document has any of the terms."""
        return bool(
            sql.value(
                self._db,
                "SELECT EXISTS (SELECT 1 FROM search WHERE search MATCH ?1 AND rowid BETWEEN"
                " (SELECT id FROM chunks WHERE document = ?2 ORDER BY number LIMIT 1) AND"
                " (SELECT id FROM chunks WHERE document = ?2 ORDER BY number DESC LIMIT 1))",
                (f"text : ({_any(terms)})", document),
            )
        )


def having_concept(db: apsw.Connection, scope: Scope, limit: int) -> list[Match]:
    """Documents with the scope's concept, those first in which it ranks highest, each at its first page."""
    condition, values = scope.condition("document")
    rows = sql.rows(
        db,
        "SELECT document, rank, (SELECT id FROM chunks WHERE chunks.document = dc.document"
        " AND page_end >= coalesce(dc.pages ->> '$[0]', 1) ORDER BY number LIMIT 1) AS chunk"
        f" FROM document_concepts AS dc WHERE {condition} AND concept = ? AND chunk IS NOT NULL"
        " ORDER BY rank, document LIMIT ?",
        (*values, scope.concept, limit),
    )
    return [Match(document, chunk, 1 / rank) for document, rank, chunk in rows]


def _by_document(rows: Iterable[tuple[int, int, float]]) -> list[Match]:
    """The first row of each document, with the number of its rows."""
    best: dict[int, Match] = {}
    hits: dict[int, int] = {}
    for document, rowid, score in rows:
        best.setdefault(document, Match(document, rowid, score))
        hits[document] = hits.get(document, 0) + 1
    return [replace(match, hits=hits[match.document]) for match in best.values()]
