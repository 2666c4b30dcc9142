"""Answering a query: which chunks match, folded to documents, best first, each with its snippet.

First every word must stand in a chunk or in its context. Only if that finds too few documents, the rarer
words are searched for one or another; what that finds comes after. Words in quotes stay required, excluded
words exclude whole documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import apsw

from ingestd.errors import QueryError
from ingestd.model import PAGE_BREAK
from ingestd.store import snippet, sql
from ingestd.store.query import Query, Term, parse
from ingestd.store.rows import Hit
from ingestd.store.words import concept_name, encodable

FIRST_LOOK = 64
"""Chunks looked at first, at least."""
LAST_LOOK = 4096
"""Chunks looked at, at most, when few documents own most of the best chunks."""
PROBE = 20_000
"""Chunks counted to judge how rare a word is; a word in more of them is common."""
LOOSE_TERMS = 12
"""Rarer words that are searched for one or another."""
CONTEXT = 400
"""Characters before and after a chunk in which its context's words are looked for."""


@dataclass(frozen=True, slots=True)
class _Match:
    """The best chunk of one document."""

    document: int
    rowid: int
    score: float
    hits: int = 1


@dataclass(frozen=True, slots=True)
class _Scope:
    """Documents to search in: those with a concept, with a tag, or all."""

    concept: int | None
    tag: str | None

    def condition(self) -> tuple[str, tuple[int | str, ...]]:
        """SQL over ``chunks.document`` with its values."""
        parts: list[str] = []
        values: list[int | str] = []
        if self.concept is not None:
            parts.append("document IN (SELECT document FROM document_concepts WHERE concept = ?)")
            values.append(self.concept)
        if self.tag is not None:
            parts.append("document IN (SELECT document FROM tags WHERE tag = ?)")
            values.append(self.tag)
        return " AND ".join(parts), tuple(values)


def search(
    db: apsw.Connection, text: str, limit: int, *, concept: str | None = None, tag: str | None = None
) -> list[Hit]:
    """At most ``limit`` documents. Raises ``QueryError``; an unknown concept or tag finds nothing."""
    known = None if concept is None else _concept(db, concept)
    if concept is not None and known is None:
        return []
    query = parse(text) if text.strip() or known is None else _naming(db, known)
    scope = _Scope(known, None if tag is None else encodable(tag))
    found = _folded(db, query, scope, limit)
    if len(found) < limit and (loose := _loosened(db, query)):
        seen = {match.document for match in found}
        more = [m for m in _folded(db, loose, scope, limit + len(found)) if m.document not in seen]
        found += _below(found, more)[: limit - len(found)]
    terms = [term for clause in query.clauses for term in clause]
    want = snippet.wanted(db, terms)
    return [_hit(db, match, want) for match in found]


def _concept(db: apsw.Connection, name: str) -> int | None:
    found: int | None = sql.value(
        db, "SELECT id FROM concepts WHERE name = ? AND documents > 0", (concept_name(db, name),)
    )
    return found


def _naming(db: apsw.Connection, concept: int) -> Query:
    """A query for the concept itself, as its documents write it."""
    forms = sql.column(
        db,
        "SELECT text FROM document_concepts WHERE concept = ? GROUP BY text ORDER BY count(*) DESC LIMIT 8",
        (concept,),
    )
    terms = tuple(Term(form, quoted=True) for form in forms if any(map(str.isalnum, form)))
    if not terms:
        raise QueryError("the concept has no letters to search for: add a word to the query")
    return Query((terms,))


# -- which chunks match ----------------------------------------------------------------------------


def _expression(query: Query) -> str:
    """FTS5's own language, of quoted strings and our operators only."""
    required = " AND ".join(f"({_any(clause)})" for clause in query.clauses)
    if not query.excluded:
        return required
    return f"({required}) NOT (text : ({_any(query.excluded)}))"


def _any(terms: Iterable[Term]) -> str:
    return " OR ".join(term.expression() for term in terms)


def _folded(db: apsw.Connection, query: Query, scope: _Scope, limit: int) -> list[_Match]:
    """The best chunk of each document, of up to ``limit`` documents."""
    look = max(FIRST_LOOK, limit * 4)
    while True:
        rows = _best_chunks(db, _expression(query), scope, look)
        matches = _by_document(rows)
        if query.excluded:
            matches = [m for m in matches if not _holds(db, m.document, query.excluded)]
        if len(matches) >= limit or len(rows) < look or look >= LAST_LOOK:
            return matches[:limit]
        look *= 4


