"""The audit: what was dropped, what the ledger says and what lies on the disk, against each other."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path

import apsw

from ingestd.errors import CatalogError
from ingestd.model import Status
from ingestd.store import CATALOG_FILE, DocumentDetail, DocumentRow, Place, open_catalog
from tests.chaos.senders import LEFT_ALONE, Content, Senders

WAITING = (Status.SPOOLED, Status.RETRYING)


class Books:
    """Audits while no daemon runs and no sender moves; each fault is one sentence."""

    def __init__(self, state: Path, inboxes: list[Path], senders: Senders) -> None:
        self._state = state
        self._inboxes = inboxes
        self._senders = senders
        self._seen_done: set[str] = set()
        self._hashes: dict[tuple[int, int, int], str] = {}
        self.ingested: Counter[str] = Counter()
        """``document.ingested`` events by document, over all runs."""

    def audit(self, *, settled: bool) -> list[str]:
        """``settled``: the daemon has worked off everything and was stopped; else it was killed."""
        rows = self._rows()
        files = {place: self._files(place) for place in Place}
        waiting = self._in_inboxes()
        faults = self._lost(rows, waiting)
        faults += self._strangers(rows)
        for row in rows.values():
            faults += self._misplaced(row, files, settled=settled)
        for place, found in files.items():
            # A copy without a row is a step cut short: its source must still be there.
            excused = set() if settled else waiting
            faults += [f"{sha256} lies in {place} and has no row" for sha256 in found - set(rows) - excused]
        if settled:
            faults += self._unsettled(rows)
        faults += [f"{sha256} was ingested {n} times" for sha256, n in self.ingested.items() if n > 1]
        return faults + self._catalog(rows, thorough=settled)

    def outcomes(self) -> Counter[str]:
        """Documents by status, and quarantined ones by reason."""
        rows = self._rows().values()
        return Counter(f"{row.status}{' ' + row.error['type'] if row.error else ''}" for row in rows)

    # -- what is there -----------------------------------------------------------------------------

    def _rows(self) -> dict[str, DocumentRow]:
        if not (self._state / CATALOG_FILE).exists():
            return {}
        catalog = open_catalog(self._state)
        try:
            return {row.sha256: row for row in catalog.documents()}
        except CatalogError:
            if self._seen_done:
                raise
            return {}  # killed before its tables were made
        finally:
            catalog.close()

    def _files(self, place: Place) -> set[str]:
        found: set[str] = set()
        for path in (self._state / place).rglob("*.pdf"):
            if path.parent.name == "orphans":
                continue
            found.add(path.stem)
            if place is not Place.SPOOL and self._hash(path) != path.stem:
                found.add(f"damaged {path.stem}")
        return found

    def _in_inboxes(self) -> set[str]:
        return {
            self._hash(Path(folder, name))
            for inbox in self._inboxes
            for folder, _, names in os.walk(inbox)
            for name in names
        }

    def _hash(self, path: Path) -> str:
        status = path.stat()
        key = (status.st_ino, status.st_size, status.st_mtime_ns)
        if key not in self._hashes:
            self._hashes[key] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._hashes[key]

    # -- what must hold ----------------------------------------------------------------------------

    def _lost(self, rows: dict[str, DocumentRow], waiting: set[str]) -> list[str]:
        faults = []
        keep = self._inboxes[1]
        for drop in self._senders.drops:
            sha256, kind = drop.content.sha256, drop.content.kind
            if sha256 not in waiting and (kind in LEFT_ALONE or sha256 not in rows):
                faults.append(f"{kind} {sha256} dropped as {drop.path.name!r} is lost")
            if drop.path.parent == keep and not drop.path.exists():
                faults.append(f"{kind} {sha256} vanished from the inbox that keeps")
        return faults

    def _strangers(self, rows: dict[str, DocumentRow]) -> list[str]:
        known = self._senders.contents
        return [
            f"{sha256} was never dropped so: taken half-written, or no PDF"
            for sha256 in rows
            if sha256 not in known or known[sha256].kind in LEFT_ALONE
        ]

    def _misplaced(self, row: DocumentRow, files: dict[Place, set[str]], *, settled: bool) -> list[str]:
        homes = {Status.DONE: Place.ARCHIVE, Status.QUARANTINED: Place.QUARANTINE}
        home = homes.get(row.status, Place.SPOOL)
        places = [place for place in Place if row.sha256 in files[place]]
        if settled:
            right = places == [home] and row.place is home
        elif row.status in WAITING:
            right = Place.SPOOL in places or (row.place is not Place.SPOOL and bool(places))
        else:
            right = home in places or Place.SPOOL in places
        return [] if right else [f"{row.sha256} is {row.status} ({row.place}) and lies in {places}"]

    def _unsettled(self, rows: dict[str, DocumentRow]) -> list[str]:
        faults = [f"{row.sha256} still waits" for row in rows.values() if row.status in WAITING]
        # What is still being written has not been dropped.
        dropped = {drop.content.sha256: drop.content for drop in self._senders.drops}
        for sha256, content in dropped.items():
            if content.kind in ("good", "long") and rows[sha256].status is not Status.DONE:
                faults.append(f"{content.kind} {sha256} is {rows[sha256].status}: {rows[sha256].error}")
            if content.kind == "encrypted" and (rows[sha256].error or {}).get("type") != "encrypted":
                faults.append(f"encrypted {sha256} is {rows[sha256].status}: {rows[sha256].error}")
        faults += [f"{path.name} is left over" for path in (self._state / "spool").iterdir()]
        orphans = self._state / "quarantine" / "orphans"
        return faults + [f"{path.name} is a left-over orphan" for path in orphans.iterdir()]

    def _catalog(self, rows: dict[str, DocumentRow], *, thorough: bool) -> list[str]:
        done = {sha256 for sha256, row in rows.items() if row.status is Status.DONE}
        if not rows:
            return []
        catalog = open_catalog(self._state)
        try:
            faults = catalog.integrity() if thorough or len(rows) < 500 else []
            for sha256 in done - self._seen_done:
                faults += _half_written(catalog.show(sha256), self._senders.contents[sha256])
        finally:
            catalog.close()
        faults += [f"{sha256} was done and is not any more" for sha256 in self._seen_done - done]
        self._seen_done |= done
        return faults + self._index()

    def _index(self) -> list[str]:
        connection = apsw.Connection(str(self._state / CATALOG_FILE), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            counts = "SELECT (SELECT count(*) FROM chunks), (SELECT count(*) FROM search_docsize)"
            ((chunks, indexed),) = connection.execute(counts)
        finally:
            connection.close()
        return [] if chunks == indexed else [f"{chunks} chunks, {indexed} in the index"]


def _half_written(shown: DocumentDetail, content: Content) -> list[str]:
    """What is wrong with the results of one document."""
    faults = []
    text = "\f".join(page.text for page in shown.pages)
    covered = [False] * len(text)
    for chunk in shown.chunks:
        if chunk.text != text[chunk.start : chunk.end]:
            faults.append(f"{content.sha256}: chunk {chunk.index} is no slice of the text")
        covered[chunk.start : chunk.end] = [True] * (chunk.end - chunk.start)
    if not all(inside or character.isspace() for inside, character in zip(covered, text, strict=True)):
        faults.append(f"{content.sha256}: its chunks do not cover its text")
    if sum(attempt.outcome == "done" for attempt in shown.attempts) != 1:
        faults.append(f"{content.sha256}: done in {[a.outcome for a in shown.attempts]}")
    if content.kind in ("good", "long"):
        words = [page.text.split() for page in shown.pages]
        if words != [page.split() for page in content.pages]:
            faults.append(f"{content.sha256}: its text is not what was dropped: {words}")
    return faults
