"""Writing what came out of a document, in the transaction of ``done``: pages, chunks, index, concepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cache
from typing import Any, NamedTuple

import apsw

from ingestd.model import PAGE_BREAK, Chunk, Claim, Concept, Extract
from ingestd.store import ledger, sql
from ingestd.store.words import concept_name, encodable, is_unspaced, set_apart


class Prepared(NamedTuple):
    """An extract laid out for the database, made in the caller's thread to keep the writer's short."""

    extract: Extract
    pages: list[tuple[int, str]]
    """Start and text of each page."""
    indexed: list[tuple[str, str]]
    """Text and context of each chunk as they go into the index."""


def prepare(extract: Extract) -> Prepared:
    """Lay out ``extract``. Halves of surrogate pairs in it fail later; see ``encodable_extract``."""
    pages: list[tuple[int, str]] = []
    position = 0
    for page in extract.pages:
        pages.append((position, page.text))
        position += len(page.text) + len(PAGE_BREAK)
    text = PAGE_BREAK.join(page.text for page in extract.pages)
    indexed = [(text[c.start : c.end], c.context) for c in extract.chunks]
    if is_unspaced(text):
        indexed = [(set_apart(body), set_apart(context)) for body, context in indexed]
    return Prepared(extract, pages, indexed)


def encodable_extract(extract: Extract) -> Extract:
    """The extract with U+FFFD for what no encoding can hold, one for one, so that offsets stay true.

    Looking for it takes a tenth of the time of storing a document, and hardly any has it: done on demand.
    """
    return replace(
        extract,
        pages=tuple(page._replace(text=encodable(page.text)) for page in extract.pages),
        chunks=tuple(chunk._replace(context=encodable(chunk.context)) for chunk in extract.chunks),
        concepts=tuple(concept._replace(text=encodable(concept.text)) for concept in extract.concepts),
    )


def complete(db: apsw.Connection, held: Claim, prepared: Prepared, now: float) -> int | None:
    """The document is done and its results are in the catalog, or neither; ``index`` belongs to it.

    The id of its first chunk; None if all of it has been there before.
    """
    extract = prepared.extract
    document = ledger.finish(db, held, extract.info.page_count, now)
    if document is None:
        return None
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
    _add_concepts(db, document, extract.concepts)
    first: int = sql.value(db, "SELECT coalesce(max(id), 0) + 1 FROM chunks")
    db.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _chunk_rows(document, first, extract.chunks)
    )
    return first


def index(db: apsw.Connection, prepared: Prepared, first: int | None) -> None:
    """The chunks can be found by their words. ``first`` is what ``complete`` gave, in the same transaction."""
    if first is None:
        return
    db.executemany(
        "INSERT INTO search (rowid, text, context) VALUES (?, ?, ?)",
        ((first + i, text, context) for i, (text, context) in enumerate(prepared.indexed)),
    )


def _page_rows(document: int, prepared: Prepared) -> Iterator[tuple[Any, ...]]:
    for page, (start, text) in zip(prepared.extract.pages, prepared.pages, strict=True):
        furniture = _json(page.furniture) if page.furniture else "[]"
        yield document, page.number, start, text, furniture, page.garbled


def _chunk_rows(document: int, first: int, chunks: tuple[Chunk, ...]) -> Iterator[tuple[Any, ...]]:
    section = cache(_json)  # neighbours share theirs
    for i, c in enumerate(chunks):
        yield first + i, document, c.index, c.start, c.end, c.page_start, c.page_end, section(c.section)


def _add_concepts(db: apsw.Connection, document: int, concepts: tuple[Concept, ...]) -> None:
    """Two statements for all of them: a row at a time, every document would hand the GIL round a hundred times."""
    named: dict[str, Concept] = {}
    for concept in concepts:
        named.setdefault(concept_name(db, concept.text), concept)  # of two with one name the better stays
    if not named:
        return
    names = [value for name, concept in named.items() for value in (name, concept.text)]
    db.execute(
        f"INSERT INTO concepts (name, text) VALUES {_marks(2, len(named))} ON CONFLICT (name) DO NOTHING",
        names,
    )
    found: list[Any] = []
    for rank, (name, c) in enumerate(named.items(), start=1):
        variants = _json(c.variants) if c.variants else "[]"
        found += (name, rank, c.score, c.count, c.text, _json(c.pages), variants)
    db.execute(
        "INSERT INTO document_concepts SELECT ?, id, column2, column3, column4, column5, column6, column7"
        f" FROM (VALUES {_marks(7, len(named))}) JOIN concepts ON name = column1",
        [document, *found],
    )


@cache
def _marks(columns: int, rows: int) -> str:
    row = f"({','.join('?' * columns)})"
    return ",".join([row] * rows)


# One encoder for all: `json.dumps` with options makes a new one each time.
_json = json.JSONEncoder(separators=(",", ":"), default=str).encode
