"""The one door to the files of the state directory. Every method blocks: call it in an io thread."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingestd.config import Limits
from ingestd.errors import BytesMissing, IngestError
from ingestd.model import Settled, Spooled, Status
from ingestd.spool import verify
from ingestd.spool.disposal import Disposal, dispose
from ingestd.spool.intake import Intake
from ingestd.spool.layout import Layout, storage
from ingestd.spool.repair import Ledger, Repair, Statuses, repair
from ingestd.spool.shelves import Shelves
from ingestd.spool.verify import Finding


class Spool:
    """Durable copies of documents, by SHA-256. Failures of its disk are ``StorageError``.

    A move of a document whose bytes somebody removed raises ``BytesMissing``.

    Every move is one rename on one file system, so a document's bytes are at every instant in exactly one of
    spool, archive and quarantine; and every method may be called again after a kill in its middle.
    """

    def __init__(self, state_dir: Path, limits: Limits) -> None:
        self._layout = Layout(state_dir)
        self._intake = Intake(self._layout, limits.max_file_size)
        self._shelves = Shelves(self._layout)
        with storage("make the directories of the spool"):
            self._layout.create()

    def take(self, batch: Sequence[Settled]) -> list[Spooled | IngestError]:
        """Copy settled files into the spool, durably. One answer a file, in order.

        ``Spooled``; ``NotAPDF``, ``EmptyDocument``, ``DocumentTooLarge``: the file is at fault;
        ``NotSettled``, ``StorageError``: try again later. For speed, let several threads call it with some 32
        files each.
        """
        return self._intake.take(batch)

    def dispose(self, source: Settled) -> Disposal:
        """Remove the source of an accepted document, after its ledger row is committed."""
        return dispose(source)

    def discard(self, sha256: str, *, done: bool) -> None:
        """Remove the copy of a duplicate, if the document itself rests in archive or quarantine already.

        One that is ``done`` but lost its bytes gets them back.
        """
        with storage("remove a duplicate from the spool"):
            self._shelves.discard(sha256, done=done)

    def open(self, sha256: str) -> int:
        """A descriptor to read a spooled document; the caller closes it. Raises ``BytesMissing``."""
        with storage("open a document in the spool"):
            try:
                return os.open(self._layout.spooled(sha256), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                if not self._layout.spool.is_dir():
                    raise
                raise BytesMissing(f"the bytes of document {sha256[:12]} are gone from the spool") from None

    def archive(self, *sha256s: str) -> None:
        """Move documents that are done from the spool into the archive; many at a time cost little more."""
        with storage("move a document into the archive"):
            self._shelves.archive(sha256s)

    def quarantine(self, sha256: str, error: Mapping[str, Any], sources: Sequence[bytes]) -> None:
        """Move a document that cannot be done out of the way, with the reason beside it.

        ``error`` has the shape of ``IngestError.to_dict``; ``sources`` are the paths it arrived under.
        """
        with storage("move a document into quarantine"):
            self._shelves.quarantine(sha256, error, sources)

    def unquarantine(self, sha256: str) -> None:
        """Move a document back into the spool, to be tried again."""
        with storage("move a document out of quarantine"):
            self._shelves.unquarantine(sha256)

    def repair(self, ledger: Ledger) -> Repair:
        """At start, before anything else runs: put right what a kill left half-done."""
        with storage("repair the spool"):
            return repair(self._layout, self._shelves, ledger)

    def verify(
        self,
        rows: Iterable[tuple[str, Status]],
        statuses: Statuses,
        *,
        mend: bool = False,
        strangers: bool = True,
    ) -> Iterator[Finding]:
        """What does not fit between the ledger's ``rows`` and their files, every byte of which is read.

        ``strangers``: files without a row, too. ``mend``: put right what can be, as each finding says.
        """
        with storage("verify the files"):
            yield from verify.verify(self._layout, self._shelves, rows, mend=mend)
            if strangers:
                yield from verify.strangers(self._layout, self._shelves, statuses, mend=mend)