def _best_chunks(
    db: apsw.Connection, expression: str, scope: _Scope, look: int
) -> list[tuple[int, int, float]]:
    """Document, chunk id and score (higher is better) of the best chunks."""
    condition, values = scope.condition()
    if condition:
        return sql.rows(
            db,
            "SELECT chunks.document, search.rowid, -search.rank FROM search CROSS JOIN chunks"
            f" ON chunks.id = search.rowid WHERE search MATCH ? AND {condition}"
            " ORDER BY search.rank LIMIT ?",
            (expression, *values, look),
        )
    return sql.rows(
        db,
        "SELECT chunks.document, best.id, best.score FROM"
        " (SELECT rowid AS id, -rank AS score FROM search WHERE search MATCH ? ORDER BY rank LIMIT ?)"
        " AS best CROSS JOIN chunks ON chunks.id = best.id",
        (expression, look),
    )


def _by_document(rows: list[tuple[int, int, float]]) -> list[_Match]:
    best: dict[int, _Match] = {}
    for document, rowid, score in sorted(rows, key=lambda row: (-row[2], row[1])):
        match = best.get(document)
        if match is None:
            best[document] = _Match(document, rowid, score)
        else:
            best[document] = replace(match, hits=match.hits + 1)
    return list(best.values())


def _holds(db: apsw.Connection, document: int, terms: Iterable[Term]) -> bool:
    """Whether any chunk of the document has any of the terms."""
    return bool(
        sql.value(
            db,
            "SELECT EXISTS (SELECT 1 FROM search WHERE search MATCH ?1 AND rowid BETWEEN"
            " (SELECT id FROM chunks WHERE document = ?2 ORDER BY number LIMIT 1) AND"
            " (SELECT id FROM chunks WHERE document = ?2 ORDER BY number DESC LIMIT 1))",
            (f"text : ({_any(terms)})", document),
        )
    )


# -- the second look -------------------------------------------------------------------------------


def _loosened(db: apsw.Connection, query: Query) -> Query | None:
    """The query with its rarer plain words wanted one or another; None if that says nothing new."""
    required = tuple(clause for clause in query.clauses if any(term.quoted for term in clause))
    plain = [term for clause in query.clauses if clause not in required for term in clause]
    if len(plain) + bool(required) < 2:
        return None
    rarity = {term: _count(db, term) for term in plain}
    rarer = sorted((t for t in rarity if rarity[t]), key=lambda term: rarity[term])[:LOOSE_TERMS]
    kept = [term for term in rarer if rarity[term] < PROBE] or rarer[:2]
    if not kept:
        return None
    return Query((*required, tuple(kept)), query.excluded)


def _count(db: apsw.Connection, term: Term) -> int:
    """In how many chunks the term stands, counted up to ``PROBE``."""
    count: int = sql.value(
        db,
        "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)",
        (term.expression(), PROBE),
    )
    return count


def _below(first: list[_Match], second: list[_Match]) -> list[_Match]:
    """``second`` with its scores brought below those of ``first``."""
    if not first or not second or second[0].score <= first[-1].score:
        return second
    factor = first[-1].score / second[0].score
    return [replace(match, score=match.score * factor) for match in second]


# -- what is shown ---------------------------------------------------------------------------------


def _hit(db: apsw.Connection, match: _Match, want: snippet.Wanted) -> Hit:
    number, start, stop, page_start, page_end, sha256, title = sql.the_row(
        db,
        "SELECT number, start, stop, page_start, page_end, sha256, info ->> '$.title' FROM chunks"
        " JOIN documents ON documents.id = document JOIN extracts USING (document) WHERE chunks.id = ?",
        (match.rowid,),
    )
    shown, page = _shown(db, match.document, (start, stop), (page_start, page_end), want)
    return Hit(
        sha256=sha256,
        source=sql.value(
            db, "SELECT path FROM sources WHERE document = ? ORDER BY id LIMIT 1", (match.document,)
        ),
        chunk=number,
        page_start=page_start,
        page_end=page_end,
        page=page,
        snippet=shown.text,
        marks=shown.marks,
        score=match.score,
        hits=match.hits,
        title=title or "",
    )


def _shown(
    db: apsw.Connection,
    document: int,
    span: tuple[int, int],
    pages: tuple[int, int],
    want: snippet.Wanted,
) -> tuple[snippet.Snippet, int]:
    """The snippet and the page where it matches: from the chunk, else from the text around it."""
    for margin, (first, last) in ((0, pages), (CONTEXT, (pages[0] - 1, pages[1] + 1))):
        rows = sql.rows(
            db,
            "SELECT number, start, text FROM pages WHERE document = ? AND number BETWEEN ? AND ?"
            " ORDER BY number",
            (document, first, last),
        )
        text = PAGE_BREAK.join(row[2] for row in rows)
        offset = rows[0][1]
        start = max(0, span[0] - margin - offset)
        body = text[start : span[1] + margin - offset]
        found = snippet.matches(db, body, want)
        if found:
            break
    shown = snippet.cut(body, found)
    at = offset + start + shown.at
    return shown, max((n for n, begins, _ in rows if begins <= at), default=pages[0])
