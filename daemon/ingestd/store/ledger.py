"""Writes to the ledger: each function is one step of a document's life, to be run inside a transaction.

Every step that ends a try is a compare-and-set on the claim: the document is still held, by this very try.
If nothing moved, ``ClaimLost`` says so, unless this try has ended in just this way before: asking again is safe.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import apsw

from ingestd.errors import ClaimLost, WorkerError, describe
from ingestd.model import Claim, FileIdentity, Priority, Spooled, Status
from ingestd.store import sql
from ingestd.store.rows import Acceptance, Bytes, Place, Seen
from ingestd.store.turns import Turns
from ingestd.store.words import encodable

PRIORITIES = (Priority.HIGH, Priority.NORMAL, Priority.LOW)
"""A priority's number in the database is its index here."""


def accept(db: apsw.Connection, batch: Sequence[Spooled], now: float) -> list[Acceptance]:
    """One document for each content not known yet; a source and its tags for each file."""
    return [_accept(db, spooled, now) for spooled in batch]


def _accept(db: apsw.Connection, spooled: Spooled, now: float) -> Acceptance:
    source = spooled.source
    priority = PRIORITIES.index(source.priority)
    document = sql.value(
        db,
        "INSERT INTO documents (sha256, size, priority, accepted_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sha256) DO NOTHING RETURNING id",
        (spooled.sha256, spooled.size, priority, now),
    )
    if new := document is not None:
        acceptance = Acceptance(spooled.sha256, new, Status.SPOOLED)
    else:
        # The same content in a more urgent inbox is more urgent.
        document, status, error = sql.the_row(
            db,
            "UPDATE documents SET priority = min(priority, ?) WHERE sha256 = ? RETURNING id, status, error",
            (priority, spooled.sha256),
        )
        acceptance = Acceptance(spooled.sha256, new, Status(status), json.loads(error) if error else None)
    db.execute(
        "INSERT INTO sources (document, path, inbox, first_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (document, source.path, os.fsencode(source.inbox), now),
    )
    for tag in map(encodable, source.tags):
        db.execute("INSERT INTO tags (tag, document) VALUES (?, ?) ON CONFLICT DO NOTHING", (tag, document))
    return acceptance


def remember(db: apsw.Connection, files: Iterable[Seen], now: float) -> None:
    """Files left in place, so that ``known`` finds them. A path's last state replaces the one before."""
    db.executemany(
        "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET"
        " device = excluded.device, inode = excluded.inode, size = excluded.size,"
        " mtime_ns = excluded.mtime_ns, outcome = excluded.outcome, seen_at = excluded.seen_at",
        ((f.path, *numbers(f.identity), f.outcome, now) for f in files),
    )


def numbers(identity: FileIdentity) -> list[int]:
    """An identity as the columns of ``seen``. SQLite numbers have a sign, some inodes need all 64 bits."""
    return [
        number - 2**64 if number >= 2**63 else number
        for number in (identity.device, identity.inode, identity.size, identity.mtime_ns)
    ]


def claim(
    db: apsw.Connection, run: str, limit: int, now: float, turns: Turns, *, unsure: Sequence[float] = ()
) -> list[Claim]:
    """Up to ``limit`` waiting documents, held for ``run`` from the commit on.

    Before them, what claims at the times ``unsure`` hold: their caller was told that the disk failed, and
    their commit may be durable all the same.
    """
    again = [document for begun in unsure for document in _held_since(db, run, begun)]
    waiting = [_waiting(db, priority, limit, now) for priority in range(len(PRIORITIES))]
    fresh = turns.pick(waiting, limit - len(again))
    db.executemany(
        "UPDATE documents SET claimed_run = ?, attempts = attempts + 1, started_at = ? WHERE id = ?",
        ((run, now, document) for document in fresh),
    )
    return [_claim(db, document) for document in again + fresh]


def _held_since(db: apsw.Connection, run: str, begun: float) -> list[int]:
    return sql.column(
        db,
        "SELECT id FROM documents INDEXED BY documents_claimed WHERE claimed_run IS NOT NULL"
        " AND claimed_run = ? AND started_at = ? ORDER BY id",
        (run, begun),
    )


def _waiting(db: apsw.Connection, priority: int, limit: int, now: float) -> list[int]:
    """Documents of one priority that could be worked on now, in the order of their acceptance."""
    spooled = sql.column(
        db,
        "SELECT id FROM documents WHERE status = 'spooled' AND claimed_run IS NULL AND place = 'spool'"
        " AND priority = ? ORDER BY id LIMIT ?",
        (priority, limit),
    )
    due = sql.column(
        db,
        "SELECT id FROM documents WHERE status = 'retrying' AND claimed_run IS NULL AND place = 'spool'"
        " AND priority = ? AND retry_at <= ? ORDER BY retry_at LIMIT ?",
        (priority, now, limit),
    )
    return sorted(spooled + due)[:limit]


def _claim(db: apsw.Connection, document: int) -> Claim:
    sha256, size, priority, attempts, failures, deaths, accepted_at = sql.the_row(
        db,
        "SELECT sha256, size, priority, attempts, failures, worker_deaths, accepted_at FROM documents"
        " WHERE id = ?",
        (document,),
    )
    inbox, path = sql.the_row(
        db, "SELECT inbox, path FROM sources WHERE document = ? ORDER BY id LIMIT 1", (document,)
    )
    return Claim(
        sha256=sha256,
        size=size,
        priority=PRIORITIES[priority],
        attempt=attempts,
        failures=failures,
        worker_deaths=deaths,
        inbox=os.fsdecode(inbox),
        path=path,
        accepted_at=accepted_at,
    )


