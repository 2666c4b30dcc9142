"""How many files wait in an inbox: for those who ask, nothing in the daemon depends on it."""

from __future__ import annotations

import os
import stat

from ingestd.config import Inbox
from ingestd.untrusted import below, identity_of
from ingestd.watch.inspector import Known, Source
from ingestd.watch.names import Names
from ingestd.watch.walk import Piece, Walk


def count_waiting(inbox: Inbox, known: Known) -> int:
    """Files that bear the name of a document and are not ``known``; 0 for a missing inbox. Blocks."""
    root = os.fsencode(inbox.path)
    names = Names(inbox)
    walk = Walk(root, lambda fd, relative: None)
    walk.add(b"", deep=True)
    count = 0
    while walk.active:
        piece = walk.next_piece()
        if piece is not None:
            files = _files(root, names, piece, walk if inbox.recursive else None)
            dealt_with = known(files) if files else ()
            count += sum(file not in dealt_with for file in files)
    return count


def _files(root: bytes, names: Names, piece: Piece, walk: Walk | None) -> list[Source]:
    files: list[Source] = []
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
