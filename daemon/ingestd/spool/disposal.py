"""What becomes of a source whose copy is safe: removed, and never another file in its stead.

There is no way to unlink *a file*, only a name, and a stranger may put another file under it between any look
and the unlink. So the name is first moved aside, inside its directory; what has been moved is then looked at
in peace: if it is the file that was taken it is removed, else it gets its name back. A kill in
between leaves it under the name aside, which a scan of the inbox takes for a document like any other.
"""

from __future__ import annotations

import errno
import os
import secrets
from enum import StrEnum

from ingestd import linux
from ingestd.faults import point
from ingestd.model import Settled
from ingestd.untrusted import directory as open_directory
from ingestd.untrusted import has_writer, identity_of, regular_file

_PASSING = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EBUSY, errno.ENOSPC, errno.ETIMEDOUT)


class Disposal(StrEnum):
    """What became of a source."""

    REMOVED = "removed"
    GONE = "gone"
    """It was not there any more."""
    CHANGED = "changed"
    """Another file is there, or somebody writes to it: left, to be looked at again."""
    LATER = "later"
    """It cannot be removed now: to be looked at again."""
    DENIED = "denied"
    """It cannot be removed by us: left; remember it as handled, or it is taken again and again."""


def dispose(source: Settled) -> Disposal:
    """Remove the source of a document that is durable in the spool and in the ledger."""
    inbox = os.fsencode(source.inbox)
    folder, _, name = source.path[len(inbox) + 1 :].rpartition(b"/")
    try:
        with open_directory(inbox, folder) as directory:
            if not _is_source(directory, name, source):
                return Disposal.CHANGED
            outcome = _remove(directory, name, source)
    except OSError as error:
        return _outcome_of(error)
    point("accept.disposed")
    return outcome


def _is_source(directory: int, name: bytes, source: Settled) -> bool:
    with regular_file(name, dir_fd=directory) as file:
        return identity_of(os.fstat(file)) == source.identity and not has_writer(file)


def _remove(directory: int, name: bytes, source: Settled) -> Disposal:
    aside = b".ingestd-%s.pdf" % secrets.token_hex(8).encode()
    try:
        linux.rename_noreplace(name, aside, dir_fd=directory)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        os.unlink(name, dir_fd=directory)  # a file system without that rename: the look before must do
        return Disposal.REMOVED
    try:
        point("accept.set_aside")
        if identity_of(os.stat(aside, dir_fd=directory, follow_symlinks=False)) == source.identity:
            os.unlink(aside, dir_fd=directory)
            return Disposal.REMOVED
    except OSError:
        _give_back(directory, aside, name)
        raise
    _give_back(directory, aside, name)
    return Disposal.CHANGED


def _give_back(directory: int, aside: bytes, name: bytes) -> None:
    try:
        linux.rename_noreplace(aside, name, dir_fd=directory)
    except FileExistsError:
        # A third file has the name already. The one aside keeps its new name and is found by a scan.
        return


def _outcome_of(error: OSError) -> Disposal:
    if error.errno in (errno.ENOENT, errno.ESTALE):
        return Disposal.GONE
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EINVAL):
        return Disposal.CHANGED  # a link or another kind of thing stands in its place
    return Disposal.LATER if error.errno in _PASSING else Disposal.DENIED
