"""Catalog, archive, spool and quarantine against each other: ``ingestctl verify``."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ingestd.errors import BytesMissing
from ingestd.model import Status
from ingestd.spool import Finding, Spool
from ingestd.store import HOME, Catalog, DocumentRow, Store

PIECE = 1000
LOOKS = 5
"""Looks at something that does not fit while a daemon works: only what is found each time is wrong."""
BETWEEN_LOOKS = 0.3
"""Seconds: a move that a daemon has begun is over by then."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at and what does not fit."""

    documents: int
    catalog: tuple[str, ...]
    """What is wrong inside the catalog, a sentence each."""
    files: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Nothing is wrong any more."""
        return not self.catalog and all(finding.mended for finding in self.files)

    def to_dict(self) -> dict[str, Any]:
        """The answer of ``verify --json``."""
        return {
            "sound": self.sound,
            "documents": self.documents,
            "catalog": list(self.catalog),
            "files": [asdict(finding) for finding in self.files],
        }


def inspect(catalog: Catalog, spool: Spool, *, moving: bool) -> Report:
    """Reads every byte and changes nothing. ``moving``: a daemon works on them meanwhile."""
    count, found = _look(catalog, spool)
    for _ in range(LOOKS - 1 if moving else 0):
        if found:
            time.sleep(BETWEEN_LOOKS)
            found = _look_again(catalog, spool, found)
    return Report(count, tuple(catalog.integrity()), tuple(found))


def repair(store: Store, spool: Spool) -> Report:
    """As ``inspect``, and puts right what can be: files go where their document's status says, or aside."""
    count = 0
    files: list[Finding] = []
    for piece in _pieces(store):
        count += len(piece)
        by_id = {row.sha256: row for row in piece}
        found = spool.verify(_statuses(piece), store.statuses, mend=True, strangers=False)
        files += (_settle(store, spool, by_id[finding.sha256], finding) for finding in found)
    files += spool.verify([], store.statuses, mend=True)
    return Report(count, tuple(store.integrity()), tuple(files))


def _settle(store: Store, spool: Spool, row: DocumentRow, finding: Finding) -> Finding:
    """Brings a quarantined document home, which needs its reason; tells the ledger where one lies now."""
    if finding.kind != "misplaced":
        return finding
    if row.status is Status.QUARANTINED:
        try:
            spool.quarantine(row.sha256, row.error or {}, row.sources)
        except BytesMissing:  # they lie where no step of ours leaves them
            return finding
    store.moved([row.sha256], HOME[row.status])
    return replace(finding, mended=True)


def _look(catalog: Catalog, spool: Spool) -> tuple[int, list[Finding]]:
    count = 0
    found: list[Finding] = []
    for piece in _pieces(catalog):
        count += len(piece)
        found += spool.verify(_statuses(piece), catalog.statuses, strangers=False)
    return count, [*found, *spool.verify([], catalog.statuses)]


def _look_again(catalog: Catalog, spool: Spool, found: Sequence[Finding]) -> list[Finding]:
    before = {(finding.sha256, finding.kind) for finding in found}
    known = catalog.statuses([finding.sha256 for finding in found])
    again = spool.verify(known.items(), catalog.statuses)
    return [finding for finding in again if (finding.sha256, finding.kind) in before]


def _statuses(rows: Iterable[DocumentRow]) -> Iterator[tuple[str, Status]]:
    return ((row.sha256, row.status) for row in rows)


def _pieces(catalog: Catalog) -> Iterator[list[DocumentRow]]:
    offset = 0
    while piece := catalog.documents(limit=PIECE, offset=offset):
        yield piece
        offset += len(piece)
