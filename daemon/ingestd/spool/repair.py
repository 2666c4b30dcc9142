"""Half steps that a kill left in the state directory, put right at start.

The order of the steps (copy durable, row committed, source disposed of; result committed, then moved) leaves
few kinds of half: each has one answer here, and each answer may itself be cut short and repeated.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingestd.model import Status
from ingestd.spool.layout import PART, Layout, documents_in
from ingestd.spool.shelves import Shelves

Statuses = Callable[[Sequence[str]], Mapping[str, Status]]
"""The status of each of some documents; those that the ledger does not know are absent."""

PIECE = 256


class Ledger(Protocol):
    """What is asked of it here: of each file in a piece once, of each document only when some file lacks."""

    def statuses(self, sha256s: Sequence[str]) -> Mapping[str, Status]:
        """The status of each of these documents; those that are not known are absent."""

    def not_waiting(self, sha256s: Sequence[str]) -> Mapping[str, Status | None]:
        """Those of these documents that are neither spooled nor retrying; ``None`` for one that is not known."""

    def waiting(self) -> int:
        """How many documents are spooled or retrying."""

    def unfinished(self) -> Iterable[str]:
        """Which they are."""


@dataclass(slots=True)
class Repair:
    """What was found and done."""

    parts_removed: int = 0
    """Copies that were being written: their sources are still in the inbox."""
    archived: int = 0
    """Done, but not moved yet."""
    respooled: int = 0
    """To be worked on, but not in the spool yet."""
    orphans: int = 0
    """Durable copies without a row. A source is disposed of after its row is committed, so it is still in the
    inbox and will be taken again; only a ledger restored from an older backup may miss it. So the copy is
    not removed but put aside (``quarantine/orphans/``), until the same content is accepted again."""
    unexplained: tuple[str, ...] = ()
    """Quarantined in the ledger but not moved: the caller repeats ``quarantine``, it knows the reason."""
    missing: tuple[str, ...] = ()
    """To be worked on, and nowhere to be found."""


def repair(layout: Layout, shelves: Shelves, ledger: Ledger) -> Repair:
    """Put right what a kill left half-done."""
    done = Repair()
    done.parts_removed = _remove_parts(layout.spool) + _remove_parts(layout.quarantine)
    at_home = 0
    for piece in pieces(documents_in(layout.spool)):
        strays = ledger.not_waiting(piece)
        at_home += len(piece) - len(strays)
        _place(strays, layout, shelves, done)
    if at_home < ledger.waiting():
        _fetch(ledger.unfinished(), layout, shelves, done)
    _remove_stale_reasons(layout, ledger.statuses)
    return done


def pieces(sha256s: Iterable[str]) -> Iterator[list[str]]:
    """Documents in lists of bounded length."""
    remaining = iter(sha256s)
    while piece := list(itertools.islice(remaining, PIECE)):
        yield piece


def _place(strays: Mapping[str, Status | None], layout: Layout, shelves: Shelves, done: Repair) -> None:
    archivable = [sha256 for sha256, status in strays.items() if status is Status.DONE]
    if archivable:
        shelves.archive(archivable)
        done.archived += len(archivable)
    for sha256, status in strays.items():
        if status is None:
            shelves.orphan(layout.spooled(sha256), sha256)
            done.orphans += 1
        elif status is Status.QUARANTINED:
            done.unexplained += (sha256,)


def _fetch(unfinished: Iterable[str], layout: Layout, shelves: Shelves, done: Repair) -> None:
    for sha256 in unfinished:
        if not layout.spooled(sha256).exists():
            if shelves.respool(sha256):
                done.respooled += 1
            else:
                done.missing += (sha256,)


def _remove_parts(directory: Path) -> int:
    with os.scandir(directory) as entries:
        parts = [
            entry.name for entry in entries if entry.name.endswith(".part") and PART.fullmatch(entry.name)
        ]
    for part in parts:
        (directory / part).unlink()
    return len(parts)


def _remove_stale_reasons(layout: Layout, statuses: Statuses) -> None:
    lonely = (path.stem for path in layout.quarantine.glob("*.json") if not path.with_suffix(".pdf").exists())
    for piece in pieces(lonely):
        known = statuses(piece)
        for sha256 in piece:
            if known.get(sha256) is not Status.QUARANTINED:
                layout.reason(sha256).unlink(missing_ok=True)
