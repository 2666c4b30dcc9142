"""How many files wait in an inbox: a count for people, made when somebody asks."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence, Set

from ingestd.config import Inbox
from ingestd.model import FileIdentity
from ingestd.untrusted import below, identity_of
from ingestd.watch.names import Names
from ingestd.watch.walk import Piece, Walk

KnownPaths = Callable[[Sequence[tuple[bytes, FileIdentity]]], Set[bytes]]


def count_waiting(inbox: Inbox, known: KnownPaths) -> int:
    """Files in ``inbox`` that are neither ignored nor known; 0 for an inbox that cannot be read.

    Takes no more memory for many files than for few.
    """
    root = os.fsencode(inbox.path)
    names = Names(inbox)
    walk = Walk(root, lambda fd, relative: None)
    walk.add(b"", deep=True)
    count = 0
    while walk.active:
        piece = walk.next_piece()
        if piece is not None:
            files = _files(root, names, piece, walk if inbox.recursive else None)
            count += len(files) - (len(known(files)) if files else 0)
    return count


def _files(root: bytes, names: Names, piece: Piece, walk: Walk | None) -> list[tuple[bytes, FileIdentity]]:
    files: list[tuple[bytes, FileIdentity]] = []
    for name in piece.names:
        if names.ignored(name):
            continue
        try:
            status = os.stat(name, dir_fd=piece.fd, follow_symlinks=False)
        except OSError:  # gone meanwhile
            continue
        relative = below(piece.directory, name)
        if stat.S_ISDIR(status.st_mode) and walk is not None:
            walk.add(relative, deep=True)
        elif stat.S_ISREG(status.st_mode) and names.included(name):
            files.append((below(root, relative), identity_of(status)))
    return files
