"""What a store promises, whatever holds the rows. ``tests/store/test_contract.py`` checks any of them.

All methods block and may be called from any thread. Times (``now``, ``retry_at``) are Unix seconds given
by the caller. Every method may raise ``StoreUnavailable`` (try again later) or ``CatalogError`` (damage).
Any call that raised ``StoreUnavailable`` may be made again, whether its effect is durable or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ingestd.model import Claim, Extract, FileIdentity, Spooled, Status
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


class Catalog(Protocol):
    """Reading: what ``ingestctl`` needs, with the daemon running or stopped."""

    def counts(self) -> Counts:
        """Documents by status, in constant time."""

    def next_retry_at(self) -> float | None:
        """When the next retrying document is due."""

    def known(self, files: Sequence[tuple[bytes, FileIdentity]]) -> set[bytes]:
        """Paths of those files that ``remember`` was told of with this very identity."""

    def statuses(self, sha256s: Sequence[str]) -> dict[str, Status]:
        """The status of each of these documents; one that is not known is absent."""

    def unfinished(self) -> list[str]:
        """The documents spooled, in work or retrying, in no order."""

    def not_waiting(self, sha256s: Sequence[str]) -> dict[str, Status | None]:
        """Those of these documents that are neither spooled nor retrying; ``None`` for one that is not known."""

    def misplaced(self) -> list[Bytes]:
        """Documents whose bytes are not known to lie at home: moves to make, or cut short by a kill."""

    def documents(
        self,
        status: Status | None = None,
        *,
        reason: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[DocumentRow]:
        """Documents in the order of acceptance, by status and by the type of their error."""

    def resolve(self, prefix: str) -> str:
        """The SHA-256 that begins so. Raises ``UnknownDocument`` for none and for several."""

    def show(self, prefix: str) -> DocumentDetail:
        """All of one document. Raises ``UnknownDocument``."""

    def search(
        self, query: str, limit: int = 10, *, concept: str | None = None, tag: str | None = None
    ) -> list[Hit]:
        """Documents that match, best first. An empty query with a concept finds its documents.

        Raises ``QueryError`` for a query that cannot be read.
        """

    def concepts(self, limit: int | None = 50) -> list[ConceptCount]:
        """The catalog's concepts, those of most documents first."""

    def related(self, prefix: str, limit: int = 10) -> list[Related]:
        """Documents that share concepts with one, closest first. Raises ``UnknownDocument``."""

    def integrity(self) -> list[str]:
        """What is wrong inside the catalog, one sentence each; reads all of it."""

    def close(self) -> None:
        """Finish what was asked for and let go of the files. Idempotent."""


class Store(Catalog, Protocol):
    """Reading and writing: the daemon's side. Each call returns when its effect is durable."""

    def accept(self, batch: Sequence[Spooled], now: float) -> list[Acceptance]:
        """One new document for each content not known yet, its source and tags recorded either way."""

    def remember(self, files: Sequence[Seen], now: float) -> None:
        """Files left in an inbox on purpose: ``known`` finds them from now on."""

    def claim(self, run: str, limit: int, now: float) -> list[Claim]:
        """Up to ``limit`` documents that wait (new ones, and retrying ones that are due), held by ``run``.

        By priority, with a share for each; in order of acceptance inside one. Each claim begins an attempt.
        """

    def complete(self, claim: Claim, extract: Extract, now: float) -> None:
        """Results and ``done`` in one transaction. Raises ``ClaimLost``, then nothing changed."""

    def retry_later(self, claim: Claim, error: BaseException, retry_at: float, now: float) -> None:
        """The attempt failed; try again from ``retry_at`` on. Raises ``ClaimLost``.

        A failure, and a death of a worker if the error is a ``WorkerError``, is counted.
        """

    def quarantine(self, claim: Claim, error: BaseException, now: float) -> None:
        """The document cannot be done. Raises ``ClaimLost``."""

    def release(self, claim: Claim, now: float) -> None:
        """Give it back as it was; no failure is counted. Raises ``ClaimLost``."""

    def void_claims(self, run: str, now: float) -> int:
        """At start: free what runs before ``run`` held when they were killed."""

    def moved(self, sha256s: Sequence[str], place: Place) -> None:
        """The bytes of these documents lie in ``place`` now, durably."""

    def retry(self, sha256s: Sequence[str]) -> list[Bytes]:
        """Put quarantined and retrying documents back with a clean count of failures.

        Returns those that were. Bytes that are not in the spool must be moved there, then ``moved``
        called, before the document can be claimed.
        """

    def retry_all(self, reason: str | None = None) -> list[Bytes]:
        """As ``retry`` for all quarantined and retrying documents, or those of one type of error."""

    def checkpoint(self) -> None:
        """Fold the journal into the database file and merge its index."""
