"""Names and places in the state directory, and the failures of the disk that holds it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingestd.errors import StorageError

PART = re.compile(r"\.[0-9a-f]{16}\.part|[0-9a-f]{64}\.json\.part")
"""A file that is being written. One that is met at start was left by a kill and is worth nothing."""
DOCUMENT = re.compile(r"([0-9a-f]{64})\.pdf")

_PRIVATE = 0o700
_HINTS = {
    errno.ENOSPC: "Free space on the disk that holds the state directory.",
    errno.EDQUOT: "Raise the disk quota of the user that ingestd runs as.",
    errno.EROFS: "The disk of the state directory is mounted read-only; the kernel log says why.",
    errno.EIO: "The disk of the state directory fails: see the kernel log.",
    errno.EMFILE: "Raise LimitNOFILE of the unit.",
    errno.ENFILE: "Raise sysctl fs.file-max.",
    errno.ESTALE: "The network file system of the state directory lost the file; mount it anew.",
    errno.EACCES: "Give the state directory to the user that ingestd runs as.",
    errno.EPERM: "Give the state directory to the user that ingestd runs as.",
}


class Layout:
    """Where the files of the state directory lie."""

    def __init__(self, state_dir: Path) -> None:
        self.spool = state_dir / "spool"
        self.archive = state_dir / "archive"
        self.quarantine = state_dir / "quarantine"
        self.orphans = self.quarantine / "orphans"

    def create(self) -> None:
        """Make the directories, for our own user alone."""
        for directory in (self.spool, self.archive, self.quarantine, self.orphans):
            make_directory(directory)

    def spooled(self, sha256: str) -> Path:
        """The place of a document that is to be worked on."""
        return self.spool / f"{sha256}.pdf"

    def archived(self, sha256: str) -> Path:
        """The place of a document that is done."""
        return self.archive / sha256[:2] / f"{sha256}.pdf"

    def quarantined(self, sha256: str) -> Path:
        """The place of a document that cannot be done."""
        return self.quarantine / f"{sha256}.pdf"

    def reason(self, sha256: str) -> Path:
        """Why a document cannot be done."""
        return self.quarantine / f"{sha256}.json"

    def orphan(self, sha256: str) -> Path:
        """The place of a copy that the ledger does not know of."""
        return self.orphans / f"{sha256}.pdf"


@contextmanager
def storage(doing: str) -> Iterator[None]:
    """Turns an ``OSError`` into a ``StorageError`` that says what could not be done and what helps."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot {doing}: {os.strerror(error.errno) if error.errno else error}",
            hint=_HINTS.get(error.errno or 0, ""),
            errno=errno.errorcode.get(error.errno or 0, ""),
        ) from error


def make_directory(path: Path) -> None:
    """A private directory, durable in its parent; one that is there is left as it is."""
    if path.is_dir():
        return
    path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    sync_directories([path.parent])


def sync_directories(directories: Iterable[Path]) -> None:
    """Make renames and removals in these directories durable; each is synced once."""
    for directory in dict.fromkeys(directories):
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def documents_in(directory: Path) -> Iterator[str]:
    """The SHA-256 of every document in a directory, in no order."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if match := DOCUMENT.fullmatch(entry.name):
                yield match[1]
