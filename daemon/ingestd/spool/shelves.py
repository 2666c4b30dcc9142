"""Moves of documents between spool, archive and quarantine: one rename each, which may be repeated."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ingestd.errors import BytesMissing
from ingestd.faults import point
from ingestd.spool.layout import Layout, make_directory, sync_directories


class Shelves:
    """The three places. Failures are ``OSError`` and ``BytesMissing``. For several threads at a time."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        # A discard looks before it removes: no move may come between.
        self._moving = threading.Lock()

    def archive(self, sha256s: Iterable[str]) -> None:
        """From the spool to the archive."""
        moves = [(self._layout.spooled(sha256), self._layout.archived(sha256)) for sha256 in sha256s]
        shelves = {target.parent for _, target in moves}
        for shelf in shelves:
            make_directory(shelf)
        for source, target in moves:
            self._move(source, target)
        point("archive.renamed")
        sync_directories([self._layout.spool, *shelves])
        point("archive.synced")

    def quarantine(self, sha256: str, error: Mapping[str, Any], sources: Sequence[bytes]) -> None:
        """From the spool to quarantine; the reason comes first, so that none lies there without."""
        names = [os.fsdecode(source) for source in sources]
        self._write_reason(sha256, {"sha256": sha256, "error": dict(error), "sources": names})
        point("quarantine.explained")
        self._move(self._layout.spooled(sha256), self._layout.quarantined(sha256))
        point("quarantine.renamed")
        sync_directories([self._layout.spool, self._layout.quarantine])

    def unquarantine(self, sha256: str) -> None:
        """From quarantine to the spool."""
        self._move(self._layout.quarantined(sha256), self._layout.spooled(sha256))
        point("unquarantine.renamed")
        self._layout.reason(sha256).unlink(missing_ok=True)
        sync_directories([self._layout.spool, self._layout.quarantine])

    def discard(self, sha256: str, *, done: bool) -> None:
        """Out of the spool, if the document rests elsewhere. One that is ``done`` and rests nowhere goes home."""
        with self._moving:
            rests = self._layout.archived(sha256).exists() or self._layout.quarantined(sha256).exists()
            if rests:
                self._layout.spooled(sha256).unlink(missing_ok=True)
        if done and not rests:
            self.archive([sha256])

    def respool(self, sha256: str) -> bool:
        """Back to the spool from wherever it is; False if it is nowhere."""
        if self._layout.spooled(sha256).exists():
            return True
        if self._layout.quarantined(sha256).exists():
            self.unquarantine(sha256)
            return True
        for place in (self._layout.archived(sha256), self._layout.orphan(sha256)):
            if place.exists():
                self._move(place, self._layout.spooled(sha256))
                sync_directories([place.parent, self._layout.spool])
                return True
        return False

    def orphan(self, path: Path, sha256: str) -> None:
        """Put a copy that the ledger does not know of aside."""
        self._move(path, self._layout.orphan(sha256))
        sync_directories([path.parent, self._layout.orphans])

    def _move(self, source: Path, target: Path) -> None:
        with self._moving:
            try:
                source.replace(target)
            except FileNotFoundError:
                if not target.parent.is_dir():
                    raise
                if not target.exists():  # else it was moved before a kill
                    raise BytesMissing(f"the bytes of document {target.stem[:12]} are gone") from None

    def _write_reason(self, sha256: str, reason: Mapping[str, Any]) -> None:
        target = self._layout.reason(sha256)
        part = target.with_suffix(".json.part")
        with part.open("w", encoding="ascii") as file:
            json.dump(reason, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
