"""When is a file whole? The rule, from what one look at an open file shows.

No document is taken half-written, and a complete file waits for nothing:

- open for writing: not now, however it looks;
- with a PDF's end, and known to have no writer (the kernel says so, or it was just closed or renamed): now;
- with a PDF's end, but nobody can tell whether there is a writer: after a short rest;
- without its end, or without a byte: after a long rest, for its writer may pause, close and come back.
"""

from __future__ import annotations

import math
import os
from typing import NamedTuple

from ingestd.config import Watch
from ingestd.model import FileIdentity
from ingestd.untrusted import has_writer, identity_of
from ingestd.watch.hints import Sign

END_MARKER = b"%%EOF"
TAIL = 4096
"""Bytes at the end of a file in which the marker is looked for: some writers leave junk behind it."""
UNTIL_CLOSED = math.inf


class Look(NamedTuple):
    """What one look at a file shows."""

    identity: FileIdentity
    ended: bool
    """It carries a PDF's end."""
    writer: bool | None
    """Somebody has it open for writing; None: cannot be known."""


def look_at(fd: int) -> Look:
    """Look at an open regular file."""
    writer = has_writer(fd)
    identity = identity_of(os.fstat(fd))
    tail = os.pread(fd, TAIL, max(0, identity.size - TAIL))
    return Look(identity, END_MARKER in tail, writer)


def rest_needed(look: Look, sign: Sign, settings: Watch) -> float:
    """Seconds that the file must have been seen unchanged before it is taken, or UNTIL_CLOSED."""
    if look.writer:
        return UNTIL_CLOSED
    if not look.ended:
        return settings.settle_quiet_unfinished
    if look.writer is False or sign is Sign.CLOSED:
        return 0.0
    return settings.settle_quiet
