"""The kernel's inotify as plainly as it is: one instance, watches by descriptor, reads that can be woken."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import struct
import threading
from typing import NamedTuple

from ingestd import linux

CLOSE_WRITE = 0x00000008
ATTRIB = 0x00000004
MOVED_TO = 0x00000080
CREATE = 0x00000100
DELETE_SELF = 0x00000400
MOVE_SELF = 0x00000800
UNMOUNT = 0x00002000
Q_OVERFLOW = 0x00004000
IGNORED = 0x00008000
ISDIR = 0x40000000
_ONLYDIR = 0x01000000
_EXCL_UNLINK = 0x04000000

_WATCHED = CLOSE_WRITE | ATTRIB | MOVED_TO | CREATE | DELETE_SELF | MOVE_SELF | _ONLYDIR | _EXCL_UNLINK
_HEADER = struct.Struct("iIII")
_READ_SIZE = 256 * 1024  # room for some 6000 events, so that a burst costs few reads


class Event(NamedTuple):
    """One event. ``name`` is empty when it is about the watched directory itself."""

    watch: int
    mask: int
    name: bytes


class Inotify:
    """One inotify instance. ``watch`` may be called from any thread while another one is in ``read``."""

    def __init__(self) -> None:
        self._fd = linux.inotify_init(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        except OSError:
            os.close(self._fd)
            raise
        self._closing = threading.Lock()
        self._closed = False
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)

    def watch(self, directory: int) -> int:
        """Watch an open directory: exactly this one, whatever its path leads to meanwhile."""
        with self._closing:
            if self._closed:
                raise OSError(errno.EBADF, "the inotify instance is closed")
            return linux.inotify_add_watch(self._fd, b"/proc/self/fd/%d" % directory, _WATCHED)

    def unwatch(self, watch: int) -> None:
        """End a watch; one that the kernel has ended already is no error."""
        with self._closing, contextlib.suppress(OSError):
            if not self._closed:
                linux.inotify_rm_watch(self._fd, watch)

    def read(self) -> list[Event]:
        """Block until there are events or somebody called ``wake`` (then: none)."""
        self._poll.poll()
        try:
            buffer = os.read(self._fd, _READ_SIZE)
        except BlockingIOError:
            return []
        return _parse(buffer)

    def wake(self) -> None:
        """Let a blocked ``read``, and every later one, return at once."""
        with self._closing:
            if not self._closed:
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Give the descriptors back; nobody may be in ``read``."""
        with self._closing:
            self._closed = True
            os.close(self._fd)
            os.close(self._wake)


def _parse(buffer: bytes) -> list[Event]:
    events: list[Event] = []
    offset = 0
    while offset < len(buffer):
        watch, mask, _cookie, length = _HEADER.unpack_from(buffer, offset)
        offset += _HEADER.size
        events.append(Event(watch, mask, buffer[offset : offset + length].rstrip(b"\0")))
        offset += length
    return events
