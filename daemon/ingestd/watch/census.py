"""How many files wait in an inbox: a count for people, made when somebody asks."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence, Set

from ingestd.config import Inbox
from ingestd.model import FileIdentity
from ingestd.watch.names import Names

PIECE = 256

KnownPaths = Callable[[Sequence[tuple[bytes, FileIdentity]]], Set[bytes]]


def count_waiting(inbox: Inbox, known: KnownPaths) -> int:
    """Files in ``inbox`` that are neither ignored nor known; 0 for an inbox that cannot be read."""
    names = Names(inbox)
    count = 0
    piece: list[tuple[bytes, FileIdentity]] = []
    for file in _files(os.fsencode(inbox.path), names, inbox.recursive):
        piece.append(file)
        if len(piece) == PIECE:
            count += len(piece) - len(known(piece))
            piece = []
    return count + (len(piece) - len(known(piece)) if piece else 0)


def _files(directory: bytes, names: Names, recursive: bool) -> Iterator[tuple[bytes, FileIdentity]]:
    try:
        with os.scandir(directory) as entries:
            found = [entry for entry in entries if not names.ignored(entry.name)]
    except OSError:
        return
    for entry in found:
        if recursive and entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, names, recursive)
        elif names.included(entry.name) and (identity := _identity(entry)) is not None:
            yield entry.path, identity


def _identity(entry: os.DirEntry[bytes]) -> FileIdentity | None:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return FileIdentity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
