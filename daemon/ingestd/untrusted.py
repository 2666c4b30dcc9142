"""Opening what strangers put into a directory: never through a link, never blocking, never a device.

Paths are walked one component at a time from a directory descriptor, each with ``O_NOFOLLOW``: a
directory swapped for a link between two looks is an error, not a way out. A file is first opened with
``O_PATH`` (which has no side effect on any kind of file) and only a regular one is then opened for reading.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from ingestd.model import FileIdentity

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

SET_ASIDE = re.compile(rb"\.ingestd-[0-9a-f]{16}\.pdf")
"""The name that a source has for the moment of its disposal. One that is met later was left by a kill."""


_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def is_our_own(error: OSError) -> bool:
    """The error says nothing of the file: it is we who have no more descriptors or memory now."""
    return error.errno in _EXHAUSTED


class NotRegular(OSError):
    """The name leads to no regular file. ``kind``: symlink, directory, fifo, socket or device."""

    def __init__(self, kind: str) -> None:
        super().__init__(errno.EINVAL, f"not a regular file but a {kind}")
        self.kind = kind


def below(directory: bytes, name: bytes) -> bytes:
    """``name`` inside ``directory``; the empty directory is the one that relative paths begin at."""
    return directory + b"/" + name if directory else name


def kind_of(mode: int) -> str:
    """``file``, ``directory``, ``symlink``, ``fifo``, ``socket`` or ``device``, from ``st_mode``."""
    kinds = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "directory",
        stat.S_IFLNK: "symlink",
        stat.S_IFIFO: "fifo",
        stat.S_IFSOCK: "socket",
    }
    return kinds.get(stat.S_IFMT(mode), "device")


def identity_of(status: os.stat_result) -> FileIdentity:
    """The identity of a file as ``stat`` sees it."""
    return FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@contextmanager
def directory(root: bytes, relative: bytes = b"") -> Iterator[int]:
    """A descriptor of ``root``/``relative``. Links in ``root`` are the operator's and are followed."""
    fd = os.open(root, _DIRECTORY)
    try:
        for component in relative.split(b"/") if relative else ():
            below = os.open(component, _DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


@contextmanager
def regular_file(name: bytes, *, dir_fd: int) -> Iterator[int]:
    """A descriptor to read the regular file ``name``; ``NotRegular`` or another ``OSError`` if it is none."""
    path = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        kind = kind_of(os.fstat(path).st_mode)
        if kind != "file":
            raise NotRegular(kind)
        fd = os.open(f"/proc/self/fd/{path}", _READ)
    finally:
        os.close(path)
    try:
        yield fd
    finally:
        os.close(fd)


def has_writer(fd: int) -> bool | None:
    """Whether anybody has the file open for writing; None where the kernel does not tell us.

    A read lease is granted only while there is no writer. It needs a file of our own user or CAP_LEASE, and a
    file system that has leases. A writer that opens while we hold it (microseconds) waits and we are
    signalled: SIGURG, because the default SIGIO would end the process.
    """
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