def finish(db: apsw.Connection, held: Claim, pages: int, now: float) -> int | None:
    """The document is done; its id, for the rows that say what came out of it, None if they are there."""
    return _end(
        db,
        held,
        "done",
        "status = 'done', retry_at = NULL, error = NULL, done_at = ?, pages = ?",
        (now, pages),
        now=now,
    )


def retry_later(db: apsw.Connection, held: Claim, error: BaseException, retry_at: float, now: float) -> None:
    """The try failed in a way that may pass; the document waits until ``retry_at``."""
    _fail(db, held, error, Status.RETRYING, retry_at=retry_at, now=now)


def quarantine(db: apsw.Connection, held: Claim, error: BaseException, now: float) -> None:
    """The document cannot be done; only an operator puts it back."""
    _fail(db, held, error, Status.QUARANTINED, retry_at=None, now=now)


def release(db: apsw.Connection, held: Claim, now: float) -> None:
    """Give the document back as it was before the claim: a drain is nobody's failure."""
    _end(db, held, "released", "status = status", (), now=now)


def _fail(
    db: apsw.Connection,
    held: Claim,
    error: BaseException,
    status: Status,
    *,
    retry_at: float | None,
    now: float,
) -> None:
    reason = json.dumps(describe(error), default=str)
    _end(
        db,
        held,
        status.value,
        "status = ?, retry_at = ?, error = ?, failures = failures + 1, worker_deaths = worker_deaths + ?",
        (status.value, retry_at, reason, isinstance(error, WorkerError)),
        now=now,
        error=reason,
    )


def _end(
    db: apsw.Connection,
    held: Claim,
    outcome: str,
    change: str,
    values: tuple[Any, ...],
    *,
    now: float,
    error: str | None = None,
) -> int | None:
    """The guarded step out of a claim: ``change`` is SQL of ours, ``values`` its values.

    The document's id; None if this very attempt has ended so before, as when a commit was durable but its
    caller was told that the disk failed, and asks again.
    """
    row = sql.row(
        db,
        f"UPDATE documents SET claimed_run = NULL, {change}"
        " WHERE sha256 = ? AND attempts = ? AND claimed_run IS NOT NULL RETURNING id, attempts, started_at",
        (*values, held.sha256, held.attempt),
    )
    if row is not None:
        _record(db, _Try(*row), now, outcome, error)
        document: int = row[0]
        return document
    if _outcome(db, held) == outcome:
        return None
    raise ClaimLost(
        f"document {held.sha256[:12]} is no longer held by attempt {held.attempt}",
        document=held.sha256,
        attempt=held.attempt,
    )


def _outcome(db: apsw.Connection, held: Claim) -> str | None:
    """How the attempt ended, if it did."""
    outcome: str | None = sql.value(
        db,
        "SELECT outcome FROM attempts JOIN documents ON id = document WHERE sha256 = ? AND number = ?",
        (held.sha256, held.attempt),
    )
    return outcome


class _Try(NamedTuple):
    """An attempt that ends now."""

    document: int
    number: int
    started_at: float


def _record(db: apsw.Connection, ended: _Try, now: float, outcome: str, error: str | None = None) -> None:
    db.execute(
        "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?)",
        (ended.document, ended.number, ended.started_at, now, outcome, error),
    )


def void_claims(db: apsw.Connection, run: str, now: float) -> int:
    """Free what other runs held when they were killed; how many that were.

    An interrupted try is in the history and in ``attempts``, and is no failure: a kill of the daemon
    says nothing about the document.
    """
    freed = sql.rows(
        db,
        "UPDATE documents SET claimed_run = NULL WHERE claimed_run IS NOT NULL AND claimed_run <> ?"
        " RETURNING id, attempts, started_at",
        (run,),
    )
    for row in freed:
        _record(db, _Try(*row), now, "interrupted")
    return len(freed)


def moved(db: apsw.Connection, sha256s: Iterable[str], place: Place) -> None:
    """The bytes of these documents lie, durably, in ``place`` now."""
    db.executemany(
        "UPDATE documents SET place = ? WHERE sha256 = ?", ((place.value, sha256) for sha256 in sha256s)
    )


_BACK = (
    "UPDATE documents SET status = 'spooled', retry_at = NULL, error = NULL, failures = 0, worker_deaths = 0,"
    # Its bytes may be on their way into quarantine at this moment: nobody claims it before they are fetched back.
    " place = CASE status WHEN 'quarantined' THEN 'quarantine' ELSE place END"
    " WHERE status IN ('retrying', 'quarantined') AND claimed_run IS NULL"
)


def retry(db: apsw.Connection, sha256s: Iterable[str]) -> list[Bytes]:
    """Put these documents back; those that are done, waiting or held already are left as they are."""
    back = [sql.row(db, f"{_BACK} AND sha256 = ? RETURNING sha256, place", (s,)) for s in sha256s]
    return [Bytes(row[0], Status.SPOOLED, Place(row[1])) for row in back if row]


def retry_all(db: apsw.Connection, reason: str | None) -> list[Bytes]:
    """Put all quarantined and retrying documents back, or those whose error is of the type ``reason``."""
    back = sql.rows(db, f"{_BACK} AND (?1 IS NULL OR error_type = ?1) RETURNING sha256, place", (reason,))
    return [Bytes(sha256, Status.SPOOLED, Place(place)) for sha256, place in back]
