"""From a settled source to a durable copy: read once, hashed while it is copied.

The bytes hashed are the bytes kept: nothing is read a second time. A batch goes through together, because
durability is dear one by one: all files are written and their writeback is begun, then each is synced,
then all are renamed, then their directory is synced once. Several threads, each with a batch, share the
disk's journal commits: that is what makes it fast.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestd import linux
from ingestd.errors import DocumentTooLarge, EmptyDocument, IngestError, NotAPDF, NotSettled, StorageError
from ingestd.faults import point
from ingestd.model import Settled, Spooled
from ingestd.spool.layout import Layout, storage, sync_directories
from ingestd.untrusted import directory as open_directory
from ingestd.untrusted import identity_of, regular_file

HEADER = b"%PDF-"
HEADER_WITHIN = 1024
"""The header may follow this much of something else; readers of PDF have always allowed it."""
PIECE = 1024 * 1024


@dataclass(slots=True)
class _Copy:
    """A copy under way: ``fd`` is open for writing until it is synced."""

    source: Settled
    part: Path
    fd: int
    sha256: str = ""
    size: int = 0


_Step = _Copy | IngestError


class Intake:
    """Takes batches of settled files. For several threads at a time."""

    def __init__(self, layout: Layout, max_file_size: int) -> None:
        self._layout = layout
        self._max_file_size = max_file_size

    def take(self, batch: Sequence[Settled]) -> list[Spooled | IngestError]:
        """For each file its durable copy, or why there is none."""
        steps: list[_Step] = [self._copied(source) for source in batch]
        steps = [self._advance(step, self._sync) for step in steps]
        steps = [self._advance(step, self._rename) for step in steps]
        copies = [step for step in steps if isinstance(step, _Copy)]
        failure = self._finish(copies) if copies else None
        return [
            step if isinstance(step, IngestError) else failure or Spooled(step.sha256, step.size, step.source)
            for step in steps
        ]

    def _copied(self, source: Settled) -> _Step:
        try:
            with storage("write to the spool"):
                part = self._layout.spool / f".{secrets.token_hex(8)}.part"
                fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            copy = _Copy(source, part, fd)
        except StorageError as error:
            return error
        return self._advance(copy, self._copy)

    def _advance(self, step: _Step, action: Callable[[_Copy], None]) -> _Step:
        if isinstance(step, IngestError):
            return step
        try:
            action(step)
        except IngestError as error:
            _abandon(step)
            return error
        except BaseException:
            _abandon(step)
            raise
        return step

    def _copy(self, copy: _Copy) -> None:
        source = copy.source
        inbox = os.fsencode(source.inbox)
        folder, _, name = source.path[len(inbox) + 1 :].rpartition(b"/")
        try:
            with open_directory(inbox, folder) as directory, regular_file(name, dir_fd=directory) as file:
                self._read(file, copy)
        except OSError as error:  # of the inbox; those of the spool are StorageErrors already
            raise NotSettled(f"cannot read the source: {error.strerror or error}") from error
        with storage("write to the spool"):
            linux.start_writeback(copy.fd)

    def _read(self, file: int, copy: _Copy) -> None:
        before = os.fstat(file)
        if identity_of(before) != copy.source.identity:
            raise NotSettled("the source is not the file any more that was seen")
        self._check_size(before.st_size)
        digest = hashlib.sha256()
        piece = os.read(file, PIECE)
        if HEADER not in piece[: HEADER_WITHIN + len(HEADER)]:
            raise NotAPDF("the file does not begin as a PDF")
        while piece and copy.size <= before.st_size:
            digest.update(piece)
            with storage("write to the spool"):
                _write(copy.fd, piece)
            copy.size += len(piece)
            piece = os.read(file, PIECE)
        after = os.fstat(file)
        if copy.size != before.st_size or _version(after) != _version(before):
            raise NotSettled("the source changed while it was read")
        copy.sha256 = digest.hexdigest()

    def _check_size(self, size: int) -> None:
        if size == 0:
            raise EmptyDocument("the file has no bytes")
        if size > self._max_file_size:
            raise DocumentTooLarge(
                f"the file has {size} bytes, more than max_file_size = {self._max_file_size}",
                size=size,
                limit=self._max_file_size,
            )

    def _sync(self, copy: _Copy) -> None:
        with storage("make a copy in the spool durable"):
            os.fsync(copy.fd)
            os.close(copy.fd)
            copy.fd = -1
            point("accept.copied")

    def _rename(self, copy: _Copy) -> None:
        with storage("name a copy in the spool"):
            copy.part.rename(self._layout.spooled(copy.sha256))

    def _finish(self, copies: Sequence[_Copy]) -> StorageError | None:
        try:
            with storage("make the spool durable"):
                sync_directories([self._layout.spool])
                point("accept.renamed")
                for copy in copies:  # what an earlier run copied but did not get into the ledger
                    self._layout.orphan(copy.sha256).unlink(missing_ok=True)
        except StorageError as error:
            return error
        return None


def _version(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _write(fd: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(fd, view) :]


def _abandon(copy: _Copy) -> None:
    if copy.fd >= 0:
        os.close(copy.fd)
        copy.fd = -1
    with contextlib.suppress(OSError):  # met again at start, and removed then
        copy.part.unlink(missing_ok=True)
