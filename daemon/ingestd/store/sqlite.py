"""The store in one SQLite file: writes go through one thread, reads through read-only connections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingestd.errors import StoreUnavailable
from ingestd.model import Claim, Extract, FileIdentity, Spooled, Status
from ingestd.store import database, ledger, reading, results, topics
from ingestd.store.readers import Readers
from ingestd.store.rows import (
    Acceptance,
    Bytes,
    ConceptCount,
    Counts,
    DocumentDetail,
    DocumentRow,
    Hit,
    Place,
    Related,
    Seen,
)
from ingestd.store.turns import Turns
from ingestd.store.writer import Writer


class SqliteCatalog:
    """``Catalog`` on a file that is there. See the protocol for what each method promises."""

    def __init__(self, path: Path) -> None:
        self._readers = Readers(path)

    def counts(self) -> Counts:
        with self._readers.borrow() as db:
            return reading.counts(db)

    def next_retry_at(self) -> float | None:
        with self._readers.borrow() as db:
            return reading.next_retry_at(db)

    def known(self, files: Sequence[tuple[bytes, FileIdentity]]) -> set[bytes]:
        with self._readers.borrow() as db:
            return reading.known(db, files)

    def statuses(self, sha256s: Sequence[str]) -> dict[str, Status]:
        with self._readers.borrow() as db:
            return reading.statuses(db, sha256s)

    def unfinished(self) -> list[str]:
        with self._readers.borrow() as db:
            return reading.unfinished(db)

    def not_waiting(self, sha256s: Sequence[str]) -> dict[str, Status | None]:
        with self._readers.borrow() as db:
            return reading.not_waiting(db, sha256s)

    def misplaced(self) -> list[Bytes]:
        with self._readers.borrow() as db:
            return reading.misplaced(db)

    def documents(
        self,
        status: Status | None = None,
        *,
        reason: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[DocumentRow]:
        with self._readers.borrow() as db:
            return reading.documents(db, status, reason, limit, offset)

    def resolve(self, prefix: str) -> str:
        with self._readers.borrow() as db:
            return reading.resolve(db, prefix)[1]

    def show(self, prefix: str) -> DocumentDetail:
        with self._readers.borrow() as db:
            return reading.show(db, prefix)

    def search(
        self, query: str, limit: int = 10, *, concept: str | None = None, tag: str | None = None
    ) -> list[Hit]:
        from ingestd.store import searching  # the daemon never searches

        with self._readers.borrow() as db:
            return searching.search(db, query, limit, concept=concept, tag=tag)

    def concepts(self, limit: int | None = 50) -> list[ConceptCount]:
        with self._readers.borrow() as db:
            return topics.concepts(db, limit)

    def related(self, prefix: str, limit: int = 10) -> list[Related]:
        with self._readers.borrow() as db:
            return topics.related(db, prefix, limit)

    def integrity(self) -> list[str]:
        with self._readers.borrow() as db:
            return database.integrity(db)

    def close(self) -> None:
        self._readers.close()


class SqliteStore(SqliteCatalog):
    """``Store``: the only writer of its file. Raises ``CatalogError`` when the file is not fit for use."""

    def __init__(self, path: Path) -> None:
        connection = database.open_writable(path)
        super().__init__(path)
        self._turns = Turns()
        self._unsure: list[float] = []  # times of claims that failed, and yet may be durable
        self._writer = Writer(connection, path)

    def accept(self, batch: Sequence[Spooled], now: float) -> list[Acceptance]:
        return self._writer.run("store.accepted", lambda db: ledger.accept(db, batch, now))

    def remember(self, files: Sequence[Seen], now: float) -> None:
        self._writer.run("store.remembered", lambda db: ledger.remember(db, files, now))

    def claim(self, run: str, limit: int, now: float) -> list[Claim]:
        unsure = tuple(self._unsure)
        try:
            claims = self._writer.run(
                "store.claimed", lambda db: ledger.claim(db, run, limit, now, self._turns, unsure=unsure)
            )
        except StoreUnavailable:
            self._unsure.append(now)
            raise
        del self._unsure[: len(unsure)]
        return claims

    def complete(self, claim: Claim, extract: Extract, now: float) -> None:
        try:
            self._complete(claim, extract, now)
        except UnicodeEncodeError:
            self._complete(claim, results.encodable_extract(extract), now)

    def _complete(self, claim: Claim, extract: Extract, now: float) -> None:
        prepared = results.prepare(extract)
        self._writer.run(
            "store.completed",
            lambda db: results.complete(db, claim, prepared, now),
            weight=max(1, len(extract.pages)),
            last=lambda db, first: results.index(db, prepared, first),
        )

    def retry_later(self, claim: Claim, error: BaseException, retry_at: float, now: float) -> None:
        self._writer.run("store.retrying", lambda db: ledger.retry_later(db, claim, error, retry_at, now))

    def quarantine(self, claim: Claim, error: BaseException, now: float) -> None:
        self._writer.run("store.quarantined", lambda db: ledger.quarantine(db, claim, error, now))

    def release(self, claim: Claim, now: float) -> None:
        self._writer.run("store.released", lambda db: ledger.release(db, claim, now))

    def void_claims(self, run: str, now: float) -> int:
        return self._writer.run("store.voided", lambda db: ledger.void_claims(db, run, now))

    def moved(self, sha256s: Sequence[str], place: Place) -> None:
        self._writer.run("store.moved", lambda db: ledger.moved(db, sha256s, place))

    def retry(self, sha256s: Sequence[str]) -> list[Bytes]:
        return self._writer.run("store.put_back", lambda db: ledger.retry(db, sha256s))

    def retry_all(self, reason: str | None = None) -> list[Bytes]:
        return self._writer.run("store.put_back", lambda db: ledger.retry_all(db, reason))

    def checkpoint(self) -> None:
        self._writer.tidy()

    def close(self) -> None:
        self._writer.close()
        super().close()
