"""SQLite's errors in the program's words: what passes, what needs an operator, what is a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from ingestd.errors import CatalogError, IngestError, StoreUnavailable

PASSING = (
    apsw.FullError,
    apsw.IOError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.PermissionsError,
    apsw.ProtocolError,
    apsw.NoMemError,
    apsw.InterruptError,
    OSError,
)
DAMAGED = (apsw.CorruptError, apsw.NotADBError)

_RESTORE = "Stop the daemon, move catalog.db and its -wal file aside, and restore a backup."


def translated(error: BaseException, path: Path) -> BaseException:
    """The error to show to a caller; errors that are neither passing nor damage come back unchanged."""
    if isinstance(error, IngestError):
        return error
    if isinstance(error, DAMAGED):
        return CatalogError(f"the catalog {str(path)!r} is damaged: {error}", hint=_RESTORE, file=str(path))
    if isinstance(error, PASSING):
        return StoreUnavailable(f"the catalog {str(path)!r} cannot be used now: {error}", file=str(path))
    return error


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Errors of SQLite and of the file system leave the block in the program's words."""
    try:
        yield
    except (*DAMAGED, *PASSING) as error:
        raise translated(error, path) from error
