"""Ledger and files against each other, every byte of every document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingestd.model import Status
from ingestd.spool.layout import Layout, documents_in
from ingestd.spool.repair import Statuses, pieces
from ingestd.spool.shelves import Shelves


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit."""

    sha256: str
    kind: str
    """``missing``: the ledger has it, no file. ``misplaced``: the file is elsewhere than its status says.
    ``damaged``: its bytes are not those it was accepted with. ``orphan``: a file unknown to the ledger.
    ``surplus``: a copy in the spool of what rests elsewhere."""
    path: str
    """Where it is, or should be."""
    mended: bool = False


def verify(
    layout: Layout, shelves: Shelves, rows: Iterable[tuple[str, Status]], *, mend: bool
) -> Iterator[Finding]:
    """What does not fit the rows."""
    for sha256, status in rows:
        yield from _check_row(layout, shelves, sha256, status, mend)


def strangers(layout: Layout, shelves: Shelves, statuses: Statuses, *, mend: bool) -> Iterator[Finding]:
    """Files without a row."""
    for directory in _shelves_of(layout):
        for piece in pieces(documents_in(directory)):
            known = statuses(piece)
            for sha256 in (s for s in piece if s not in known):
                path = directory / f"{sha256}.pdf"
                if mend:
                    shelves.orphan(path, sha256)
                yield Finding(sha256, "orphan", str(path), mend)
            for sha256 in known if directory == layout.spool else ():
                path = layout.spooled(sha256)
                home = _place_of(layout, sha256, known[sha256])
                if path != home and home.exists():
                    if mend:
                        shelves.discard(sha256, done=False)
                    yield Finding(sha256, "surplus", str(path), mend)


def _check_row(
    layout: Layout, shelves: Shelves, sha256: str, status: Status, mend: bool
) -> Iterator[Finding]:
    place = _place_of(layout, sha256, status)
    if not place.exists():
        found = next((path for path in _places(layout, sha256) if path.exists()), None)
        if found is None:
            yield Finding(sha256, "missing", str(place))
            return
        mendable = mend and status is not Status.QUARANTINED  # which needs its reason: repeated at start
        if mendable:
            shelves.respool(sha256)
            if status is Status.DONE:
                shelves.archive([sha256])
        yield Finding(sha256, "misplaced", str(found), mendable)
        place = place if mendable else found
    if not _is_whole(place, sha256):
        yield Finding(sha256, "damaged", str(place))


def _place_of(layout: Layout, sha256: str, status: Status) -> Path:
    places = {Status.DONE: layout.archived, Status.QUARANTINED: layout.quarantined}
    return places.get(status, layout.spooled)(sha256)


def _places(layout: Layout, sha256: str) -> Iterator[Path]:
    yield from (
        place(sha256) for place in (layout.spooled, layout.archived, layout.quarantined, layout.orphan)
    )


def _shelves_of(layout: Layout) -> Iterator[Path]:
    yield layout.spool
    yield from (path for path in layout.archive.iterdir() if path.is_dir())
    yield layout.quarantine


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:  # a running daemon has just moved it
        return False
