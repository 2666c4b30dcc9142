"""Answering a query: what matches, then the rest of the answer's page, each hit with its snippet.

First every word must stand in a chunk or in its context. Only if that finds too few documents, the rarer
words are searched for one or another; what that finds comes after. Words in quotes stay required, excluded
words exclude whole documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import apsw

from ingestd.model import PAGE_BREAK
from ingestd.store import snippet, sql
from ingestd.store.matching import Match, Matcher, Scope, having_concept
from ingestd.store.query import Query, Term, parse
from ingestd.store.rows import Hit
from ingestd.store.words import concept_name, encodable

LOOSE_TERMS = 12
"""Rarer words that are searched for one or another, at most ..."""
LOOSE_CHUNKS = 5000
"""... as long as they stand, together, in no more chunks than this; the rarest always."""
CONTEXT = 400
"""Characters before and after a chunk in which its context's words are looked for."""


def search(
    db: apsw.Connection, text: str, limit: int, *, concept: str | None = None, tag: str | None = None
) -> list[Hit]:
    """At most ``limit`` documents. Raises ``QueryError``; an unknown concept or tag finds nothing."""
    known = None if concept is None else _concept(db, concept)
    if concept is not None and known is None:
        return []
    scope = Scope(known, None if tag is None else encodable(tag))
    if known is not None and not text.strip():
        terms = _forms(db, known)
        found = having_concept(db, scope, limit)
    else:
        query = parse(text)
        terms = [term for clause in query.clauses for term in clause]
        found = _matching(Matcher(db, scope), query, limit)
    want = snippet.wanted(db, terms)
    return [_hit(db, match, want) for match in found]


def _matching(matcher: Matcher, query: Query, limit: int) -> list[Match]:
    found = matcher.best(query, limit)
    if len(found) < limit and (loose := _loosened(matcher, query)):
        seen = {match.document for match in found}
        more = [m for m in matcher.best(loose, limit + len(found)) if m.document not in seen]
        found += _below(found, more)[: limit - len(found)]
    return found


def _concept(db: apsw.Connection, name: str) -> int | None:
    found: int | None = sql.value(db, "SELECT id FROM concepts WHERE name = ?", (concept_name(db, name),))
    return found


def _forms(db: apsw.Connection, concept: int) -> list[Term]:
    """How documents write a concept, to be marked in snippets."""
    forms = sql.column(
        db,
        "SELECT text FROM document_concepts WHERE concept = ? GROUP BY text ORDER BY count(*) DESC LIMIT 8",
        (concept,),
    )
    return [Term(form, quoted=True) for form in forms]


def _loosened(matcher: Matcher, query: Query) -> Query | None:
    """The query with its rarer plain words wanted one or another; None if that says nothing new."""
    required = tuple(clause for clause in query.clauses if any(term.quoted for term in clause))
    plain = {term: None for clause in query.clauses if clause not in required for term in clause}
    if not plain or len(query.clauses) < 2:
        return None
    kept = _rarest(matcher, plain)
    if required:
        return Query(required, query.excluded, tuple(kept))
    return Query((tuple(kept),), query.excluded) if kept else None


def _rarest(matcher: Matcher, terms: Iterable[Term]) -> list[Term]:
    """The rarest of the terms that stand anywhere: few enough to rank all that any of them finds."""
    kept: list[Term] = []
    chunks = 0
    for term in sorted(filter(matcher.count, terms), key=matcher.count):
        chunks += matcher.count(term)
        if kept and (len(kept) >= LOOSE_TERMS or chunks > LOOSE_CHUNKS):
            break
        kept.append(term)
    return kept


def _below(first: list[Match], second: list[Match]) -> list[Match]:
    """``second`` with its scores brought below those of ``first``."""
    if not first or not second or second[0].score <= first[-1].score:
        return second
    factor = first[-1].score / second[0].score
    return [replace(match, score=match.score * factor) for match in second]


# -- what is shown ---------------------------------------------------------------------------------


def _hit(db: apsw.Connection, match: Match, want: snippet.Wanted) -> Hit:
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
