"""Writing what came out of a document, in the transaction of ``done``: pages, chunks, index, concepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import apsw

from ingestd.model import PAGE_BREAK, Chunk, Claim, Concept, Extract
from ingestd.store import ledger, sql
from ingestd.store.words import concept_name, encodable, is_unspaced, set_apart


@dataclass(frozen=True, slots=True)
class Prepared:
    """An extract laid out for the database, made in the caller's thread to keep the writer's short."""

    extract: Extract
    pages: list[tuple[int, str]]
    """Start and text of each page."""
    indexed: list[tuple[str, str]]
    """Text and context of each chunk as they go into the index."""


def prepare(extract: Extract) -> Prepared:
    """Lay out ``extract``; what no encoding can hold becomes U+FFFD, so that offsets stay true."""
    pages: list[tuple[int, str]] = []
    position = 0
    for page in extract.pages:
        pages.append((position, encodable(page.text)))
        position += len(page.text) + len(PAGE_BREAK)
    text = PAGE_BREAK.join(body for _, body in pages)
    indexed = [(text[c.start : c.end], encodable(c.context)) for c in extract.chunks]
    if is_unspaced(text):
        indexed = [(set_apart(body), set_apart(context)) for body, context in indexed]
    return Prepared(extract, pages, indexed)


def complete(db: apsw.Connection, held: Claim, prepared: Prepared, now: float) -> None:
    """The document is done and its results are in the catalog, or neither."""
    extract = prepared.extract
    document = ledger.finish(db, held, extract.info.page_count, now)
    db.execute(
        "INSERT INTO extracts VALUES (?, ?, ?, ?, ?, ?)",
        (
            document,
            _json(asdict(extract.info)),
            extract.language,
            extract.engine,
            _json([asdict(failure) for failure in extract.failures]),
            _json(extract.timings_ms),
        ),
    )
    db.executemany(
        "INSERT INTO pages (document, number, start, text, furniture, garbled) VALUES (?, ?, ?, ?, ?, ?)",
        _page_rows(document, prepared),
    )
    first = sql.value(db, "SELECT coalesce(max(id), 0) + 1 FROM chunks")
    db.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _chunk_rows(document, first, extract.chunks)
    )
    db.executemany(
        "INSERT INTO search (rowid, text, context) VALUES (?, ?, ?)",
        ((first + i, text, context) for i, (text, context) in enumerate(prepared.indexed)),
    )
    _add_concepts(db, document, extract.concepts)


def _page_rows(document: int, prepared: Prepared) -> Iterator[tuple[Any, ...]]:
    for page, (start, text) in zip(prepared.extract.pages, prepared.pages, strict=True):
        furniture = _json(page.furniture) if page.furniture else "[]"
        yield document, page.number, start, text, furniture, page.garbled


def _chunk_rows(document: int, first: int, chunks: tuple[Chunk, ...]) -> Iterator[tuple[Any, ...]]:
    section = cache(_json)  # neighbours share theirs
    for i, c in enumerate(chunks):
        yield first + i, document, c.index, c.start, c.end, c.page_start, c.page_end, section(c.section)


def _add_concepts(db: apsw.Connection, document: int, concepts: tuple[Concept, ...]) -> None:
    named: dict[str, Concept] = {}
    for concept in concepts:
        named.setdefault(concept_name(db, concept.text), concept)  # of two with one name the better stays
    for rank, (name, concept) in enumerate(named.items(), start=1):
        text = encodable(concept.text)
        known = sql.value(
            db,
            "INSERT INTO concepts (name, text, documents) VALUES (?, ?, 1)"
            " ON CONFLICT (name) DO UPDATE SET documents = documents + 1 RETURNING id",
            (name, text),
        )
        db.execute(
            "INSERT INTO document_concepts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document,
                known,
                rank,
                concept.score,
                concept.count,
                text,
                *map(_json, (concept.pages, concept.variants)),
            ),
        )


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
