"""Reading the ledger and the documents of the catalog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import apsw

from ingestd.errors import UnknownDocument
from ingestd.model import PAGE_BREAK, Concept, FileIdentity, Status
from ingestd.store import sql
from ingestd.store.ledger import numbers
from ingestd.store.rows import (
    AttemptRow,
    Bytes,
    ChunkRow,
    Counts,
    DocumentDetail,
    DocumentRow,
    PageRow,
    Place,
)

BATCH = 10_000
"""Paths looked up by one statement."""


def counts(db: apsw.Connection) -> Counts:
    """Documents by status."""
    tally: dict[str, int] = dict(sql.rows(db, "SELECT status, documents FROM tally"))
    claimed: dict[str, int] = dict(
        sql.rows(
            db,
            "SELECT status, count(*) FROM documents INDEXED BY documents_claimed"
            " WHERE claimed_run IS NOT NULL GROUP BY status",
        )
    )
    waiting = {status: number - claimed.get(status, 0) for status, number in tally.items()}
    return Counts(processing=sum(claimed.values()), **waiting)


def next_retry_at(db: apsw.Connection) -> float | None:
    """When the next retrying document is due."""
    due = [
        sql.value(
            db,
            "SELECT min(retry_at) FROM documents WHERE status = 'retrying' AND claimed_run IS NULL"
            " AND place = 'spool' AND priority = ?",
            (priority,),
        )
        for priority in range(3)
    ]
    return min((at for at in due if at is not None), default=None)


def known(db: apsw.Connection, files: Sequence[tuple[bytes, FileIdentity]]) -> set[bytes]:
    """Paths of those files that were remembered with this very identity."""
    found: set[bytes] = set()
    for begin in range(0, len(files), BATCH):
        part = dict(files[begin : begin + BATCH])
        rows = sql.rows(
            db,
            "SELECT path, device, inode, size, mtime_ns FROM carray(?) CROSS JOIN seen ON path = value",
            (apsw.carray(tuple(part)),),
        )
        for path, *identity in rows:
            if identity == numbers(part[path]):
                found.add(path)
    return found


def statuses(db: apsw.Connection, sha256s: Sequence[str]) -> dict[str, Status]:
    """The status of each of these documents, as far as they are known."""
    rows = sql.rows(
        db,
        "SELECT sha256, status FROM documents WHERE sha256 IN (SELECT value FROM json_each(?))",
        (json.dumps(list(sha256s)),),
    )
    return {sha256: Status(status) for sha256, status in rows}


def unfinished(db: apsw.Connection) -> list[str]:
    """The documents that wait for work, or are in it."""
    return sql.column(db, "SELECT sha256 FROM documents WHERE status IN ('spooled', 'retrying')")


def not_waiting(db: apsw.Connection, sha256s: Sequence[str]) -> dict[str, Status | None]:
    """Those of these documents that do not wait for work; no status where there is no such document."""
    rows = sql.rows(
        db,
        "SELECT value, status FROM json_each(?) LEFT JOIN documents ON sha256 = value"
        " WHERE status IS NULL OR status NOT IN ('spooled', 'retrying')",
        (json.dumps(list(sha256s)),),
    )
    return {sha256: Status(status) if status else None for sha256, status in rows}


def misplaced(db: apsw.Connection) -> list[Bytes]:
    """Documents whose bytes are not known to lie where the status wants them."""
    rows = sql.rows(
        db,
        "SELECT sha256, status, place, error FROM documents WHERE place <>"
        " CASE status WHEN 'done' THEN 'archive' WHEN 'quarantined' THEN 'quarantine' ELSE 'spool' END"
        " ORDER BY id",
    )
    return [Bytes(s, Status(status), Place(place), _error(error)) for s, status, place, error in rows]


# -- documents -------------------------------------------------------------------------------------

_COLUMNS = (
    "id, sha256, status, claimed_run IS NOT NULL, place, size, pages, attempts, failures, error,"
    " accepted_at, retry_at, done_at"
)


def documents(
    db: apsw.Connection, status: Status | None, reason: str | None, limit: int | None, offset: int
) -> list[DocumentRow]:
    """Documents in the order of their acceptance."""
    rows = sql.rows(
        db,
        f"SELECT {_COLUMNS} FROM documents WHERE (?1 IS NULL OR status = ?1)"
        " AND (?2 IS NULL OR error_type = ?2) ORDER BY id LIMIT ?3 OFFSET ?4",
        (None if status is None else status.value, reason, -1 if limit is None else limit, offset),
    )
    sources = _sources(db, [row[0] for row in rows])
    return [_document(row, sources) for row in rows]


def _sources(db: apsw.Connection, ids: Sequence[int]) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    if ids:
        rows = sql.rows(
            db,
            "SELECT document, path FROM sources WHERE document BETWEEN ? AND ? ORDER BY id",
            (ids[0], ids[-1]),
        )
        for document, path in rows:
            found.setdefault(document, []).append(path)
    return found


def _document(row: tuple[Any, ...], sources: dict[int, list[bytes]]) -> DocumentRow:
    document, sha256, status, claimed, place, size, pages, attempts, failures, error, *times = row
    accepted_at, retry_at, done_at = times
    return DocumentRow(
        sha256=sha256,
        status=Status(status),
        claimed=bool(claimed),
        place=Place(place),
        size=size,
        pages=pages,
        sources=tuple(sources.get(document, ())),
        attempts=attempts,
        failures=failures,
        error=_error(error),
        accepted_at=accepted_at,
        retry_at=retry_at,
        done_at=done_at,
    )


def _error(text: str | None) -> dict[str, Any] | None:
    error: dict[str, Any] | None = None if text is None else json.loads(text)
    return error


def resolve(db: apsw.Connection, prefix: str) -> tuple[int, str]:
    """Row id and SHA-256 of the one document whose SHA-256 begins so. Raises ``UnknownDocument``."""
    wanted = prefix.strip().lower()
    if not wanted or wanted.strip("0123456789abcdef"):
        raise UnknownDocument(f"{prefix!r} is no document: give the beginning of its SHA-256 in hexadecimal")
    rows = sql.rows(
        db,
        "SELECT id, sha256 FROM documents WHERE sha256 >= ? AND sha256 < ? ORDER BY sha256 LIMIT 3",
        (wanted, wanted + "g"),
    )
    if not rows:
        raise UnknownDocument(f"no document's SHA-256 begins with {prefix!r}")
    if len(rows) > 1:
        raise UnknownDocument(
            f"{prefix!r} is ambiguous: {', '.join(row[1][: len(wanted) + 4] for row in rows)} begin so",
            hint="Give more characters of the SHA-256.",
        )
    document, sha256 = rows[0]
    return document, sha256


def show(db: apsw.Connection, prefix: str) -> DocumentDetail:
    """One document with all that belongs to it. Raises ``UnknownDocument``."""
    document, _ = resolve(db, prefix)
    row = sql.the_row(db, f"SELECT {_COLUMNS} FROM documents WHERE id = ?", (document,))
    pages = _pages(db, document)
    return DocumentDetail(
        row=_document(row, _sources(db, [document])),
        metadata=_metadata(db, document, pages),
        pages=pages,
        chunks=_chunks(db, document, PAGE_BREAK.join(page.text for page in pages)),
        concepts=_concepts(db, document),
        attempts=_attempts(db, document),
        tags=tuple(sql.column(db, "SELECT tag FROM tags WHERE document = ? ORDER BY tag", (document,))),
    )


def _pages(db: apsw.Connection, document: int) -> tuple[PageRow, ...]:
    rows = sql.rows(
        db,
        "SELECT number, text, furniture, garbled FROM pages WHERE document = ? ORDER BY number",
        (document,),
    )
    return tuple(
        PageRow(number, text, tuple(json.loads(furniture)), bool(garbled))
        for number, text, furniture, garbled in rows
    )


def _chunks(db: apsw.Connection, document: int, text: str) -> tuple[ChunkRow, ...]:
    rows = sql.rows(
        db,
        "SELECT number, start, stop, page_start, page_end, section FROM chunks WHERE document = ?"
        " ORDER BY number",
        (document,),
    )
    return tuple(
        ChunkRow(number, text[start:stop], first, last, start, stop, tuple(json.loads(section)))
        for number, start, stop, first, last, section in rows
    )


def _concepts(db: apsw.Connection, document: int) -> tuple[Concept, ...]:
    rows = sql.rows(
        db,
        "SELECT text, score, count, pages, variants FROM document_concepts WHERE document = ? ORDER BY rank",
        (document,),
    )
    return tuple(
        Concept(text, score, count, tuple(json.loads(pages)), tuple(json.loads(variants)))
        for text, score, count, pages, variants in rows
    )


def _attempts(db: apsw.Connection, document: int) -> tuple[AttemptRow, ...]:
    rows = sql.rows(
        db,
        "SELECT number, started_at, ended_at, outcome, error FROM attempts WHERE document = ?"
        " ORDER BY number",
        (document,),
    )
    return tuple(
        AttemptRow(number, began, ended, outcome, _error(error))
        for number, began, ended, outcome, error in rows
    )


def _metadata(db: apsw.Connection, document: int, pages: Sequence[PageRow]) -> dict[str, Any]:
    row = sql.row(
        db,
        "SELECT info, language, engine, failures, timings_ms FROM extracts WHERE document = ?",
        (document,),
    )
    if row is None:
        return {}
    info, language, engine, failures, timings = row
    failed = json.loads(failures)
    metadata: dict[str, Any] = json.loads(info)
    return metadata | {
        "language": language,
        "engine": engine,
        "no_text_pages": [page.number for page in pages if not page.text.strip()],
        "garbled_pages": [page.number for page in pages if page.garbled],
        "failed_pages": [n for failure in failed for n in range(failure["first"], failure["last"] + 1)],
        "failures": failed,
        "timings_ms": json.loads(timings),
    }
